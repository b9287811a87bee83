"""Staff work behind a second factor: without one, every page leads to setting it up.

Switched off only by MFA_REQUIRED (the demo). Patients may add one; they are not made to.
"""

from collections.abc import Callable
from typing import Any

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

# Names outside any namespace: the admin has pages whose names begin alike.
ALWAYS_OPEN = ("mfa_", "account_", "usersessions_")


class SecondFactorRequired:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        if not settings.MFA_REQUIRED or not request.user.is_authenticated or request.user.is_patient:
            return None
        name = request.resolver_match.view_name if request.resolver_match else ""
        if getattr(view, "policy", None) == "public" or name.startswith(ALWAYS_OPEN):
            return None
        if is_mfa_enabled(request.user):
            return None
        return HttpResponseRedirect(reverse("mfa_index"))
