"""Attendance verbs: who may be checked in when, one row for two callers, and every change kept."""

from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from iop_clinic.audit.models import AuditEvent
from iop_clinic.refusal import Refused
from iop_clinic.roles import Role
from patients.models import FollowUp
from scheduling.models import Booking
from sessions.attendance import arrive, correct, end_session, leave, mark_absent, undo
from sessions.hours import Slot, Visit, lateness
from sessions.models import Attendance, AttendanceCorrection
from tests import make

START = datetime(2026, 10, 19, 13, 0, tzinfo=UTC)  # 9:00 in New York
END = START + timedelta(hours=1)
pytestmark = pytest.mark.django_db


def minutes(n: int) -> timedelta:
    return timedelta(minutes=n)


@pytest.fixture
def booking() -> Booking:
    return make.booking(make.session(), make.episode())


@pytest.fixture
def fay() -> Any:
    return make.user(Role.FRONT_DESK)


def at(offset: int, booking: Booking, fay: Any) -> Attendance:
    moment = START + minutes(offset)
    return arrive(actor=fay, booking=booking, at=moment, now=moment)


@pytest.mark.parametrize(("late", "early"), [(0, 0), (5, 5), (6, 0), (0, 6), (20, 15)])
def test_late_and_early_are_minutes_not_opinions(booking: Booking, fay: Any, late: int, early: int) -> None:
    at(late, booking, fay)
    left = END - minutes(early)
    row = leave(actor=fay, booking=booking, at=left, now=left)
    assert row.arrived_at is not None
    said = lateness(Slot(START, END), Visit(row.arrived_at, row.left_at), grace_minutes=5)
    statuses = {(False, False): "present", (True, False): "late", (False, True): "left_early"}
    assert (said.late_minutes, said.left_early_minutes) == (late, early)
    assert said.status == statuses.get((late > 5, early > 5), "partial")


@pytest.mark.parametrize(
    ("offset", "allowed"), [(-61, False), (-60, True), (0, True), (60, True), (61, False)]
)
def test_check_in_is_open_from_an_hour_before_until_the_end(
    booking: Booking, fay: Any, offset: int, allowed: bool
) -> None:
    if allowed:
        assert at(offset, booking, fay).arrived_at == START + minutes(offset)
        return
    with pytest.raises(Refused) as no:
        at(offset, booking, fay)
    assert no.value.status == 422
    assert not Attendance.objects.exists()


def test_nobody_arrives_in_the_future(booking: Booking, fay: Any) -> None:
    with pytest.raises(Refused):
        arrive(actor=fay, booking=booking, at=START + minutes(5), now=START)
    assert not Attendance.objects.exists()


def test_the_second_caller_gets_the_first_callers_row(booking: Booking, fay: Any) -> None:
    first = at(0, booking, fay)
    second = arrive(
        actor=booking.session.lead, booking=booking, at=START + minutes(7), now=START + minutes(7)
    )
    assert (second.pk, second.arrived_at, second.source) == (first.pk, START, Attendance.Source.DESK)
    assert AuditEvent.objects.filter(verb="sessions.arrive").count() == 1


def test_a_facilitators_mark_says_so(booking: Booking) -> None:
    assert at(0, booking, booking.session.lead).source == Attendance.Source.FACILITATOR


def test_a_cancelled_place_takes_no_check_in(booking: Booking, fay: Any) -> None:
    Booking.objects.update(status="cancelled_by_patient", cancelled_at=START)
    with pytest.raises(Refused, match="cancelled"):
        at(0, booking, fay)


def test_a_cancelled_session_takes_no_check_in(booking: Booking, fay: Any) -> None:
    type(booking.session).objects.update(status="cancelled")
    with pytest.raises(Refused, match="cancelled"):
        at(0, booking, fay)


def test_a_discharged_episode_takes_no_new_attendance(booking: Booking, fay: Any) -> None:
    type(booking.episode).objects.update(ended_on=make.MONDAY - timedelta(days=1))
    with pytest.raises(Refused, match="discharged"):
        at(0, booking, fay)


def test_leaving_needs_an_arrival_and_comes_after_it(booking: Booking, fay: Any) -> None:
    with pytest.raises(Refused, match="not checked in"):
        leave(actor=fay, booking=booking, at=END, now=END)
    at(10, booking, fay)
    with pytest.raises(Refused, match="after that time"):
        leave(actor=fay, booking=booking, at=START, now=END)
    with pytest.raises(Refused):
        leave(actor=fay, booking=booking, at=END + minutes(61), now=END + minutes(90))


