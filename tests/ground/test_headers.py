"""Every answer carries the same protection, refusals and error pages too."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from iop_clinic.roles import Role

pytestmark = pytest.mark.django_db

WANTED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}

ANSWERS: dict[str, Any] = {
    "a page": lambda client: client.get(reverse("patients:list")),
    "a missing page": lambda client: client.get("/no/such/page/"),
    "a refused role": lambda client: client.get(reverse("audit:trail")),
    "a NUL byte": lambda client: client.get("/patients/?q=%00"),
    "a method no page has": lambda client: client.generic("TRACE", "/patients/"),
    "a body past the limit": lambda client: client.post("/patients/search/", {"q": "x" * 3_000_000}),
    "an unknown host": lambda client: client.get("/", headers={"host": "evil.example"}),
    "the way to sign in": lambda client: Client().get(reverse("patients:list")),
    "sign-in": lambda client: Client().get(reverse("account_login")),
    "health": lambda client: client.get(reverse("healthz")),
    "a static file": lambda client: client.get("/static/js/page.js"),
    "the admin": lambda client: client.get("/admin/"),
}


@pytest.mark.parametrize("what", ANSWERS)
def test_every_answer_is_protected(what: str, sign_in: Any) -> None:
    answer = ANSWERS[what](sign_in(role=Role.FRONT_DESK))
    policy = answer.headers.get("Content-Security-Policy", "")
    missing = {name for name, value in WANTED.items() if answer.headers.get(name) != value}
    assert not missing, f"{answer.status_code}: {missing}"
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    if not answer.request["PATH_INFO"].startswith("/static/"):
        assert "no-store" in answer.headers["Cache-Control"]
