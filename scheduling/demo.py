"""The demo's weeks: twelve behind and four ahead, everyone in their groups, visits beside them, reminders.

Rows are written at once in the shape `materialise` and `enroll` give them; the constraints hold them.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, time, timedelta

from iop_clinic.accounts.demo import House, Moment
from iop_clinic.accounts.models import User
from iop_clinic.messages.models import Message
from patients.demo_cast import TRACK_DAYS
from patients.demo_chart import Chart
from patients.demo_payers import booked_until
from scheduling.clashes import span_of
from scheduling.demo_away import plan_around
from scheduling.demo_clash import plan_a_clash
from scheduling.demo_groups import MAKE_UPS, WILLOW, add_pattern
from scheduling.demo_measures import ask_measures
from scheduling.demo_planner import admit_newcomers
from scheduling.demo_staff import add_hours, lead_together
from scheduling.demo_visits import visit_pairs
from scheduling.demo_waitlist import fill_waitlist, leave_one_seat, wish_for_places
from scheduling.models import Booking, Enrollment, Group, Room, TherapySession
from scheduling.models.group import Kind, Mode
from scheduling.reminders import plan_reminders, reminder_of

WEEKS_BEHIND, WEEKS_AHEAD, SENT_DAYS = 12, 4, 7
DAY, WEEK = timedelta(days=1), timedelta(weeks=1)
ILL_WEEKS_AGO, ILL_GROUP = 3, "Moving your body"


@dataclass(frozen=True)
class Calendar:
    """What was put on the calendar: bookings with their sessions, and the charts by patient number."""

    bookings: list[Booking]
    charts: dict[int, Chart]


def fill_weeks(charts: list[Chart], house: House, moment: Moment) -> Calendar:
    rooms, groups = add_pattern(house, moment)
    add_hours(house)
    places = _enroll(charts, groups, house, moment)
    leave_one_seat(groups, [row for rows in places.values() for _, row in rows], list(_weeks(moment)), moment)
    pairs = [
        *_group_pairs(groups, places, moment),
        *visit_pairs(charts, rooms, house, moment, list(_weeks(moment)), time(8)),
    ]
    pairs += _orchard_pairs(charts, rooms, house, moment)
    sessions = TherapySession.objects.bulk_create([session for session, _ in pairs], batch_size=500)
    lead_together(groups, sessions, house)
    bookings = [_booking(chart, session, house, moment) for session, people in pairs for chart in people]
    Booking.objects.bulk_create(bookings, batch_size=1000)
    fill_waitlist(charts, house, moment)
    wish_for_places(house, moment)
    admit_newcomers(house, moment)
    _remind(bookings, moment)
    plan_around(house, moment)
    plan_a_clash(house, moment)
    ask_measures(house, moment)
    return Calendar(bookings, {chart.patient.pk: chart for chart in charts})


Places = dict[int, list[tuple[Chart, Enrollment]]]
Pairs = list[tuple[TherapySession, list[Chart]]]


def _enroll(charts: list[Chart], groups: list[Group], house: House, moment: Moment) -> Places:
    """Everyone of a track in its groups; half of the adults in DBT skills, the others in CBT skills."""
    places: Places = {group.pk: [] for group in groups}
    for tone in ("am", "eve", "teen"):
        for seat, people in enumerate(_by_seat(charts, tone)):
            for chart in people:
                for group in groups:
                    if group.track.tone == tone and _belongs(group, seat, chart):
                        places[group.pk].append((chart, _enrollment(chart, group, house, moment)))
    Enrollment.objects.bulk_create(row for rows in places.values() for _, row in rows)
    return places


def _by_seat(charts: list[Chart], tone: str) -> list[list[Chart]]:
    """The people of a track by seat: someone in the program now, and who had the seat before them."""
    active = [chart for chart in charts if chart.person.track == tone and not chart.episode.ended_on]
    gone = [chart for chart in charts if chart.person.track == tone and chart.episode.ended_on]
    return [
        [chart, *(one for number, one in enumerate(gone) if number % len(active) == seat)]
        for seat, chart in enumerate(active)
    ]


def _belongs(group: Group, seat: int, chart: Chart) -> bool:
    if group.name in MAKE_UPS:
        return False
    if group.name == "Family education":
        return chart.person.has("family")
    if group.track.tone == "am" and group.name in ("DBT skills", "CBT skills"):
        return (group.name == "DBT skills") == (seat % 2 == 1)
    return True


def _enrollment(chart: Chart, group: Group, house: House, moment: Moment) -> Enrollment:
    person, episode = chart.person, chart.episode
    last_on = episode.ended_on or booked_until(person, moment)
    if person.has("finishing"):
        last_on = episode.expected_end_on
    return Enrollment(
        episode=episode,
        group=group,
        from_on=episode.admitted_on,
        to_on=last_on,
        enrolled_by=house.staff["bea"],
        created_at=moment.at(episode.admitted_on, time(8, 25)),
    )


def _weeks(moment: Moment) -> Iterator[date]:
    for week in range(-WEEKS_BEHIND, WEEKS_AHEAD + 1):
        yield moment.monday + week * WEEK


def _group_pairs(groups: list[Group], places: Places, moment: Moment) -> Pairs:
    pairs: Pairs = []
    for monday in _weeks(moment):
        for group in groups:
            day = monday + group.weekday * DAY
            people = [chart for chart, row in places[group.pk] if row.from_on <= day <= (row.to_on or day)]
            pairs.append((_group_session(group, day, moment), people))
    return pairs


def _group_session(group: Group, day: date, moment: Moment) -> TherapySession:
    ill = group.name == ILL_GROUP and day == moment.monday - ILL_WEEKS_AGO * WEEK + group.weekday * DAY
    made = _session(day, group.starts, group.minutes, group.lead, group.room, moment)
    made.site, made.group, made.pattern_on = group.track.site, group, day
    made.kind, made.title, made.capacity = group.kind, group.name, group.capacity
    if ill:
        made.status, made.cancel_reason = TherapySession.Status.CANCELLED, "The facilitator was ill."
    return made


def _session(
    day: date, starts: time, minutes: int, lead: User, room: Room | None, moment: Moment
) -> TherapySession:
    starts_at = moment.at(day, starts)
    planned_at = moment.at(moment.monday - (WEEKS_BEHIND + 1) * WEEK, time(8))
    return TherapySession(
        occurs_on=day,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=minutes),
        mode=Mode.IN_PERSON if room else Mode.VIDEO,
        room=room,
        lead=lead,
        created_at=planned_at,
        changed_at=planned_at,
    )


def _orchard_pairs(charts: list[Chart], rooms: dict[str, Room], house: House, moment: Moment) -> Pairs:
    """The second site is young: one morning block on three days, no track yet."""
    people = [chart for chart in charts if chart.person.track == "orchard"]
    pairs: Pairs = []
    for monday in _weeks(moment):
        for weekday in TRACK_DAYS["orchard"]:
            day = monday + weekday * DAY
            made = _session(day, time(9), 200, house.staff["odile"], rooms[WILLOW], moment)
            made.site, made.kind, made.title = house.orchard, Kind.GROUP, "Morning block"
            made.capacity, made.break_minutes = 6, 20
            pairs.append((made, [chart for chart in people if chart.in_program_on(day)]))
    return pairs


def _booking(chart: Chart, session: TherapySession, house: House, moment: Moment) -> Booking:
    made = Booking(
        public_id=chart.uuid("booking", session.starts_at.isoformat()),
        session=session,
        during=span_of(session),
        patient=chart.patient,
        episode=chart.episode,
        booked_by=house.staff["bea"],
        booked_at=moment.at(chart.episode.admitted_on, time(8, 25)),
    )
    if session.status == TherapySession.Status.CANCELLED:
        _cancel(made, session)
    elif chart.person.has("texted_today") and _is_first_today(session, chart, moment):
        made.running_late_until = session.starts_at + timedelta(minutes=20)
    return made


def _is_first_today(session: TherapySession, chart: Chart, moment: Moment) -> bool:
    """The first group of today, from ten minutes before it begins."""
    first = chart.person.track == "am" and session.title == "Process group"
    first = first or (chart.person.track == "teen" and session.title == "Adolescent process")
    return (
        first
        and session.occurs_on == moment.today
        and session.starts_at - 10 * timedelta(minutes=1) < moment.now
    )


def _cancel(booking: Booking, session: TherapySession) -> None:
    by_patient = session.group is None
    status = Booking.Status.CANCELLED_BY_PATIENT if by_patient else Booking.Status.CANCELLED_BY_CLINIC
    booking.status, booking.cancelled_at = status, session.starts_at - timedelta(hours=20)
    booking.cancel_reason = "Could not come." if by_patient else session.cancel_reason


def _remind(bookings: list[Booking], moment: Moment) -> None:
    """What is owed from now on, and the mail of the last week as it went out."""
    active = [booking for booking in bookings if booking.is_active]
    plan_reminders([one for one in active if one.session.starts_at > moment.now], moment.now)
    first: dict[tuple[int, date], Booking] = {}
    for one in sorted(active, key=lambda booking: booking.session.starts_at):
        since = moment.now - timedelta(days=SENT_DAYS)
        if since < one.session.starts_at <= moment.now:
            first.setdefault((one.patient_id, one.session.occurs_on), one)
    Message.objects.bulk_create(_sent(first.values()))
    Message.objects.update(created_at=moment.now)


def _sent(bookings: Iterable[Booking]) -> list[Message]:
    rows = []
    for booking in bookings:
        owed = reminder_of(booking, booking.session.starts_at - timedelta(hours=30))
        if owed is not None:
            row = owed.as_row()
            row.state, row.sent_at = Message.State.SENT, owed.due_at + timedelta(seconds=9)
            row.attempts = 1
            rows.append(row)
    return rows
