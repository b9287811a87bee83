"""A subscribed calendar: two independent readers see the same neutral events, which move and go in time."""

import re
import uuid
from datetime import UTC, datetime, time, timedelta
from typing import Any
from urllib.parse import urlsplit

import icalendar
import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from ical.calendar_stream import IcsCalendarStream

from iop_clinic.accounts.models import User
from iop_clinic.audit.models import AuditEvent
from iop_clinic.roles import Role
from scheduling.booking import book, cancel
from scheduling.calendar import materialise
from scheduling.feeds import feed_of, hash_of, make_feed, revoke_feed
from scheduling.models import CalendarFeed, CoFacilitator, TherapySession
from scheduling.moving import cancel_session
from tests import make
from tests.moves import move

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def at_noon(db: None) -> Any:
    """The clock of the requests is the one of the deeds; counters of other tests are forgotten."""
    cache.clear()
    with time_machine.travel(make.NOW, tick=False):
        yield


def address(owner: Any, by: User | None = None) -> str:
    secret = make_feed(actor=by or owner, owner=owner, now=make.NOW)
    return reverse("scheduling:feed", args=[secret])


def read(url: str) -> bytes:
    answer = Client().get(url)
    assert answer.status_code == 200
    return bytes(answer.content)


def by_icalendar(raw: bytes) -> list[tuple[Any, ...]]:
    events = icalendar.Calendar.from_ical(raw).walk("VEVENT")
    return [
        (str(e["UID"]), str(e["SUMMARY"]), str(e["LOCATION"]), e.start, e.end, int(e["SEQUENCE"]))
        for e in events
    ]


def by_ical(raw: bytes) -> list[tuple[Any, ...]]:
    """The second reader shares no line with the first (and none with what wrote the file)."""
    events = IcsCalendarStream.calendar_from_ics(raw.decode()).events
    return [(e.uid, e.summary, e.location, e.start_datetime, e.end, e.sequence) for e in events]


def events(url: str) -> list[tuple[Any, ...]]:
    """What both readers agree on."""
    raw = read(url)
    found = by_icalendar(raw)
    assert found == by_ical(raw)
    return found


def planned(weeks: int = 2, **fields: Any) -> Any:
    group, episode = make.group(weekday=3, **fields), make.episode(make.portal_patient())
    make.enrollment(episode, group)
    materialise(day=make.MONDAY, weeks=weeks, now=make.NOW)
    return group, episode.patient


def test_a_patient_sees_where_and_when_and_nothing_else() -> None:
    _, patient = planned()
    first, second = events(address(patient, patient.user))
    assert first[1:] == (
        "Appointment",
        "Marlow Street, 14 Marlow Street, Trenton, NJ 08608",
        datetime(2026, 10, 22, 13, tzinfo=UTC),
        datetime(2026, 10, 22, 14, tzinfo=UTC),
        0,
    )
    assert second[3] == datetime(2026, 10, 29, 13, tzinfo=UTC)


def test_a_clinician_sees_groups_visits_and_what_they_help_to_lead() -> None:
    lead = make.clinician()
    planned(lead=lead, weeks=1)
    beside = make.group(weekday=4)
    CoFacilitator.objects.create(group=beside, staff=lead)
    materialise(day=make.MONDAY, weeks=1, now=make.NOW)
    visit = make.session(
        day=make.NOW.date() + 4 * DAY, lead=lead, capacity=1, kind="individual", mode="video"
    )
    make.session(day=make.NOW.date() + DAY, starts=time(15))
    assert [found[1:4] for found in events(address(lead))] == [
        ("Group", "Cedar, Marlow Street", datetime(2026, 10, 22, 13, tzinfo=UTC)),
        ("Group", "Cedar, Marlow Street", datetime(2026, 10, 23, 13, tzinfo=UTC)),
        ("Visit", "Video", visit.starts_at),
    ]


def test_a_room_shows_what_is_in_it() -> None:
    room = make.room(name="Birch")
    planned(room=room, weeks=1)
    make.session(day=make.NOW.date() + DAY)
    raw = read(address(room, make.user(Role.DIRECTOR)))
    (found,) = by_icalendar(raw)
    assert found[1:3] == ("Group", "Birch, Marlow Street") and b"X-WR-CALNAME:Birch" in raw


