"""The same address serves the page and its piece: htmx gets the piece, everyone else the page."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers


def wants_piece(request: HttpRequest) -> bool:
    htmx = getattr(request, "htmx", None)
    return htmx is not None and bool(htmx) and not htmx.boosted and not htmx.history_restore_request


def page_or_piece(
    request: HttpRequest, page: str, piece: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """Render `piece` for htmx and `page` otherwise; 422 with either keeps what was typed."""
    response = render(request, piece if wants_piece(request) else page, context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response
