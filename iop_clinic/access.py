"""The policy on every door: `@requires(Permission.X)` or `@public`, and nothing without one.

`PolicyRequired` refuses a view that declares no policy, so a forgotten decorator is a 403 for all.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.views.generic import RedirectView

from iop_clinic.audit.trail import refuse
from iop_clinic.roles import Permission, may

View = Callable[..., HttpResponseBase]

# Third-party views that guard themselves: the admin's own login and permissions, allauth's pages.
SELF_GUARDED = ("django.contrib.admin", "django.contrib.staticfiles", "allauth.", "django.views.i18n")


def requires(*permissions: Permission) -> Callable[[View], View]:
    """Open the view to roles holding any of these permissions; others get 403, before any 405."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            role = getattr(request.user, "role", "")
            if not any(may(role, permission) for permission in permissions):
                refuse(request, view.__qualname__)
                raise PermissionDenied("Your role does not open this page.")
            return view(request, *args, **kwargs)

        guarded.policy = permissions  # type: ignore[attr-defined]
        return guarded

    return decorate


def public(view: View) -> View:
    """Open the view to anyone, signed in or not."""
    view.policy = "public"  # type: ignore[attr-defined]
    return login_not_required(view)


def policy_of(view: Any) -> Any:
    """The declared policy of a view callback: permissions, "public", "self-guarded" or None."""
    declared = getattr(view, "policy", None)
    if declared is not None:
        return declared
    if getattr(view, "view_class", None) is RedirectView:
        return "self-guarded"  # the admin's old addresses: where they lead is guarded
    module = getattr(view, "__module__", "") or ""
    owner = getattr(getattr(view, "view_class", None), "__module__", module)
    in_admin = hasattr(view, "admin_site") or hasattr(view, "model_admin")
    guarded = in_admin or owner.startswith(SELF_GUARDED) or module.startswith(SELF_GUARDED)
    return "self-guarded" if guarded else None


class PolicyRequired:
    """Middleware: a view with no policy is refused for everybody."""

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        if policy_of(view) is None:
            raise PermissionDenied("This page declares no policy.")
