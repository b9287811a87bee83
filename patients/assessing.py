"""Measures: asked for, answered bit by bit, scored once. A trigger opens its follow-up with the answers.

Engine rules: domain reference 6.2. A missing answer never yields a score; triggers fire all the same.
"""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from iop_clinic.accounts.models import User
from iop_clinic.audit.trail import record
from iop_clinic.clock import age_on
from iop_clinic.refusal import Refused
from patients.followups import open_follow_up
from patients.models import FollowUp, Patient, Response
from patients.offering import is_off
from patients.scoring import (
    ALGORITHM,
    AnswerError,
    Instrument,
    Number,
    Score,
    Trigger,
    due_by,
    load_instruments,
    score,
    without_unasked,
)
from patients.watching import watch_scores

Answers = Mapping[str, int | None]
WEEKLY = ("phq9", "gad7")


@transaction.atomic
def ask_measure(*, actor: User | None, patient: Patient, instrument_code: str, due_on: date) -> Response:
    """Ask for a measure on a day; the one already asked for that day is returned.

    Refused 422 for one the clinic does not use, and for someone too young for it on that day.
    """
    instrument = load_instruments().get(instrument_code)
    if instrument is None or is_off(instrument_code):
        sentence = "Choose a measure."
        raise Refused(sentence, status=422, instrument_code=sentence)
    if instrument.age_from and age_on(patient.born_on, due_on) < instrument.age_from:
        sentence = f"The {instrument.name} is for people from {instrument.age_from} years on."
        raise Refused(sentence, status=422, instrument_code=sentence)
    response, asked = Response.objects.get_or_create(
        patient=patient,
        instrument_code=instrument_code,
        due_on=due_on,
        defaults={"instrument_version": instrument.version, "asked_by": actor},
    )
    if asked:
        record(actor, "patients.ask_measure", response)
    return response


@transaction.atomic
def save_answers(
    *, actor: User | None, response: Response, answers: Answers, mode: str, now: datetime
) -> Response:
    """Keep some answers and stay open. A trigger does not wait for the last question: it opens at once."""
    held, instrument, scored = _answered(response, answers)
    held.state = Response.State.STARTED
    _write(held, instrument, scored, actor, mode)
    _open_follow_ups(actor, held, instrument, scored, now)
    record(actor, "patients.save_answers", held, answered=len(held.answers))
    return held


@transaction.atomic
def finish_measure(
    *, actor: User | None, response: Response, answers: Answers, mode: str, now: datetime
) -> Response:
    """Score and close: complete with a result, or incomplete without one.

    `answers` are added to those saved before; None takes one back. Refused 409 when already finished.
    """
    held, instrument, scored = _answered(response, answers)
    held.state = Response.State(scored.state)
    keep_result(held, scored)
    held.finished_at = now
    _write(held, instrument, scored, actor, mode)
    patient = _open_follow_ups(actor, held, instrument, scored, now)
    watch_scores(actor=actor, response=held, patient=patient, now=now)
    record(actor, "patients.finish_measure", held)
    return held


def _answered(response: Response, answers: Answers) -> tuple[Response, Instrument, Score]:
    """The locked response, its instrument, and the score of the saved and the new answers together."""
    held = Response.objects.select_for_update(no_key=True).get(pk=response.pk)
    if held.finished_at is not None:
        raise Refused("This measure is already finished. Ask for a new one to answer it again.")
    instrument = load_instruments()[held.instrument_code]
    said = without_unasked(instrument, {**held.answers, **answers}, answers)
    try:
        return held, instrument, score(instrument, said)
    except AnswerError as error:
        raise Refused(str(error), status=422) from error


def keep_result(held: Response, scored: Score) -> None:
    """Put the result on the row, unsaved, with the version of the scoring it came from."""
    held.total = None if scored.total is None else Decimal(scored.total)
    held.scores = {key: _plain(value) for key, value in scored.subscales.items()}
    held.outcome = scored.outcome.key if scored.outcome else ""
    held.band = scored.band.key if scored.band else ""
    held.algorithm_version = ALGORITHM


def _plain(value: Number) -> int | float:
    """A number as JSON has it; one decimal place survives."""
    return value if isinstance(value, int) else float(value)


def _write(held: Response, instrument: Instrument, scored: Score, actor: User | None, mode: str) -> None:
    held.answers = {item_id: value for item_id, value in scored.answers.items() if value is not None}
    held.instrument_version = instrument.version
    held.mode = mode
    held.entered_by = actor
    held.save(
        update_fields=[
            "answers",
            "instrument_version",
            "mode",
            "entered_by",
            "state",
            "total",
            "scores",
            "outcome",
            "band",
            "algorithm_version",
            "finished_at",
        ]
    )


def _open_follow_ups(
    actor: User | None, held: Response, instrument: Instrument, scored: Score, now: datetime
) -> Patient:
    """What single answers and the result ask for; gives back whose they are, with their site."""
    patient = Patient.objects.select_related("site").get(pk=held.patient_id)
    for trigger in scored.triggers:
        open_follow_up(
            actor=actor,
            patient=patient,
            kind=FollowUp.Kind.RISK,
            level=trigger.level,
            trigger_code=trigger_code(instrument, trigger),
            response=held,
            summary=_summary(instrument, trigger, scored),
            due_at=due_by(trigger.level, now, patient.site.time_zone),
            now=now,
        )
    return patient


def trigger_code(instrument: Instrument, trigger: Trigger) -> str:
    """One code a subject whatever its level, so that a response opens one follow-up for it."""
    return f"{instrument.id}.{trigger.subject}"


def _summary(instrument: Instrument, trigger: Trigger, scored: Score) -> str:
    if trigger.when is None:
        return f"{trigger.title}. {trigger.clock}"
    item = instrument.item(trigger.when.item_ids[0])
    return f"{instrument.name} item {item.label} was {scored.answers[item.id]}. {trigger.clock}"
