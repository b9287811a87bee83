"""A check-in: one measure, answered by the patient one question at a time (domain reference 6.2, 6.3).

A measure that was started can be taken up again; an unfinished one has no score.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from django.db.models import Exists, OuterRef

from iop_clinic.clock import local_day
from patients.models import Episode, FollowUp, Patient, Response
from patients.scoring import Instrument, Item, Option, Score, load_instruments, score

SECONDS_A_QUESTION = 13
LAST_FINISHED = 6
LIST_FOLLOWS = re.compile(r" (any of )?the following problems\?$")
# What the portal calls a measure: its own words, without a diagnosis.
PLAIN_NAMES = {"phq9": "Mood check-in", "gad7": "Worry check-in"}


def plain_name(instrument: Instrument) -> str:
    """ "Mood check-in"; the instrument's own name where we have no plainer one."""
    return PLAIN_NAMES.get(instrument.id, instrument.name)


@dataclass
class CheckIn:
    """One response with its instrument. Questions count from 1; `end_number` is the page after the last."""

    response: Response
    instrument: Instrument

    @property
    def name(self) -> str:
        return plain_name(self.instrument)

    @property
    def lead(self) -> str:
        """The stem before one question: its own words up to the list it announces."""
        return LIST_FOLLOWS.sub("", self.instrument.stem)

    @property
    def finished_on(self) -> date:
        """The local day on which it was finished; ValueError while it is open."""
        if self.response.finished_at is None:
            raise ValueError("This measure is not finished.")
        return local_day(self.response.finished_at, self.response.patient.site.time_zone)

    @property
    def questions(self) -> int:
        """How many scored questions there are."""
        return len(self.instrument.items)

    @property
    def minutes(self) -> int:
        """About how long it takes, in whole minutes."""
        return -(-self.questions * SECONDS_A_QUESTION // 60)

    @property
    def end_number(self) -> int:
        return len(self.instrument.all_items) + 1

    @property
    def is_finished(self) -> bool:
        return self.response.finished_at is not None

    @property
    def is_started(self) -> bool:
        return self.response.state == Response.State.STARTED

    @cached_property
    def score(self) -> Score:
        """What the answers so far say; its total is None until every scored question is answered."""
        return score(self.instrument, self.response.answers)

    @property
    def answered(self) -> int:
        return sum(self.score.answers[item.id] is not None for item in self.instrument.items)

    @property
    def missing_numbers(self) -> list[int]:
        """Numbers of the questions still to answer, in order; the difficulty one only when it is asked."""
        return [n for n, item in enumerate(self.instrument.all_items, 1) if item.id in self.score.missing]

    @property
    def next_number(self) -> int:
        """Where answering goes on: the first open question, else the end."""
        return next(iter(self.missing_numbers), self.end_number)

    @property
    def needs_help_now(self) -> bool:
        """Whether an answer so far asks for a person at once."""
        return bool(self.score.triggers)

    def asks_for_help(self, item: Item) -> bool:
        """Whether the answer to this question is one of those."""
        return any(trigger.item_id == item.id for trigger in self.score.triggers)

    def would_need_help(self, number: int, answer: int) -> bool:
        """Whether this answer, not yet kept, asks for a person at once."""
        answers = {self.instrument.all_items[number - 1].id: answer}
        return bool(score(self.instrument, answers).triggers)

    def item(self, number: int) -> Item | None:
        """The question with that number, if it is asked: the unscored one only above a total of 0."""
        items = self.instrument.all_items
        if not 1 <= number <= len(items):
            return None
        item = items[number - 1]
        is_scored = number <= self.questions
        return item if is_scored or self.score.total else None

    def options(self, item: Item) -> tuple[Option, ...]:
        return self.instrument.options_of(item)

    def chosen(self, item: Item) -> int | None:
        return self.score.answers[item.id]

    def number_after(self, number: int) -> int:
        """The next question in order; after the last scored one, whatever is still open."""
        return number + 1 if number < self.questions else self.next_number

    def follow_up(self) -> FollowUp | None:
        """Who was asked to look at these answers, and by when."""
        risks = self.response.follow_ups.filter(kind=FollowUp.Kind.RISK)
        return risks.select_related("owner").first()


def due_checkins(patient: Patient, today: date) -> list[CheckIn]:
    """The newest unfinished measure of each instrument that is due, in the order they were asked.

    What an episode left open is not asked any more once it has ended.
    """
    left = Episode.objects.filter(patient=patient, ended_on__gte=OuterRef("due_on"), ended_on__lte=today)
    waiting = Response.objects.filter(~Exists(left), patient=patient, due_on__lte=today).waiting()
    newest = {response.instrument_code: response for response in waiting.order_by("due_on", "pk")}
    return _with_instrument(newest.values())


def finished_checkins(patient: Patient) -> list[CheckIn]:
    """The last measures that were finished, newest first."""
    finished = Response.objects.filter(patient=patient, finished_at__isnull=False).order_by(
        "-finished_at", "-pk"
    )
    checkins = _with_instrument(finished[:LAST_FINISHED])
    for checkin in checkins:
        checkin.response.patient = patient
    return checkins


def _with_instrument(responses: Iterable[Response]) -> list[CheckIn]:
    instruments = load_instruments()
    return [CheckIn(r, instruments[r.instrument_code]) for r in responses if r.instrument_code in instruments]
