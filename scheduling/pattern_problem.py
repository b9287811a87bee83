"""A new person's weekly pattern as a problem for the planner: the site's groups, clinicians, rooms and they.

The numbers of sections, clinicians and offices are those of groups, staff and rooms. A constant number of
queries whatever the size of the site.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cached_property

from django.db.models import Exists, OuterRef, Q

from iop_clinic.accounts.models import License, User
from iop_clinic.roles import Role
from patients.keeping_apart import kept_apart_from
from patients.models import Consent, Episode, RelatedPerson
from scheduling.models import Enrollment, Group, Room, TherapySession, Track, UnavailableHours
from scheduling.models.group import Kind, Mode
from scheduling.pattern_gaps import Gaps
from scheduling.pattern_movers import Movers
from scheduling.pattern_others import Other, Others
from scheduling.pattern_time import (
    Span,
    Stretch,
    booked,
    every_day,
    led_by,
    longer,
    masks,
    minute_of,
    roomed,
    span_of_group,
    visit_of,
    working_time,
)  # fmt: skip
from scheduling.planner import problem as plan
from scheduling.planner.problem import DAYS, NOTHING, PatientWeek, Problem, Section, Week
from scheduling.seats import why_not_for
from scheduling.substitutes import who_may_lead
from scheduling.week_ask import MINUTES, WeekAsk, agreed_relatives, speaking
from scheduling.weeks import groups_with_seats

MOST_EXTRA_DAYS = 2
# A prescriber's hours are scarce: they are planned for medication visits alone, which nobody else may hold.
THERAPY = frozenset({str(Kind.INDIVIDUAL), str(Kind.FAMILY)})
MEDICATION = frozenset({str(Kind.MEDICATION)})


@dataclass(frozen=True)
class Rows:
    """What was read. `held`: groups they have a place in; `licenses`: by clinician and state, those that
    last these weeks; `others`: the weeks of those they are kept `apart` from, or of everyone who has a place
    where some may move; `movable`: by patient, these."""

    groups: dict[int, Group]
    staff: dict[int, User]
    rooms: dict[int, Room]
    held: set[int]
    standing: list[TherapySession]
    licenses: dict[int, dict[str, bool]]
    unavailable: list[UnavailableHours]
    relatives: list[RelatedPerson]
    has_video_consent: bool
    apart: frozenset[int]
    others: dict[int, PatientWeek]
    movable: dict[int, Other] = field(default_factory=dict)

    @property
    def own_series(self) -> list[int]:
        return [one.series_id for one in self.standing if one.series_id is not None]


@dataclass(frozen=True)
class Pattern:
    """The problem of one person, and the rows its numbers stand for."""

    episode: Episode
    ask: WeekAsk
    stretch: Stretch
    problem: Problem
    rows: Rows

    @cached_property
    def patient(self) -> plan.Patient:
        return self.problem.patients[0]

    def seats_left(self, section: int, after: Week | None = None) -> int:
        """Seats that everyone else leaves, with the weeks of who moves as they would be."""
        weeks = {**self.rows.others, **(after or {})}
        return self.problem.by_section[section].seats - sum(section in one.sections for one in weeks.values())

    @cached_property
    def tracks(self) -> dict[int, Track]:
        return {group.track_id: group.track for group in self.rows.groups.values()}


def pattern_of(episode: Episode, ask: WeekAsk, now: datetime) -> Pattern:
    """The weeks from the first day asked for; `episode` with its `site` and `patient`."""
    stretch = Stretch(episode.site, ask.from_on)
    rows = _rows(episode, stretch, now)
    patient, own = _patient(episode, ask, stretch, rows), rows.own_series
    if not ask.moves:
        return Pattern(episode, ask, stretch, _problem(stretch, rows, [patient], own), rows)
    able = _licensed(stretch, rows)
    others = Others(
        episode, stretch, groups=rows.groups, staff=_therapists(able), rooms=set(rows.rooms), now=now
    )
    rows = replace(rows, others=others.weeks, movable=others.people)
    problem = _problem(stretch, rows, [patient, *Movers(others).patients()], [*own, *others.series])
    return Pattern(episode, ask, stretch, _with_gaps(stretch, problem, rows), rows)


def _problem(stretch: Stretch, rows: Rows, patients: list[plan.Patient], series: list[int]) -> Problem:
    """The hours of these `series` are not taken."""
    return Problem(
        sections=tuple(_section(stretch, rows, group) for group in rows.groups.values()),
        clinicians=tuple(_clinicians(stretch, rows, series)),
        offices=tuple(_offices(stretch, rows.rooms, series)),
        patients=tuple(patients),
    )


def _with_gaps(stretch: Stretch, problem: Problem, rows: Rows) -> Problem:
    gaps = Gaps(stretch, rows.groups, rows.staff)
    sections = (replace(one, off=gaps.off(rows.groups[one.id])) for one in problem.sections)
    return replace(problem, sections=tuple(sections), away=gaps.away(rows.staff))


def _rows(episode: Episode, stretch: Stretch, now: datetime) -> Rows:
    groups = _groups(stretch, now)
    staff = {one.pk: one for one in who_may_lead([episode.site]).select_related("profile")}
    rooms = {one.pk: one for one in Room.objects.filter(site=episode.site, is_active=True)}
    apart = kept_apart_from(episode.patient)
    video = Consent.objects.in_force_on(stretch.from_on).filter(kind=Consent.Kind.TELEHEALTH)
    return Rows(
        groups=groups,
        staff=staff,
        rooms=rooms,
        held=_places(episode, stretch),
        standing=_standing(episode, stretch, staff, rooms),
        licenses=_licenses(staff, stretch.last_on),
        unavailable=_unavailable(episode, stretch),
        relatives=agreed_relatives(episode, stretch.from_on),
        has_video_consent=video.filter(patient=episode.patient_id).exists(),
        apart=apart,
        others=_others(apart, stretch, set(groups)),
    )


def _patient(episode: Episode, ask: WeekAsk, stretch: Stretch, rows: Rows) -> plan.Patient:
    patient, day = episode.patient, ask.from_on
    tracks = {group.track_id: group.track for group in rows.groups.values()}
    wanted = {ask.track_id} if ask.track_id else set(tracks)
    takes = (pk for pk, one in tracks.items() if pk in wanted and not why_not_for(one, patient, episode, day))
    return plan.Patient(
        id=episode.patient_id,
        free=_free(stretch, episode, rows),
        goal_minutes=ask.goal_minutes,
        least_days=ask.least_days,
        most_days=min(DAYS, ask.least_days + MOST_EXTRA_DAYS),
        tracks=frozenset(takes),
        due=tuple(_due(kind) for kind in ask.kinds),
        rule=plan.DayRule(minutes=ask.day_minutes),
        modes=frozenset({plan.Mode.IN_PERSON, *([plan.Mode.VIDEO] if rows.has_video_consent else [])}),
        state=patient.state_code or episode.site.state_code,
        primary=ask.therapist_id,
        likes=speaking(rows.staff.values(), ask.language),
        apart=rows.apart,
        kept=_kept(stretch, rows.held & set(rows.groups), rows.standing),
        not_before=minute_of(ask.not_before) if ask.not_before else None,
        home_by=minute_of(ask.home_by) if ask.home_by else None,
        likes_mode=plan.Mode.VIDEO if ask.by_video else None,
        barred=frozenset(pk for pk, one in tracks.items() if not one.takes_age(patient.age_on(day))),
    )


def _groups(stretch: Stretch, now: datetime) -> dict[int, Group]:
    """Those that meet in the first week and after it."""
    since = max(now, stretch.span[0])
    rows = groups_with_seats(stretch.site, stretch.week_ends_on, since)
    return {one.pk: one for one in rows if one.from_on <= stretch.first_date(stretch.day_of(one.weekday))}


def _section(stretch: Stretch, rows: Rows, group: Group) -> Section:
    """Who is planned and sits in it already takes no seat of what is left."""
    day, starts, ends = span_of_group(stretch, group)
    left: int = getattr(group, "seats_left", group.capacity)
    seated = (group.pk in rows.held) + sum(group.pk in week.sections for week in rows.others.values())
    return Section(
        id=group.pk,
        group=group.pk,
        day=day,
        starts=starts,
        ends=ends,
        minutes=group.minutes - group.break_minutes,
        track=group.track_id,
        seats=max(left, 0) + seated,
        mode=plan.Mode(group.mode),
        topic=group.curriculum or group.name,
        states=_valid(rows.licenses, group.lead_id),
    )


def _licenses(staff: Iterable[int], last_on: date) -> dict[int, dict[str, bool]]:
    """By clinician and state, whether the license lasts these weeks."""
    found: dict[int, dict[str, bool]] = {}
    for row in License.objects.filter(user__in=list(staff)):
        lasts = row.expires_on is None or row.expires_on >= last_on
        found.setdefault(row.user_id, {})[row.state_code] = lasts
    return found


def _valid(licenses: dict[int, dict[str, bool]], pk: int) -> frozenset[str]:
    return frozenset(state for state, lasts in licenses.get(pk, {}).items() if lasts)


def _clinicians(stretch: Stretch, rows: Rows, own: list[int]) -> Iterable[plan.Clinician]:
    """Those whose license here does not end in these weeks; none on record is for the rules to say."""
    led, works = led_by(stretch, list(rows.staff), own), working_time(stretch, rows.staff)
    for pk, person in _licensed(stretch, rows).items():
        kinds = MEDICATION if person.role == Role.PRESCRIBER else THERAPY
        free, more = masks(led[pk], works[pk]), masks(led[pk], longer(works[pk]))
        spare = tuple(mask & ~now for mask, now in zip(more, free, strict=True))
        yield plan.Clinician(pk, kinds, free, states=_valid(rows.licenses, pk), spare=spare)


def _licensed(stretch: Stretch, rows: Rows) -> dict[int, User]:
    state = stretch.site.state_code
    return {pk: one for pk, one in rows.staff.items() if rows.licenses.get(pk, {}).get(state, True)}


def _therapists(staff: dict[int, User]) -> set[int]:
    return {pk for pk, one in staff.items() if one.role != Role.PRESCRIBER}


def _offices(stretch: Stretch, rooms: dict[int, Room], own: list[int]) -> Iterable[plan.Office]:
    """The smallest first, so that no big room goes to two people."""
    taken = roomed(stretch, own)
    for room in sorted(rooms.values(), key=lambda one: (one.seats, one.position, one.pk)):
        yield plan.Office(id=room.pk, free=masks(taken[room.pk], every_day()))


def _others(apart: frozenset[int], stretch: Stretch, groups: set[int]) -> dict[int, PatientWeek]:
    """The groups of those they are not to sit with."""
    lasts = Q(to_on__isnull=True) | Q(to_on__gte=stretch.from_on)
    rows = Enrollment.objects.filter(lasts, episode__patient__in=apart, group__in=groups)
    found: dict[int, set[int]] = {}
    for pk, group in rows.filter(from_on__lte=stretch.last_on).values_list("episode__patient", "group"):
        found.setdefault(pk, set()).add(group)
    return {pk: PatientWeek(frozenset(there)) for pk, there in found.items()}


def _due(kind: str) -> plan.Due:
    """Only what comes every week counts toward the week."""
    return plan.Due(str(kind), MINUTES[Kind(kind)], counts=kind == Kind.INDIVIDUAL)


def _places(episode: Episode, stretch: Stretch) -> set[int]:
    """Groups in which they have a place that lasts beyond the first week."""
    lasts = Q(to_on__isnull=True) | Q(to_on__gte=stretch.week_ends_on)
    places = Enrollment.objects.filter(lasts, episode=episode, from_on__lte=stretch.last_on)
    return set(places.values_list("group_id", flat=True))


def _standing(
    episode: Episode, stretch: Stretch, staff: dict[int, User], rooms: dict[int, Room]
) -> list[TherapySession]:
    """The next one of each kind of visits they have already, every week or two, beyond the first week."""
    beyond = stretch.week_ends_on + timedelta(weeks=1)
    coming = TherapySession.objects.scheduled().filter(
        series__episode=episode, series__patient_present=True, lead__in=list(staff)
    )
    last = coming.filter(series=OuterRef("series"), occurs_on__gt=beyond)
    rows = coming.filter(Exists(last), occurs_on__gte=stretch.from_on).order_by("starts_at")
    found: dict[str, TherapySession] = {}
    for one in rows:
        if one.mode == Mode.VIDEO or one.room_id in rooms:
            found.setdefault(one.kind, one)
    return list(found.values())


def _kept(stretch: Stretch, held: set[int], standing: list[TherapySession]) -> PatientWeek:
    visits = tuple(visit_of(stretch, one) for one in standing)
    return PatientWeek(frozenset(held), visits) if held or visits else NOTHING


def _unavailable(episode: Episode, stretch: Stretch) -> list[UnavailableHours]:
    still = Q(to_on__isnull=True) | Q(to_on__gte=stretch.from_on)
    rows = UnavailableHours.objects.filter(still, patient=episode.patient_id, from_on__lte=stretch.last_on)
    return list(rows)


def _free(stretch: Stretch, episode: Episode, rows: Rows) -> tuple[int, ...]:
    taken = booked(stretch, episode.patient_id, rows.own_series, rows.held)
    hours: set[Span] = {
        (stretch.day_of(one.weekday), minute_of(one.starts), minute_of(one.ends)) for one in rows.unavailable
    }
    return masks(taken | hours, every_day())
