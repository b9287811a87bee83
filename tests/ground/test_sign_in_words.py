"""The library's sign-in pages speak this house's words, each in a page that renders (DESIGN.md 10)."""

import re
import time

import pytest
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.test import Client
from django.urls import reverse

from iop_clinic.accounts.models import User
from iop_clinic.roles import Role
from tests import make

pytestmark = pytest.mark.django_db
THEIRS = re.compile(
    r"Confirm Access|reauthenticate to|Two-Factor|two-factor|[Pp]lease|Are you sure|Sign Out|Sign In\b"
    r"|Activate|[Pp]asswordless|Password Reset|invalidate|Alternative options|Oops|Email"
)


@pytest.fixture
def person() -> User:
    """Someone with a password and an app."""
    person = make.user(Role.FRONT_DESK)
    TOTP.activate(person, generate_totp_secret())
    return person


@pytest.fixture
def passkey(person: User) -> Authenticator:
    """A second authenticator of theirs, as its pages name it."""
    called = {"name": "Desk key", "credential": {"clientExtensionResults": {}}}
    return Authenticator.objects.create(user=person, type=Authenticator.Type.WEBAUTHN, data=called)


def confirmed(person: User) -> Client:
    """Signed in, the password given again a moment ago."""
    client = Client()
    client.force_login(person)
    kept = client.session
    shown = {"method": "password", "at": time.time(), "reauthenticated": True}
    kept["account_authentication_methods"] = [shown]
    kept["account_authentication_methods_user"] = str(person.pk)
    kept.save()
    return client


def words_of(client: Client, address: str) -> str:
    answer = client.get(address, follow=True)
    assert answer.status_code == 200
    main = answer.content.decode().split('id="main"')[1].split("</main>")[0]
    return re.sub(r"<script.*?</script>|<[^>]+>", " ", main, flags=re.S)


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("account_reauthenticate", "Is it you?"),
        ("mfa_reauthenticate", "Code from the app, or a recovery code"),
        ("mfa_deactivate_totp", "Turn off the app?"),
        ("mfa_generate_recovery_codes", "Make new recovery codes?"),
        ("mfa_list_webauthn", "None yet."),
        ("mfa_add_webauthn", "Add a passkey"),
        ("account_logout", "Sign out?"),
    ],
)
def test_the_pages_of_an_account_speak_our_words(person: User, name: str, title: str) -> None:
    words = words_of(confirmed(person), reverse(name))
    assert title in words
    assert not THEIRS.search(words)


@pytest.mark.parametrize(
    ("name", "title"), [("mfa_edit_webauthn", "Rename Desk key"), ("mfa_remove_webauthn", "Remove Desk key?")]
)
def test_the_pages_of_one_passkey_speak_our_words(
    person: User, passkey: Authenticator, name: str, title: str
) -> None:
    client = confirmed(person)
    listed = words_of(client, reverse("mfa_list_webauthn"))
    words = words_of(client, reverse(name, args=[passkey.pk]))
    assert "Desk key" in listed
    assert title in words
    assert not THEIRS.search(listed + words)


def test_the_second_step_of_signing_in_speaks_our_words(person: User) -> None:
    client = Client()
    client.post(reverse("account_login"), {"login": person.email, "password": make.PASSWORD})
    words = words_of(client, reverse("mfa_authenticate"))
    assert "One more step" in words
    assert not THEIRS.search(words)


def test_a_forgotten_password_is_replaced_in_our_words(person: User) -> None:
    client = Client()
    asked = words_of(client, reverse("account_reset_password"))
    sent = words_of(client, reverse("account_reset_password_done"))
    key = f"{user_pk_to_url_str(person)}-{default_token_generator.make_token(person)}"
    uid, token = key.split("-", 1)
    form = words_of(client, reverse("account_reset_password_from_key", args=[uid, token]))
    stale = words_of(client, reverse("account_reset_password_from_key", args=[uid, "old"]))
    done = words_of(client, reverse("account_reset_password_from_key_done"))
    assert "The same again" in form
    assert "This link no longer works" in stale
    for words in (asked, sent, form, stale, done):
        assert not THEIRS.search(words)
