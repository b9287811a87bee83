"""One finished measure: its score, band and change, what was answered, and the follow-up it opened."""

from dataclasses import dataclass

from patients.models import FollowUp, Patient, Response
from patients.scoring import Instrument, Trigger, load_instruments
from patients.trends import Change, change_words, fired


@dataclass(frozen=True)
class Answered:
    """A question, the words of the answer (empty when there is none) and its value."""

    number: int
    text: str
    words: str
    value: int | None
    is_risk: bool


@dataclass(frozen=True)
class Result:
    response: Response
    instrument: Instrument
    band: str
    changes: list[Change]
    answers: list[Answered]
    trigger: Trigger | None
    follow_up: FollowUp | None


def result_of(response: Response, patient: Patient) -> Result:
    """Two queries: the scores before it, and its follow-up."""
    instrument = load_instruments()[response.instrument_code]
    trigger = fired(instrument, response.answers)
    return Result(
        response=response,
        instrument=instrument,
        band="" if response.total is None else instrument.band_of(response.total).name,
        changes=_changes(response, patient, instrument),
        answers=[_answered(instrument, response, item_id) for item_id in _item_ids(instrument)],
        trigger=trigger,
        follow_up=response.follow_ups.select_related("owner", "closed_by").first(),
    )


def _item_ids(instrument: Instrument) -> list[str]:
    return [item.id for item in instrument.all_items]


def _changes(response: Response, patient: Patient, instrument: Instrument) -> list[Change]:
    """Against the first and the last score before this one."""
    if response.total is None:
        return []
    earlier = list(
        Response.objects.scored()
        .filter(
            patient=patient, instrument_code=response.instrument_code, finished_at__lt=response.finished_at
        )
        .order_by("finished_at")
        .values_list("total", flat=True)
    )
    totals = [total for total in earlier if total is not None]
    compared = [(totals[-1], "since the last time")] if totals else []
    if len(totals) > 1:
        compared.append((totals[0], "since the first"))
    return [change_words(instrument, first, response.total, words) for first, words in compared]


def _answered(instrument: Instrument, response: Response, item_id: str) -> Answered:
    item, value = instrument.item(item_id), response.answers.get(item_id)
    words = {option.value: option.text for option in instrument.options_of(item)}
    risky = any(t.item_id == item_id and (value or 0) >= t.at_least for t in instrument.triggers)
    return Answered(item.number, item.text, words.get(value, "") if value is not None else "", value, risky)
