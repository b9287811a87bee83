"""Ways around sign-in that must stay shut: the second factor, the lockout, old addresses, the admin."""

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.core import mail
from django.test import Client, override_settings
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from iop_clinic.accounts import demo
from iop_clinic.accounts.models import User
from iop_clinic.audit.models import AuditEvent
from iop_clinic.roles import Role
from sessions.models import Signature
from tests import make

pytestmark = pytest.mark.django_db

# What someone without their second factor still needs: to set it up, to sign in again and to leave.
OPEN = ("sign-in/", "healthz", "app.css", "icons.svg", "mailbox/", "styleguide/", "static/")


def attempt(client: Client, person: User, password: str, **more: Any) -> Any:
    return client.post(reverse("account_login"), {"login": person.email, "password": password}, **more)


def plain_paths(resolver: Any = None, prefix: str = "") -> list[str]:
    """Every address without a variable part."""
    found: list[str] = []
    for pattern in (resolver or get_resolver()).url_patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            found += plain_paths(pattern, path)
        elif isinstance(pattern, URLPattern) and not set("<(^$") & set(path):
            found.append(path)
    return found


@override_settings(MFA_REQUIRED=True)
@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.CLINICIAN])
def test_without_the_second_factor_every_other_address_leads_to_its_set_up(role: Role, sign_in: Any) -> None:
    client, set_up = sign_in(role=role), reverse("mfa_index")
    faults = []
    for path in plain_paths():
        if path.startswith(OPEN):
            continue
        answer = client.get(f"/{path}")
        if (answer.status_code, answer.headers.get("Location")) != (302, set_up):
            faults.append(f"{path}: {answer.status_code}")
    assert not faults, faults


def test_nobody_changes_their_own_sign_in_address(sign_in: Any) -> None:
    """The address gets the one-time codes, so the clinic changes it, not whoever holds the session."""
    for person in (make.portal_patient().user, make.user(Role.CLINICIAN)):
        assert person is not None
        client = sign_in(person)
        assert client.get("/sign-in/email/").status_code == 403
        answer = client.post("/sign-in/email/", {"action_add": "", "email": "thief@mail.example"})
        assert answer.status_code == 403
        person.refresh_from_db()
        assert person.email != "thief@mail.example"
    assert not EmailAddress.objects.filter(email="thief@mail.example").exists()
    assert not mail.outbox


def test_after_an_address_is_changed_the_old_one_opens_nothing(sign_in: Any) -> None:
    person = make.user(Role.CLINICIAN, email="old@clinic.example")
    Client().post(reverse("account_reset_password"), {"email": person.email})
    fields = {
        "email": "new@clinic.example", "given_name": "Theo", "family_name": "Number", "role": "clinician",
        "is_active": "on", "profile-TOTAL_FORMS": 0, "profile-INITIAL_FORMS": 0, "new_password": "",
    }  # fmt: skip
    alba = sign_in(role=Role.ADMINISTRATOR)
    assert alba.post(reverse("admin:accounts_user_change", args=[person.pk]), fields).status_code == 302
    mail.outbox.clear()
    for name in ("account_request_login_code", "account_reset_password"):
        Client().post(reverse(name), {"email": "old@clinic.example"})
    assert not [sent for sent in mail.outbox if "account/" in sent.body or "code" in sent.body.lower()]


@override_settings(ALLOWED_HOSTS=["clinic.example", "other.example"])
def test_the_lockout_cannot_be_dodged_through_the_host_header() -> None:
    person = make.user()
    for n in range(5):
        attempt(Client(), person, "wrong password here", headers={"host": f"clinic.example:{8000 + n}"})
    answer = attempt(Client(), person, make.PASSWORD, headers={"host": "other.example:9999"})
    assert answer.status_code != 302, "the right password waits too, whatever the host says"


