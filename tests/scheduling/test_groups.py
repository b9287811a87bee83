"""A weekly group is planned whole or not at all; what it leaves out stays out; its end ends it all."""

from dataclasses import replace
from datetime import date, time, timedelta
from typing import Any

import pytest

from iop_clinic.accounts.models import User
from iop_clinic.clock import at_local
from iop_clinic.refusal import Refused
from iop_clinic.roles import Role
from scheduling.calendar import materialise
from scheduling.choices import Choice, Clashing
from scheduling.ending import end_group
from scheduling.enrolling import enroll
from scheduling.evaluation import Rule
from scheduling.group_days import WaysRound, dates_of, wanted_on, ways_round
from scheduling.group_shape import GroupShape
from scheduling.groups import add_group, change_group, skip_dates
from scheduling.models import (
    Absence,
    Booking,
    Closure,
    Enrollment,
    Facilitation,
    Group,
    TherapySession,
    Track,
    WaitlistEntry,
    WorkingHours,
)
from scheduling.sizes import size_warning
from scheduling.tracks import add_track, change_track
from tests import make

pytestmark = pytest.mark.django_db
# The Wednesdays of the eight weeks after `make.NOW`, a Wednesday at 9:12 in New York.
FIRST = make.MONDAY + timedelta(days=9)
TZ = "America/New_York"


def shape(**fields: Any) -> GroupShape:
    defaults: dict[str, Any] = {
        "name": "Process group",
        "kind": "group",
        "weekday": 2,
        "starts": time(9),
        "minutes": 60,
        "room": make.room(),
        "from_on": FIRST,
    }
    if "lead" not in fields:
        fields["lead"] = make.clinician()
    return GroupShape(**(defaults | fields))


def planner() -> User:
    return make.user(Role.DIRECTOR)


def plan(asked: GroupShape | None = None, *, track: Track | None = None, **how: Any) -> Group:
    fields = {"actor": planner(), "track": track or make.track(), "shape": asked or shape(), "now": make.NOW}
    return add_group(**(fields | how))


def refused(asked: GroupShape, **how: Any) -> Clashing:
    with pytest.raises(Clashing) as found:
        plan(asked, **how)
    return found.value


def rules(refusal: Clashing) -> set[str]:
    return {clash.rule for clash in refusal.clashes}


def ways_for(asked: GroupShape) -> WaysRound:
    """What the page offers for the whole series after it was refused."""
    group = asked.as_row(make.track())
    wanted = [wanted_on(group, day, asked.co_facilitators) for day in dates_of(group, asked.from_on)]
    staff = User.objects.filter(role=Role.CLINICIAN)
    return ways_round(wanted, {clash.rule for clash in refused(asked).clashes}, staff)


def every_date(choice: Choice) -> dict[date, Choice]:
    return dict.fromkeys(weeks(*range(8)), choice)


def days_of(group: Group, **fields: Any) -> list[date]:
    rows = TherapySession.objects.filter(group=group, **fields).order_by("occurs_on")
    return list(rows.values_list("occurs_on", flat=True))


def weeks(*numbers: int) -> list[date]:
    return [FIRST + timedelta(weeks=n) for n in numbers]


def test_a_new_group_has_every_session_of_its_first_weeks_with_all_who_lead_it() -> None:
    wen = make.clinician(given_name="Wen")
    group = plan(shape(co_facilitators=(wen,), capacity=10, break_minutes=10))
    assert days_of(group, status="scheduled") == weeks(*range(8))
    assert set(group.co_facilitators.all()) == {wen}
    assert Facilitation.objects.filter(staff=wen, is_lead=False).count() == 8
    session = TherapySession.objects.get(group=group, occurs_on=FIRST)
    assert (session.capacity, session.break_minutes, session.lead) == (10, 10, group.lead)
    starts = {s.starts_at for s in TherapySession.objects.all()}
    assert starts == {at_local(day, time(9), TZ) for day in weeks(*range(8))}


def test_a_clash_on_one_day_saves_nothing_and_names_it() -> None:
    asked = shape()
    make.session(day=FIRST + timedelta(weeks=2), room=asked.room, title="Family night")
    refusal = refused(asked)
    (clash,) = refusal.clashes
    assert refusal.status == 409 and clash.rule == Rule.ROOM_TAKEN
    assert "Cedar is taken by Family night" in clash.sentence
    assert not Group.objects.exists() and TherapySession.objects.count() == 1


