"""Chromium from the system, a real mail sink, and eyes: every page is checked by axe in light and dark."""

import os
import shutil
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

from iop_clinic.accounts.models import User
from iop_clinic.messages.maildir import KeepMail

PICTURES = Path(__file__).parents[2] / "var" / "pictures"
DESK = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# The rules of WCAG 2.0 to 2.2, levels A and AA, and axe's best practice.
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

# Colors fade where a page has transitions (the stock admin): axe looks once they have arrived.
SETTLED = """() => Promise.all(document.getAnimations()
    .filter(one => one.effect.getComputedTiming().iterations !== Infinity)
    .map(one => one.finished.catch(() => null)))"""


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    found = shutil.which("chromium") or shutil.which("google-chrome")
    return {**browser_type_launch_args, "executable_path": found, "args": FLAGS}


class Eyes:
    """Looks at a page as it stands: axe in both themes, nothing in the console, a picture when asked for."""

    def __init__(self) -> None:
        self.faults: list[str] = []

    def watch(self, page: Page) -> None:
        page.on("console", self.heard)
        page.on("pageerror", lambda error: self.faults.append(f"script error: {error}"))
        page.on("request", self.asked)

    def heard(self, message: ConsoleMessage) -> None:
        if message.type == "error" and "status of 4" not in message.text:
            self.faults.append(f"console: {message.text}")

    def asked(self, request: Any) -> None:
        if not request.url.startswith(("http://localhost:", "http://127.0.0.1:", "data:")):
            self.faults.append(f"foreign request: {request.url}")

    def look(self, page: Page, name: str) -> None:
        page.wait_for_load_state("networkidle")
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
            page.evaluate(SETTLED)
            found = Axe().run(page, options={"runOnly": {"type": "tag", "values": AXE_TAGS}})
            for fault in found.response["violations"]:
                where = "; ".join(node["html"][:120] for node in fault["nodes"][:3])
                self.faults.append(f"{name}, {scheme}: {fault['id']} ({fault['help']}): {where}")
            if os.environ.get("PICTURES"):
                PICTURES.mkdir(parents=True, exist_ok=True)
                suffix = "" if scheme == "light" else "-dark"
                page.screenshot(path=PICTURES / f"{name}{suffix}.png", caret="initial")
        page.emulate_media(color_scheme="light")


@pytest.fixture
def eyes() -> Iterator[Eyes]:
    seeing = Eyes()
    yield seeing
    assert not seeing.faults, "\n".join(seeing.faults)


@pytest.fixture
def person(browser: Browser, live_server: Any, eyes: Eyes) -> Iterator[Callable[..., Page]]:
    """A browser window of one signed-in person."""
    windows: list[BrowserContext] = []

    def opened(user: User | None, size: dict[str, int] = DESK) -> Page:
        window = browser.new_context(viewport=size, base_url=live_server.url)  # type: ignore[arg-type]
        window.set_default_timeout(15_000)
        windows.append(window)
        if user is not None:
            window.add_cookies(
                [{"name": settings.SESSION_COOKIE_NAME, "value": key(user), "url": live_server.url}]
            )
        page = window.new_page()
        eyes.watch(page)
        return page

    yield opened
    for window in windows:
        window.close()


def key(user: User) -> str:
    """A session as the sign-in page would leave it."""
    store = SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.create()
    return str(store.session_key)


@pytest.fixture
def mailbox(tmp_path: Path, settings: Any) -> Iterator[Path]:
    """A real SMTP server that keeps what it is sent, as the demo's does."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings.DEMO = True
    settings.MAILBOX_DIR = tmp_path / "mail"
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    sink = Controller(KeepMail(settings.MAILBOX_DIR), hostname="127.0.0.1", port=port)
    sink.start()
    yield settings.MAILBOX_DIR
    sink.stop()
