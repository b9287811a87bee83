"""The planner’s page where others may move: asked for, named before anything is booked, one step."""

import json
from datetime import time, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from iop_clinic.audit.models import AuditEvent
from iop_clinic.roles import Role
from patients.models import Episode
from scheduling.calendar import materialise
from scheduling.enrolling import enroll
from scheduling.models import Booking, Enrollment, Group
from tests import make
from tests.scheduling.test_planner_pages import as_fay, booked, newcomer, page, sent

pytestmark = pytest.mark.django_db


def clinic() -> tuple[Group, Group, Episode, Episode]:
    """The only seat of one day is Kit's, who could come on another; the newcomer could not."""
    now, today = timezone.now(), timezone.now().date()
    ruth = make.clinician(given_name="Ruth")
    made = [
        make.group(
            lead=ruth,
            weekday=(today + timedelta(days=2 + n)).weekday(),
            room=make.room(name=f"Room {n}"),
            capacity=1,
            from_on=today - timedelta(days=60),
        )
        for n in range(2)
    ]
    materialise(day=today, weeks=10, groups=made, now=now)
    kit = make.episode(make.portal_patient(given_name="Kit", family_name="Bellweather"))
    enroll(actor=make.user(), episode=kit, group=made[0], from_on=today - timedelta(days=1), now=now)
    noa = newcomer()
    make.unavailable(
        noa.patient, weekday=made[1].weekday, starts=time(6), ends=time(22), from_on=noa.admitted_on
    )
    return made[0], made[1], kit, noa


def asked(**fields: Any) -> str:
    first = timezone.now().date() + timedelta(days=1)
    said = {"asked": 1, "from_on": first, "hours": 1, "days": 1} | fields
    return "?" + "&".join(f"{name}={value}" for name, value in said.items())


def with_moves(answer: Any) -> dict[str, list[str]]:
    return sent(answer) | {"moved": [one.value for one in answer.context["moved"]]}


def test_where_no_week_fits_the_page_offers_to_look_at_weeks_that_move_others() -> None:
    *_, noa = clinic()
    client = as_fay()
    plain = page(client, noa, asked())
    body = plain.content.decode()
    assert "No week fits yet" in body and "Look at weeks that move other people" in body
    assert "Bellweather" not in body and "moves=on" in plain.context["links"]["moves"]
    moved = page(client, noa, plain.context["links"]["moves"]).content.decode()
    assert "Proposed: Adult Morning" in moved and "1 other person moves for it" in moved


def test_who_moves_is_named_with_what_goes_and_comes_and_the_read_is_on_the_trail() -> None:
    first, second, kit, noa = clinic()
    body = page(as_fay(), noa, asked(moves="on")).content.decode()
    day, other = (one.get_weekday_display()[:3] for one in (first, second))
    assert "Kit Bellweather" in body
    assert f"Process group {day} 9:00 am → Process group {other} 9:00 am, same lead" in body
    assert "Hours unchanged" in body
    assert AuditEvent.objects.filter(verb="schedule.plan", patient_id=kit.patient_id).exists()
    assert not Enrollment.objects.filter(episode=noa).exists()
    assert Enrollment.objects.filter(episode=kit).count() == 1


def test_the_week_and_the_move_are_booked_in_one_step() -> None:
    first, second, kit, noa = clinic()
    client = as_fay()
    answer = page(client, noa, asked(moves="on"))
    assert booked(client, answer, with_moves(answer)).status_code == 302
    assert Enrollment.objects.get(episode=noa).group == first
    assert Enrollment.objects.get(episode=kit, to_on=None).group == second


def test_what_has_changed_since_is_said_and_fresh_weeks_are_shown() -> None:
    _, second, kit, noa = clinic()
    client = as_fay()
    answer = page(client, noa, asked(moves="on"))
    body = with_moves(answer)
    make.unavailable(
        kit.patient, weekday=second.weekday, starts=time(8), ends=time(12), from_on=noa.admitted_on
    )
    refused = booked(client, answer, body)
    assert refused.status_code == 409 and "Kit’s week has changed since" in refused.content.decode()
    assert "No week fits yet" in refused.content.decode() and not refused.context["moved"]
    assert not Booking.objects.filter(patient=noa.patient).exists()


def test_who_was_to_move_and_is_gone_is_said_so() -> None:
    *_, kit, noa = clinic()
    client = as_fay()
    answer = page(client, noa, asked(moves="on"))
    body = with_moves(answer)
    Episode.objects.filter(pk=kit.pk).update(ended_on=timezone.now().date())
    refused = booked(client, answer, body)
    assert refused.status_code == 409 and "Someone who was to move" in refused.content.decode()


@pytest.mark.parametrize(
    "value",
    ["nonsense", "[]", "[1,2]", '["{pk}",[[],[]],[[],[]]]', "[{pk},[[999999],[]],[[],[]]]",
     '[{pk},[[],[]],[[],[["individual",1,9,"a",5,null]]]]', "[{pk},[[],[]],[[[1]],[]]]", "null"],
)  # fmt: skip
def test_a_move_that_was_never_on_offer_is_refused_in_words(value: str) -> None:
    *_, kit, noa = clinic()
    client = as_fay()
    answer = page(client, noa, asked(moves="on"))
    refused = booked(client, answer, sent(answer) | {"moved": [value.replace("{pk}", str(kit.patient_id))]})
    assert refused.status_code in (409, 422), refused.status_code
    assert not Enrollment.objects.filter(episode=noa).exists()


def test_four_people_at_once_are_refused() -> None:
    *_, kit, noa = clinic()
    client = as_fay()
    answer = page(client, noa, asked(moves="on"))
    value = json.dumps([kit.patient_id, [[], []], [[], []]])
    refused = booked(client, answer, sent(answer) | {"moved": [value] * 4})
    assert refused.status_code == 422


def test_moves_are_not_taken_where_they_were_not_asked_for() -> None:
    *_, noa = clinic()
    client = as_fay()
    answer, plain = page(client, noa, asked(moves="on")), page(client, noa, asked())
    assert booked(client, plain, with_moves(answer)).status_code == 409


def test_where_nobody_needs_to_move_or_could_the_page_says_so() -> None:
    first, second, kit, noa = clinic()
    client = as_fay(Role.CASE_MANAGER)
    Group.objects.update(capacity=5)
    first.sessions.update(capacity=5)
    assert "Nobody else needs to move" in page(client, noa, asked(moves="on")).content.decode()
    first.sessions.update(capacity=1)
    make.unavailable(
        kit.patient, weekday=second.weekday, starts=time(8), ends=time(12), from_on=noa.admitted_on
    )
    body = page(client, noa, asked(moves="on")).content.decode()
    assert "Nobody else could move for a better week" in body and "Kit" not in body


def test_the_ask_can_always_be_changed_to_move_others() -> None:
    *_, noa = clinic()
    body = page(as_fay(), noa, asked(change=1)).content.decode()
    assert "Also look at weeks that move other people" in body


def test_a_patient_of_another_site_has_no_planner_here() -> None:
    *_, noa = clinic()
    client = Client()
    client.force_login(make.user(at=make.other_site()))
    assert page(client, noa, asked(moves="on")).status_code == 404