def test_the_ways_round_are_rooms_and_clinicians_free_on_every_date() -> None:
    asked = shape()
    birch, maple = make.room(name="Birch"), make.room(name="Maple")
    make.room(name="Closet", seats=2)
    make.session(day=FIRST, room=asked.room, lead=asked.lead)
    make.session(day=FIRST + timedelta(weeks=3), room=maple, lead=make.clinician(given_name="Busy"))
    free = make.clinician(given_name="Nina")
    ways = ways_for(asked)
    assert ways.rooms == [birch]
    assert free in ways.leads and "Busy" not in {person.given_name for person in ways.leads}
    made = plan(replace(asked, room=ways.rooms[0], lead=free))
    assert len(days_of(made, status="scheduled")) == 8


def test_a_busy_co_facilitator_is_told_from_a_busy_lead() -> None:
    wen = make.clinician(given_name="Wen")
    make.session(day=FIRST, lead=wen)
    ways = ways_for(shape(co_facilitators=(wen,)))
    assert ways.without_helpers and not ways.leads


def test_a_skipped_date_stays_out_however_often_the_calendar_is_filled() -> None:
    asked = shape()
    blocking = make.session(day=FIRST, room=asked.room)
    group = plan(asked, choices={FIRST: Choice(skip=True)})
    TherapySession.objects.filter(pk=blocking.pk).update(status="cancelled")
    assert materialise(day=make.MONDAY, weeks=9, groups=[group], now=make.NOW) == 0
    assert days_of(group, status="scheduled") == weeks(*range(1, 8))
    (left_out,) = TherapySession.objects.filter(group=group, status="cancelled")
    assert left_out.occurs_on == FIRST and "Cedar is taken" in left_out.cancel_reason


def test_a_reason_overrides_a_taken_room_on_the_dates_that_clash() -> None:
    asked = shape(co_facilitators=(make.clinician(given_name="Wen"),))
    make.session(day=FIRST, room=asked.room)
    director = planner()
    choices = {FIRST: Choice(anyway=True)}
    group = plan(asked, actor=director, choices=choices, reason="A folding wall parts the room.")
    shared = TherapySession.objects.get(group=group, shares_room=True)
    assert shared.occurs_on == FIRST and shared.override is not None
    assert shared.override.rules == ["room_taken"] and shared.override.allowed_by == director
    assert shared.facilitations.count() == 2
    assert days_of(group, status="scheduled", override=None) == weeks(*range(1, 8))


def test_one_date_may_have_another_room_and_another_lead_which_a_later_edit_leaves_alone() -> None:
    asked, birch, nina = shape(), make.room(name="Birch"), make.clinician(given_name="Nina")
    make.session(day=FIRST, room=asked.room, lead=asked.lead)
    group = plan(asked, choices={FIRST: Choice(room=birch, lead=nina)})
    first = TherapySession.objects.get(group=group, occurs_on=FIRST)
    assert (first.room, first.lead, first.own) == (birch, nina, ["lead", "room"])
    assert first.facilitations.get().staff == nina
    assert len(days_of(group, room=asked.room, lead=asked.lead)) == 7


def test_more_seats_than_the_room_has_need_a_reason() -> None:
    asked = shape(capacity=14)
    assert rules(refused(asked)) == {"room_too_small"}
    anyway = every_date(Choice(anyway=True))
    with pytest.raises(Refused, match="Say why you go ahead"):
        plan(asked, choices=anyway)
    group = plan(asked, choices=anyway, reason="Chairs come from next door.")
    assert days_of(group, override__rules=["room_too_small"]) == weeks(*range(8))


@pytest.mark.parametrize("role", [Role.CLINICIAN, Role.FRONT_DESK])
def test_a_reason_of_someone_who_may_not_override_changes_nothing(role: Role) -> None:
    anyway = every_date(Choice(anyway=True))
    with pytest.raises(Refused) as found:
        plan(shape(capacity=14), actor=make.user(role), choices=anyway, reason="I say so.")
    assert found.value.status == 403
    assert not Group.objects.exists()


def test_no_reason_puts_a_person_in_two_places_or_at_work_on_leave() -> None:
    asked = shape()
    make.session(day=FIRST, lead=asked.lead)
    away_at = at_local(FIRST + timedelta(weeks=1), time(0), TZ)
    Absence.objects.create(
        staff=asked.lead,
        starts_at=away_at,
        ends_at=away_at + timedelta(days=1),
        kind="vacation",
        recorded_by=asked.lead,
    )
    refusal = refused(asked, choices=every_date(Choice(anyway=True)), reason="We need it.")
    assert rules(refusal) == {"absent", "staff_busy"}