FORBIDDEN = re.compile(
    r"recover|addict|substance|iop\b|intensive|outpatient|detox|therap|process|treat|clinician|LCSW|theo|ana\b|"
    r"portal|testperson|group",
    re.I,
)


def test_no_name_and_no_word_of_the_program_stands_in_a_patients_calendar() -> None:
    _, patient = planned(name="Relapse prevention, IOP")
    text = read(address(patient, patient.user)).decode()
    assert not FORBIDDEN.findall(text), FORBIDDEN.findall(text)
    assert str(patient.record_number) not in text


def test_no_patient_and_no_title_stands_in_a_clinicians_or_a_rooms_calendar() -> None:
    group, patient = planned(name="Relapse prevention", lead=make.clinician())
    for url in (address(group.lead), address(group.room, make.user(Role.DIRECTOR))):
        text = read(url).decode()
        for word in (patient.given_name, patient.family_name, "Relapse", str(patient.record_number)):
            assert word not in text


def test_a_moved_session_keeps_its_uid_under_a_higher_sequence() -> None:
    group, patient = planned(weeks=1)
    urls = [
        address(patient, patient.user),
        address(group.lead),
        address(group.room, make.user(Role.DIRECTOR)),
    ]
    before = [events(url)[0] for url in urls]
    session = TherapySession.objects.get()
    starts_at = session.starts_at + timedelta(hours=26)
    move(actor=make.user(), session=session, starts_at=starts_at, now=make.NOW)
    for old, url in zip(before, urls, strict=True):
        (new,) = events(url)
        assert new[0] == old[0] and new[5] > old[5]
        assert new[3:5] == (starts_at, starts_at + timedelta(hours=1))


def test_any_writer_that_changes_what_shows_raises_the_sequence_and_the_stamp() -> None:
    group, _ = planned(weeks=1)
    url = address(group.lead)
    old = icalendar.Calendar.from_ical(read(url)).walk("VEVENT")[0]
    TherapySession.objects.update(room=make.room(name="Birch"))
    new = icalendar.Calendar.from_ical(read(url)).walk("VEVENT")[0]
    assert (int(old["SEQUENCE"]), int(new["SEQUENCE"])) == (0, 1)
    assert new["LAST-MODIFIED"].dt == new["DTSTAMP"].dt >= old["DTSTAMP"].dt
    TherapySession.objects.update(title="Another name", booked_seats=0, capacity=9)
    assert events(url)[0][5] == 1


def test_a_cancelled_session_and_a_cancelled_booking_are_gone() -> None:
    group, patient = planned(weeks=2)
    urls = [
        address(patient, patient.user),
        address(group.lead),
        address(group.room, make.user(Role.DIRECTOR)),
    ]
    soon, later = TherapySession.objects.order_by("starts_at")
    cancel_session(actor=make.user(), session=soon, reason="Ill", now=make.NOW)
    assert [len(events(url)) for url in urls] == [1, 1, 1]
    booking = later.bookings.get()
    cancel(actor=make.user(), booking=booking, reason="Ill", by_patient=True, now=make.NOW)
    assert [len(events(url)) for url in urls] == [0, 1, 1]


def test_a_seat_taken_again_comes_back_as_the_same_event_further_on() -> None:
    _, patient = planned(weeks=1)
    url, session = address(patient, patient.user), TherapySession.objects.get()
    (old,) = events(url)
    booking = session.bookings.get()
    cancel(actor=make.user(), booking=booking, reason="Ill", by_patient=True, now=make.NOW)
    book(actor=make.user(), session=session, episode=booking.episode, now=make.NOW)
    (new,) = events(url)
    assert new[0] == old[0] and new[5] > old[5]


def test_a_calendar_reaches_four_weeks_back_and_to_the_horizon(settings: Any) -> None:
    settings.HORIZON_WEEKS = 2
    lead = make.clinician()
    inside = [make.session(day=make.NOW.date() + n * DAY, lead=lead) for n in (-27, 13)]
    for n in (-29, 15):
        make.session(day=make.NOW.date() + n * DAY, lead=lead)
    assert [found[3] for found in events(address(lead))] == [s.starts_at for s in inside]


