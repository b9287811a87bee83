"""One stylesheet for every page: the small files of static/css in layer order, and the 5-minute steps."""

import hashlib
import re
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from iop_clinic.access import public
from iop_clinic.icons import immutable

FOLDER = Path(__file__).parent / "static" / "css"
LAYERS = "@layer reset, tokens, base, layout, components, screens, utilities, print;"
# In layer order; inside a folder by name.
PARTS = (
    "reset.css",
    "tokens.css",
    "base.css",
    "layout",
    "components",
    "screens",
    "utilities.css",
    "print.css",
)
DAY_STEPS, LONGEST_STEPS = 24 * 12, 18 * 12


def sources() -> list[Path]:
    """The files in the order in which they are joined."""
    found: list[Path] = []
    for name in PARTS:
        place = FOLDER / name
        found += sorted(place.glob("*.css")) if place.is_dir() else [place]
    return found


def steps() -> str:
    """at-N starts N steps in, for-N lasts N, span-N is the whole width: one step is 5 minutes."""
    rules = [f".at-{n}{{--at:{n}}}" for n in range(DAY_STEPS + 1)]
    rules += [f".for-{n}{{--for:{n}}}.span-{n}{{--span:{n}}}" for n in range(1, LONGEST_STEPS + 1)]
    return f"@layer utilities{{{''.join(rules)}}}"


def join() -> tuple[bytes, str]:
    """The stylesheet's bytes and the hash of its content; comments and indents are left out."""
    text = "\n".join([LAYERS, *(path.read_text() for path in sources()), steps()])
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    body = re.sub(r"\n\s*", "\n", text).encode()
    return body, hashlib.sha256(body).hexdigest()[:12]


_joined_once = lru_cache(maxsize=1)(join)


def stylesheet_bytes() -> tuple[bytes, str]:
    return join() if settings.DEBUG else _joined_once()


def stylesheet_url() -> str:
    return f"{reverse('stylesheet')}?v={stylesheet_bytes()[1]}"


@public
@require_safe
def stylesheet(request: HttpRequest) -> HttpResponse:
    return immutable(request, stylesheet_bytes()[0], "text/css; charset=utf-8")
