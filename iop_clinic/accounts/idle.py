"""Automatic logoff (45 CFR 164.312(a)(2)(iii)): a session ends after idle minutes, and after its day.

A background poll sends `X-Poll: 1`; it obeys the deadline and never extends it.
"""

import time
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse

from iop_clinic.audit.trail import record

SEEN, STARTED = "last_seen", "started"
WRITE_EVERY_SECONDS = 20


class IdleLogoff:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            self.check(request, time.time())
        return self.get_response(request)

    def check(self, request: HttpRequest, now: float) -> None:
        """End the session past its deadline, else note that its person is still here."""
        seen = request.session.get(SEEN, now)
        started = request.session.setdefault(STARTED, now)
        idle_seconds = 60 * idle_minutes(request)
        if now - seen > idle_seconds or now - started > settings.SESSION_HOURS * 3600:
            record(request.user, "session.timed_out")
            logout(request)
        elif SEEN not in request.session or (
            now - seen > WRITE_EVERY_SECONDS and request.headers.get("X-Poll") != "1"
        ):
            request.session[SEEN] = now


def idle_minutes(request: HttpRequest) -> int:
    """Minutes without a request before this person's session ends."""
    patient = getattr(request.user, "is_patient", False)
    return settings.PORTAL_IDLE_MINUTES if patient else settings.STAFF_IDLE_MINUTES
