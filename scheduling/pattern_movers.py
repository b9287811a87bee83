"""Those who could move for someone, as the planner knows people: by their own rules, near the week they have.

Nobody moves to another program, from video to a room or back, or to a shorter day than their shortest.
Five queries.
"""

from collections import defaultdict
from collections.abc import Iterator

from django.db.models import Q

from patients.models import Consent, KeptApart, LevelOfCareStay
from scheduling.models import UnavailableHours
from scheduling.models.group import Kind
from scheduling.pattern_others import Other, Others
from scheduling.pattern_time import Span, Stretch, booked_of, every_day, masks, minute_of
from scheduling.planner.problem import NOTHING, DayRule, Mode, Patient, PatientWeek
from scheduling.seats import why_not_for


class Movers:
    """The people of `others`, with what is asked about all of them at once."""

    def __init__(self, others: Others) -> None:
        self.others, self.stretch = others, others.stretch
        self.pks = list(others.people)
        self.taken = booked_of(self.stretch, self.pks, others.series, others.lasting)
        self.away, self.apart = _unavailable(self.stretch, self.pks), _apart(self.pks)
        self.stays, self.by_video = _stays(others), _agreed_to_video(self.stretch, self.pks)

    def patients(self) -> Iterator[Patient]:
        for one in self.others.people.values():
            yield self._patient(one)

    def _patient(self, one: Other) -> Patient:
        pk, stay, days = one.episode.patient_id, self.stays.get(one.episode.pk), self._day_minutes(one)
        individual, kept = one.visits.get(Kind.INDIVIDUAL), one.held - set(one.places)
        return Patient(
            id=pk,
            free=masks(self.taken[pk] | self.away[pk], every_day()),
            goal_minutes=stay.prescribed_minutes if stay else 0,
            least_days=min(stay.days_a_week, len(days)) if stay else 0,
            most_days=max(1, len(days)),
            tracks=self._tracks(one),
            due=one.due,
            rule=DayRule(minutes=min(days.values(), default=0)),
            modes=self._modes(one),
            state=one.episode.patient.state_code or self.stretch.site.state_code,
            primary=individual[1].clinician if individual else one.episode.primary_clinician_id,
            apart=frozenset(self.apart[pk]),
            last=one.week,
            kept=PatientWeek(kept) if kept else NOTHING,
        )

    def _tracks(self, one: Other) -> frozenset[int]:
        """Those they are in and that still take them: age, or a substance-use record."""
        theirs = {self.others.groups[pk].track_id: self.others.groups[pk].track for pk in one.held}
        stay, day = one.episode, self.stretch.from_on
        may = (pk for pk, track in theirs.items() if not why_not_for(track, stay.patient, stay, day))
        return frozenset(may)

    def _modes(self, one: Other) -> frozenset[Mode]:
        groups = (Mode(self.others.groups[pk].mode) for pk in one.held)
        now = {*groups, *(visit.mode for _, visit in one.visits.values())}
        return frozenset(now if one.episode.patient_id in self.by_video else now - {Mode.VIDEO})

    def _day_minutes(self, one: Other) -> dict[int, int]:
        """Countable minutes of each day they come to."""
        days: dict[int, int] = defaultdict(int)
        for group in (self.others.groups[pk] for pk in one.held):
            days[self.stretch.day_of(group.weekday)] += group.minutes - group.break_minutes
        counted = {due.kind: due.minutes for due in one.due if due.counts}
        for kind, (_, visit) in one.visits.items():
            days[visit.day] += counted.get(kind, 0)
        return {day: minutes for day, minutes in days.items() if minutes}


def _unavailable(stretch: Stretch, pks: list[int]) -> dict[int, set[Span]]:
    still = Q(to_on__isnull=True) | Q(to_on__gte=stretch.from_on)
    rows = UnavailableHours.objects.filter(still, patient__in=pks, from_on__lte=stretch.last_on)
    found: dict[int, set[Span]] = defaultdict(set)
    for one in rows:
        span = stretch.day_of(one.weekday), minute_of(one.starts), minute_of(one.ends)
        found[one.patient_id].add(span)
    return found


def _stays(others: Others) -> dict[int, LevelOfCareStay]:
    """By episode, the level of care on the first day."""
    day, episodes = others.stretch.from_on, [one.episode.pk for one in others.people.values()]
    until = Q(to_on__isnull=True) | Q(to_on__gte=day)
    rows = LevelOfCareStay.objects.filter(until, episode__in=episodes, from_on__lte=day)
    return {one.episode_id: one for one in rows}


def _agreed_to_video(stretch: Stretch, pks: list[int]) -> set[int]:
    """Through all of these weeks."""
    lasts = Q(expires_on__isnull=True) | Q(expires_on__gte=stretch.last_on)
    video = Consent.objects.in_force_on(stretch.from_on).filter(lasts, kind=Consent.Kind.TELEHEALTH)
    return set(video.filter(patient__in=pks).values_list("patient", flat=True))


def _apart(pks: list[int]) -> dict[int, set[int]]:
    pairs = KeptApart.objects.standing().filter(Q(first__in=pks) | Q(second__in=pks))
    found: dict[int, set[int]] = defaultdict(set)
    for one, other in pairs.order_by().values_list("first", "second"):
        found[one].add(other)
        found[other].add(one)
    return found
