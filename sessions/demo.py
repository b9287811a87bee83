"""The demo's attendance, make-ups, outreach and notes: what had happened by the instant of loading."""

from collections import defaultdict
from datetime import date, datetime, time, timedelta

from iop_clinic.accounts.demo import House, Moment, chance
from iop_clinic.accounts.models import User
from patients.demo_chart import Chart
from patients.followups import close_follow_up
from patients.models import FollowUp
from scheduling.clashes import span_of
from scheduling.demo import Calendar
from scheduling.models import Booking, TherapySession
from scheduling.models.group import Kind
from sessions.demo_days import DayPlan, plan_of
from sessions.demo_notes import add_notes
from sessions.demo_summaries import add_summaries
from sessions.demo_trail import leave_trail
from sessions.models import Attendance
from sessions.outreach import open_outreach

WHOLE_DAYS_SHORT = 60
DESK_OUTCOMES = (
    "Reached by phone, overslept, coming on the next group day.",
    "Left a neutral message, called back the same evening, safe.",
    "Spoke with them, ride fell through, bus pass arranged.",
)
Attended = list[tuple[Chart, Booking, Attendance]]


def fill_attendance(calendar: Calendar, house: House, moment: Moment) -> None:
    days: dict[tuple[int, date], list[Booking]] = defaultdict(list)
    for booking in calendar.bookings:
        if booking.is_active and booking.session.occurs_on <= moment.today:
            days[booking.patient_id, booking.session.occurs_on].append(booking)
    rows: Attended = []
    desk = house.staff["dana"]
    for (patient_id, day), bookings in days.items():
        chart = calendar.charts[patient_id]
        plan = plan_of(chart.person, day, moment)
        rows += _record_day(chart, sorted(bookings, key=_start), plan, desk, moment)
    rows += _make_ups(calendar, rows, house, moment)
    Attendance.objects.bulk_create([came for _, _, came in rows], batch_size=1000)
    _reach_out(rows, house, moment)
    add_notes([row for row in rows if row[2].arrived_at and _is_noted(row[1])], moment)
    leave_trail(rows, house, moment)
    add_summaries(list(calendar.charts.values()), moment)


def _start(booking: Booking) -> datetime:
    return booking.session.starts_at


def _is_noted(booking: Booking) -> bool:
    return booking.session.kind != Kind.MEDICATION


def _record_day(chart: Chart, bookings: list[Booking], plan: DayPlan, desk: User, moment: Moment) -> Attended:
    """One attendance for each session of the day that the clock has reached."""
    rows: Attended = []
    groups = [booking for booking in bookings if booking.session.group_id or booking.session.capacity > 1]
    for booking in bookings:
        place = groups.index(booking) if booking in groups else None
        came = _attendance(booking, place, len(groups), plan, moment)
        if came is not None:
            came.recorded_by = desk
            rows.append((chart, booking, came))
    return rows


def _attendance(
    booking: Booking, place: int | None, count: int, plan: DayPlan, moment: Moment
) -> Attendance | None:
    meeting = booking.session
    missed = plan.misses_after is not None and (place is None or place >= plan.misses_after)
    if plan.absence or missed:
        return _absence(booking, plan.absence or Attendance.Absence.EXCUSED, plan.reason, moment)
    late = plan.late_minutes if place == 0 else -2
    early = plan.early_minutes if place == count - 1 else 0
    arrives_at = meeting.starts_at + timedelta(minutes=late)
    leaves_at = meeting.ends_at - timedelta(minutes=early)
    if arrives_at > moment.now:
        return None
    is_gone = leaves_at <= moment.now and not (plan.no_checkout and place == count - 1)
    return Attendance(
        booking=booking,
        arrived_at=arrives_at,
        left_at=leaves_at if is_gone else None,
        recorded_at=arrives_at,
        left_recorded_at=leaves_at if is_gone else None,
        source=Attendance.Source.DESK,
        version=2 if is_gone else 1,
    )


