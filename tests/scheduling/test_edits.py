"""Editing this session, this and later ones, or all coming ones: all or nothing, and never what has begun."""

from datetime import date, time, timedelta
from typing import Any

import pytest

from iop_clinic.accounts.models import License
from iop_clinic.clock import zone
from iop_clinic.messages.models import Message
from iop_clinic.refusal import Refused
from iop_clinic.roles import Role
from scheduling.calendar import materialise
from scheduling.choices import Choice, Clashing
from scheduling.edits import Scope, edit
from scheduling.enrolling import enroll
from scheduling.models import Facilitation, Group, Series, TherapySession
from tests import make

pytestmark = pytest.mark.django_db
DAYS = [date(2026, 10, day) for day in (23, 30)] + [date(2026, 11, day) for day in (6, 13)]


def fridays(**fields: Any) -> tuple[Group, list[TherapySession]]:
    """A group of coming Fridays: 10/23, 10/30, 11/6 and 11/13."""
    group = make.group(weekday=4, **fields)
    materialise(day=make.MONDAY, weeks=4, groups=[group], now=make.NOW)
    return group, sessions_of(group)


def sessions_of(group: Group) -> list[TherapySession]:
    return list(group.sessions.scheduled().filter(starts_at__gt=make.NOW).order_by("starts_at"))


def edited(session: TherapySession, scope: str, choices: Any = None, reason: str = "", **changes: Any) -> Any:
    actor = make.user(Role.SUPERVISOR)
    return edit(
        actor=actor,
        session=session,
        scope=scope,
        changes=changes,
        choices=choices,
        reason=reason,
        now=make.NOW,
    )


def walls(group: Group) -> list[str]:
    tz = zone("America/New_York")
    return [f"{s.starts_at.astimezone(tz):%a %-m/%-d %H:%M}" for s in sessions_of(group)]


def test_this_one_changes_alone_and_is_its_own_from_then_on() -> None:
    group, (_, second, *_) = fridays()
    edited(second, Scope.THIS, starts=time(11))
    assert walls(group) == ["Fri 10/23 09:00", "Fri 10/30 11:00", "Fri 11/6 09:00", "Fri 11/13 09:00"]
    edited(sessions_of(group)[0], Scope.ALL, starts=time(14))
    assert walls(group) == ["Fri 10/23 14:00", "Fri 10/30 11:00", "Fri 11/6 14:00", "Fri 11/13 14:00"]


def test_what_is_not_its_own_still_follows_the_group() -> None:
    group, (first, second, *_) = fridays()
    edited(second, Scope.THIS, starts=time(11))
    oak = make.room(name="Oak")
    edited(first, Scope.ALL, room=oak)
    assert [session.room for session in sessions_of(group)] == [oak] * 4


def test_this_and_later_leaves_the_earlier_ones_and_the_pattern_says_so_from_then_on() -> None:
    group, (_, second, *_) = fridays()
    edited(second, Scope.LATER, on=date(2026, 10, 29), starts=time(10, 30))
    assert walls(group) == ["Fri 10/23 09:00", "Thu 10/29 10:30", "Thu 11/5 10:30", "Thu 11/12 10:30"]
    group.refresh_from_db()
    assert (group.weekday, group.starts, group.pattern_from_on) == (3, time(10, 30), date(2026, 10, 29))
    assert materialise(day=make.NOW.date(), weeks=5, groups=[group], now=make.NOW) == 1
    assert walls(group)[-1] == "Thu 11/19 10:30"


def test_all_future_never_touches_a_session_that_has_begun() -> None:
    group = make.group(weekday=2, starts=time(9))
    materialise(day=make.MONDAY, weeks=3, groups=[group])
    begun = group.sessions.get(occurs_on=make.NOW.date())
    edited(sessions_of(group)[0], Scope.ALL, minutes=90, capacity=8)
    begun.refresh_from_db()
    assert (begun.scheduled_minutes, begun.capacity, begun.version) == (60, 12, 1)
    assert {(s.scheduled_minutes, s.capacity) for s in sessions_of(group)} == {(90, 8)}


