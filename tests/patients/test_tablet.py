"""The clinic's tablet in a patient's hands: one person's check-ins, nobody signed in, help at once."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.test import Client
from django.urls import reverse

from iop_clinic.accounts.models import User
from iop_clinic.audit.models import AuditEvent
from iop_clinic.refusal import Refused
from iop_clinic.roles import Permission, Role, may
from patients.handing_over import LASTS, hand_over
from patients.models import Episode, FollowUp, Handover, Response
from tests import make
from tests.race import race

START, DONE, HELP = "tablet:start", "tablet:end", "tablet:help"
END = 11
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def wednesday_morning() -> Any:
    with time_machine.travel(make.NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def theo() -> User:
    return make.clinician()


@pytest.fixture
def ana(theo: User) -> Episode:
    return make.episode(lead=theo)


@pytest.fixture
def asked(ana: Episode) -> Response:
    return make.asked_by_rule(ana.patient)


@pytest.fixture
def tablet(theo: User, asked: Response, sign_in: Callable[..., Client]) -> Client:
    """A device on which Theo has just handed over."""
    client = sign_in(theo)
    answer = client.post(reverse("patients:handover", args=[asked.patient_id]))
    assert (answer.status_code, answer.url) == (302, reverse(START))
    assert "storage" in answer["Clear-Site-Data"]
    return client


def question(response: Response, number: int = 1) -> str:
    return reverse("tablet:question", args=[response.public_id, number])


def test_handing_over_ends_the_sign_in_on_the_device(tablet: Client, ana: Episode, theo: User) -> None:
    assert "_auth_user_id" not in tablet.session
    for name in ("home", "sessions:today", "patients:list", "patients:missed_measures", "admin:index"):
        answer = tablet.get(reverse(name))
        assert (answer.status_code == 302 and "sign-in" in answer.url) or "login" in answer.url, name
    chart = tablet.get(reverse("patients:chart", args=[ana.patient_id]))
    assert chart.status_code == 302 and chart.url.startswith(reverse("account_login"))
    assert tablet.get(reverse("portal:week")).status_code == 302


def test_the_old_cookie_of_the_sign_in_opens_nothing(
    theo: User, asked: Response, sign_in: Callable[..., Client]
) -> None:
    client = sign_in(theo)
    name = settings.SESSION_COOKIE_NAME
    old = client.cookies[name].value
    client.post(reverse("patients:handover", args=[asked.patient_id]))
    assert client.cookies[name].value != old
    thief = Client()
    thief.cookies[name] = old
    assert thief.get(reverse("patients:chart", args=[asked.patient_id])).status_code == 302


def test_staff_pages_are_not_kept_by_the_browser(
    theo: User, ana: Episode, sign_in: Callable[..., Client]
) -> None:
    assert (
        "no-store" in sign_in(theo).get(reverse("patients:check_in", args=[ana.patient_id]))["Cache-Control"]
    )


def test_the_tablet_asks_and_says_who_answered_where(tablet: Client, asked: Response) -> None:
    page = tablet.get(reverse(START)).text
    assert "Hello Ana" in page and question(asked) in page
    assert "Testperson" not in page and "988" in page
    for number in range(1, 10):
        answer = tablet.post(question(asked, number), {"answer": 1 if number < 9 else 0})
        assert answer.status_code == 302
    answer = tablet.post(question(asked, 10), {"answer": 1})
    assert "That was all" in tablet.get(answer.url).text
    asked.refresh_from_db()
    assert (asked.state, asked.total, asked.mode, asked.entered_by) == ("complete", 8, "tablet", None)


def test_a_risk_answer_shows_help_at_once_and_tells_the_team(
    tablet: Client, asked: Response, theo: User
) -> None:
    answer = tablet.post(question(asked, 9), {"answer": 2})
    assert answer.url == question(asked, END)
    page = tablet.get(answer.url).text
    assert 'href="tel:988"' in page and "anyone who works here, now" in page
    assert reverse("portal:week") not in page
    assert FollowUp.objects.get(response=asked).owner == theo


def test_only_what_was_handed_over_is_there(tablet: Client, asked: Response, ana: Episode) -> None:
    later = make.response(ana.patient, "gad7")
    other = make.asked_by_rule(make.episode().patient)
    for address in (question(later), question(other), reverse("tablet:question", args=[uuid.uuid4(), 1])):
        assert tablet.get(address).status_code == 404
        assert tablet.post(address, {"answer": 1}).status_code == 404
    assert not Response.objects.exclude(answers={}).exists()


def test_given_back_it_opens_nothing(tablet: Client, asked: Response) -> None:
    assert tablet.post(reverse(DONE)).url == reverse(START)
    assert Handover.objects.get().ended_at == make.NOW
    for answer in (
        tablet.get(question(asked)),
        tablet.post(question(asked), {"answer": 1}),
        tablet.get(reverse(HELP)),
    ):
        assert (answer.status_code, answer.url) == (302, reverse(START))
    page = tablet.get(reverse(START)).text
    assert "has ended" in page and "Ana" not in page
    asked.refresh_from_db()
    assert asked.answers == {}


def test_it_ends_by_itself(tablet: Client, asked: Response, wednesday_morning: Any) -> None:
    wednesday_morning.shift(LASTS - timedelta(seconds=1))
    assert tablet.get(question(asked)).status_code == 200
    wednesday_morning.shift(timedelta(seconds=2))
    assert tablet.get(question(asked)).url == reverse(START)
    assert tablet.post(question(asked), {"answer": 1}).url == reverse(START)


def test_a_second_tablet_ends_the_first(tablet: Client, asked: Response, theo: User) -> None:
    hand_over(actor=theo, patient=asked.patient, now=make.NOW)
    assert "has ended" in tablet.get(reverse(START)).text


def test_who_signs_in_on_it_again_holds_no_handover(tablet: Client, asked: Response, theo: User) -> None:
    tablet.force_login(theo)
    assert tablet.get(question(asked)).url == reverse(START)
    assert tablet.get(reverse(START)).url == reverse("home")
    tablet.logout()
    assert "has ended" in tablet.get(reverse(START)).text


def test_a_device_without_a_handover_has_nothing(client: Client, asked: Response) -> None:
    assert "has ended" in client.get(reverse(START)).text
    assert client.get(question(asked)).url == reverse(START)
    assert client.post(reverse(DONE)).url == reverse(START)


def test_every_look_and_the_handing_over_are_on_the_trail(
    tablet: Client, asked: Response, theo: User
) -> None:
    tablet.get(question(asked))
    tablet.post(reverse(DONE))
    verbs = AuditEvent.objects.filter(patient_id=asked.patient_id).values_list("verb", "actor_id")
    assert ("patients.hand_over", theo.pk) in verbs
    assert {("tablet.read", None), ("patients.take_back", None)} <= set(verbs)
    assert not AuditEvent.objects.exclude(site_id=None).exclude(site_id=asked.patient.site_id).exists()


def test_nothing_due_is_no_handover_and_keeps_the_sign_in(
    theo: User, ana: Episode, sign_in: Callable[..., Client]
) -> None:
    client = sign_in(theo)
    answer = client.post(reverse("patients:handover", args=[ana.patient_id]), follow=True)
    assert "Nothing is due" in answer.text
    assert not Handover.objects.exists()
    with pytest.raises(Refused):
        hand_over(actor=theo, patient=ana.patient, now=make.NOW)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.PATIENT])
def test_who_may_hand_over(role: Role, asked: Response, sign_in: Callable[..., Client]) -> None:
    answer = sign_in(role=role).post(reverse("patients:handover", args=[asked.patient_id]))
    assert answer.status_code == (302 if may(role, Permission.SEND_MEASURES) else 403)
    assert Handover.objects.exists() is may(role, Permission.SEND_MEASURES)


def test_another_sites_patient_is_not_handed_over(sign_in: Callable[..., Client]) -> None:
    theirs = make.asked_by_rule(make.episode(make.patient(make.other_site())).patient)
    client = sign_in(make.clinician())
    assert client.post(reverse("patients:handover", args=[theirs.patient_id])).status_code == 404
    assert client.get(reverse("sessions:today")).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_two_devices_at_once_leave_one_open(no_connection_left: None) -> None:
    patient, actor = make.asked_by_rule(make.episode().patient).patient, make.clinician()
    race([lambda: hand_over(actor=actor, patient=patient, now=make.NOW) for _ in range(4)])
    assert Handover.objects.filter(ended_at=None).count() == 1
