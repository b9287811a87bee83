"""The demo's visits: a standing series for some people, with their relatives, and hours nobody can come.

One family visit goes on without the patient (90846), on the coming Thursday.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time, timedelta

from iop_clinic.accounts.demo import House, Moment, chance
from iop_clinic.accounts.models import User
from patients.demo_chart import Chart, weekday_from
from patients.models import Consent, RelatedPerson
from scheduling.demo_groups import NO_STANDING_VISIT, VISITS
from scheduling.models import Room, Series, SeriesRelative, TherapySession, UnavailableHours
from scheduling.models.group import Kind, Mode

DAY = timedelta(days=1)
MON_TO_FRI, TUE_THU = range(5), (1, 3)
# track, story or seat, name, relationship, and whether the patient has signed the consent
RELATIVES = (
    ("teen", "sunday", "Maud Nettlefield", "Mother", True),
    ("teen", "sunday", "Piers Nettlefield", "Father", False),
    ("am", "amara", "Ngozi Willowby", "Mother", True),
    ("eve", "short45", "Idris Silverquay", "Spouse", True),
)
# track, story, weekdays, from, to, why
UNAVAILABLE = (
    ("teen", "sunday", MON_TO_FRI, time(8), time(14, 30), UnavailableHours.Why.SCHOOL),
    ("eve", "short45", MON_TO_FRI, time(8), time(16), UnavailableHours.Why.WORK),
    ("am", "amara", TUE_THU, time(13), time(17), UnavailableHours.Why.WORK),
)


@dataclass(frozen=True)
class Standing:
    """A series with the person it is for and its days."""

    series: Series
    chart: Chart
    days: list[date]


def add_relatives(charts: list[Chart], house: House) -> dict[str, RelatedPerson]:
    """Relatives by name, with the consents that are signed; and the unavailable hours beside them."""
    people = {}
    for track, story, name, relationship, agreed in RELATIVES:
        chart = person_of(charts, track, story)
        people[name] = RelatedPerson.objects.create(
            patient=chart.patient, name=name, relationship=relationship, recorded_by=house.staff["dana"]
        )
        if agreed:
            Consent.objects.create(
                public_id=chart.uuid("family", name),
                patient=chart.patient,
                kind=Consent.Kind.FAMILY,
                related_person=people[name],
                signed_on=chart.episode.admitted_on,
                signed_name=chart.patient.full_name,
                recorded_by=house.staff["dana"],
            )
    UnavailableHours.objects.bulk_create(
        UnavailableHours(
            patient=person_of(charts, track, story).patient,
            weekday=weekday,
            starts=starts,
            ends=ends,
            why=why,
            from_on=person_of(charts, track, story).episode.admitted_on,
            recorded_by=house.staff["dana"],
        )
        for track, story, weekdays, starts, ends, why in UNAVAILABLE
        for weekday in weekdays
    )
    return people


def visit_pairs(
    charts: list[Chart],
    rooms: dict[str, Room],
    house: House,
    moment: Moment,
    weeks: list[date],
    planned_at: time,
) -> Iterator[tuple[TherapySession, list[Chart]]]:
    """Standing visits of people in the program; a few past ones were given up by the patient."""
    people = add_relatives(charts, house)
    standing = list(_standing(charts, rooms, house, weeks))
    standing.append(_without_patient(person_of(charts, "teen", "sunday"), rooms, house, moment))
    then = moment.at(weeks[0] - timedelta(weeks=1), planned_at)
    for one in standing:
        one.series.created_at = then
    Series.objects.bulk_create(one.series for one in standing)
    SeriesRelative.objects.bulk_create(
        SeriesRelative(series=one.series, person=people["Maud Nettlefield"])
        for one in standing
        if one.series.kind == Kind.FAMILY
    )
    for one in standing:
        for day in one.days:
            made = _visit(one, day, moment)
            made.created_at = made.changed_at = then
            yield made, [one.chart] if one.series.patient_present else []


def person_of(charts: list[Chart], track: str, story: str) -> Chart:
    return next(c for c in charts if c.person.track == track and c.person.has(story))


def _standing(
    charts: list[Chart], rooms: dict[str, Room], house: House, weeks: list[date]
) -> Iterator[Standing]:
    waiting: dict[str, list[Chart]] = {}
    for chart in charts:
        if not chart.episode.ended_on and not chart.person.stories & NO_STANDING_VISIT:
            waiting.setdefault(chart.person.track, []).append(chart)
    for tone, weekday, starts, minutes, lead, room, kind, story in VISITS:
        chart = person_of(charts, tone, story) if story else waiting[tone].pop(0)
        days = [monday + weekday * DAY for monday in weeks]
        days = [day for day in days if chart.in_program_on(day)]
        where = rooms[room] if room else None
        if days:
            series = _series(chart, kind, days, starts, minutes, house.staff[lead], where, house)
            yield Standing(series, chart, days)


def _without_patient(chart: Chart, rooms: dict[str, Room], house: House, moment: Moment) -> Standing:
    day = weekday_from(moment.today + DAY, 3)
    series = _series(chart, Kind.FAMILY, [day], time(13), 50, house.staff["marcus"], rooms["Office 1"], house)
    series.patient_present = False
    return Standing(series, chart, [day])


def _series(
    chart: Chart,
    kind: str,
    days: list[date],
    starts: time,
    minutes: int,
    lead: User,
    room: Room | None,
    house: House,
) -> Series:
    return Series(
        site=house.marlow,
        episode=chart.episode,
        kind=kind,
        first_on=days[0],
        last_on=days[-1],
        starts=starts,
        minutes=minutes,
        mode=Mode.IN_PERSON if room else Mode.VIDEO,
        room=room,
        lead=lead,
        created_by=house.staff["bea"],
    )


def _visit(one: Standing, day: date, moment: Moment) -> TherapySession:
    series, starts_at = one.series, moment.at(day, one.series.starts)
    made = TherapySession(
        site=series.site,
        series=series,
        occurs_on=day,
        pattern_on=day,
        kind=series.kind,
        title=Kind(series.kind).label,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=series.minutes),
        counts_toward_hours=series.kind == Kind.INDIVIDUAL,
        mode=series.mode,
        room=series.room,
        lead=series.lead,
    )
    given_up = chance("visit", one.chart.person.name, day).random() < 0.08
    if series.patient_present and made.ends_at < moment.now and given_up:
        made.status, made.cancel_reason = TherapySession.Status.CANCELLED, "The visit was cancelled."
    return made
