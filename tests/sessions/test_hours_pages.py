"""Hours: rows become the ledger, and every number on the board and the chart opens to its lines."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from iop_clinic.audit.models import AuditEvent
from iop_clinic.clock import Week
from iop_clinic.roles import Role
from patients.models import Episode, LevelOfCareStay
from scheduling.models import Booking
from sessions.attendance import correct
from sessions.chart_hours import chart_week, latest_episode
from sessions.ledger import ledger_of, ledgers_of, weeks_of
from sessions.models import Attendance
from sessions.week_page import marks_by_booking, week_page
from tests import make

WEEK = Week(make.MONDAY)
SUNDAY_NIGHT = datetime(2026, 10, 26, 2, tzinfo=UTC)
pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]


@pytest.fixture(autouse=True)
def wednesday() -> Iterator[Any]:
    with time_machine.travel(make.NOW, tick=False) as clock:
        yield clock


def held(episode: Episode, day_number: int, starts: time = time(9), **fields: Any) -> Booking:
    day = make.MONDAY + timedelta(days=day_number)
    return make.booking(make.session(day=day, starts=starts, **fields), episode)


def test_attended_booked_and_missed_add_up() -> None:
    episode = make.episode(prescribed_minutes=300)
    make.attendance(held(episode, 0), late_minutes=20)
    held(episode, 1)
    held(episode, 3, minutes=90, break_minutes=10)
    ledger = ledger_of(episode=episode, week=WEEK, now=make.NOW)
    assert (ledger.attended_minutes, ledger.booked_minutes, ledger.missed_minutes) == (40, 80, 20)
    assert (ledger.unrecorded_minutes, ledger.short_minutes) == (60, 180)


def test_what_the_clinic_cancelled_is_nobodys_missed_time() -> None:
    episode = make.episode()
    cancelled = {"cancelled_at": make.NOW}
    Booking.objects.filter(pk=held(episode, 0).pk).update(status="cancelled_by_clinic", **cancelled)
    Booking.objects.filter(pk=held(episode, 1).pk).update(status="cancelled_by_patient", **cancelled)
    called_off = held(episode, 2).session
    type(called_off).objects.filter(pk=called_off.pk).update(status="cancelled")
    ledger = ledger_of(episode=episode, week=WEEK, now=SUNDAY_NIGHT)
    assert [line.state for line in ledger.lines] == ["absent"]
    assert ledger.missed_minutes == 60


def test_the_goal_is_the_later_level_of_the_week_and_never_prorated() -> None:
    episode = make.episode(admitted_on=make.MONDAY + timedelta(days=2), prescribed_minutes=540)
    assert ledger_of(episode=episode, week=WEEK, now=make.NOW).goal_minutes == 540
    assert ledger_of(episode=episode, week=WEEK.previous(), now=make.NOW).goal_minutes == 0
    LevelOfCareStay.objects.filter(episode=episode).update(to_on=make.MONDAY + timedelta(days=8))
    LevelOfCareStay.objects.create(
        episode=episode, level=make.level(), prescribed_minutes=360, standard_minutes=360,
        from_on=make.MONDAY + timedelta(days=9),
    )  # fmt: skip
    assert ledger_of(episode=episode, week=WEEK.next(), now=make.NOW).goal_minutes == 360
    make.attendance(held(episode, 9))
    assert [ledger.goal_minutes for _, ledger in weeks_of(episode=episode, now=SUNDAY_NIGHT)] == [360]


def test_a_late_evening_belongs_to_its_local_week() -> None:
    episode = make.episode()
    held(episode, 6, starts=time(22))  # Sunday night, already Monday in UTC
    assert ledger_of(episode=episode, week=WEEK, now=make.NOW).booked_minutes == 60
    assert ledger_of(episode=episode, week=WEEK.next(), now=make.NOW).booked_minutes == 0


def test_ledgers_of_many_take_as_many_statements_as_of_one() -> None:
    episodes = [make.episode() for _ in range(6)]
    for episode in episodes:
        make.attendance(held(episode, 0))

    def statements(some: list[Episode]) -> int:
        fresh = list(Episode.objects.filter(pk__in=[episode.pk for episode in some]))
        with CaptureQueriesContext(connection) as caught:
            ledgers_of(episodes=fresh, week=WEEK, now=make.NOW)
        return len(caught)

    assert statements(episodes[:1]) == statements(episodes) <= 4


def short_by_eighty() -> Episode:
    episode = make.episode(make.patient(given_name="Amara", family_name="Willowby"), prescribed_minutes=180)
    make.attendance(held(episode, 0), late_minutes=20)
    held(episode, 4)
    return episode


def test_the_board_puts_the_shortest_first(sign_in: SignIn) -> None:
    short_by_eighty()
    done = make.episode(make.patient(given_name="Zoe", family_name="Done"), prescribed_minutes=60)
    make.attendance(held(done, 1))
    html = sign_in(role=Role.CASE_MANAGER).get(reverse("sessions:hours_board")).content.decode()
    assert "1 of 2 is short" in html
    assert html.index("Amara Willowby") < html.index("Zoe Done")
    assert "80 min" in html
    assert "40 minutes attended, 1 hour booked, of 3 hours this week. Short by 1 hour 20 minutes." in html


def test_the_board_turns_to_other_weeks(sign_in: SignIn) -> None:
    short_by_eighty()
    client = sign_in(role=Role.CASE_MANAGER)
    url = reverse("sessions:hours_board")
    assert "Mon Oct 12 to Sun 18" in client.get(url, {"week": "2026-10-14"}).content.decode()
    assert "Nobody is in the program" in client.get(url, {"week": "2026-01-14"}).content.decode()


def test_the_board_takes_as_many_statements_for_ten_as_for_one(sign_in: SignIn) -> None:
    client, url = sign_in(role=Role.CASE_MANAGER), reverse("sessions:hours_board")

    def statements() -> int:
        with CaptureQueriesContext(connection) as caught:
            client.get(url)
        return len(caught)

    short_by_eighty()
    statements()
    few = statements()
    for _ in range(9):
        short_by_eighty()
    assert statements() == few


def test_the_chart_piece_says_the_verdict_and_the_days(sign_in: SignIn) -> None:
    episode = short_by_eighty()
    url = reverse("sessions:hours", args=[episode.patient_id])
    client = sign_in(role=Role.BILLER)
    piece = client.get(url, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in piece
    assert "Short by 80 minutes this week" in piece
    assert "Goal 3 h, Mon Oct 19 to Sun 25" in piece
    assert "Process group: 20 min missed" in piece
    assert reverse("sessions:attendance", args=[episode.patient_id]) in piece
    assert "<html" in client.get(url).content.decode()


def test_the_chart_piece_counts_as_the_ledger_does() -> None:
    episode = make.episode(prescribed_minutes=540)
    LevelOfCareStay.objects.filter(episode=episode).update(to_on=make.MONDAY + timedelta(days=1))
    LevelOfCareStay.objects.create(
        episode=episode, level=make.level(), prescribed_minutes=360, standard_minutes=360,
        from_on=make.MONDAY + timedelta(days=2),
    )  # fmt: skip
    make.attendance(held(episode, 0), late_minutes=20)
    held(episode, 1)
    given_back = held(episode, 2)
    Booking.objects.filter(pk=given_back.pk).update(status="cancelled_by_patient", cancelled_at=make.NOW)
    Attendance.objects.create(
        booking=held(episode, 0, time(13)), absence="excused", reason="Dentist", recorded_by=make.user()
    )
    held(episode, 4, counts_toward_hours=False)
    held(episode, 8)
    for week in (WEEK.previous(), WEEK, WEEK.next()):
        latest = latest_episode(episode.patient, week)
        shown = chart_week(latest, week, make.NOW)
        assert shown.ledger == ledger_of(episode=episode, week=week, now=make.NOW)
        marks = marks_by_booking(shown.ledger.lines)
        told = week_page(episode, week, shown.ledger, marks, is_now=True)
        assert (shown.verdict, shown.days) == (told.verdict, told.days)


def test_the_chart_piece_takes_six_statements_however_long_the_history(sign_in: SignIn) -> None:
    client, episode = sign_in(role=Role.CLINICIAN), short_by_eighty()
    url = reverse("sessions:hours", args=[episode.patient_id])

    def statements() -> int:
        client.get(url, headers={"HX-Request": "true"})
        with CaptureQueriesContext(connection) as caught:
            client.get(url, headers={"HX-Request": "true"})
        return len(caught)

    few = statements()
    for day_number in range(-14, 4):
        make.attendance(held(episode, day_number, time(13)))
    assert statements() == few <= 6


def test_reading_the_chart_piece_is_on_the_trail_and_anothers_is_not_there(sign_in: SignIn) -> None:
    client, episode = sign_in(role=Role.CLINICIAN), short_by_eighty()
    client.get(reverse("sessions:hours", args=[episode.patient_id]), headers={"HX-Request": "true"})
    assert AuditEvent.objects.get(verb="sessions.read_hours").patient_id == episode.patient_id
    theirs = make.patient(make.other_site())
    answer = client.get(reverse("sessions:hours", args=[theirs.pk]), headers={"HX-Request": "true"})
    assert answer.status_code == 404


def test_a_week_someone_joins_in_says_that_the_goal_stays_whole(sign_in: SignIn) -> None:
    episode = make.episode(admitted_on=make.MONDAY + timedelta(days=2))
    html = (
        sign_in(role=Role.CLINICIAN)
        .get(reverse("sessions:hours", args=[episode.patient_id]))
        .content.decode()
    )
    assert "Admitted Wed Oct 21. The goal stays the whole week&#x27;s 9 h." in html


def test_someone_never_admitted_has_no_hours(sign_in: SignIn) -> None:
    patient = make.patient()
    for name in ("sessions:hours", "sessions:attendance"):
        assert sign_in(role=Role.CLINICIAN).get(reverse(name, args=[patient.pk])).status_code == 200


def test_attendance_lists_every_line_with_its_corrections(sign_in: SignIn) -> None:
    episode = short_by_eighty()
    row = Attendance.objects.get()
    correct(
        actor=make.user(given_name="Fay", family_name="Desk"), attendance=row, reason="Sheet says 9:05",
        arrived_at=row.booking.session.starts_at + timedelta(minutes=5), left_at=row.left_at, now=make.NOW,
    )  # fmt: skip
    html = sign_in().get(reverse("sessions:attendance", args=[episode.patient_id])).content.decode()
    assert "9:05–10:00" in html
    assert "55 <span" in html
    assert "Arrived 9:20 am, left 10:00 am" in html
    assert "by Fay Desk: Sheet says 9:05" in html
    assert reverse("sessions:correction", args=[row.booking_id]) in html


def test_weeks_to_come_stand_apart(sign_in: SignIn) -> None:
    episode = short_by_eighty()
    held(episode, 8)
    url = reverse("sessions:attendance", args=[episode.patient_id])
    client = sign_in()
    assert "Mon Oct 26" not in client.get(url).content.decode().split("week-table")[1]
    assert "Mon Oct 26 to Sun Nov 1" in client.get(url, {"ahead": "1"}).content.decode()


def test_a_form_opened_from_attendance_leads_back_there(sign_in: SignIn) -> None:
    episode = make.episode()
    booking = held(episode, 0)
    url = f"{reverse('sessions:arrival', args=[booking.pk])}?back=attendance"
    answer = sign_in().post(url, {"at": "09:00", "left": "10:00"})
    assert answer.url == reverse("sessions:attendance", args=[episode.patient_id])
    assert Attendance.objects.get().left_at == booking.session.ends_at


def test_the_board_shows_who_is_short_this_week_and_the_next_with_the_ways(sign_in: SignIn) -> None:
    episode = short_by_eighty()
    done = make.episode(make.patient(given_name="Zoe", family_name="Done"), prescribed_minutes=60)
    held(done, 4)
    client, url = sign_in(role=Role.CASE_MANAGER), reverse("sessions:hours_board")
    page = client.get(url, {"short": 1}).content.decode()
    assert "1 of 2 is short" in page and "Amara Willowby" in page and "Zoe Done" not in page
    assert reverse("scheduling:enrollment", args=[episode.patient_id]) in page
    assert '<a href="?week=2026-10-26&amp;short=1" >Next week</a>' in page
    after = client.get(url, {"week": "2026-10-26", "short": 1}).content.decode()
    assert "2 of 2 are short" in after and "Zoe Done" in after
    assert "Enroll" not in client.get(url, {"week": "2026-10-12"}).content.decode()
    assert "Enroll" not in sign_in(role=Role.BILLER).get(url).content.decode()


def test_the_board_is_filtered_by_track_and_by_primary_clinician(sign_in: SignIn) -> None:
    ruth = make.clinician(given_name="Ruth", family_name="Adeyemi")
    amara = make.episode(make.patient(given_name="Amara", family_name="Willowby"), lead=ruth)
    make.episode(make.patient(given_name="Zoe", family_name="Done"))
    group = make.group()
    make.enrollment(amara, group)
    client, url = sign_in(role=Role.DIRECTOR), reverse("sessions:hours_board")
    for asked in ({"track": group.track_id}, {"clinician": ruth.pk}):
        page = client.get(url, asked).content.decode()
        assert "Amara Willowby" in page and "Zoe Done" not in page
    assert client.get(url, {"track": group.track_id, "clinician": 10**30}).status_code == 400
    nobody = client.get(url, {"track": group.track_id, "clinician": "", "week": "2026-10-19"})
    assert "Amara" in nobody.content.decode()
    assert "Nobody is in the program" in client.get(url, {"clinician": 10**9}).content.decode()


@pytest.mark.parametrize(
    "asked", ["week=9999-12-31", "week=0001-01-01", "week=2026-13-01", "week=2026-10-19'--", "track=x"]
)
def test_a_week_or_filter_that_is_none_is_answered_as_on_the_week_board(sign_in: SignIn, asked: str) -> None:
    client = sign_in(role=Role.CASE_MANAGER)
    for name in ("sessions:hours_board", "scheduling:week"):
        answer = client.get(f"{reverse(name)}?{asked}")
        said = "too far away" if asked in ("week=9999-12-31", "week=0001-01-01") else "not a week or a filter"
        assert answer.status_code == 400 and said in answer.content.decode()
