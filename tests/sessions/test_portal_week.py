"""My week and my progress: the next session, the minutes the staff see, and what waits."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from iop_clinic.audit.models import AuditEvent
from iop_clinic.clock import week_of
from iop_clinic.roles import Role
from patients.models import Episode, Objective, Response, Standing
from patients.scoring import load_instruments
from scheduling.models import Booking
from sessions.ledger import ledger_of
from sessions.models import Attendance
from sessions.my_week import my_week, with_goal
from tests import make

WEDNESDAY = make.MONDAY + timedelta(days=2)
NOW = datetime(2026, 10, 21, 12, 31, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def wednesday_morning() -> object:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def ana() -> Episode:
    patient = make.portal_patient(given_name="Anastasia", preferred_name="Ana")
    return make.episode(patient, lead=make.clinician(given_name="Ruth"))


@pytest.fixture
def client(ana: Episode, sign_in: Callable[..., Client]) -> Client:
    return sign_in(ana.patient.user)


def booked(of: Episode, day: date, starts: time = time(9), **fields: object) -> Booking:
    lead = fields.pop("lead", of.primary_clinician)
    return make.booking(make.session(of.site, day=day, starts=starts, lead=lead, **fields), of)


def week_of_ana(of: Episode) -> list[Booking]:
    """The story of the design: 100 minutes on Monday, three hours today and on Friday, of nine."""
    monday = booked(of, make.MONDAY, minutes=180)
    make.attendance(monday, late_minutes=40, left_early_minutes=40)
    return [
        monday,
        booked(of, WEDNESDAY, minutes=180),
        booked(of, WEDNESDAY + timedelta(days=2), minutes=180),
    ]


def page_of(client: Client) -> str:
    answer = client.get(reverse("portal:week"))
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_page_greets_by_the_preferred_name(client: Client) -> None:
    assert "<h1>Good morning, Ana</h1>" in page_of(client)


def test_the_next_session_says_when_with_whom_and_where(ana: Episode, client: Client) -> None:
    booked(ana, WEDNESDAY, room=make.room(ana.site))
    page = page_of(client)
    for words in (
        "Next, in 29 minutes",
        "Today, 9:00 am",
        "Process group with Ruth",
        "Cedar room, 14 Marlow Street",
        "Running late",
        "Confirm",
        "Can’t come",
    ):
        assert words in page


def test_the_hours_are_the_ones_the_staff_see(ana: Episode, client: Client) -> None:
    week_of_ana(ana)
    ledger = ledger_of(episode=ana, week=week_of(WEDNESDAY), now=NOW)
    assert (ledger.attended_minutes, ledger.booked_minutes, ledger.short_minutes) == (100, 360, 80)
    page = page_of(client)
    assert "80 minutes to make up" in page
    for total in ("1 h 40", "6 h", "1 h 20"):
        assert total in page
    assert "1 hour 40 minutes attended, 6 hours booked, of 9 hours this week." in page


def test_a_full_week_is_on_track(ana: Episode, client: Client) -> None:
    for days in (0, 1, 2):
        booked(ana, WEDNESDAY + timedelta(days=days), minutes=180)
    assert "You are on track" in page_of(client)


def test_a_week_that_is_reached_is_done(ana: Episode, client: Client) -> None:
    for day in (make.MONDAY, make.MONDAY + timedelta(days=1)):
        make.attendance(booked(ana, day, minutes=270))
    assert "This week is done" in page_of(client)


def test_the_days_say_what_happened_without_blame(ana: Episode, client: Client) -> None:
    week_of_ana(ana)
    missed = booked(ana, make.MONDAY, starts=time(14))
    Attendance.objects.create(booking=missed, absence="no_show", recorded_by=missed.session.lead)
    given_back = booked(ana, WEDNESDAY + timedelta(days=1))
    Booking.objects.filter(pk=given_back.pk).update(status="cancelled_by_patient", cancelled_at=NOW)
    called_off = booked(ana, WEDNESDAY + timedelta(days=1), starts=time(14))
    Booking.objects.filter(pk=called_off.pk).update(status="cancelled_by_clinic", cancelled_at=NOW)
    moved = booked(ana, WEDNESDAY + timedelta(days=3))
    moved.session.version = 2
    moved.session.save(update_fields=["version"])
    page = page_of(client)
    for words in ("100 of 180 min", "Missed", "You cancelled", "Clinic cancelled", "New time", "Booked"):
        assert words in page
    assert "no show" not in page.lower()


def test_the_patients_ledger_is_the_very_one_of_the_staff(ana: Episode) -> None:
    week_of_ana(ana)
    for day, status in ((1, "cancelled_by_clinic"), (3, "cancelled_by_patient")):
        gone = booked(ana, make.MONDAY + timedelta(days=day))
        Booking.objects.filter(pk=gone.pk).update(status=status, cancelled_at=NOW)
    week = week_of(WEDNESDAY)
    episode = with_goal(ana.patient, week).get()
    mine = my_week(ana.patient, episode, week, NOW).hours.ledger
    assert mine == ledger_of(episode=ana, week=week, now=NOW)
    assert mine.missed_minutes == 80 + 60


def test_a_running_session_is_the_next_one_until_it_ends(ana: Episode, client: Client) -> None:
    booked(ana, WEDNESDAY, starts=time(8))
    booked(ana, WEDNESDAY, starts=time(14))
    assert "Now, until 9:00 am" in page_of(client)


def test_a_due_check_in_waits_on_the_page_and_on_the_tab(ana: Episode, client: Client) -> None:
    response = make.response(ana.patient)
    page = page_of(client)
    assert "9 questions, about 2 minutes" in page
    assert reverse("portal:question", args=[response.public_id, 1]) in page
    assert 'class="tabbar-count">1<' in page


def test_my_week_needs_at_most_eight_statements_and_sixty_kilobytes(ana: Episode, client: Client) -> None:
    week_of_ana(ana)
    for number in range(12):
        booked(ana, WEDNESDAY + timedelta(days=5 + number))
    make.response(ana.patient)
    make.response(ana.patient, "gad7")
    make.offer(make.waiting(ana, make.group()))
    make.make_up_offer(ana, [booked(make.episode(), WEDNESDAY + timedelta(days=1), title="Held").session])
    page_of(client)
    with CaptureQueriesContext(connection) as queries:
        page = page_of(client)
    assert len(queries) <= 8, [query["sql"][:90] for query in queries]
    assert "A place is open for you" in page and "Held for you until" in page
    assert len(page.encode()) <= 60_000


def test_reading_ones_own_week_is_on_the_trail(ana: Episode, client: Client) -> None:
    page_of(client)
    assert AuditEvent.objects.filter(verb="chart.read_own", patient_id=ana.patient_id).count() == 1


def test_nobody_elses_sessions_are_shown(ana: Episode, client: Client) -> None:
    other = booked(make.episode(make.portal_patient()), WEDNESDAY, title="Someone else's hour")
    page = page_of(client)
    assert "Someone else" not in page
    assert str(other.public_id) not in page
    assert "Nothing booked yet" in page


def test_a_patient_id_in_the_request_is_ignored(ana: Episode, client: Client) -> None:
    other = make.episode(make.portal_patient(given_name="Zora"))
    page = client.get(reverse("portal:week"), {"patient": other.patient_id, "pk": other.patient_id})
    assert "Zora" not in page.content.decode()


def test_a_discharged_patient_sees_a_calm_page_without_sessions(ana: Episode, client: Client) -> None:
    booked(ana, WEDNESDAY + timedelta(days=2))
    Episode.objects.filter(pk=ana.pk).update(ended_on=WEDNESDAY - timedelta(days=1))
    page = page_of(client)
    assert "Your time here ended on Oct 20" in page
    for words in ("Process group", "to make up", "Running late"):
        assert words not in page


@pytest.mark.parametrize(
    ("stage", "words"),
    [
        ("inquiry", "Next: we call you"),
        ("screening", "Next: we call you"),
        ("assessment", "Next: we plan your start"),
        ("waitlisted", "You are on the waiting list"),
        ("closed", "No start is planned at the moment"),
    ],
)
def test_someone_not_yet_admitted_sees_what_comes_next(
    stage: str, words: str, sign_in: Callable[..., Client]
) -> None:
    patient = make.portal_patient()
    make.referral(patient, stage=stage)
    make.response(patient)
    page = page_of(sign_in(patient.user))
    assert words in page
    assert "Mood check-in" in page


def test_someone_who_starts_later_sees_the_day(sign_in: Callable[..., Client]) -> None:
    patient = make.portal_patient()
    episode = make.episode(patient, admitted_on=make.MONDAY + timedelta(days=7))
    booked(episode, make.MONDAY + timedelta(days=7))
    page = page_of(sign_in(patient.user))
    assert "You start on Oct 26" in page
    assert "Mon, Oct 26" in page or "Monday, 9:00 am" in page
    assert "to make up" not in page


@pytest.mark.parametrize("page", ["week", "progress", "help", "checkins"])
@pytest.mark.parametrize("role", [role for role in Role if role is not Role.PATIENT])
def test_staff_are_turned_away(page: str, role: Role, sign_in: Callable[..., Client]) -> None:
    assert sign_in(role=role).get(reverse(f"portal:{page}")).status_code == 403


@pytest.mark.parametrize("page", ["week", "progress", "help", "checkins"])
def test_a_page_is_only_read(page: str, client: Client) -> None:
    assert client.post(reverse(f"portal:{page}")).status_code == 405


@pytest.mark.parametrize("page", ["week", "progress"])
def test_titles_hold_no_name_and_nothing_is_kept(page: str, ana: Episode, client: Client) -> None:
    answer = client.get(reverse(f"portal:{page}"))
    head = answer.content.decode().split("</head>")[0]
    assert ana.patient.family_name not in head
    assert "Ana" not in head.split("<title>")[1]
    assert "no-store" in answer["Cache-Control"]


def scored(of: Episode, *totals: int) -> None:
    for number, total in enumerate(totals):
        day = of.admitted_on + timedelta(days=7 * number)
        finished_at = datetime.combine(day, time(14), tzinfo=UTC)
        Response.objects.create(
            patient=of.patient,
            instrument_code="phq9",
            instrument_version=load_instruments()["phq9"].version,
            due_on=day,
            state="complete",
            total=total,
            finished_at=finished_at,
        )


def my_progress(client: Client) -> str:
    return client.get(reverse("portal:progress")).content.decode()


def test_progress_shows_first_and_last_and_the_rule_of_the_instrument(ana: Episode, client: Client) -> None:
    scored(ana, 20, 19, 17, 13)
    page = my_progress(client)
    assert "13 now, 20 when you started" in page
    assert "Lower is better. Six points or more is a real change." in page
    for word in ("severe", "moderate", "depression", "PHQ"):
        assert word not in page


def test_progress_counts_the_weeks_that_were_full(ana: Episode, client: Client) -> None:
    for number in range(4):
        monday = ana.admitted_on + timedelta(days=7 * number)
        make.attendance(booked(ana, monday, minutes=480 if number == 2 else 540 - 60))
        if number != 2:
            make.attendance(booked(ana, monday + timedelta(days=1), minutes=60))
    page = my_progress(client)
    assert "Hours each week, plan is 9" in page
    assert "Three of four weeks in full" in page
    assert "<h1>Week 5</h1>" in page


def test_the_planned_end_gives_the_week_its_number(ana: Episode, client: Client) -> None:
    Episode.objects.filter(pk=ana.pk).update(expected_end_on=ana.admitted_on + timedelta(days=60))
    assert "<h1>Week 5 of 9</h1>" in my_progress(client)


def test_goals_are_in_the_patients_own_words(ana: Episode, client: Client) -> None:
    plan = make.plan(ana, signed=False)
    aim = make.objective_of(plan)
    type(aim).objects.update(baseline=0, target=5)
    Standing.objects.create(
        objective=aim, progress="on_track", current=3, noted_at=NOW, noted_by=ana.primary_clinician
    )
    assert "get through a workday" not in my_progress(client)
    type(plan).objects.filter(pk=plan.pk).update(signed_at=NOW, signed_by=ana.primary_clinician)
    page = my_progress(client)
    assert "“I want to get through a workday again.”" in page
    assert "On track" in page


def test_progress_without_a_program_says_what_will_be_there(sign_in: Callable[..., Client]) -> None:
    page = my_progress(sign_in(make.portal_patient().user))
    assert "once you have started" in page


def test_progress_counts_the_same_statements_as_weeks_grow(ana: Episode, client: Client) -> None:
    booked(ana, make.MONDAY)
    my_progress(client)
    with CaptureQueriesContext(connection) as few:
        my_progress(client)
    for number in range(4):
        make.attendance(booked(ana, ana.admitted_on + timedelta(days=7 * number)))
    scored(ana, 20, 13)
    with CaptureQueriesContext(connection) as many:
        my_progress(client)
    assert len(many) == len(few)


def test_a_goal_on_a_measure_stands_where_its_last_score_stands(ana: Episode, client: Client) -> None:
    plan = make.plan(ana, signed=False)
    Objective.objects.update(instrument_code="phq9", unit="", baseline=20, target=9)
    type(plan).objects.filter(pk=plan.pk).update(signed_at=NOW, signed_by=ana.primary_clinician)
    scored(ana, 20, 13)
    assert "Started at 20, now 13, goal 9" in my_progress(client)


def test_a_visit_that_never_counts_is_still_said_to_be_done(ana: Episode, client: Client) -> None:
    visit = booked(ana, make.MONDAY, title="Medication visit", counts_toward_hours=False)
    make.attendance(visit)
    page = page_of(client)
    assert "Done" in page
    assert "9 h to make up" in page.replace("\xa0", " ")
