"""The one icon sprite: names in use, built at start from the Lucide wheel (ISC), served immutable."""

import gzip
import hashlib
import re
import zipfile
from functools import lru_cache
from importlib.resources import files

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from iop_clinic.access import public

FOREVER = "public, max-age=31536000, immutable"

# One name a word, by need; a test checks that templates use no name outside this list.
ICONS = frozenset(
    [
        "arrow-down",
        "arrow-left",
        "arrow-left-right",
        "arrow-right",
        "arrow-right-left",
        "arrow-up",
        "corner-down-left",
        "chevron-down",
        "chevron-left",
        "chevron-right",
        "chevron-up",
        "ellipsis",
        "external-link",
        "menu",
        "minus",
        "plus",
        "x",
        "list",
        "table",
        "search",
        "sliders-horizontal",
        "refresh-cw",
        "undo-2",
        "check",
        "circle",
        "circle-alert",
        "circle-check",
        "circle-dashed",
        "circle-pause",
        "circle-question-mark",
        "circle-x",
        "ban",
        "clock",
        "hourglass",
        "history",
        "triangle-alert",
        "info",
        "flag",
        "bell",
        "eye",
        "eye-off",
        "lock",
        "key-round",
        "shield-check",
        "shield-alert",
        "shield-off",
        "fingerprint-pattern",
        "smartphone",
        "tablet",
        "log-in",
        "log-out",
        "sun",
        "moon",
        "sprout",
        "sun-moon",
        "monitor",
        "settings",
        "door-open",
        "door-closed",
        "house",
        "building",
        "map-pin",
        "navigation",
        "video",
        "video-off",
        "wifi-off",
        "phone",
        "mail",
        "message-square",
        "send",
        "inbox",
        "printer",
        "download",
        "upload",
        "copy",
        "save",
        "trash-2",
        "calendar",
        "calendar-check",
        "calendar-check-2",
        "calendar-days",
        "calendar-plus",
        "calendar-x",
        "waypoints",
        "users",
        "users-round",
        "user",
        "user-plus",
        "user-check",
        "user-x",
        "id-card",
        "notebook-pen",
        "pen",
        "pen-line",
        "file-pen",
        "signature",
        "file-text",
        "file-check",
        "file-plus",
        "folder-heart",
        "scroll-text",
        "clipboard-list",
        "clipboard-check",
        "list-checks",
        "book-open",
        "graduation-cap",
        "chart-line",
        "chart-column",
        "chart-no-axes-column",
        "trending-down",
        "trending-up",
        "activity",
        "life-buoy",
        "heart-handshake",
        "hand-heart",
        "stethoscope",
        "pill",
        "target",
        "route",
        "footprints",
        "credit-card",
        "receipt",
        "coins",
        "circle-dollar-sign",
        "banknote",
        "scale",
        "landmark",
        "badge-check",
        "link",
        "bookmark",
        "star",
    ]
)


def _symbol(name: str, svg: str) -> str:
    inside = re.sub(r"\s+", " ", svg[svg.index(">", svg.index("<svg")) + 1 : svg.rindex("</svg>")]).strip()
    return f'<symbol id="{name}" viewBox="0 0 24 24">{inside.replace("> <", "><")}</symbol>'


@lru_cache(maxsize=1)
def sprite() -> tuple[bytes, str]:
    """The sprite's bytes and the hash of its content."""
    with zipfile.ZipFile(str(files("lucide") / "lucide.zip")) as drawings:
        symbols = [_symbol(name, drawings.read(f"{name}.svg").decode()) for name in sorted(ICONS)]
    text = f'<svg xmlns="http://www.w3.org/2000/svg">{"".join(symbols)}</svg>'.encode()
    return text, hashlib.sha256(text).hexdigest()[:12]


@lru_cache(maxsize=1)
def sprite_url() -> str:
    """Where pages find the sprite; the hash changes with the content, so browsers may keep it for ever."""
    return f"{reverse('icons_sprite')}?v={sprite()[1]}"


@public
@require_safe
def icons_sprite(request: HttpRequest) -> HttpResponse:
    return immutable(request, sprite()[0], "image/svg+xml")


def immutable(request: HttpRequest, body: bytes, content_type: str) -> HttpResponse:
    """A named-by-content file: compressed where the browser can, kept for ever."""
    packed = "gzip" in request.headers.get("Accept-Encoding", "")
    response = HttpResponse(_gzip(body) if packed else body, content_type=content_type)
    response["Cache-Control"], response["Vary"] = FOREVER, "Accept-Encoding"
    if packed:
        response.headers["Content-Encoding"] = "gzip"
    return response


@lru_cache(maxsize=8)
def _gzip(body: bytes) -> bytes:
    return gzip.compress(body, 9, mtime=0)