def test_a_changed_weekday_makes_no_second_session_in_this_week() -> None:
    group, _ = fridays()
    edited(sessions_of(group)[1], Scope.LATER, on=date(2026, 10, 28))
    materialise(day=make.NOW.date(), weeks=4, groups=[group], now=make.NOW)
    assert walls(group)[:2] == ["Fri 10/23 09:00", "Wed 10/28 09:00"]


def test_one_clash_stops_the_whole_edit_and_is_told_with_its_day() -> None:
    group, (first, *_) = fridays()
    make.session(day=DAYS[2], starts=time(14), lead=group.lead)
    with pytest.raises(Clashing) as refusal:
        edited(first, Scope.ALL, starts=time(14))
    (clash,) = refusal.value.clashes
    assert clash.wanted.occurs_on == DAYS[2] and "already leads" in clash.sentence
    assert walls(group)[0] == "Fri 10/23 09:00"


def test_a_clash_is_gone_round_by_leaving_that_session_or_by_someone_else() -> None:
    group, (first, *_) = fridays()
    for day in DAYS[1:3]:
        make.session(day=day, starts=time(14), lead=group.lead)
    other = make.clinician(group.track.site)
    edited(
        first, Scope.ALL, choices={DAYS[1]: Choice(skip=True), DAYS[2]: Choice(lead=other)}, starts=time(14)
    )
    assert walls(group) == ["Fri 10/23 14:00", "Fri 10/30 09:00", "Fri 11/6 14:00", "Fri 11/13 14:00"]
    assert sessions_of(group)[2].lead == other
    edited(first, Scope.ALL, lead=make.clinician(group.track.site))
    assert sessions_of(group)[2].lead == other


ANYWAY = {DAYS[0]: Choice(anyway=True)}


def test_a_shared_room_needs_someone_who_may_and_a_reason_that_is_kept() -> None:
    group, (first, *_) = fridays()
    make.session(day=DAYS[0], starts=time(14), room=group.room)
    with pytest.raises(Clashing):
        edited(first, Scope.THIS, starts=time(14))
    said: dict[str, Any] = {"session": first, "scope": Scope.THIS, "changes": {"starts": time(14)}}
    with pytest.raises(Refused) as refusal:
        edit(actor=make.user(Role.FRONT_DESK), choices=ANYWAY, reason="Both fit.", now=make.NOW, **said)
    assert refusal.value.status == 403
    with pytest.raises(Refused) as refusal:
        edited(first, Scope.THIS, choices=ANYWAY, starts=time(14))
    assert (refusal.value.status, list(refusal.value.fields)) == (422, ["reason"])
    edited(first, Scope.THIS, choices=ANYWAY, reason="Both fit in Cedar.", starts=time(14))
    first.refresh_from_db()
    assert first.shares_room and first.override and first.override.reason == "Both fit in Cedar."
    assert first.override.rules == ["room_taken"]


def test_no_reason_lets_a_clinician_be_in_two_places() -> None:
    group, (first, *_) = fridays()
    make.session(day=DAYS[0], starts=time(14), lead=group.lead)
    with pytest.raises(Clashing):
        edited(first, Scope.THIS, choices=ANYWAY, reason="She will hurry.", starts=time(14))


def test_a_new_lead_takes_over_and_the_old_one_is_free() -> None:
    group, sessions = fridays()
    other, old = make.clinician(group.track.site), group.lead
    edited(sessions[0], Scope.ALL, lead=other)
    leads = Facilitation.objects.filter(session__in=sessions).values_list("staff", flat=True)
    assert set(leads) == {other.pk}
    make.session(day=DAYS[0], lead=old)
    group.refresh_from_db()
    assert group.lead == other