def test_the_admin_makes_no_second_factor_and_no_address_for_anyone(sign_in: Any) -> None:
    names = {model._meta.label for model in admin.site._registry}
    assert not names & {"account.EmailAddress", "usersessions.UserSession", "auth.Group"}
    alba, person = sign_in(role=Role.ADMINISTRATOR), make.user()
    assert alba.get(reverse("admin:mfa_authenticator_add")).status_code == 403
    kept = Authenticator.objects.create(user=person, type="totp", data={"secret": "sealed-seed"})
    page = reverse("admin:mfa_authenticator_change", args=[kept.pk])
    assert b"sealed-seed" not in alba.get(page).content
    assert alba.post(page, {"type": "totp", "user": person.pk}).status_code == 403


def test_a_lost_second_factor_is_taken_away_by_an_administrator_and_that_is_recorded(sign_in: Any) -> None:
    alba, person = make.user(Role.ADMINISTRATOR), make.user()
    kept = Authenticator.objects.create(user=person, type="totp", data={"secret": "sealed-seed"})
    sign_in(alba).post(reverse("admin:mfa_authenticator_delete", args=[kept.pk]), {"post": "yes"})
    assert not Authenticator.objects.filter(user=person).exists()
    event = AuditEvent.objects.get(verb="admin.authenticator.deleted")
    assert (event.actor, event.detail) == (alba, {"user_id": person.pk})


def test_signing_in_and_failing_to_are_on_the_trail() -> None:
    person = make.user()
    attempt(Client(), person, "wrong password here")
    attempt(Client(), person, make.PASSWORD)
    failed = AuditEvent.objects.get(verb="sign_in.failed")
    assert (failed.outcome, failed.object_id, failed.detail) == ("refused", person.pk, {})
    assert AuditEvent.objects.get(verb="sign_in.done").actor == person


def test_a_failed_sign_in_for_nobody_keeps_nothing_that_was_typed() -> None:
    Client().post(reverse("account_login"), {"login": "who@one.example", "password": "my secret word"})
    failed = AuditEvent.objects.get(verb="sign_in.failed")
    assert (failed.object_id, failed.detail) == (None, {})


def test_the_counters_of_the_lockout_are_not_pushed_out_by_others() -> None:
    """The cache drops rows past its limit; it must hold far more than a day of sign-ins."""
    from django.core.cache import cache

    assert cache._max_entries >= 100_000  # type: ignore[attr-defined]


def test_a_signature_sent_when_the_password_has_grown_old_is_kept_until_it_is_given(sign_in: Any) -> None:
    """The library replays the form after the password: it must not end on an error page."""
    booking = make.booking(make.session(), make.episode())
    objective = make.objective_of(make.plan(booking.episode))
    make.attendance(booking)
    note = make.note(booking, objective=objective)
    client, page = sign_in(note.author), reverse("sessions:signature", args=[note.pk])
    asked = client.post(page, {"version": note.version})
    assert asked.url.startswith(reverse("account_reauthenticate"))
    assert not Signature.objects.exists()
    done = client.post(asked.url, {"password": make.PASSWORD, "next": page})
    assert done.status_code == 302
    assert Signature.objects.filter(note=note).count() == 1


@pytest.mark.parametrize(("is_demo", "opens"), [(True, True), (False, False)])
def test_the_printed_password_of_the_demo_opens_nothing_outside_it(is_demo: bool, opens: bool) -> None:
    """A database in which somebody once tried the demo must not stay open to whoever read the README."""
    person = make.user(Role.ADMINISTRATOR, email="alba.thornfield@marlow.example")
    person.set_password(demo.PASSWORD)
    person.save(update_fields=["password"])
    with override_settings(DEMO=is_demo):
        client = Client()
        attempt(client, person, demo.PASSWORD)
        assert ("_auth_user_id" in client.session) is opens
    failed = AuditEvent.objects.filter(verb="sign_in.failed", object_id=person.pk)
    assert failed.exists() is not opens
