"""One finished measure: its scores and what they mean, what was answered, and the follow-up it opened.

Answers stay readable when a later version of the instrument has other questions.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from patients.models import FollowUp, Patient, Response
from patients.offering import in_our_words
from patients.reading import how_to_read, outcome_name, result_words
from patients.scoring import Instrument, Item, Number, Scale, Trigger
from patients.trends import Change, change_words, fired


@dataclass(frozen=True)
class Answered:
    """A question, the words of the answer (empty when there is none) and its value."""

    label: str
    lead: str
    text: str
    words: str
    value: int | None
    is_risk: bool
    was_asked: bool


@dataclass(frozen=True)
class ScaleResult:
    """One subscale: what it came to, out of what, and whether that needs attention."""

    name: str
    words: str
    most: int
    needs_attention: bool
    higher_is_better: bool
    changes: list[Change]


@dataclass(frozen=True)
class Result:
    response: Response
    instrument: Instrument
    words: str
    outcome: str
    how_to_read: str
    changes: list[Change]
    scales: list[ScaleResult]
    answers: list[Answered]
    trigger: Trigger | None
    follow_up: FollowUp | None

    @property
    def is_other_version(self) -> bool:
        return self.response.instrument_version != self.instrument.version


def result_of(response: Response, patient: Patient) -> Result:
    """Three queries: the words in use, the scores before it, and its follow-up."""
    instrument = in_our_words([response.instrument_code])[response.instrument_code]
    earlier = _earlier(response, patient)
    trigger = fired(instrument, response.answers)
    return Result(
        response=response,
        instrument=instrument,
        words=result_words(instrument, response),
        outcome=outcome_name(instrument, response),
        how_to_read=how_to_read(instrument),
        changes=_changes(instrument.total, response, earlier) if instrument.total else [],
        scales=[
            _scale_result(scale, response, earlier)
            for scale in instrument.subscales
            if scale.id in response.results
        ],
        answers=list(_answers(instrument, response, trigger)),
        trigger=trigger,
        follow_up=response.follow_ups.select_related("owner", "closed_by").first(),
    )


def _earlier(response: Response, patient: Patient) -> list[Response]:
    """Scored answers to the same instrument before this one, oldest first."""
    rows = Response.objects.scored().filter(
        patient=patient, instrument_code=response.instrument_code, finished_at__lt=response.finished_at
    )
    return list(rows.order_by("finished_at"))


def _scale_result(scale: Scale, response: Response, earlier: list[Response]) -> ScaleResult:
    value = response.results[scale.id]
    return ScaleResult(
        name=scale.name,
        words=scale.words(value),
        most=scale.high,
        needs_attention=bool(scale.is_positive(value)),
        higher_is_better=scale.higher_is_better,
        changes=_changes(scale, response, earlier),
    )


def _changes(scale: Scale, response: Response, earlier: list[Response]) -> list[Change]:
    """Against the first and the last score before this one."""
    value = response.results.get(scale.id)
    if value is None:
        return []
    before: list[Number] = [row.results[scale.id] for row in earlier if scale.id in row.results]
    compared = [(before[-1], "since the last time")] if before else []
    if len(before) > 1:
        compared.append((before[0], "since the first"))
    return [change_words(scale, first, value, words) for first, words in compared]


def _answers(instrument: Instrument, response: Response, trigger: Trigger | None) -> Iterator[Answered]:
    """Every question in order; then what only an earlier version asked, by its id."""
    risky = set(trigger.when.item_ids) if trigger and trigger.when else set()
    said = dict(response.answers)
    for item in instrument.items:
        yield _answered(item, said.pop(item.id, None), item.id in risky, response)
    for item_id, value in said.items():
        yield Answered(item_id, "", "A question of an earlier version", "", value, False, True)


def _answered(item: Item, value: int | None, is_risk: bool, response: Response) -> Answered:
    words = {option.value: option.text for option in item.options}
    was_asked = value is not None or not item.skip_if
    return Answered(
        label=item.label,
        lead=item.lead,
        text=item.text or f"Item {item.label}",
        words="" if value is None else words.get(value, ""),
        value=value,
        is_risk=is_risk,
        was_asked=was_asked,
    )