def test_a_closed_day_is_left_out_by_itself_and_comes_back_when_the_site_reopens() -> None:
    asked, starts_at = shape(), at_local(FIRST, time(0), TZ)
    closed = Closure.objects.create(
        site=make.site(),
        name="Snow",
        starts_at=starts_at,
        ends_at=starts_at + timedelta(days=1),
        closed_by=asked.lead,
    )
    group = plan(asked)
    assert days_of(group) == weeks(*range(1, 8))
    Closure.objects.filter(pk=closed.pk).update(reopened_at=make.NOW)
    materialise(day=FIRST, groups=[group], now=make.NOW)
    assert days_of(group, status="scheduled") == weeks(*range(8))


def test_hours_of_the_lead_are_asked_and_may_be_overridden() -> None:
    asked = shape()
    WorkingHours.objects.create(staff=asked.lead, site=make.site(), weekday=2, starts=time(12), ends=time(17))
    assert rules(refused(asked)) == {"outside_hours"}
    assert plan(asked, choices=every_date(Choice(anyway=True)), reason="Agreed with Theo.").pk


def test_groups_that_were_there_first_keep_their_room_and_people_past_the_horizon() -> None:
    asked = shape(from_on=FIRST + timedelta(weeks=20))
    make.group(weekday=2, starts=time(9), room=asked.room)
    assert rules(refused(asked)) == {"room_taken"}
    assert not TherapySession.objects.exists()
    other = make.group(weekday=2, starts=time(9, 30), room=make.room(name="Maple"), lead=asked.lead)
    made = plan(replace(asked, room=make.room(name="Birch"), starts=time(11)))
    assert len(days_of(made)) == 8 and days_of(made)[0] == asked.from_on
    assert len(days_of(other)) > 20


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"name": "  "}, "name"),
        ({"kind": "individual"}, "kind"),
        ({"minutes": 10}, "minutes"),
        ({"break_minutes": 60}, "break_minutes"),
        ({"capacity": 0}, "capacity"),
        ({"minimum_size": 13}, "minimum_size"),
        ({"room": None}, "room"),
        ({"mode": "by_dove"}, "mode"),
        ({"weekday": 7}, "weekday"),
        ({"from_on": make.MONDAY}, "from_on"),
        ({"from_on": make.NOW.date()}, "from_on"),
        ({"from_on": FIRST + timedelta(days=400)}, "from_on"),
        ({"to_on": FIRST - timedelta(days=1)}, "to_on"),
        ({"from_on": FIRST + timedelta(days=1), "to_on": FIRST + timedelta(days=3)}, "to_on"),
    ],
)
def test_what_is_no_group_is_refused_at_its_field(fields: dict[str, Any], name: str) -> None:
    with pytest.raises(Refused) as found:
        plan(shape(**fields))
    assert found.value.status == 422 and name in found.value.fields
    assert not Group.objects.exists()


def test_who_leads_a_group_works_at_the_site_and_writes_notes() -> None:
    elsewhere = make.clinician(make.other_site())
    for person in (elsewhere, make.user(Role.FRONT_DESK)):
        for fields in ({"lead": person}, {"co_facilitators": (person,)}):
            with pytest.raises(Refused) as found:
                plan(shape(**fields))
            assert set(found.value.fields) == set(fields)


def test_usual_sizes_are_a_warning_and_not_a_rule() -> None:
    assert not size_warning("group", 12) and not size_warning("psychoeducation", 35)
    assert "13 seats" in size_warning("group", 13)
    assert "36 seats" in size_warning("psychoeducation", 36)
    assert not size_warning("family", 40)


def test_a_new_name_reaches_coming_sessions_and_no_begun_one() -> None:
    group = make.group(weekday=2, starts=time(9))
    materialise(day=make.MONDAY, weeks=3)
    fields: dict[str, Any] = {"curriculum": "Open", "minimum_size": 3, "to_on": None}
    change_group(actor=planner(), group=group, name="Talking group", now=make.NOW, **fields)
    titles = list(TherapySession.objects.order_by("starts_at").values_list("title", flat=True))
    assert titles == ["Process group", "Talking group", "Talking group"]


