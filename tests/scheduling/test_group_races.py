"""Many planners at once for one room: one has the whole series, the others a sentence and nothing."""

from collections.abc import Callable
from datetime import time, timedelta
from typing import Any

import pytest

from iop_clinic.refusal import Refused
from iop_clinic.roles import Role
from scheduling.calendar import materialise
from scheduling.ending import end_group
from scheduling.enrolling import Place, enroll
from scheduling.group_shape import GroupShape
from scheduling.groups import add_group
from scheduling.models import Enrollment, Group, TherapySession
from scheduling.places import change_places
from tests import make
from tests.race import race

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_connection_left")]
WRITERS = 12
FIRST = make.MONDAY + timedelta(days=9)


def planned(actor: Any, track: Any, room: Any) -> Callable[[], Any]:
    shape = GroupShape(
        name="Process group",
        kind="group",
        weekday=2,
        starts=time(9),
        minutes=60,
        room=room,
        lead=make.clinician(track.site),
        from_on=FIRST,
    )
    return lambda: add_group(actor=actor, track=track, shape=shape, now=make.NOW)


def test_one_of_many_planners_gets_the_room_for_all_its_weeks() -> None:
    director, room = make.user(Role.DIRECTOR), make.room()
    tracks = [make.track(name=f"Track {number}") for number in range(WRITERS)]
    answers = race([planned(director, track, room) for track in tracks])
    assert sum(isinstance(answer, Group) for answer in answers) == 1
    assert all(isinstance(answer, Group | Refused) for answer in answers), answers
    assert Group.objects.count() == 1
    assert TherapySession.objects.filter(room=room, status="scheduled").count() == 8


def test_ending_a_group_many_times_at_once_ends_it_once() -> None:
    director = make.user(Role.DIRECTOR)
    group = planned(director, make.track(), make.room())()
    answers = race(
        [lambda: end_group(actor=director, group=group, last_on=FIRST, now=make.NOW) for _ in range(WRITERS)]
    )
    assert all(isinstance(answer, Group | Refused) for answer in answers), answers
    group.refresh_from_db()
    assert group.to_on == FIRST
    assert TherapySession.objects.scheduled().count() == 1


def test_people_who_change_places_crosswise_at_once_never_wait_for_each_other() -> None:
    fay, groups = make.user(), [make.group(weekday=day, room=make.room(name=f"Room {day}")) for day in (0, 3)]
    materialise(day=make.MONDAY, weeks=4, groups=groups, now=make.NOW)
    held = [
        enroll(actor=fay, episode=make.episode(), group=group, from_on=FIRST, now=make.NOW)
        for group in groups * (WRITERS // 2)
    ]

    def crosswise(place: Enrollment) -> Callable[[], Any]:
        (other,) = (group for group in groups if group.pk != place.group_id)
        take, ends = [Place(other, FIRST)], {place: FIRST + timedelta(weeks=1)}
        return lambda: change_places(actor=fay, episode=place.episode, take=take, ends=ends, now=make.NOW)

    answers = race([crosswise(place) for place in held])
    assert all(isinstance(answer, list) for answer in answers), answers
