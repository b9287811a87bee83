"""Getting in and out: one-time code, password, second factor, lockout, idle logoff, re-authentication."""

import re
import time
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from allauth.core.ratelimit import respond_429
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.core import mail
from django.db import OperationalError
from django.template.loader import render_to_string
from django.test import Client, override_settings
from django.urls import reverse

from iop_clinic import safety
from iop_clinic.accounts.models import User
from iop_clinic.roles import Role
from tests import make

pytestmark = pytest.mark.django_db


def attempt(client: Client, person: User, password: str = make.PASSWORD) -> Any:
    return client.post(reverse("account_login"), {"login": person.email, "password": password})


def code_of(secret: str, at: float | None = None) -> str:
    return format_hotp_value(hotp_value(secret, int((at or time.time()) // 30)))


def test_a_patient_signs_in_with_an_e_mailed_code() -> None:
    whom, client = make.portal_patient(), Client()
    client.post(reverse("account_request_login_code"), {"email": whom.email})
    code = re.search(r"^\s*([A-Z0-9]{3,4}-?[A-Z0-9]{3,4})\s*$", mail.outbox[0].body, re.M)
    assert code is not None
    answer = client.post(reverse("account_confirm_login_code"), {"code": code.group(1)})
    assert answer.status_code == 302
    assert client.get(reverse("home")).url == reverse("portal:week")


def test_the_code_mail_gives_nothing_away() -> None:
    whom = make.portal_patient()
    Client().post(reverse("account_request_login_code"), {"email": whom.email})
    text = (mail.outbox[0].subject + mail.outbox[0].body).lower()
    for word in (
        "therapy",
        "group",
        "iop",
        "recovery",
        "clinic",
        "patient",
        "health",
        whom.family_name.lower(),
    ):
        assert word not in text


def test_a_known_and_an_unknown_address_get_the_same_answer() -> None:
    whom = make.portal_patient()
    known = Client().post(reverse("account_request_login_code"), {"email": whom.email}, follow=True)
    unknown = Client().post(reverse("account_request_login_code"), {"email": "no@one.example"}, follow=True)
    assert known.status_code == unknown.status_code
    strip = re.compile(r'value="[^"]{20,}"|content="[^"]{20,}"|\S+@\S+')
    assert strip.sub("", known.content.decode()) == strip.sub("", unknown.content.decode())


def test_the_sixth_wrong_password_locks_and_the_right_one_waits_too() -> None:
    person, client = make.user(), Client()
    for _ in range(5):
        assert attempt(client, person, "wrong password here").status_code == 200
    answer = attempt(client, person)
    assert answer.status_code in {200, 429}
    assert client.get(reverse("home")).status_code == 302
    assert "/login/" in client.get(reverse("home")).url


def test_recovery_codes_stand_on_their_page_to_be_copied() -> None:
    context = {"user": make.user(), "unused_codes": ["11112222", "33334444"], "can_view_codes": True}
    page = render_to_string("mfa/recovery_codes/index.html", context)
    assert "<li>11112222</li><li>33334444</li>" in page
    assert "33334444" not in render_to_string(
        "mfa/recovery_codes/index.html", context | {"can_view_codes": False}
    )


def test_a_second_factor_is_called_missing_only_where_it_is_required(settings: Any) -> None:
    person, client = make.user(), Client()
    attempt(client, person)
    for settings.MFA_REQUIRED in (True, False):
        page = client.get(reverse("mfa_index")).content.decode()
        assert ("One step left" in page) is settings.MFA_REQUIRED


def test_too_many_tries_are_refused_on_a_page_of_ours(rf: Any) -> None:
    answer = respond_429(rf.get(reverse("account_login")))
    assert answer.status_code == 429
    assert "Wait a minute, then try again" in answer.content.decode()


def broken(*_: Any, **__: Any) -> bool:
    raise OperationalError


@pytest.mark.parametrize("add", [lambda *_, **__: False, broken])
def test_counters_that_cannot_be_kept_are_not_put_down_to_too_many_tries(
    rf: Any, monkeypatch: pytest.MonkeyPatch, add: Any
) -> None:
    """On a full disk the library would answer 429 to everyone's first try."""
    monkeypatch.setattr(safety, "cache", SimpleNamespace(add=add))
    answer = respond_429(rf.get(reverse("account_login")))
    assert answer.status_code == 503
    assert "nothing can be saved" in answer.content.decode()


def test_nobody_can_sign_up() -> None:
    before = User.objects.count()
    fields = {"email": "new@one.example", "password1": make.PASSWORD}
    Client().post(reverse("account_signup"), fields)
    assert User.objects.count() == before


@override_settings(MFA_REQUIRED=True)
def test_staff_without_a_second_factor_reach_only_its_set_up(sign_in: Any) -> None:
    client = sign_in(role=Role.CLINICIAN)
    for name in ("patients:list", "sessions:today", "scheduling:week"):
        answer = client.get(reverse(name))
        assert (answer.status_code, answer.url) == (302, reverse("mfa_index"))
    admin = sign_in(role=Role.ADMINISTRATOR).get(reverse("admin:index"))
    assert (admin.status_code, admin.url) == (302, reverse("mfa_index"))


@override_settings(MFA_REQUIRED=True)
def test_a_patient_is_not_made_to_have_one(sign_in: Any) -> None:
    assert sign_in(make.portal_patient().user).get(reverse("portal:week")).status_code == 200


def with_totp(person: User) -> str:
    secret = generate_totp_secret()
    TOTP.activate(person, secret)
    return secret


@override_settings(MFA_REQUIRED=True)
def test_password_then_authenticator_code_opens_the_door() -> None:
    person, client = make.user(Role.FRONT_DESK), Client()
    secret = with_totp(person)
    assert attempt(client, person).url == reverse("mfa_authenticate")
    assert client.get(reverse("patients:list")).status_code == 302, "the password alone opens nothing"
    assert client.post(reverse("mfa_authenticate"), {"code": "000000"}).status_code == 200
    client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})
    assert client.get(reverse("patients:list")).status_code == 200


@override_settings(MFA_REQUIRED=True)
def test_who_has_just_set_up_the_app_sees_the_recovery_codes_at_once(sign_in: Any) -> None:
    """Imported staff have no password: the new app would be all there is to ask them for."""
    client = sign_in(role=Role.FRONT_DESK)
    person = User.objects.get(pk=client.session["_auth_user_id"])
    person.set_unusable_password()
    person.save(update_fields=["password"])
    client.force_login(person)
    secret = client.get(reverse("mfa_activate_totp")).context["form"].secret
    turned_on = client.post(reverse("mfa_activate_totp"), {"code": code_of(secret)})
    assert turned_on.url == reverse("mfa_view_recovery_codes")
    assert client.get(turned_on.url).status_code == 200


def test_a_code_given_twice_is_refused_in_words_that_say_so() -> None:
    person, client = make.user(Role.FRONT_DESK), Client()
    code = code_of(with_totp(person))
    attempt(client, person)
    client.post(reverse("mfa_authenticate"), {"code": code})
    again = client.post(reverse("mfa_reauthenticate"), {"code": code})
    assert "or was just used. With an app, wait for the next code." in again.content.decode()


def test_the_authenticator_secret_is_not_stored_in_clear() -> None:
    person = make.user()
    secret = with_totp(person)
    stored = Authenticator.objects.get(user=person).data["secret"]
    assert secret not in stored
    assert get_adapter().decrypt(stored) == secret


def test_fifteen_idle_minutes_end_a_staff_session(sign_in: Any) -> None:
    client = sign_in(role=Role.FRONT_DESK)
    with time_machine.travel(time.time(), tick=False) as clock:
        assert client.get(reverse("patients:list")).status_code == 200
        clock.shift(14 * 60 + 59)
        assert client.get(reverse("patients:list")).status_code == 200
        clock.shift(15 * 60 + 1)
        assert client.get(reverse("patients:list")).status_code == 302


def test_a_background_poll_obeys_the_deadline_and_never_moves_it(sign_in: Any) -> None:
    client = sign_in(role=Role.FRONT_DESK)
    with time_machine.travel(time.time(), tick=False) as clock:
        client.get(reverse("patients:list"))
        for _ in range(15):
            clock.shift(59)
            client.get(reverse("sessions:today"), headers={"X-Poll": "1"})
        clock.shift(20)
        assert client.get(reverse("sessions:today"), headers={"X-Poll": "1"}).status_code == 302


def test_a_session_ends_after_its_day_however_busy(sign_in: Any) -> None:
    client = sign_in(role=Role.FRONT_DESK)
    with time_machine.travel(time.time(), tick=False) as clock:
        client.get(reverse("patients:list"))
        for _ in range(72):
            clock.shift(10 * 60)
            last = client.get(reverse("patients:list"))
        assert last.status_code == 200
        clock.shift(10 * 60)
        assert client.get(reverse("patients:list")).status_code == 302


def test_signing_in_gives_a_new_session(db: None) -> None:
    person, client = make.user(), Client()
    client.get(reverse("account_login"))
    client.cookies["sessionid"] = "planted-session-value-planted-se"
    attempt(client, person)
    assert client.cookies["sessionid"].value != "planted-session-value-planted-se"


def test_signing_out_leaves_nothing_behind(sign_in: Any) -> None:
    client = sign_in(role=Role.FRONT_DESK)
    stolen = client.cookies["sessionid"].value
    client.post(reverse("account_logout"))
    thief = Client()
    thief.cookies["sessionid"] = stolen
    assert thief.get(reverse("patients:list")).status_code == 302


def test_switching_to_a_site_that_is_not_mine_is_refused(sign_in: Any) -> None:
    client = sign_in(role=Role.FRONT_DESK)
    assert client.post(reverse("accounts:site"), {"site": make.other_site().pk}).status_code == 400
    assert client.post(reverse("accounts:site"), {"site": "x"}).status_code == 400


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_the_way_back_never_leaves_the_house(sign_in: Any, target: str) -> None:
    answer = sign_in(role=Role.FRONT_DESK).post(reverse("accounts:theme"), {"theme": "dark", "next": target})
    assert answer.url == "/"


def test_where_there_is_no_script_no_passkey_is_offered_and_nothing_asks_for_script(client: Client) -> None:
    page = client.get(reverse("account_login")).content.decode()
    assert "JavaScript" not in page and "<noscript>" not in page
    assert 'js-only" type="submit" form="mfa_login"' in page
