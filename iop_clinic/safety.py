"""What a request may look like, and what every answer carries.

Django answers 500 to a NUL byte, a lone surrogate or broken UTF-8 that reaches PostgreSQL;
`RequestLimits` refuses them first. Oversized bodies are refused before they are read.
"""

import re
import uuid
from collections.abc import Callable, Iterable
from urllib.parse import unquote_to_bytes

from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import BadRequest, RequestDataTooBig, TooManyFieldsSent
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

METHODS = {"GET", "HEAD", "POST", "OPTIONS"}
# NUL, lone surrogates and the bidirectional controls that disguise names.
FORBIDDEN = re.compile("[\x00\ud800-\udfff\u202a-\u202e\u2066-\u2069]")
GetResponse = Callable[[HttpRequest], HttpResponse]


def _broken(raw: bytes) -> bool:
    try:
        return FORBIDDEN.search(raw.decode("utf-8")) is not None
    except UnicodeDecodeError:
        return True


def _texts(request: HttpRequest) -> Iterable[str]:
    for key, values in request.POST.lists():
        yield key
        yield from values
    for name in request.FILES:
        yield from (upload.name or "" for upload in request.FILES.getlist(name))


class RequestLimits:
    """400 for bytes no field may hold, 405 for methods no page has, 413 for a body past the limit."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.refusal(request) or self.get_response(request)

    def refusal(self, request: HttpRequest) -> HttpResponse | None:
        if request.method not in METHODS:
            return say(request, 405, "This page does not take that kind of request.")
        raw_path = request.META.get("RAW_URI") or request.META.get("REQUEST_URI") or request.get_full_path()
        if _broken(unquote_to_bytes(raw_path.encode("utf-8", "surrogatepass"))):
            return say(request, 400, "The address holds characters that cannot be used.")
        if request.method != "POST":
            return None
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isascii() or not length.isdigit():
            return say(request, 400, "The request does not say how long it is.")
        if int(length) > most_bytes(request.path):
            return say(request, 413, "That is more than this page can take. Nothing was saved.")
        return self.body_refusal(request)

    def body_refusal(self, request: HttpRequest) -> HttpResponse | None:
        if request.content_type == "application/x-www-form-urlencoded" and _broken(
            unquote_to_bytes(request.body)
        ):
            return say(request, 400, "The form holds characters that cannot be used. Nothing was saved.")
        try:
            bad = any(FORBIDDEN.search(text) for text in _texts(request))
        except RequestDataTooBig:
            return say(request, 413, "That is more than this page can take. Nothing was saved.")
        except TooManyFieldsSent:
            return say(request, 400, "The form has too many fields. Nothing was saved.")
        if bad:
            return say(request, 400, "The form holds characters that cannot be used. Nothing was saved.")
        return None


def most_bytes(path: str) -> int:
    """How long a body this page takes; pages for files are named by pattern in the settings."""
    sizes = (size for pattern, size in settings.UPLOAD_BYTES.items() if re.fullmatch(pattern, path))
    return max(sizes, default=settings.DATA_UPLOAD_MAX_MEMORY_SIZE)


class ResponseHeaders:
    """Headers on every answer; pages for a signed-in person are never stored."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault(
            "Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
        )
        if not request.path.startswith(f"/{settings.STATIC_URL.strip('/')}/"):
            response.headers.setdefault("Cache-Control", "no-store")
        return response


def say(request: HttpRequest, status: int, sentence: str) -> HttpResponse:
    """A small error page that needs no session and no user."""
    return render(None, "error.html", {"status": status, "sentence": sentence}, status=status)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 with what to do: the form came from an old page."""
    return say(request, 403, "This form came from an old page. Go back, reload and send it again.")


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Our own pages say what they cannot use; what Django found suspicious is not repeated."""
    said = str(exception) if isinstance(exception, BadRequest) else ""
    return say(request, 400, said or "Something in this request cannot be used. Nothing was saved.")


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return say(request, 403, str(exception) or "Your role does not open this page.")


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return say(request, 404, "There is nothing here, or it belongs to another site.")


def _counters_are_kept() -> bool:
    try:
        return cache.add(f"probe:{uuid.uuid4()}", 1, timeout=1)
    except DatabaseError:
        return False


def too_many(request: HttpRequest) -> HttpResponse:
    """429 of the sign-in library, which finds it as `handler429` in the table of contents.

    It also refuses everyone when its counters cannot be kept, on a full disk say: then this is a 503.
    """
    if not _counters_are_kept():
        return say(request, 503, "Nobody can sign in: nothing can be saved. Tell whoever runs the server.")
    return say(request, 429, "Too many tries in a short time. Wait a minute, then try again.")


def server_error(request: HttpRequest) -> HttpResponse:
    return say(request, 500, "Something broke on our side. It has been noted; nothing was saved.")
