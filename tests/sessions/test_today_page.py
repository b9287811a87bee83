"""The Today page: who is missing, what each role may know, and every press as a plain form and as a piece."""

from collections.abc import Callable, Iterator
from datetime import time, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from iop_clinic.accounts.models import User
from iop_clinic.audit.models import AuditEvent
from iop_clinic.roles import Permission, Role, may
from patients.models import Episode, FollowUp
from scheduling.models import Booking, TherapySession
from sessions.attendance import arrive
from sessions.models import Attendance
from sessions.views.sheets import sheet_names
from tests import make

WEDNESDAY = make.MONDAY + timedelta(days=2)
HTMX = {"HTTP_HX_REQUEST": "true"}
pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]


@pytest.fixture(autouse=True)
def nine_twelve() -> Iterator[Any]:
    """Wednesday, 9:12 in the morning on the clinic's wall."""
    with time_machine.travel(make.NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def process() -> TherapySession:
    return make.session(day=WEDNESDAY, lead=make.clinician(), title="Process group")


def seated(session: TherapySession, name: str, family: str = "Brightwater", **fields: Any) -> Booking:
    patient = make.patient(given_name=name, family_name=family, **fields)
    return make.booking(session, make.episode(patient, lead=session.lead))


def page(client: Client, **query: Any) -> str:
    return client.get(reverse("sessions:today"), query).content.decode()


def row_of(html: str, booking: Booking) -> str:
    """The roster row of one booking."""
    return html.split(f'id="row-{booking.pk}"')[1].split('class="roster-row')[0].split('hx-trigger="every')[0]


def test_the_page_says_who_is_missing(process: TherapySession, sign_in: SignIn) -> None:
    missing, here = seated(process, "Camila"), seated(process, "Amara")
    arrive(actor=process.lead, booking=here, at=process.starts_at, now=make.NOW)
    html = page(sign_in())
    assert "Wednesday, October 21" in html
    assert "9:12 am" in html
    assert "12 min past start" in row_of(html, missing)
    assert "Here 9:00" in row_of(html, here)
    assert 'aria-label="1 of 2 here"' in html


@pytest.mark.parametrize(
    ("late", "early", "status", "beside"),
    [
        (0, 0, "Left 10:00", ""),
        (5, 0, "Left 10:00", ""),
        (6, 0, "Left 10:00", "6 min late"),
        (0, 20, "Left 9:40", "20 min early"),
        (9, 20, "Left 9:40", "9 min late, left 20 min early"),
    ],
)
def test_late_and_early_are_told_in_minutes(
    process: TherapySession, sign_in: SignIn, nine_twelve: Any,
    late: int, early: int, status: str, beside: str,
) -> None:  # fmt: skip
    booking = seated(process, "Amara")
    make.attendance(booking, late_minutes=late, left_early_minutes=early)
    nine_twelve.move_to(process.ends_at + timedelta(minutes=1))
    row = row_of(page(sign_in(), session=process.pk), booking)
    assert status in row
    assert (beside or "Brightwater</a></div>") in row


def test_the_desk_reads_call_first_and_never_item_nine(process: TherapySession, sign_in: SignIn) -> None:
    booking = seated(process, "Camila")
    make.follow_up(booking.patient, process.lead, summary="PHQ-9 item 9 was 1.")
    desk = page(sign_in())
    assert "Call first" in row_of(desk, booking)
    for word in ("item 9", "Item 9", "PHQ-9", "risk"):
        assert word not in desk
    clinician = page(sign_in(process.lead))
    assert "Item 9 on" in row_of(clinician, booking)
    assert "PHQ-9 item 9 was 1." in clinician
    assert "open risk flag" in clinician


@pytest.mark.parametrize("role", [Role.CASE_MANAGER, Role.DIRECTOR, Role.PRESCRIBER])
def test_who_does_not_record_attendance_sees_no_button(
    process: TherapySession, sign_in: SignIn, role: Role
) -> None:
    booking = seated(process, "Camila")
    row = row_of(page(sign_in(role=role)), booking)
    assert "<button" not in row
    assert "Expected" in row


def test_a_biller_does_not_open_today(sign_in: SignIn) -> None:
    assert sign_in(role=Role.BILLER).get(reverse("sessions:today")).status_code == 403


def test_here_checks_in_at_this_minute_without_script(process: TherapySession, sign_in: SignIn) -> None:
    booking = seated(process, "Camila")
    answer = sign_in().post(reverse("sessions:arrival", args=[booking.pk]))
    assert answer.status_code == 302
    assert answer.url == f"{reverse('sessions:today')}?session={process.pk}"
    assert Attendance.objects.get().arrived_at == make.NOW


def test_here_answers_the_roster_and_the_arrivals_out_of_band(
    process: TherapySession, sign_in: SignIn
) -> None:
    booking = seated(process, "Camila")
    answer = sign_in().post(reverse("sessions:arrival", args=[booking.pk]), **HTMX)
    html = answer.content.decode()
    assert answer.status_code == 200
    assert "<html" not in html
    assert "Late 9:12" in row_of(html, booking)
    assert 'aria-label="1 of 1 here, 1 late"' in html
    assert "Camila is in, 12 minutes late." in html
    for part in ("roster", "lanes", "outreach"):
        assert f'id="{part}"' in html
    assert html.count('hx-swap-oob="true"') == 4


def test_undo_puts_the_person_back(process: TherapySession, sign_in: SignIn) -> None:
    booking = seated(process, "Camila")
    client = sign_in()
    client.post(reverse("sessions:arrival", args=[booking.pk]))
    assert "Undo" in row_of(page(client), booking)
    client.post(reverse("sessions:undo", args=[booking.pk]))
    assert not Attendance.objects.exists()
    refused = client.post(reverse("sessions:undo", args=[booking.pk]), **HTMX)
    assert refused.status_code == 409
    assert "There is nothing to undo." in refused.content.decode()
    plain = client.post(reverse("sessions:undo", args=[booking.pk]))
    assert plain.status_code == 409
    assert "There is nothing to undo." in plain.content.decode().split('id="page-alert"')[1][:400]


def test_absent_asks_why_and_opens_outreach(process: TherapySession, sign_in: SignIn) -> None:
    booking = seated(process, "Camila")
    client, url = sign_in(), reverse("sessions:absence", args=[booking.pk])
    asked = client.get(url, **HTMX).content.decode()
    assert "Mark Camila absent?" in asked
    assert f"outreach for {process.lead.full_name}" in asked
    empty = client.post(url, {}, **HTMX)
    assert empty.status_code == 422
    client.post(url, {"why": "no_call"}, **HTMX)
    assert FollowUp.objects.get().kind == FollowUp.Kind.OUTREACH
    assert "No call, no show" in row_of(page(client), booking)


def test_an_excuse_keeps_its_words(process: TherapySession, sign_in: SignIn) -> None:
    booking = seated(process, "Grace")
    said = {"why": "called", "note": "surgery follow-up"}
    sign_in().post(reverse("sessions:absence", args=[booking.pk]), said)
    assert Attendance.objects.get().reason == "Called ahead: surgery follow-up"


def test_running_late_stands_beside_the_name(process: TherapySession, sign_in: SignIn) -> None:
    booking, client = seated(process, "Jonas"), sign_in()
    client.post(reverse("sessions:lateness", args=[booking.pk]), {"until": "09:20"})
    assert "Coming by 9:20" in row_of(page(client), booking)


def test_everyone_leaves_at_the_end(process: TherapySession, sign_in: SignIn, nine_twelve: Any) -> None:
    bookings = [seated(process, name) for name in ("Ana", "Bea", "Cal")]
    for booking in bookings[:2]:
        arrive(actor=process.lead, booking=booking, at=make.NOW, now=make.NOW)
    client = sign_in()
    assert "Everyone leaves" not in page(client)
    nine_twelve.move_to(process.ends_at + timedelta(minutes=3))
    client = sign_in()  # nobody pressed anything for 51 minutes
    assert "Everyone leaves at 10:00" in page(client, session=process.pk)
    client.post(reverse("sessions:end", args=[process.pk]))
    assert list(Attendance.objects.values_list("left_at", flat=True)) == [process.ends_at] * 2


def test_a_session_that_is_over_takes_both_times(
    process: TherapySession, sign_in: SignIn, nine_twelve: Any
) -> None:
    booking, client = seated(process, "Ana"), sign_in()
    nine_twelve.move_to(process.ends_at + timedelta(hours=3))
    url = reverse("sessions:arrival", args=[booking.pk])
    bare = client.post(url, **HTMX)
    assert bare.status_code == 422
    assert "ended at 10:00 am" in bare.content.decode()
    wrong = client.post(url, {"at": "09:10", "left": "09:05"}, **HTMX)
    assert wrong.status_code == 422
    assert not Attendance.objects.exists()
    client.post(url, {"at": "09:10", "left": "10:00"})
    row = Attendance.objects.get()
    assert row.left_at == process.ends_at


def test_a_correction_is_asked_for_and_kept(process: TherapySession, sign_in: SignIn) -> None:
    booking, client = seated(process, "Ana"), sign_in()
    arrive(actor=process.lead, booking=booking, at=make.NOW, now=make.NOW)
    url = reverse("sessions:correction", args=[booking.pk])
    said = {"absence": "here", "arrived_at": "09:00", "left_at": "", "version": "1"}
    assert client.post(url, said, **HTMX).status_code == 422
    client.post(url, said | {"reason": "Sheet says 9:00"})
    assert Attendance.objects.get().arrived_at == process.starts_at
    assert client.post(url, said | {"reason": "Again"}, **HTMX).status_code == 409


@pytest.mark.parametrize("typed", ["25:99", "soon", "\u0661", "-1", "9:05:59.9x"])
def test_a_time_that_is_none_gets_a_sentence_and_changes_nothing(
    process: TherapySession, sign_in: SignIn, typed: str
) -> None:
    booking = seated(process, "Ana")
    answer = sign_in().post(reverse("sessions:arrival", args=[booking.pk]), {"at": typed})
    assert answer.status_code == 422
    assert not Attendance.objects.exists()


@pytest.mark.parametrize("asked", ["x", "-1", "9" * 40, "", "\u0661"])
def test_a_session_that_is_none_shows_the_running_one(
    process: TherapySession, sign_in: SignIn, asked: str
) -> None:
    seated(process, "Ana")
    assert "<h2>Process group</h2>" in page(sign_in(), session=asked)


def test_another_sites_session_is_not_shown(process: TherapySession, sign_in: SignIn) -> None:
    seated(process, "Ana")
    theirs = make.session(make.other_site(), day=WEDNESDAY, title="Theirs")
    assert "Theirs" not in page(sign_in(), session=theirs.pk)


def test_a_poll_gets_nothing_until_something_changed(process: TherapySession, sign_in: SignIn) -> None:
    booking, client = seated(process, "Ana"), sign_in()
    url = f"{reverse('sessions:today')}?session={process.pk}"
    stamp = page(client, session=process.pk).split('If-None-Match":"')[1].split('"')[0]
    read_before = AuditEvent.objects.filter(verb="sessions.read_today").count()
    poll = {"HTTP_X_POLL": "1", "HTTP_IF_NONE_MATCH": stamp, **HTMX}
    assert client.get(url, **poll).status_code == 204
    arrive(actor=process.lead, booking=booking, at=make.NOW, now=make.NOW)
    changed = client.get(url, **poll)
    assert changed.status_code == 200
    assert "Late 9:12" in changed.content.decode()
    assert AuditEvent.objects.filter(verb="sessions.read_today").count() == read_before


def test_a_poll_is_on_the_trail_once_for_everyone_new_that_it_names(
    process: TherapySession, sign_in: SignIn
) -> None:
    ana, client = seated(process, "Ana"), sign_in()
    reads = AuditEvent.objects.filter(verb="sessions.read_today").order_by("pk")
    page(client, session=process.pk)
    bea = seated(process, "Bea")
    for _ in range(3):
        url = f"{reverse('sessions:today')}?session={process.pk}"
        assert "Bea" in client.get(url, HTTP_X_POLL="1", **HTMX).content.decode()
    both = sorted([ana.patient_id, bea.patient_id])
    assert [event.detail["patients"] for event in reads] == [[ana.patient_id], both]


def test_an_individual_hour_shows_first_name_and_initial(sign_in: SignIn) -> None:
    alone = make.session(day=WEDNESDAY, starts=time(13), capacity=1, kind="individual", title="Individual")
    seated(alone, "Grace", "Moonbeck")
    html = page(sign_in())
    lanes = html.split('id="lanes"')[1].split('id="roster"')[0]
    assert "<b>Grace M.</b>Individual" in lanes
    assert "Moonbeck" not in lanes


def test_video_sessions_have_a_lane_of_their_own(sign_in: SignIn) -> None:
    make.session(day=WEDNESDAY, mode="video", title="Family evening")
    make.session(day=WEDNESDAY, mode="video", starts=time(9, 30), title="Second call")
    lanes = page(sign_in()).split('id="lanes"')[1]
    assert '<h2 class="lane-name">Video</h2>' in lanes
    assert '<h2 class="lane-name">Video 2</h2>' in lanes


def test_short_visits_in_a_row_are_one_block_with_each_hour_one_press_away(sign_in: SignIn) -> None:
    lead, office = make.clinician(), make.room(name="Office 2")
    visits = [
        make.session(
            day=WEDNESDAY, starts=time(13, minute), minutes=20, lead=lead, room=office, capacity=1,
            kind="medication", title="Medication visit",
        )
        for minute in (0, 20, 40)
    ]  # fmt: skip
    for visit, name in zip(visits, ("Ana", "Bea", "Cal"), strict=True):
        seated(visit, name)
    html = page(sign_in(), session=visits[1].pk)
    lanes, roster = html.split('id="lanes"')[1].split('id="roster"')
    assert lanes.count("lane-block") == 1
    assert "<b>Medication visit</b>3 people" in lanes
    for visit in visits:
        assert f'id="choice-{visit.pk}"' in roster
    assert "Bea Brightwater" in roster


def test_a_day_without_sessions_says_so(sign_in: SignIn) -> None:
    assert "No sessions today" in page(sign_in())


def test_sheets_hold_first_names_and_initials_only(process: TherapySession, sign_in: SignIn) -> None:
    seated(process, "Camila", "Brightwater")
    for url in (reverse("sessions:sign_in_sheet", args=[process.pk]), reverse("sessions:sign_in_sheets")):
        html = sign_in().get(url).content.decode()
        assert "Camila B." in html
        assert "Brightwater" not in html
        assert f"{process.lead.full_name}, LCSW" in html
    assert AuditEvent.objects.filter(verb="sessions.print_sign_in_sheet").count() == 2


def test_two_who_would_read_the_same_get_two_letters() -> None:
    people = [("Ana", "Reyes"), ("Ana", "Rosen"), ("Ana", "Silva"), ("Bo", "Reyes")]
    assert sheet_names(people) == ["Ana Re.", "Ana Ro.", "Ana S.", "Bo R."]


def crowd(count: int) -> None:
    """`count` more people of the program, each with sessions, marks, follow-ups and due measures."""
    lead = make.clinician()
    session = make.session(day=WEDNESDAY, lead=lead, capacity=200, starts=time(9))
    earlier = make.session(day=make.MONDAY, lead=lead, capacity=200)
    for number in range(count):
        episode: Episode = make.episode(make.patient(given_name=f"P{number}"), lead=lead)
        make.attendance(make.booking(earlier, episode))
        booking = make.booking(session, episode)
        if number % 2:
            arrive(actor=lead, booking=booking, at=make.NOW, now=make.NOW)
        make.follow_up(episode.patient, lead)
        make.response(episode.patient, due_on=make.MONDAY)
        make.authorization(make.coverage(episode.patient))


def statements(client: Client, **headers: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as caught:
        assert client.get(reverse("sessions:today"), **headers).status_code == 200
    return len(caught)


def rail(client: Client, **headers: str) -> str:
    return client.get(reverse("sessions:today_rail"), **headers).content.decode()


def short_and_unsigned(process: TherapySession) -> Booking:
    """Camila came on Monday, 60 of her 540 minutes; nobody wrote the note."""
    booking = make.booking(
        make.session(day=make.MONDAY, lead=process.lead),
        make.episode(make.patient(given_name="Camila", family_name="Brightwater"), lead=process.lead),
    )
    make.attendance(booking)
    return booking


def test_the_rest_of_the_rail_comes_after_the_page(process: TherapySession, sign_in: SignIn) -> None:
    short_and_unsigned(process)
    client, url = sign_in(), reverse("sessions:today_rail")
    html = page(client)
    assert f'hx-get="{url}" hx-trigger="load"' in html
    assert f'href="{url}"' in html
    piece = rail(client, **HTMX)
    assert "<html" not in piece
    assert "8 h" in piece.split('id="short"')[1]
    assert process.lead.full_name in piece.split('id="unsigned"')[1]
    assert '<span id="unsigned-count" hx-swap-oob="true"><b>1</b> unsigned note</span>' in piece


def test_the_rail_is_a_page_without_script(process: TherapySession, sign_in: SignIn) -> None:
    short_and_unsigned(process)
    html = rail(sign_in())
    assert "<h1>Waiting today</h1>" in html
    assert "Camila Brightwater" in html
    assert "hx-swap-oob" not in html
    assert AuditEvent.objects.filter(verb="sessions.read_today_rail").count() == 1


def test_the_rail_keeps_hours_from_who_may_not_see_them(process: TherapySession, sign_in: SignIn) -> None:
    short_and_unsigned(process)
    roles = [role for role in Role if may(role, Permission.SEE_TODAY) and not may(role, Permission.SEE_HOURS)]
    for role in roles:
        assert "Camila Brightwater" not in rail(sign_in(role=role))
    assert "Camila Brightwater" in rail(sign_in(role=Role.CASE_MANAGER))


def test_the_rail_takes_as_many_statements_for_thirty_as_for_three(sign_in: SignIn) -> None:
    client = sign_in()

    def taken() -> int:
        with CaptureQueriesContext(connection) as caught:
            rail(client, **HTMX)
        return len(caught)

    crowd(3)
    taken()
    few = taken()
    crowd(27)
    assert taken() == few <= 11


def test_the_census_counts_who_starts_and_who_finishes(sign_in: SignIn) -> None:
    make.episode(make.patient(given_name="Old"), admitted_on=make.MONDAY - timedelta(days=30))
    make.episode(make.patient(given_name="New"), admitted_on=make.MONDAY + timedelta(days=4))
    leaving = make.episode(make.patient(given_name="Off"), admitted_on=make.MONDAY - timedelta(days=60))
    Episode.objects.filter(pk=leaving.pk).update(expected_end_on=make.MONDAY + timedelta(days=6))
    left = make.episode(make.patient(given_name="Gone"), admitted_on=make.MONDAY - timedelta(days=60))
    Episode.objects.filter(pk=left.pk).update(ended_on=make.MONDAY)
    census = page(sign_in()).split('class="census"')[1].split("</p>")[0]
    for words in (
        "<b>2</b> in program", "<b>0</b> expected", "<b>1</b> starts this week", "<b>2</b> finish this week",
    ):  # fmt: skip
        assert words in census


def test_today_takes_as_many_statements_for_thirty_as_for_three(sign_in: SignIn) -> None:
    person: User = make.clinician()
    client = sign_in(person)
    crowd(3)
    statements(client)
    few = statements(client)
    crowd(27)
    statements(client)  # the sign-in remembers whom it has been shown
    assert statements(client) == few <= 15
    assert statements(client, HTTP_X_POLL="1", **HTMX) <= 13
