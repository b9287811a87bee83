"""A check-in: one measure, answered by the patient one question at a time (domain reference 6.2, 6.3).

A measure that was started can be taken up again; an unfinished one has no score.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from django.db.models import Exists, OuterRef, Q

from iop_clinic.clock import local_day
from patients.models import Episode, FollowUp, Moment, Patient, Response
from patients.offering import in_our_words, may_ask_in_portal
from patients.scoring import Instrument, Item, Score, Trigger, load_instruments, score

SECONDS_A_QUESTION = 13
LAST_FINISHED = 6
LIST_FOLLOWS = re.compile(r" (any of )?the following problems\?$")


@dataclass
class CheckIn:
    """One response with its instrument, whose numbers questions have; `end_number` comes after the last."""

    response: Response
    instrument: Instrument

    @property
    def name(self) -> str:
        """What the portal calls it: plain words, without a diagnosis."""
        return self.instrument.portal_name

    @property
    def finished_on(self) -> date:
        """The local day on which it was finished; ValueError while it is open."""
        if self.response.finished_at is None:
            raise ValueError("This measure is not finished.")
        return local_day(self.response.finished_at, self.response.patient.site.time_zone)

    @cached_property
    def asked(self) -> list[Item]:
        """The questions as far as the answers so far decide; one that does not count only once it is due."""
        return [item for item in self.instrument.items if self._is_asked(item.id)]

    def _is_asked(self, item_id: str) -> bool:
        if self.score.answers[item_id] is not None:
            return True
        counts = item_id in self.instrument.needed and item_id not in self.score.not_asked
        return counts or item_id in self.score.missing

    @property
    def questions(self) -> int:
        """How many questions are asked."""
        return len(self.asked)

    @property
    def minutes(self) -> int:
        """About how long it takes, in whole minutes."""
        return -(-self.questions * SECONDS_A_QUESTION // 60)

    @property
    def end_number(self) -> int:
        return len(self.instrument.items) + 1

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
        return sum(self.score.answers[item.id] is not None for item in self.asked)

    @property
    def missing_numbers(self) -> list[int]:
        """Numbers of the questions to answer now, in order."""
        return [self.instrument.item(item_id).number for item_id in self.score.missing]

    @property
    def next_number(self) -> int:
        """Where answering goes on: the first open question, else the end."""
        return next(iter(self.missing_numbers), self.end_number)

    @property
    def needs_help_now(self) -> bool:
        """Whether the answers so far ask for a person at once."""
        return bool(_for_help(self.score))

    def asks_for_help(self, item: Item) -> bool:
        """Whether they do so because of this question."""
        return any(self._is_about(trigger, item) for trigger in _for_help(self.score))

    def _is_about(self, trigger: Trigger, item: Item) -> bool:
        if trigger.when is not None:
            return item.id in trigger.when.item_ids
        without = {**self.response.answers, item.id: None}
        return trigger not in score(self.instrument, without).triggers

    def would_need_help(self, number: int, answer: int) -> bool:
        """Whether the answers so far with this one, not yet kept, ask for a person at once."""
        answers = {**self.response.answers, self.instrument.items[number - 1].id: answer}
        return bool(_for_help(score(self.instrument, answers)))

    def item(self, number: int) -> Item | None:
        """The question with that number, if it can be answered now."""
        items = self.instrument.items
        if not 1 <= number <= len(items):
            return None
        item = items[number - 1]
        is_answered = self.score.answers[item.id] is not None
        return item if is_answered or item.id in self.score.missing else None

    def lead(self, item: Item) -> str:
        """What is said before one question: the stem's own words up to the list it announces."""
        return LIST_FOLLOWS.sub("", item.lead)

    def chosen(self, item: Item) -> int | None:
        return self.score.answers[item.id]

    def place(self, item: Item) -> int:
        """Which of the asked questions it is, from 1."""
        return self.asked.index(item) + 1

    def number_before(self, number: int) -> int:
        """The asked question before that number; 0 before the first."""
        return max((item.number for item in self.asked if item.number < number), default=0)

    def number_after(self, number: int) -> int:
        """The next asked question in order; after the last, whatever is still open."""
        later = (item.number for item in self.asked if item.number > number)
        return next(later, self.next_number)

    def follow_up(self) -> FollowUp | None:
        """Who was asked to look at these answers, and by when."""
        risks = self.response.follow_ups.filter(kind=FollowUp.Kind.RISK)
        return risks.select_related("owner").first()


def due_checkins(patient: Patient, today: date) -> list[CheckIn]:
    """The newest unfinished measure of each instrument that is due, in the order they were asked.

    What an episode left open is not asked any more once it has ended, its last measures aside.
    """
    left = Episode.objects.filter(patient=patient, ended_on__gte=OuterRef("due_on"), ended_on__lte=today)
    still = ~Exists(left) | Q(moment=Moment.DISCHARGE)
    waiting = Response.objects.filter(still, patient=patient, due_on__lte=today).waiting()
    newest = {response.instrument_code: response for response in waiting.order_by("due_on", "pk")}
    return _with_instrument(newest.values())


def finished_checkins(patient: Patient) -> list[CheckIn]:
    """The last measures that were finished, newest first."""
    for_staff = [code for code, one in load_instruments().items() if "portal" not in one.modes]
    finished = Response.objects.filter(patient=patient, finished_at__isnull=False)
    newest = finished.exclude(instrument_code__in=for_staff).order_by("-finished_at", "-pk")
    checkins = _with_instrument(newest[:LAST_FINISHED])
    for checkin in checkins:
        checkin.response.patient = patient
    return checkins


def _with_instrument(responses: Iterable[Response]) -> list[CheckIn]:
    """With the words patients may see; what has none here is left out. One query where a pack is needed."""
    rows = list(responses)
    instruments = in_our_words([row.instrument_code for row in rows])
    found = [
        CheckIn(row, instruments[row.instrument_code]) for row in rows if row.instrument_code in instruments
    ]
    return [one for one in found if one.is_finished or may_ask_in_portal(one.instrument)]


def _for_help(scored: Score) -> list[Trigger]:
    return [trigger for trigger in scored.triggers if trigger.shows_help]