def test_co_facilitators_are_nowhere_else_either() -> None:
    group, (first, *_) = fridays()
    helper = make.clinician(group.track.site)
    make.session(day=DAYS[1], lead=helper)
    with pytest.raises(Clashing, match="already leads"):
        edited(first, Scope.ALL, co_facilitators=(helper,))
    edited(first, Scope.THIS, co_facilitators=(helper,))
    assert list(first.facilitations.filter(is_lead=False).values_list("staff", flat=True)) == [helper.pk]


def test_people_booked_move_along_and_each_hears_of_it_once() -> None:
    group, (first, *_) = fridays()
    episode = make.episode(make.portal_patient(email_reminders_ok=True))
    enroll(actor=make.user(), episode=episode, group=group, from_on=make.MONDAY, now=make.NOW)
    edited(first, Scope.ALL, starts=time(14))
    (message,) = Message.objects.filter(kind="change", state="pending")
    assert message.body.startswith(
        "Marlow Street: your appointments from Fri 10/23 at 9:00 AM on were moved."
    )
    edited(sessions_of(group)[0], Scope.THIS, starts=time(15))
    (message,) = Message.objects.filter(kind="change", state="pending")
    assert "your appointment Fri 10/23 at 2:00 PM was moved to Fri 10/23 at 3:00 PM." in message.body
    assert "group" not in message.body.lower() and group.lead.family_name not in message.body


def test_seats_cannot_become_fewer_than_the_people_booked() -> None:
    _, (first, *_) = fridays()
    for _ in range(3):
        make.booking(first, make.episode())
    with pytest.raises(Clashing, match="seats are too few"):
        edited(first, Scope.THIS, capacity=2)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"on": date(2026, 10, 20)}, "starts"),
        ({"minutes": 0}, "minutes"),
        ({"capacity": 0}, "capacity"),
        ({"room": None}, "room"),
    ],
)
def test_what_no_session_may_be_is_said_at_its_field(changes: dict[str, Any], field: str) -> None:
    _, (first, *_) = fridays()
    with pytest.raises(Refused) as refusal:
        edited(first, Scope.THIS, **changes)
    assert (refusal.value.status, list(refusal.value.fields)) == (422, [field])


def test_a_pattern_moves_within_its_week() -> None:
    _, (first, *_) = fridays()
    with pytest.raises(Refused) as refusal:
        edited(first, Scope.ALL, on=first.occurs_on + timedelta(days=7))
    assert refusal.value.status == 422


def test_an_edit_of_what_someone_changed_meanwhile_is_refused() -> None:
    _, (first, *_) = fridays()
    edited(first, Scope.THIS, minutes=45)
    with pytest.raises(Refused, match="changed this session meanwhile"):
        edit(
            actor=make.user(),
            session=first,
            scope=Scope.THIS,
            changes={"minutes": 50},
            version=1,
            now=make.NOW,
        )


def test_a_series_changes_like_a_group() -> None:
    episode, lead, office = make.episode(), make.clinician(), make.room(name="Office 1")
    series = Series.objects.create(
        site=episode.site, episode=episode, kind="individual", first_on=DAYS[0], last_on=DAYS[2],
        starts=time(9), room=office, lead=lead, created_by=lead,
    )  # fmt: skip
    sessions = [
        make.session(
            day=day, kind="individual", lead=lead, room=office, capacity=1, series=series, pattern_on=day
        )
        for day in series.days
    ]
    edited(sessions[1], Scope.LATER, starts=time(16))
    tz = zone("America/New_York")
    found = TherapySession.objects.filter(series=series).order_by("starts_at")
    assert [s.starts_at.astimezone(tz).hour for s in found] == [9, 16, 16]


def test_a_consent_that_lapsed_does_not_keep_a_video_session_from_a_new_time_or_lead() -> None:
    group, (first, *_) = fridays(mode="video", room=None)
    for lead in (group.lead, other := make.clinician(group.track.site)):
        License.objects.create(user=lead, state_code=group.track.site.state_code)
    make.booking(first, make.episode())
    edited(first, Scope.THIS, starts=time(11))
    edited(first, Scope.THIS, lead=other)
    first.refresh_from_db()
    assert first.lead == other
