"""Going ahead against a rule for every week: also in weeks made later, until it lapses or is taken back."""

from datetime import date, time, timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from iop_clinic.roles import Role
from scheduling.calendar import materialise
from scheduling.choices import Choice
from scheduling.edits import Scope, edit
from scheduling.group_override import end_override
from scheduling.group_shape import GroupShape
from scheduling.groups import add_group, change_group
from scheduling.models import Group, TherapySession
from tests import make

pytestmark = pytest.mark.django_db
FIRST = make.MONDAY + timedelta(days=9)
LATER = FIRST + timedelta(weeks=8)


def beside(weeks: int = 20) -> Group:
    """Another group that has the room each Wednesday at 9:00, made far ahead."""
    other = make.group(weekday=2, name="Art group")
    materialise(day=make.NOW.date(), weeks=weeks, groups=[other], now=make.NOW)
    return other


def shared(**how: Any) -> Group:
    """A group in the room of another, on every date, for a reason."""
    beside()
    fields: dict[str, Any] = {"weekday": 2, "starts": time(9), "minutes": 60, "room": make.room()}
    shape = GroupShape(name="Process group", kind="group", from_on=FIRST, lead=make.clinician(), **fields)
    choices = {FIRST + timedelta(weeks=n): Choice(anyway=True) for n in range(8)}
    said = {"actor": make.user(Role.DIRECTOR), "track": make.track(), "shape": shape, "choices": choices}
    return add_group(**(said | {"reason": "A folding wall.", "lasting": True, "now": make.NOW} | how))


def later_days(group: Group) -> list[date]:
    """What the calendar makes from the first date after the ones that were looked at."""
    materialise(day=LATER, weeks=2, groups=[group], now=make.NOW)
    return list(group.sessions.filter(occurs_on__gte=LATER).values_list("occurs_on", flat=True))


def test_weeks_made_later_share_the_room_when_that_was_chosen() -> None:
    group = shared()
    assert later_days(group) == [LATER, LATER + timedelta(weeks=1)]
    made = TherapySession.objects.get(group=group, occurs_on=LATER)
    assert made.shares_room and made.override == group.override and made.own == []


def test_without_that_choice_weeks_made_later_do_not_share_it() -> None:
    group = shared(lasting=False)
    assert group.override is None and later_days(group) == []
    assert group.sessions.filter(shares_room=True).count() == 8


def test_it_can_be_taken_back_and_sessions_that_are_made_stay() -> None:
    group, by = shared(), make.user(Role.SUPERVISOR)
    for _ in range(2):
        assert end_override(actor=by, group=group).override is None
    group.refresh_from_db()
    assert later_days(group) == []
    assert group.sessions.scheduled().filter(shares_room=True).count() == 8


def test_days_that_a_later_last_day_adds_are_not_asked_about_again() -> None:
    group = shared()
    Group.objects.filter(pk=group.pk).update(to_on=FIRST)
    group.sessions.filter(occurs_on__gt=FIRST).delete()
    group.refresh_from_db()
    said = {"name": group.name, "curriculum": "", "minimum_size": 2, "to_on": FIRST + timedelta(weeks=2)}
    change_group(actor=make.user(), group=group, now=make.NOW, **said)
    assert group.sessions.filter(shares_room=True, override=group.override).count() == 3


def changed(group: Group, **how: Any) -> Group:
    first = group.sessions.order_by("starts_at")[0]
    edit(actor=make.user(Role.DIRECTOR), session=first, scope=Scope.ALL, now=make.NOW, **how)
    group.refresh_from_db()
    return group


def test_it_lapses_when_what_it_rests_on_is_changed_and_else_stays() -> None:
    group = shared()
    assert changed(group, changes={"capacity": 9}).override is not None
    assert changed(group, changes={"lead": make.clinician()}).override is not None
    assert changed(group, changes={"room": make.room(name="Maple")}).override is None


def test_an_edit_of_the_pattern_may_go_ahead_for_every_week() -> None:
    other = make.group(weekday=2, name="DBT skills", room=make.room(name="Maple"))
    materialise(day=make.NOW.date(), weeks=8, groups=[other], now=make.NOW)
    beside()
    days = list(other.sessions.values_list("occurs_on", flat=True))
    choices = {day: Choice(anyway=True) for day in days}
    said: dict[str, Any] = {"changes": {"room": make.room()}, "choices": choices, "reason": "A folding wall."}
    assert changed(other, **said, lasting=True).override is not None
    materialise(day=max(days) + timedelta(weeks=1), weeks=1, groups=[other], now=make.NOW)
    last = other.sessions.latest("occurs_on")
    assert last.shares_room and last.room == make.room() and last.occurs_on > max(days)


def test_the_groups_page_says_so_and_takes_it_back(sign_in: Any) -> None:
    group = shared()
    client = sign_in(role=Role.SUPERVISOR)
    page = client.get(reverse("scheduling:group", args=[group.pk])).content.decode()
    assert "Every week: the room is shared" in page and "A folding wall." in page
    assert group.override is not None and group.override.allowed_by.short_name in page
    after = client.post(reverse("scheduling:group_override_end", args=[group.pk]), follow=True)
    assert "keep to the rules" in after.content.decode() and "Every week:" not in after.content.decode()


def test_the_form_asks_whether_it_is_for_the_weeks_after(sign_in: Any) -> None:
    today, lead = timezone.now().date(), make.clinician()
    first = today + timedelta(days=7)
    other = make.group(weekday=first.weekday(), from_on=today)
    materialise(day=today, weeks=9, groups=[other], now=timezone.now())
    typed: dict[str, Any] = {
        "track": make.track().pk, "name": "Music", "kind": "group", "weekday": first.weekday(),
        "starts": "9:00 AM", "minutes": 60, "break_minutes": 0, "mode": "in_person", "room": make.room().pk,
        "lead": lead.pk, "capacity": 12, "minimum_size": 2, "from_on": first.isoformat(),
    }  # fmt: skip
    client, address = sign_in(role=Role.DIRECTOR), reverse("scheduling:group_new")
    assert "Also for the weeks after" in client.post(address, typed).content.decode()
    dates = [(first + timedelta(weeks=n)).isoformat() for n in range(8)]
    said = {"do": [f"{day} anyway" for day in dates], "reason": "A folding wall.", "lasting": "on"}
    assert client.post(address, typed | said).status_code == 302
    assert Group.objects.get(name="Music").override is not None