def test_an_unchanged_calendar_is_not_sent_again_and_a_changed_one_is() -> None:
    _, patient = planned(weeks=1)
    url = address(patient, patient.user)
    first = Client().get(url)
    assert first["Cache-Control"] == "private, no-cache" and first["Content-Type"].startswith("text/calendar")
    again = Client().get(url, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    session = TherapySession.objects.get()
    move(actor=make.user(), session=session, starts_at=session.starts_at + DAY, now=make.NOW)
    changed = Client().get(url, headers={"If-None-Match": first["ETag"]})
    assert changed.status_code == 200 and changed["ETag"] != first["ETag"]


def test_the_secret_is_not_kept_and_a_new_address_switches_the_old_one_off() -> None:
    lead = make.clinician()
    old, new = address(lead), address(lead)
    assert [Client().get(url).status_code for url in (old, new)] == [404, 200]
    secret = uuid.UUID(new.split("/")[-1].removesuffix(".ics"))
    feed = feed_of(lead)
    assert feed is not None and feed.secret_hash == hash_of(secret)
    assert str(secret) not in str(list(CalendarFeed.objects.values())) + str(
        list(AuditEvent.objects.values())
    )
    assert secret.version == 4


def test_a_revoked_address_answers_as_one_that_never_was() -> None:
    lead = make.clinician()
    url = address(lead)
    revoke_feed(actor=lead, owner=lead, now=make.NOW)
    revoke_feed(actor=lead, owner=lead, now=make.NOW)
    revoked, unknown = Client().get(url), Client().get(reverse("scheduling:feed", args=[uuid.uuid4()]))
    assert revoked.status_code == unknown.status_code == 404 and revoked.content == unknown.content
    assert AuditEvent.objects.filter(verb="scheduling.revoke_feed").count() == 1


def switched_off(who: User) -> None:
    User.objects.filter(pk=who.pk).update(is_active=False)


def test_addresses_die_with_the_account_that_made_them() -> None:
    lead, director, patient = make.clinician(), make.user(Role.DIRECTOR), make.portal_patient()
    assert patient.user is not None
    room = make.room()
    urls = {
        lead: address(lead),
        director: address(room, director),
        patient.user: address(patient, patient.user),
    }
    for who, url in urls.items():
        assert Client().get(url).status_code == 200
        switched_off(who)
        assert Client().get(url).status_code == 404


def test_the_calendar_of_a_closed_room_is_closed() -> None:
    room = make.room()
    url = address(room, make.user(Role.DIRECTOR))
    type(room).objects.filter(pk=room.pk).update(is_active=False)
    assert Client().get(url).status_code == 404


def test_a_read_is_on_the_trail_by_number_and_shown_to_the_owner() -> None:
    _, patient = planned(weeks=1)
    url = address(patient, patient.user)
    Client().get(url, REMOTE_ADDR="203.0.113.9")
    line = AuditEvent.objects.get(verb="scheduling.read_feed")
    feed = feed_of(patient)
    assert feed is not None and feed.read_at == make.NOW
    assert (line.object_id, line.patient_id, line.ip_address) == (feed.pk, patient.pk, "203.0.113.9")
    assert line.actor is None and line.detail == {}


def test_too_many_reads_of_one_calendar_wait_and_another_is_not_held_up(settings: Any) -> None:
    settings.RATE_LIMITS = {"calendar_address": "100/m/ip", "calendar_feed": "3/h/key"}
    url, other = address(make.clinician()), address(make.clinician())
    assert [Client().get(url).status_code for _ in range(5)] == [200, 200, 200, 429, 429]
    refused = Client().get(url)
    assert refused["Retry-After"] == "3600" and "too often" in refused.content.decode()
    assert Client().get(other).status_code == 200


def test_guessing_addresses_stops_at_the_limit_of_who_asks(settings: Any) -> None:
    settings.RATE_LIMITS = {"calendar_address": "4/m/ip", "calendar_feed": "60/h/key"}
    url = address(make.clinician())
    guesses = [Client().get(reverse("scheduling:feed", args=[uuid.uuid4()])).status_code for _ in range(6)]
    assert guesses == [404] * 4 + [429] * 2
    assert Client().get(url).status_code == 429
    assert Client().get(url, REMOTE_ADDR="203.0.113.9").status_code == 200


def test_the_limits_hold_without_any_change_of_settings(settings: Any) -> None:
    assert settings.RATE_LIMITS == {"calendar_address": "120/m/ip", "calendar_feed": "60/h/key"}


@pytest.mark.parametrize("method", ["post", "options"])
def test_an_address_is_only_read(method: str) -> None:
    assert getattr(Client(), method)(address(make.clinician())).status_code == 405


def test_the_web_servers_log_hides_the_address() -> None:
    from pathlib import Path

    nginx = (Path(__file__).parents[2] / "deploy" / "nginx.conf").read_text()
    assert "~^/calendar/ /calendar/;" in nginx and "$logged_uri $request_time" in nginx


def shown_address(page: Any) -> str:
    found = re.search(
        r'id="address" value="http://testserver(/calendar/[0-9a-f-]{36}\.ics)"', page.content.decode()
    )
    assert found, "the page shows the new address"
    return urlsplit(found.group(1)).path


def test_staff_make_their_address_see_it_once_and_switch_it_off(sign_in: Any) -> None:
    client = sign_in(make.clinician())
    url = shown_address(client.post(reverse("scheduling:own_calendar")))
    assert Client().get(url).status_code == 200
    page = client.get(reverse("scheduling:calendars"))
    assert url not in page.content.decode() and "Last read October 21" in page.content.decode()
    client.post(reverse("scheduling:own_calendar_revocation"))
    assert Client().get(url).status_code == 404


def test_a_director_shares_the_calendars_of_rooms_of_their_sites(sign_in: Any) -> None:
    room, theirs = make.room(name="Birch"), make.room(make.other_site(), name="Elsewhere")
    client = sign_in(role=Role.DIRECTOR)
    page = client.get(reverse("scheduling:calendars")).content.decode()
    assert "Birch" in page and "Elsewhere" not in page
    url = shown_address(client.post(reverse("scheduling:room_calendar", args=[room.pk])))
    assert Client().get(url).status_code == 200
    assert client.post(reverse("scheduling:room_calendar", args=[theirs.pk])).status_code == 404
    client.post(reverse("scheduling:room_calendar_revocation", args=[room.pk]))
    assert Client().get(url).status_code == 404


def test_a_patient_makes_their_own_address_in_the_portal(sign_in: Any) -> None:
    _, patient = planned(weeks=1)
    client = sign_in(patient.user)
    url = shown_address(client.post(reverse("portal:calendar")))
    assert len(events(url)) == 1
    assert url not in client.get(reverse("portal:calendar")).content.decode()
    client.post(reverse("portal:calendar_revocation"))
    assert Client().get(url).status_code == 404


def test_the_administration_lists_addresses_without_their_secret(sign_in: Any) -> None:
    lead = make.clinician()
    url = address(lead)
    client = sign_in(role=Role.ADMINISTRATOR)
    pages = [client.get(reverse("admin:scheduling_calendarfeed_changelist"))]
    pages.append(client.get(reverse("admin:scheduling_calendarfeed_change", args=[feed_of(lead).pk])))
    for page in pages:
        text = page.content.decode()
        assert page.status_code == 200 and lead.full_name in text
        assert url not in text and hash_of(uuid.UUID(url[10:46])) not in text


def test_a_rooms_address_dies_with_the_right_to_share_it_and_with_the_site(sign_in: Any) -> None:
    room, director, other = make.room(name="Birch"), make.user(Role.DIRECTOR), make.user(Role.DIRECTOR)
    url, page = address(room, director), reverse("scheduling:calendars")
    revocation = reverse("scheduling:room_calendar_revocation", args=[room.pk])
    User.objects.filter(pk=director.pk).update(role=Role.CLINICIAN)
    assert Client().get(url).status_code == 404
    assert revocation not in sign_in(other).get(page).content.decode()
    User.objects.filter(pk=director.pk).update(role=Role.ADMINISTRATOR)
    assert Client().get(url).status_code == 200
    assert revocation in sign_in(other).get(page).content.decode()
    director.sites.set([make.other_site()])
    assert Client().get(url).status_code == 404
    assert Client().get(address(room, other)).status_code == 200