def test_a_later_last_day_makes_the_days_it_adds_or_lists_their_clashes() -> None:
    group = plan(shape(to_on=FIRST))
    assert days_of(group) == [FIRST]
    fields: dict[str, Any] = {"name": group.name, "curriculum": "", "minimum_size": 2}
    fields |= {"actor": planner(), "group": group, "to_on": FIRST + timedelta(weeks=2), "now": make.NOW}
    make.session(day=FIRST + timedelta(weeks=1), room=group.room)
    with pytest.raises(Clashing):
        change_group(**fields)
    change_group(**fields, choices={weeks(1)[0]: Choice(skip=True)})
    assert days_of(group, status="scheduled") == weeks(0, 2)


def test_a_last_day_before_coming_sessions_is_for_ending_the_group() -> None:
    group = plan()
    with pytest.raises(Refused, match="7 sessions would be cancelled") as found:
        change_group(
            actor=planner(), group=group, name=group.name, curriculum="", minimum_size=2, to_on=FIRST,
            now=make.NOW,
        )  # fmt: skip
    assert found.value.status == 422


def test_ending_a_group_ends_places_sessions_bookings_and_the_waitlist() -> None:
    group, early, late = plan(), make.episode(), make.episode()
    enroll(actor=planner(), episode=early, group=group, from_on=FIRST, now=make.NOW)
    enroll(actor=planner(), episode=late, group=group, from_on=FIRST + timedelta(weeks=3), now=make.NOW)
    waiting = WaitlistEntry.objects.create(
        group=group, episode=make.episode(), reason="Full", added_by=planner()
    )
    last_on = FIRST + timedelta(days=8)
    end_group(actor=planner(), group=group, last_on=last_on, now=make.NOW)
    assert days_of(group, status="scheduled") == weeks(0, 1)
    assert list(Enrollment.objects.values_list("episode", "to_on")) == [(early.pk, last_on)]
    assert Booking.objects.active().count() == 2
    assert set(Booking.objects.exclude(status="booked").values_list("status", flat=True)) == {
        "cancelled_by_clinic"
    }
    waiting.refresh_from_db()
    assert waiting.outcome == "removed"
    assert materialise(day=make.MONDAY, weeks=9, groups=[group], now=make.NOW) == 0


def test_a_group_cannot_end_before_a_day_on_which_it_has_met() -> None:
    group = make.group(weekday=2, starts=time(9))
    materialise(day=make.MONDAY, weeks=2)
    with pytest.raises(Refused, match="The group met on Wed 10/21"):
        end_group(actor=planner(), group=group, last_on=make.MONDAY, now=make.NOW)
    end_group(actor=planner(), group=group, last_on=make.NOW.date(), now=make.NOW)
    assert days_of(group, status="scheduled") == [make.NOW.date()]


def test_a_day_that_could_not_be_made_can_be_left_out_for_good() -> None:
    group = make.group(weekday=2, starts=time(9), from_on=FIRST)
    blocking = make.session(day=FIRST, room=group.room)
    materialise(day=FIRST, weeks=2, now=make.NOW)
    skip_dates(actor=planner(), group=group, dates=[FIRST], reason="Family night", now=make.NOW)
    TherapySession.objects.filter(pk=blocking.pk).delete()
    materialise(day=FIRST, weeks=2, now=make.NOW)
    assert days_of(group, status="scheduled") == weeks(1)
    with pytest.raises(Refused):
        skip_dates(actor=planner(), group=group, dates=[FIRST], reason="Again", now=make.NOW)
    with pytest.raises(Refused, match="does not meet on Thu"):
        other = FIRST + timedelta(days=1)
        skip_dates(actor=planner(), group=group, dates=[other], reason="No", now=make.NOW)


def test_a_track_is_added_once_and_not_switched_off_while_groups_meet() -> None:
    actor, site = planner(), make.site()
    track = add_track(actor=actor, site=site, name="Evening", tone="eve", is_part2=True)
    with pytest.raises(Refused, match="has that name already") as found:
        add_track(actor=actor, site=site, name="Evening", tone="eve")
    assert found.value.status == 422
    with pytest.raises(Refused):
        add_track(actor=actor, site=site, name="Teens", tone="teen", youngest_age=17, oldest_age=13)
    group = plan(track=track)
    facts: dict[str, Any] = {"name": "Evening", "tone": "eve", "is_part2": True, "youngest_age": 18}
    facts |= {"oldest_age": None, "is_active": False, "actor": actor, "track": track, "now": make.NOW}
    with pytest.raises(Refused, match="1 group still meets"):
        change_track(**facts)
    end_group(actor=actor, group=group, last_on=FIRST, now=make.NOW)
    assert not change_track(**facts | {"now": make.NOW + timedelta(days=30)}).is_active
    with pytest.raises(Refused, match="switched off"):
        plan(track=track)
