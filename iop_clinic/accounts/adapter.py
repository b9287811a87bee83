"""How django-allauth behaves here: no public sign-up, secrets encrypted, mail that may fail politely."""

import base64
import hashlib
import logging
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest
from django.urls import reverse

from iop_clinic.accounts import demo
from iop_clinic.accounts.models import User
from iop_clinic.audit.models import AuditEvent
from iop_clinic.audit.trail import record

log = logging.getLogger("iop_clinic.jobs")


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are made by staff; a person who signs in lands where their role begins."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        return reverse("home")

    def authenticate(self, request: HttpRequest, **credentials: Any) -> AbstractBaseUser | None:
        """The demo's password is printed for all to read: outside the demo it opens nothing."""
        if not settings.DEMO and credentials.get("password") == demo.PASSWORD:
            credentials["password"] = ""
        return super().authenticate(request, **credentials)

    def login(self, request: HttpRequest, user: AbstractBaseUser) -> None:
        """Every way in ends here; a second factor that is needed has been given."""
        super().login(request, user)
        record(user, "sign_in.done", user)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Log-in monitoring (45 CFR 164.308(a)(5)(ii)(C)): which account, never what was typed."""
        tried = User.objects.filter(email=str(credentials.get("email", "")).lower()).first()
        record(None, "sign_in.failed", tried, outcome=AuditEvent.Outcome.REFUSED)

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """The lockout counts by account alone: allauth adds the host, which whoever asks may choose."""
        return str(credentials.get("email", "")).strip().lower()

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """A mail server that is down must not turn the sign-in page into an error page."""
        try:
            super().send_mail(template_prefix, email, context)
        except OSError:
            log.error("sign-in mail could not be sent: mail server unreachable")


def field_cipher() -> MultiFernet:
    """Fernet under FIELD_KEYS, newest first; without any, a key derived from SECRET_KEY."""
    derived = base64.urlsafe_b64encode(hashlib.sha256(settings.SECRET_KEY.encode()).digest())
    return MultiFernet([Fernet(key) for key in settings.FIELD_KEYS or [derived]])


class SecondFactorAdapter(DefaultMFAAdapter):
    """allauth stores TOTP seeds as given; here they are encrypted at rest."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": "That is not right, or was just used. With an app, wait for the next code."
    }

    def encrypt(self, text: str) -> str:
        return field_cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return field_cipher().decrypt(encrypted_text.encode()).decode()