def test_a_no_show_is_none_before_the_start(booking: Booking, fay: Any) -> None:
    with pytest.raises(Refused, match="may still come"):
        mark_absent(actor=fay, booking=booking, absence="no_show", now=START - minutes(1))
    excused = mark_absent(
        actor=fay, booking=booking, absence="excused", reason="Sick", now=START - minutes(30)
    )
    assert (excused.absence, excused.reason) == ("excused", "Sick")
    assert not FollowUp.objects.exists()


def test_an_excuse_says_why(booking: Booking, fay: Any) -> None:
    with pytest.raises(Refused) as no:
        mark_absent(actor=fay, booking=booking, absence="excused", reason=" ", now=START)
    assert "reason" in no.value.fields
    with pytest.raises(Refused):
        mark_absent(actor=fay, booking=booking, absence="vanished", now=START)


def test_a_no_show_opens_one_outreach_for_the_primary_clinician(booking: Booking, fay: Any) -> None:
    now = START + minutes(15)
    for _ in range(2):
        mark_absent(actor=fay, booking=booking, absence="no_show", now=now)
    outreach = FollowUp.objects.get()
    assert outreach.kind == FollowUp.Kind.OUTREACH
    assert outreach.owner == booking.episode.primary_clinician
    assert outreach.subject_id == booking.pk
    assert outreach.due_at == now + timedelta(hours=24)


def test_outreach_is_due_within_the_hour_while_risk_is_open(booking: Booking, fay: Any) -> None:
    make.follow_up(booking.patient, booking.episode.primary_clinician)
    now = START + minutes(15)
    mark_absent(actor=fay, booking=booking, absence="no_show", now=now)
    assert FollowUp.objects.get(kind="outreach").due_at == now + timedelta(hours=1)


def test_outreach_at_risk_stays_on_the_same_local_day(booking: Booking, fay: Any) -> None:
    make.follow_up(booking.patient, booking.episode.primary_clinician)
    almost_midnight = datetime(2026, 10, 20, 3, 40, tzinfo=UTC)  # 23:40 in New York
    mark_absent(actor=fay, booking=booking, absence="no_show", now=almost_midnight)
    assert FollowUp.objects.get(kind="outreach").due_at == datetime(2026, 10, 20, 3, 59, tzinfo=UTC)


def test_someone_checked_in_is_not_marked_absent(booking: Booking, fay: Any) -> None:
    at(0, booking, fay)
    with pytest.raises(Refused, match="checked in since 9:00 am"):
        mark_absent(actor=fay, booking=booking, absence="no_show", now=START + minutes(5))


def test_one_who_comes_after_all_is_here_and_needs_no_outreach(booking: Booking, fay: Any) -> None:
    mark_absent(actor=fay, booking=booking, absence="no_show", now=START + minutes(12))
    row = at(20, booking, fay)
    assert (row.absence, row.arrived_at) == ("", START + minutes(20))
    assert AttendanceCorrection.objects.get().was_absence == "no_show"
    assert not FollowUp.objects.open().exists()


def test_a_correction_keeps_what_was_said_and_needs_a_reason(booking: Booking, fay: Any) -> None:
    row = at(12, booking, fay)
    with pytest.raises(Refused) as no:
        correct(actor=fay, attendance=row, arrived_at=START, left_at=None, reason="  ", now=END)
    assert no.value.status == 422
    correct(actor=fay, attendance=row, arrived_at=START, left_at=END, reason="Paper sheet says 9:00", now=END)
    kept = AttendanceCorrection.objects.get()
    assert (kept.was_arrived_at, kept.was_left_at, kept.by) == (START + minutes(12), None, fay)
    row.refresh_from_db()
    assert (row.arrived_at, row.left_at, row.version) == (START, END, 2)


def test_a_correction_is_times_or_an_absence(booking: Booking, fay: Any) -> None:
    row = at(0, booking, fay)
    for wrong in (
        {"arrived_at": START, "left_at": None, "absence": "excused"},
        {"arrived_at": None, "left_at": None, "absence": ""},
        {"arrived_at": END, "left_at": START, "absence": ""},
        {"arrived_at": START - timedelta(days=1), "left_at": END, "absence": ""},
    ):
        with pytest.raises(Refused):
            correct(actor=fay, attendance=row, reason="Slip", now=END, **wrong)  # type: ignore[arg-type]
    assert not AttendanceCorrection.objects.exists()


def test_a_stale_correction_changes_nothing(booking: Booking, fay: Any) -> None:
    row = at(0, booking, fay)
    correct(
        actor=fay, attendance=row, arrived_at=START, left_at=END, reason="Left on time", version=1, now=END
    )
    with pytest.raises(Refused, match="meanwhile"):
        correct(actor=fay, attendance=row, arrived_at=START, left_at=None, reason="Slip", version=1, now=END)


