"""Whose address is believed: the connection's own, or as many proxies as TRUSTED_PROXY_COUNT says."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from iop_clinic.audit.models import AuditEvent

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).parents[2]
SAID = {"HTTP_X_FORWARDED_FOR": "198.51.100.66, 203.0.113.9", "REMOTE_ADDR": "127.0.0.1"}


@pytest.mark.parametrize(("proxies", "address"), [(0, "127.0.0.1"), (1, "203.0.113.9")])
def test_the_trail_has_the_address_that_the_proxies_vouch_for(
    settings: Any, proxies: int, address: str
) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    Client().post(reverse("account_login"), {"login": "nobody@clinic.example", "password": "x"}, **SAID)
    assert AuditEvent.objects.get(verb="sign_in.failed").ip_address == address


def test_every_file_says_the_same_of_the_count() -> None:
    """0 unless set, and 1 behind the nginx of `deploy/`, which adds one address."""
    assert 'env.int("TRUSTED_PROXY_COUNT", default=0)' in (ROOT / "iop_clinic" / "settings.py").read_text()
    assert "#TRUSTED_PROXY_COUNT=0\n" in (ROOT / ".env.example").read_text()
    assert "unset: 0 | set 1 behind nginx |" in (ROOT / "README.md").read_text()
    nginx = (ROOT / "deploy" / "nginx.conf").read_text()
    assert nginx.count("X-Forwarded-For") == nginx.count("TRUSTED_PROXY_COUNT=1") == 1
