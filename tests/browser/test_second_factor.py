"""Setting up a second factor in Chromium: an authenticator app and a passkey, under the strict policy."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import Page

from iop_clinic.accounts.models import User
from iop_clinic.roles import Role
from tests import make

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def sign_in(page: Page, who: User) -> None:
    page.goto("/sign-in/login/")
    page.get_by_label("E-mail").fill(who.email)
    page.get_by_label("Password", exact=True).fill(make.PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).first.click()


def say_who_you_are(page: Page) -> None:
    """A change of how one signs in asks for the password again."""
    page.wait_for_url("**/reauthenticate/**")
    page.get_by_label("Password", exact=True).fill(make.PASSWORD)
    page.get_by_role("button", name="Confirm").click()


def test_an_authenticator_app_is_set_up_and_asked_for(person: Callable[..., Page], settings: Any) -> None:
    settings.MFA_REQUIRED = True
    who, page = make.user(Role.FRONT_DESK), person(None)
    sign_in(page, who)
    page.wait_for_url("**/2fa/")
    page.goto("/sign-in/2fa/totp/activate/")
    say_who_you_are(page)
    assert page.locator("img[src^='data:image']").evaluate("image => image.naturalWidth") > 0
    secret = page.locator("#authenticator_secret").input_value()
    page.locator("input[name=code]").fill(format_hotp_value(hotp_value(secret, int(time.time() // 30))))
    page.get_by_role("button", name="Turn on").click()
    page.wait_for_url("**/2fa/**")
    assert Authenticator.objects.filter(user=who, type="totp").exists()
    page.goto("/today/")
    assert page.url.endswith("/today/")


def test_setting_up_the_app_leads_straight_to_the_recovery_codes(
    person: Callable[..., Page], eyes: Any, settings: Any
) -> None:
    """Imported staff have no password: nothing is asked again of who has just shown a code."""
    settings.MFA_REQUIRED = True
    who = make.user(Role.FRONT_DESK)
    who.set_unusable_password()
    who.save(update_fields=["password"])
    page = person(who)
    page.goto("/today/")
    page.get_by_role("link", name="Set up the app").click()
    eyes.look(page, "second-factor-app")
    secret = page.locator("#authenticator_secret").input_value()
    page.get_by_label("Code from the app").fill(format_hotp_value(hotp_value(secret, int(time.time() // 30))))
    page.get_by_role("button", name="Turn on").click()
    page.wait_for_url("**/2fa/recovery-codes/")
    eyes.look(page, "recovery-codes")
    assert page.locator(".recovery-codes li").count() == 10


def test_a_passkey_is_added_and_then_opens_the_door(person: Callable[..., Page], settings: Any) -> None:
    settings.MFA_REQUIRED = True
    who, page = make.user(Role.FRONT_DESK), person(None)
    keys = page.context.new_cdp_session(page)
    keys.send("WebAuthn.enable")
    keys.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    sign_in(page, who)
    page.wait_for_url("**/2fa/")
    page.goto("/sign-in/2fa/webauthn/add/")
    say_who_you_are(page)
    page.locator("input[name=name]").fill("Front desk key")
    page.locator("input[name=passwordless]").check()
    page.locator("#mfa_webauthn_add").click()
    page.wait_for_url(lambda url: "add" not in url)
    assert Authenticator.objects.filter(user=who, type="webauthn").exists()
    page.context.clear_cookies()
    page.goto("/sign-in/login/")
    page.locator("#passkey_login").click()
    page.wait_for_url("**/today/")


def test_the_administration_runs_under_the_same_policy(person: Callable[..., Page]) -> None:
    """No inline script or style is asked for: a violation is an error in the console."""
    page, group = person(make.user(Role.ADMINISTRATOR)), make.group()
    for path in (
        "/admin/",
        "/admin/accounts/user/",
        "/admin/accounts/user/add/",
        "/admin/patients/patient/",
        f"/admin/scheduling/group/{group.pk}/change/",
        f"/admin/scheduling/track/{group.track_id}/change/",
        "/admin/mfa/authenticator/",
    ):
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 200
        assert "unsafe" not in answer.headers["content-security-policy"]
        page.wait_for_load_state("networkidle")
