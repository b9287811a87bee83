"""A changed pattern reaches the coming sessions with their people, and nothing that has begun."""

from datetime import time, timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from iop_clinic.clock import zone
from iop_clinic.messages.models import Message
from iop_clinic.refusal import Refused
from iop_clinic.roles import Role
from scheduling.calendar import materialise
from scheduling.enrolling import enroll
from scheduling.models import Booking, CoFacilitator, Facilitation, Group, TherapySession
from scheduling.patterns import follow_pattern
from tests import make
from tests.moves import move

pytestmark = pytest.mark.django_db


def planned(**fields: Any) -> Group:
    group = make.group(weekday=2, **fields)
    materialise(day=make.MONDAY, weeks=3)
    return group


def changed(group: Group, **fields: Any) -> int:
    Group.objects.filter(pk=group.pk).update(**fields)
    return follow_pattern(actor=make.user(), group=group, now=make.NOW)


def days() -> list[str]:
    rows = TherapySession.objects.scheduled().filter(starts_at__gt=make.NOW)
    return [f"{s.occurs_on:%a %-m/%-d} {s.starts_at:%H:%M}" for s in rows[:2]]


def test_a_new_time_moves_coming_sessions_and_their_people_and_no_begun_one() -> None:
    group, episode = planned(), make.episode(make.portal_patient())
    enroll(actor=make.user(), episode=episode, group=group, from_on=make.MONDAY, now=make.NOW)
    changed(group, starts=time(10, 30))
    assert days() == ["Wed 10/28 14:30", "Wed 11/4 15:30"]
    assert TherapySession.objects.get(occurs_on=make.NOW.date()).starts_at.hour == 13
    booking = Booking.objects.select_related("session").order_by("session__starts_at").first()
    assert booking.during.lower == booking.session.starts_at and booking.version == 2
    assert Message.objects.filter(state="withdrawn").count() == 2


def test_a_new_weekday_moves_them_within_their_weeks() -> None:
    group = planned()
    changed(group, weekday=3)
    assert days() == ["Thu 10/22 13:00", "Thu 10/29 13:00"] or days() == ["Thu 10/29 13:00", "Thu 11/5 14:00"]
    assert not TherapySession.objects.scheduled().filter(occurs_on__week_day=4, starts_at__gt=make.NOW)


def test_an_ended_group_cancels_what_comes_after_it() -> None:
    group = planned()
    changed(group, to_on=make.MONDAY + timedelta(days=10))
    assert days() == ["Wed 10/28 13:00"]


def test_a_session_moved_by_hand_keeps_its_own_time() -> None:
    group = planned()
    session = TherapySession.objects.get(occurs_on=make.MONDAY + timedelta(days=9))
    by_hand = session.starts_at + timedelta(hours=5)
    move(actor=make.user(), session=session, starts_at=by_hand, now=make.NOW)
    changed(group, starts=time(10, 30))
    session.refresh_from_db()
    assert session.starts_at == by_hand


def test_a_pattern_that_clashes_changes_nothing_and_names_the_clash() -> None:
    group, room = planned(), make.room(name="Birch")
    make.session(day=make.MONDAY + timedelta(days=9), starts=time(14), room=room, title="DBT skills")
    with pytest.raises(Refused, match="Birch is taken by DBT skills, Wed 10/28 at 2:00 pm"):
        changed(group, starts=time(14), room=room)
    assert days()[0] == "Wed 10/28 13:00"


def test_fewer_seats_than_people_are_refused() -> None:
    group = planned()
    session = TherapySession.objects.get(occurs_on=make.MONDAY + timedelta(days=9))
    for _ in range(3):
        make.booking(session, make.episode())
    with pytest.raises(Refused, match="3 people are booked on Oct 28"):
        changed(group, capacity=2)


def no_rows(prefix: str) -> dict[str, Any]:
    """An inline table of the admin that was left empty."""
    return {f"{prefix}-TOTAL_FORMS": 0, f"{prefix}-INITIAL_FORMS": 0}


def test_co_facilitators_follow_the_pattern_except_where_a_session_has_its_own() -> None:
    group, wen = planned(), make.clinician(given_name="Wen")
    changed(group)
    CoFacilitator.objects.create(group=group, staff=wen)
    TherapySession.objects.filter(occurs_on=make.MONDAY + timedelta(days=9)).update(own=["co_facilitators"])
    assert changed(group) == 6
    helped = Facilitation.objects.filter(staff=wen, is_lead=False).order_by("during")
    first = helped.select_related("session").first()
    assert first is not None and first.session.occurs_on == make.MONDAY + timedelta(days=16)
    CoFacilitator.objects.all().delete()
    changed(group)
    assert not helped.exists()


def test_the_admin_carries_a_changed_group_over_and_says_a_clash_in_words(sign_in: Any) -> None:
    today = timezone.now().date()
    group = make.group(weekday=(today.weekday() + 3) % 7, from_on=today)
    materialise(day=today, weeks=2)
    client, url = (
        sign_in(role=Role.ADMINISTRATOR),
        reverse("admin:scheduling_group_change", args=[group.pk]),
    )
    own = ("name", "kind", "curriculum", "weekday", "minutes", "capacity", "minimum_size")
    fields = {name: getattr(group, name) for name in own} | no_rows("co_facilitators")
    fields |= {"break_minutes": 0, "mode": "in_person", "room": group.room_id, "lead": group.lead_id}
    fields |= {"track": group.track_id, "from_on": group.from_on, "to_on": "", "starts": "11:00"}
    wen = make.clinician(given_name="Wen")
    beside = {"co_facilitators-TOTAL_FORMS": 1, "co_facilitators-0-staff": wen.pk}
    assert client.post(url, fields | beside).status_code == 302
    assert Facilitation.objects.filter(staff=wen, is_lead=False).count() == TherapySession.objects.count()
    tz = zone("America/New_York")
    assert {s.starts_at.astimezone(tz).hour for s in TherapySession.objects.all()} == {11}
    taken = make.room(name="Birch")
    make.session(
        day=TherapySession.objects.first().occurs_on, starts=time(11), room=taken, title="DBT skills"
    )
    answer = client.post(url, fields | {"room": taken.pk}, follow=True)
    group.refresh_from_db()
    assert "Not saved. Birch is taken by DBT skills" in answer.content.decode()
    assert group.room_id != taken.pk
