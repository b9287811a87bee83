"""Places in groups are looked at whole: each date in the way, the ways round it, and a taper in one step."""

from datetime import date, time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from iop_clinic.refusal import Refused
from iop_clinic.roles import Role
from patients.models import Episode
from patients.weeks import own_weeks
from scheduling.ahead import taper_words, weeks_ahead
from scheduling.calendar import materialise
from scheduling.choices import Clashing
from scheduling.enrolling import Place, enroll, enroll_in
from scheduling.models import Booking, Enrollment, Group, Override
from scheduling.overrides import allow
from scheduling.places import change_places
from tests import make

pytestmark = pytest.mark.django_db
TODAY = make.NOW.date()
NEXT_MONDAY = make.MONDAY + timedelta(weeks=1)
WEEK = timedelta(weeks=1)


def group(weekday: int = 0, **fields: Any) -> Group:
    return make.group(weekday=weekday, room=make.room(name=f"Room {weekday}"), **fields)


def planned(*groups: Group, weeks: int = 4) -> None:
    materialise(day=make.MONDAY, weeks=weeks, groups=groups or None, now=make.NOW)


def taken(*places: Place, **fields: Any) -> list[Enrollment]:
    said = {"actor": make.user(), "now": make.NOW} | fields
    said.setdefault("episode", make.episode())
    return enroll_in(places=places, **said)


def days() -> list[date]:
    return list(Booking.objects.active().values_list("session__occurs_on", flat=True))


def test_every_date_in_the_way_is_listed_over_all_groups() -> None:
    monday, thursday, episode = group(0), group(3), make.episode()
    planned()
    make.booking(make.session(day=NEXT_MONDAY, starts=time(9, 30), title="Individual"), episode)
    full = thursday.sessions.get(occurs_on=NEXT_MONDAY + timedelta(days=3))
    full.__class__.objects.filter(pk=full.pk).update(capacity=1)
    make.booking(full, make.episode())
    with pytest.raises(Clashing) as refused:
        taken(Place(monday, TODAY), Place(thursday, TODAY), episode=episode)
    assert [clash.sentence for clash in refused.value.clashes] == [
        "Ana has Individual, Mon 10/26 at 9:30 am at that time already.",
        "Process group is full on Thu 10/29 (1 of 1 seats).",
    ]
    assert not Enrollment.objects.exists() and Booking.objects.count() == 2


def test_a_skipped_date_takes_no_seat_and_the_rest_is_booked() -> None:
    monday, episode = group(0), make.episode()
    planned()
    make.booking(make.session(day=NEXT_MONDAY, starts=time(9, 30)), episode)
    place = Place(monday, TODAY, skip=frozenset({NEXT_MONDAY}))
    (enrollment,) = taken(place, episode=episode)
    assert sorted(set(days()) - {NEXT_MONDAY}) == [NEXT_MONDAY + WEEK, NEXT_MONDAY + 2 * WEEK]
    assert not Booking.objects.filter(session__group=monday, session__occurs_on=NEXT_MONDAY).exists()
    assert enrollment.override is None


def test_two_groups_at_the_same_time_are_in_each_others_way() -> None:
    first, second = group(3), make.group(weekday=3, name="DBT skills", room=make.room(name="Birch"))
    planned()
    with pytest.raises(Clashing) as refused:
        taken(Place(first, TODAY), Place(second, TODAY))
    assert {clash.wanted.title for clash in refused.value.clashes} == {"DBT skills"}
    assert not Enrollment.objects.exists()


def test_hours_the_patient_cannot_come_go_ahead_only_for_a_recorded_reason() -> None:
    thursday, episode, supervisor = group(3), make.episode(), make.user(Role.SUPERVISOR)
    planned()
    make.unavailable(episode.patient)
    with pytest.raises(Clashing, match=r"Ana cannot come Thu 10/22 at 9:00 am \(work"):
        taken(Place(thursday, TODAY), episode=episode, actor=supervisor)
    place = Place(thursday, TODAY, anyway=True)
    for actor, reason, status in ((make.user(), "Because", 403), (supervisor, "", 422)):
        with pytest.raises(Refused) as refused:
            taken(place, episode=episode, actor=actor, reason=reason)
        assert refused.value.status == status and not Enrollment.objects.exists()
    (enrollment,) = taken(place, episode=episode, actor=supervisor, reason="The employer agreed")
    assert enrollment.override is not None and enrollment.override.rules == ["patient_unavailable"]
    assert len(days()) == 4


def test_an_override_given_to_enroll_covers_its_dates_and_nothing_else() -> None:
    thursday, episode, supervisor = group(3), make.episode(), make.user(Role.SUPERVISOR)
    planned()
    make.unavailable(episode.patient)
    override = Override.objects.create(rules=["patient_unavailable"], reason="Agreed", allowed_by=supervisor)
    said = {"actor": supervisor, "episode": episode, "group": thursday, "from_on": TODAY, "now": make.NOW}
    other = make.booking(make.session(day=TODAY + timedelta(days=1), starts=time(9, 30)), episode)
    with pytest.raises(Clashing, match="at that time already"):
        enroll(override=override, **said)
    enrollment = enroll(override=override, skip=[other.session.occurs_on], **said)
    assert enrollment.override == override


def test_a_full_session_is_never_gone_ahead_with() -> None:
    supervisor = make.user(Role.SUPERVISOR)
    thursday = group(3, capacity=1)
    planned()
    taken(Place(thursday, TODAY))
    with pytest.raises(Clashing, match="is full on"):
        taken(Place(thursday, TODAY, anyway=True), actor=supervisor, reason="Because")