def test_correcting_to_and_from_a_no_show_settles_the_outreach(booking: Booking, fay: Any) -> None:
    row = at(0, booking, fay)
    missed = {"arrived_at": None, "left_at": None, "absence": "no_show", "reason": "It was her sister"}
    came = {"arrived_at": START, "left_at": None, "reason": "It was her after all"}
    correct(actor=fay, attendance=row, now=END, **missed)  # type: ignore[arg-type]
    assert FollowUp.objects.open().count() == 1
    correct(actor=fay, attendance=row, now=END, **came)  # type: ignore[arg-type]
    assert not FollowUp.objects.open().exists()
    correct(actor=fay, attendance=row, now=END, **missed)  # type: ignore[arg-type]
    assert FollowUp.objects.open().count() == 1
    assert FollowUp.objects.count() == 2


def test_undo_takes_the_last_mark_back_within_ten_minutes(booking: Booking, fay: Any) -> None:
    row = at(0, booking, fay)
    leave(actor=fay, booking=booking, at=START + minutes(30), now=START + minutes(30))
    still_here = undo(actor=fay, attendance=row, now=START + minutes(40))
    assert still_here is not None
    assert still_here.left_at is None
    with pytest.raises(Refused, match="Ten minutes"):
        undo(actor=fay, attendance=row, now=START + minutes(11))
    assert undo(actor=fay, attendance=row, now=START + minutes(10)) is None
    assert not Attendance.objects.exists()
    with pytest.raises(Refused, match="undone"):
        undo(actor=fay, attendance=row, now=START + minutes(10))


def test_undoing_a_no_show_closes_its_outreach(booking: Booking, fay: Any) -> None:
    row = mark_absent(actor=fay, booking=booking, absence="no_show", now=START)
    undo(actor=fay, attendance=row, now=START + minutes(1))
    assert not FollowUp.objects.open().exists()
    mark_absent(actor=fay, booking=booking, absence="no_show", now=START + minutes(2))
    assert FollowUp.objects.open().count() == 1


def test_the_end_of_a_session_checks_everyone_out_once(fay: Any) -> None:
    session = make.session()
    bookings = [make.booking(session, make.episode()) for _ in range(3)]
    for here in bookings[:2]:
        at(0, here, fay)
    leave(actor=fay, booking=bookings[0], at=START + minutes(30), now=END)
    assert end_session(actor=fay, session=session, at=END, now=END + minutes(2)) == 1
    assert Attendance.objects.get(booking=bookings[1]).left_at == END
    assert Attendance.objects.get(booking=bookings[0]).left_at == START + minutes(30)
    assert end_session(actor=fay, session=session, at=END, now=END + minutes(2)) == 0


def test_a_session_does_not_end_in_the_future_or_before_someone_came(booking: Booking, fay: Any) -> None:
    at(20, booking, fay)
    for moment, now in ((END, START + minutes(30)), (START + minutes(5), END)):
        with pytest.raises(Refused):
            end_session(actor=fay, session=booking.session, at=moment, now=now)
    assert Attendance.objects.get().left_at is None


def test_corrections_cannot_be_changed_or_removed(booking: Booking, fay: Any) -> None:
    row = at(0, booking, fay)
    correct(actor=fay, attendance=row, arrived_at=START, left_at=END, reason="Left on time", now=END)
    for statement in (
        "UPDATE iop_sessions_attendancecorrection SET reason = 'x'",
        "DELETE FROM iop_sessions_attendancecorrection",
    ):
        with pytest.raises(Exception, match="pgtrigger"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_postgresql_refuses_times_with_an_absence(booking: Booking, fay: Any) -> None:
    row = at(0, booking, fay)
    with pytest.raises(IntegrityError, match="attendance_times_or_absence"), transaction.atomic():
        Attendance.objects.filter(pk=row.pk).update(absence="no_show")
    with pytest.raises(IntegrityError, match="attendance_leaves_after_arriving"), transaction.atomic():
        Attendance.objects.filter(pk=row.pk).update(left_at=START - minutes(1))


@pytest.mark.django_db(transaction=True)
def test_desk_and_facilitator_at_once_make_one_attendance(no_connection_left: None) -> None:
    booking = make.booking(make.session(), make.episode())
    actors = [make.user(Role.FRONT_DESK), booking.session.lead]
    calls = [actors[n % 2] for n in range(8)]
    barrier, rows, faults = Barrier(len(calls)), [], []

    def check_in(actor: Any) -> None:
        try:
            barrier.wait()
            rows.append(arrive(actor=actor, booking=booking, at=START, now=START).pk)
        except Exception as fault:
            faults.append(fault)
        finally:
            connection.close()

    threads = [Thread(target=check_in, args=(actor,)) for actor in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults
    assert len(rows) == 8
    assert len(set(rows)) == Attendance.objects.count() == 1
    assert AuditEvent.objects.filter(verb="sessions.arrive").count() == 1
