"""A discharge and a check-in at once: one of them is refused, and nobody attends after the end."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from iop_clinic.constraints import broken_constraint
from iop_clinic.refusal import Refused
from patients.models import Discharge, Episode, FollowUp
from scheduling.leaving import discharge
from scheduling.models import Booking
from sessions.attendance import arrive
from sessions.models import Attendance
from tests import make
from tests.make import NOW
from tests.race import race
from tests.unguarded import unguarded

TODAY = NOW.date()
YESTERDAY = TODAY - timedelta(days=1)
GUARD = "attendance_not_after_discharge"


def running() -> Booking:
    """Booked in a session that began a few minutes ago."""
    return make.booking(make.session(day=TODAY), make.episode())


def leave_yesterday(episode: Episode) -> Discharge:
    return discharge(
        actor=episode.primary_clinician, episode=episode, kind="dropped_out", on=YESTERDAY, now=NOW
    )


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("no_connection_left")
@pytest.mark.parametrize("round_number", range(5))
def test_a_discharge_and_a_check_in_at_once_are_one_of_the_two(round_number: int) -> None:
    booking, fay = running(), make.user()
    answers: list[Any] = race(
        [
            lambda: leave_yesterday(booking.episode),
            lambda: arrive(actor=fay, booking=booking, at=NOW, now=NOW),
        ]
    )
    assert sum(isinstance(answer, Refused) for answer in answers) == 1, answers
    assert Attendance.objects.count() + Discharge.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("no_connection_left")
def test_eight_presses_are_one_discharge_and_three_calls() -> None:
    episode = make.episode()
    answers = race([lambda: leave_yesterday(episode)] * 8)
    assert sum(isinstance(answer, Refused) for answer in answers) == 7, answers
    assert FollowUp.objects.filter(kind="after_discharge").count() == 3


@pytest.mark.django_db
def test_the_database_refuses_attendance_after_the_last_day_by_itself() -> None:
    booking = running()
    Episode.objects.filter(pk=booking.episode_id).update(ended_on=YESTERDAY)
    with pytest.raises(IntegrityError) as no, transaction.atomic():
        make.attendance(booking)
    assert broken_constraint(no.value) == GUARD
    with unguarded("iop_sessions.Attendance:recorded_before_the_end"):
        make.attendance(booking)


@pytest.mark.django_db
def test_the_database_refuses_a_last_day_before_one_that_was_attended() -> None:
    booking = running()
    make.attendance(booking)
    with pytest.raises(IntegrityError) as no, transaction.atomic():
        Episode.objects.filter(pk=booking.episode_id).update(ended_on=YESTERDAY)
    assert broken_constraint(no.value) == GUARD
    Episode.objects.filter(pk=booking.episode_id).update(ended_on=TODAY)
    with unguarded("iop_sessions.AttendedEpisode:ends_after_attendance"):
        Episode.objects.filter(pk=booking.episode_id).update(ended_on=YESTERDAY)


@pytest.mark.django_db
def test_an_absence_after_the_last_day_does_not_become_a_visit() -> None:
    booking = running()
    away = Attendance.objects.create(
        booking=booking, absence="no_show", recorded_by=booking.episode.primary_clinician
    )
    Episode.objects.filter(pk=booking.episode_id).update(ended_on=YESTERDAY)
    with pytest.raises(IntegrityError) as no, transaction.atomic():
        Attendance.objects.filter(pk=away.pk).update(absence="", arrived_at=NOW)
    assert broken_constraint(no.value) == GUARD
