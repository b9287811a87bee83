"""Tracks and groups as pages: built from nothing, clashes with their ways round, groups too small."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from iop_clinic.accounts.models import User
from iop_clinic.audit.models import AuditEvent
from iop_clinic.clock import local_day
from iop_clinic.roles import Role
from scheduling.calendar import materialise
from scheduling.models import Enrollment, Group, TherapySession, Track
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def director(sign_in: Any) -> Client:
    return sign_in(role=Role.DIRECTOR)


def today() -> Any:
    return local_day(timezone.now(), "America/New_York")


def text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def typed(track: Track, **fields: Any) -> dict[str, Any]:
    """A group tomorrow at nine in the Cedar room."""
    tomorrow = today() + timedelta(days=1)
    return {
        "track": track.pk,
        "name": "Process group",
        "kind": "group",
        "weekday": tomorrow.weekday(),
        "starts": "09:00",
        "minutes": 60,
        "break_minutes": 0,
        "mode": "in_person",
        "room": make.room().pk,
        "lead": make.clinician(given_name="Ruth", family_name="Vale").pk,
        "capacity": 12,
        "minimum_size": 4,
        "from_on": tomorrow,
    } | fields


def blocked(data: dict[str, Any]) -> TherapySession:
    """Something in the room on the second of the dates."""
    room = make.room()
    return make.session(day=data["from_on"] + timedelta(weeks=1), room=room, title="Family night")


def add(client: Client, data: dict[str, Any]) -> Any:
    return client.post(reverse("scheduling:group_new"), data)


def test_a_track_is_built_from_nothing(director: Client) -> None:
    assert "No track yet" in text(director.get(reverse("scheduling:tracks")))
    new = {"name": "Adult Morning", "tone": "am", "youngest_age": 18}
    assert director.post(reverse("scheduling:track_new"), new).status_code == 302
    track = Track.objects.get()
    wen = make.clinician(given_name="Wen", family_name="Ash")
    answer = add(director, typed(track, co_facilitators=[wen.pk], curriculum="Open group"))
    group = Group.objects.get()
    assert answer.url == reverse("scheduling:group", args=[group.pk])
    page = text(director.get(answer.url))
    assert "0 of at least 4 enrolled" in page and "Wen Ash" in page and "Open group" in page
    listed = text(director.get(reverse("scheduling:tracks")))
    assert "1 group a week" in listed and "1 with too few people" in listed


def test_one_like_it_starts_from_the_group_as_it_is(director: Client) -> None:
    group = make.group(name="DBT skills", curriculum="Four modules", capacity=9)
    page = text(director.get(f"{reverse('scheduling:group_new')}?like={group.pk}"))
    assert 'value="DBT skills"' in page and 'value="Four modules"' in page and 'value="9"' in page
    other = make.group(make.track(make.other_site()), name="Not here")
    for like in (other.pk, "nonsense", "9" * 30):
        assert "Not here" not in text(director.get(f"{reverse('scheduling:group_new')}?like={like}"))


def test_a_clash_is_listed_with_the_ways_round_and_what_was_typed_is_kept(director: Client) -> None:
    data, birch = typed(make.track()), make.room(name="Birch")
    blocked(data)
    answer = add(director, data)
    page = text(answer)
    assert answer.status_code == 409 and not Group.objects.exists()
    assert "One date clashes" in page and "Cedar is taken by Family night" in page
    assert f'name="use_room" value="{birch.pk}"' in page and 'value="Process group"' in page
    assert add(director, data | {"use_room": birch.pk}).status_code == 302
    assert set(TherapySession.objects.filter(group__isnull=False).values_list("room", flat=True)) == {
        birch.pk
    }


def test_a_date_that_is_skipped_stands_as_cancelled(director: Client) -> None:
    data = typed(make.track())
    clash = blocked(data)
    assert add(director, data | {"do": [f"{clash.occurs_on} skip"]}).status_code == 302
    rows = TherapySession.objects.filter(group__isnull=False)
    assert rows.filter(status="cancelled").get().occurs_on == clash.occurs_on
    assert rows.filter(status="scheduled").count() == 7


def test_a_busy_lead_is_replaced_by_one_press(director: Client) -> None:
    data, free = typed(make.track()), make.clinician(given_name="Nina", family_name="Free")
    make.session(day=data["from_on"], lead=User.objects.get(pk=data["lead"]))
    page = text(add(director, data))
    assert "Nina Free leads" in page
    assert add(director, data | {"use_lead": free.pk}).status_code == 302
    assert Group.objects.get().lead == free


def test_a_reason_lets_more_people_in_than_the_room_seats_and_is_shown(director: Client) -> None:
    data = typed(make.track(), capacity=14)
    assert "Go ahead on every date" in text(add(director, data))
    dates = [data["from_on"] + timedelta(weeks=n) for n in range(8)]
    pressed = data | {"ahead": "1", "clashing": dates}
    answer = add(director, pressed)
    assert answer.status_code == 422 and "Say why, in a few words." in text(answer)
    answer = add(director, pressed | {"reason": "Chairs from Birch"})
    page = text(director.get(answer.url))
    assert "More seats than the room has: Chairs from Birch" in page
    assert "14 seats. Groups have 12 at most as a rule" in page


@pytest.mark.parametrize(
    "fields",
    [
        {"weekday": 9},
        {"starts": "25:00"},
        {"lead": 0},
        {"track": ""},
        {"do": ["soon skip"]},
        {"do": ["2026-10-21 room 0"]},
        {"minutes": "x"},
        {"co_facilitators": ["a"]},
    ],
)
def test_what_cannot_be_read_is_said_at_its_field(director: Client, fields: dict[str, Any]) -> None:
    answer = add(director, typed(make.track()) | fields)
    assert answer.status_code == 422 and not Group.objects.exists()


def test_who_is_enrolled_is_named_and_the_read_is_on_the_trail(director: Client) -> None:
    group = make.group()
    episode = make.episode(admitted_on=today() - timedelta(days=20))
    make.enrollment(episode, group)
    page = text(director.get(reverse("scheduling:group", args=[group.pk])))
    assert episode.patient.full_name in page and "1 of at least 2 enrolled" in page
    seen = AuditEvent.objects.get(verb="group.read")
    assert seen.detail["patients"] == [episode.patient_id]


def test_the_session_page_says_when_too_few_are_enrolled(sign_in: Any) -> None:
    tomorrow = today() + timedelta(days=1)
    group = make.group(weekday=tomorrow.weekday(), minimum_size=4)
    make.enrollment(make.episode(admitted_on=today() - timedelta(days=20)), group)
    materialise(day=tomorrow, weeks=1)
    session = TherapySession.objects.get(group=group)
    page = text(sign_in(role=Role.FRONT_DESK).get(reverse("scheduling:session", args=[session.pk])))
    assert "1 of at least 4 enrolled" in page
    Group.objects.filter(pk=group.pk).update(minimum_size=1)
    page = text(sign_in(role=Role.FRONT_DESK).get(reverse("scheduling:session", args=[session.pk])))
    assert "at least" not in page


def test_dates_without_a_session_are_listed_and_can_be_left_out(director: Client) -> None:
    tomorrow = today() + timedelta(days=1)
    group = make.group(weekday=tomorrow.weekday(), from_on=tomorrow)
    make.session(day=tomorrow, room=group.room, title="Family night")
    materialise(day=tomorrow)
    page = text(director.get(reverse("scheduling:group", args=[group.pk])))
    assert "Without a session" in page and "Cedar is taken by Family night" in page
    url = reverse("scheduling:group_skip", args=[group.pk])
    assert director.post(url, {"dates": [tomorrow], "reason": ""}).status_code == 422
    assert director.post(url, {"dates": [], "reason": "No room"}).status_code == 422
    assert director.post(url, {"dates": [tomorrow], "reason": "No room"}).status_code == 302
    page = text(director.get(reverse("scheduling:group", args=[group.pk])))
    assert "Without a session" not in page and "No room" in page


def test_a_group_is_edited_and_ended_on_its_pages(director: Client) -> None:
    group = make.group(weekday=today().weekday(), from_on=today() - timedelta(days=21))
    materialise(day=today() + timedelta(days=1))
    make.enrollment(make.episode(admitted_on=today() - timedelta(days=10)), group)
    url = reverse("scheduling:group_change", args=[group.pk])
    data = {"name": "Talking group", "curriculum": "Open", "minimum_size": 3, "to_on": ""}
    assert director.post(url, data).status_code == 302
    assert director.post(url, data | {"minimum_size": 30}).status_code == 422
    assert director.post(url, data | {"to_on": today()}).status_code == 422
    url = reverse("scheduling:group_end", args=[group.pk])
    assert "1 place ends and" in text(director.get(url))
    assert director.post(url, {"last_on": today() - timedelta(days=60)}).status_code == 422
    assert director.post(url, {"last_on": today()}).status_code == 302
    assert Enrollment.objects.get().to_on == today()
    assert not TherapySession.objects.scheduled().filter(occurs_on__gt=today()).exists()
    assert "Ended" not in text(director.get(reverse("scheduling:group", args=[group.pk])))


def test_ended_groups_are_shown_when_asked_for(director: Client) -> None:
    make.group(name="Old group", to_on=today() - timedelta(days=3))
    url = reverse("scheduling:tracks")
    assert "Old group" not in text(director.get(url))
    assert "Old group" in text(director.get(f"{url}?ended=1"))


def test_the_list_of_tracks_takes_the_same_queries_however_many_groups(
    director: Client, django_assert_max_num_queries: Any
) -> None:
    track, lead = make.track(), make.clinician()
    for weekday in range(7):
        group = make.group(track, lead=lead, weekday=weekday)
        make.enrollment(make.episode(admitted_on=today() - timedelta(days=30)), group)
    with django_assert_max_num_queries(14):
        assert director.get(reverse("scheduling:tracks")).status_code == 200


@pytest.mark.parametrize("role", [Role.FRONT_DESK, Role.CLINICIAN, Role.BILLER])
def test_who_does_not_plan_groups_neither_sees_nor_changes_them(role: Role, sign_in: Any) -> None:
    group, client = make.group(), sign_in(role=role)
    for name in ("group", "group_change", "group_end", "group_skip"):
        assert client.post(reverse(f"scheduling:{name}", args=[group.pk])).status_code == 403
    assert "scheduling/tracks" not in text(client.get(reverse("scheduling:week")))