def _absence(booking: Booking, absence: str, reason: str, moment: Moment) -> Attendance | None:
    """An excuse is known in the morning, a no-show when the session is over."""
    morning = moment.at(booking.session.occurs_on, time(7, 50))
    known_at = booking.session.ends_at if absence == Attendance.Absence.NO_SHOW else morning
    if known_at > moment.now:
        return None
    return Attendance(booking=booking, absence=absence, reason=reason, recorded_at=known_at)


def _make_ups(calendar: Calendar, rows: Attended, house: House, moment: Moment) -> Attended:
    """Some of those who missed an hour or more come to that week's make-up group."""
    missed: dict[tuple[date, int], int] = defaultdict(int)
    for _, booking, came in rows:
        day = booking.session.occurs_on
        missed[day - timedelta(days=day.weekday()), booking.patient_id] += _missed_minutes(booking, came)
    sessions = {
        session.occurs_on - timedelta(days=session.occurs_on.weekday()): session
        for session in TherapySession.objects.filter(title="Make-up group").select_related("lead", "site")
    }
    bookings: list[tuple[Chart, Booking]] = []
    seats: dict[int, int] = defaultdict(int)
    for (monday, patient_id), minutes in missed.items():
        chart, session = calendar.charts[patient_id], sessions.get(monday)
        if session is None or minutes < WHOLE_DAYS_SHORT or not _wants_it(chart, monday, moment):
            continue
        if (
            chart.person.track != "orchard"
            and chart.in_program_on(session.occurs_on)
            and seats[session.pk] < 9
        ):
            seats[session.pk] += 1
            bookings.append((chart, _seat(chart, session, house, moment)))
    Booking.objects.bulk_create([booking for _, booking in bookings])
    made: Attended = []
    for chart, booking in bookings:
        if booking.session.occurs_on <= moment.today:
            made += _record_day(chart, [booking], DayPlan(), house.staff["dana"], moment)
    return made


def _missed_minutes(booking: Booking, came: Attendance) -> int:
    if not booking.session.counts_toward_hours:
        return 0
    if came.arrived_at is None:
        return booking.session.scheduled_minutes
    late = max(timedelta(), came.arrived_at - booking.session.starts_at)
    return int(late.total_seconds()) // 60


def _wants_it(chart: Chart, monday: date, moment: Moment) -> bool:
    if monday == moment.monday:
        return chart.person.has("makeup")
    return chance("make up", chart.person.name, monday).random() < 0.5


def _seat(chart: Chart, session: TherapySession, house: House, moment: Moment) -> Booking:
    return Booking(
        public_id=chart.uuid("booking", session.starts_at.isoformat()),
        session=session,
        during=span_of(session),
        patient=chart.patient,
        episode=chart.episode,
        booked_by=house.staff["bea"],
        booked_at=moment.no_later(session.starts_at - timedelta(hours=40)),
    )


def _reach_out(rows: Attended, house: House, moment: Moment) -> None:
    """The first missed session of a no-show day opens the outreach; all but this week's are closed."""
    opened: set[tuple[int, date]] = set()
    for chart, booking, came in rows:
        day = booking.session.occurs_on
        if came.absence != Attendance.Absence.NO_SHOW or (booking.patient_id, day) in opened:
            continue
        opened.add((booking.patient_id, day))
        follow_up = open_outreach(actor=house.staff["dana"], booking=booking, now=came.recorded_at)
        FollowUp.objects.filter(pk=follow_up.pk).update(opened_at=came.recorded_at)
        if day < moment.monday and chart.in_program_on(day):
            outcome = chance("outreach", chart.person.name, day).choice(DESK_OUTCOMES)
            closed_at = moment.no_later(came.recorded_at + timedelta(hours=3))
            close_follow_up(
                actor=house.staff["bea"],
                follow_up=follow_up,
                outcome_kind=FollowUp.Outcome.REACHED,
                outcome=outcome,
                now=closed_at,
            )