def test_a_group_by_video_needs_the_consent_and_the_license() -> None:
    lead, episode = make.clinician(), make.episode()
    group_by_video = make.group(weekday=3, mode="video", room=None, lead=lead)
    planned()
    with pytest.raises(Clashing) as refused:
        taken(Place(group_by_video, TODAY), episode=episode)
    assert {clash.rule for clash in refused.value.clashes} == {"license", "consent"}
    make.license_of(lead)
    make.consent(episode.patient)
    assert taken(Place(group_by_video, TODAY), episode=episode)


def test_nobody_may_override_what_policy_does_not_allow() -> None:
    thursday, episode = group(3), make.episode()
    planned()
    make.booking(make.session(day=TODAY + timedelta(days=1)), episode)
    with pytest.raises(Clashing) as refused:
        taken(Place(thursday, TODAY), episode=episode)
    with pytest.raises(Refused, match="at that time already"):
        allow(actor=make.user(Role.SUPERVISOR), site=episode.site, clashes=refused.value.clashes, reason="x")


def three_days(episode: Episode) -> list[Group]:
    """Monday, Wednesday and Friday, three hours each: the prescription of nine."""
    groups = [group(day, minutes=180) for day in (0, 2, 4)]
    planned(weeks=3)
    taken(*[Place(one, TODAY) for one in groups], episode=episode)
    return groups


def test_three_days_then_two_from_week_five_is_one_step() -> None:
    episode = make.episode()
    groups = [group(day, minutes=180) for day in (0, 2, 4)]
    last_on = NEXT_MONDAY + 4 * WEEK - timedelta(days=1)
    places = [Place(one, TODAY) for one in groups[:2]] + [Place(groups[2], TODAY, to_on=last_on)]
    change_places(actor=make.user(), episode=episode, take=places, ends={}, now=make.NOW)
    weeks = weeks_ahead(episode, own_weeks(episode.patient), TODAY)
    assert [one.booked_minutes for one in weeks] == [540] * 4 + [360] * 8
    assert taper_words(weeks) == "From the week of Nov 23 only 6 h of 9 h are booked."


def test_ending_a_place_held_tapers_too_and_a_later_end_is_refused() -> None:
    episode = make.episode()
    three_days(episode)
    friday = Enrollment.objects.get(group__weekday=4)
    last_on = NEXT_MONDAY + 2 * WEEK - timedelta(days=1)
    said: dict[str, Any] = {"actor": make.user(), "episode": episode, "take": [], "now": make.NOW}
    change_places(ends={friday: last_on}, **said)
    assert (
        taper_words(weeks_ahead(episode, own_weeks(episode.patient), TODAY))
        == "From the week of Nov 9 only 6 h of 9 h are booked."
    )
    assert max(day for day in days() if day.weekday() == 4) <= last_on
    friday.refresh_from_db()
    with pytest.raises(Refused, match=r"ends on Sun 11/8\. Take a new one from the day after"):
        change_places(ends={friday: last_on + WEEK}, **said)
    with pytest.raises(Refused, match="Choose at least one group"):
        change_places(ends={}, **said)


def test_a_taper_that_clashes_saves_none_of_it() -> None:
    episode = make.episode()
    three_days(episode)
    friday, tuesday = Enrollment.objects.get(group__weekday=4), group(1)
    planned(tuesday)
    make.booking(make.session(day=NEXT_MONDAY + timedelta(days=1)), episode)
    with pytest.raises(Clashing):
        change_places(
            actor=make.user(),
            episode=episode,
            take=[Place(tuesday, TODAY)],
            ends={friday: TODAY},
            now=make.NOW,
        )
    friday.refresh_from_db()
    assert friday.to_on is None


def test_one_short_week_is_named_alone_and_enough_hours_say_nothing() -> None:
    episode = make.episode()
    three_days(episode)
    assert taper_words(weeks_ahead(episode, own_weeks(episode.patient), TODAY)) == ""
    missed = Booking.objects.get(session__occurs_on=NEXT_MONDAY + WEEK)
    Booking.objects.filter(pk=missed.pk).update(status="cancelled_by_patient", cancelled_at=make.NOW)
    assert (
        taper_words(weeks_ahead(episode, own_weeks(episode.patient), TODAY))
        == "In the week of Nov 2 only 6 h of 9 h are booked."
    )


def test_the_weeks_ahead_stay_inside_the_episode_and_take_four_queries() -> None:
    episode = make.episode(expected_end_on=NEXT_MONDAY + 3 * WEEK)
    three_days(episode)
    own = own_weeks(episode.patient)
    with CaptureQueriesContext(connection) as asked:
        weeks = weeks_ahead(episode, own, TODAY)
    assert [one.week.starts_on for one in weeks] == [NEXT_MONDAY + n * WEEK for n in range(3)]
    assert len(asked) == 4


def test_someone_kept_apart_from_the_patient_is_in_the_way_unless_there_is_a_reason() -> None:
    group_of_both, ana, ben = group(0), make.episode(), make.episode()
    planned()
    taken(Place(group_of_both, TODAY), episode=ben)
    make.kept_apart(ana.patient, ben.patient)
    with pytest.raises(Clashing) as refused:
        taken(Place(group_of_both, TODAY), episode=ana)
    said = refused.value.clashes[0]
    assert (
        said.sentence == "Ana is kept apart from someone in Process group, Mon 10/26." and said.can_override
    )
    head = make.user(Role.SUPERVISOR)
    (place,) = taken(Place(group_of_both, TODAY, anyway=True), episode=ana, actor=head, reason="Both agreed.")
    assert place.override is not None and place.override.rules == ["kept_apart"]
