"""Theme, site and presence: each a small form on every staff page."""

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from iop_clinic.access import requires
from iop_clinic.accounts.models import User
from iop_clinic.accounts.sites import choose_site
from iop_clinic.roles import Permission


def _back(request: HttpRequest) -> HttpResponseRedirect:
    target = request.POST.get("next", "/")
    safe = url_has_allowed_host_and_scheme(target, {request.get_host()}, request.is_secure())
    return HttpResponseRedirect(target if safe else "/")


@requires()
def own_address(request: HttpRequest) -> HttpResponse:
    """Closed to everyone: the address gets the one-time codes, so the clinic changes it, not a session."""
    raise AssertionError("No role holds none of no permissions.")


@requires(Permission.USE_ACCOUNT)
@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Light, dark, or as the device says."""
    choice = request.POST.get("theme", "")
    if choice not in User.Theme.values:
        return HttpResponseBadRequest("Choose light, dark, or as the device.")
    assert isinstance(request.user, User)
    request.user.theme = choice
    request.user.save(update_fields=["theme"])
    return _back(request)


@requires(Permission.USE_ACCOUNT)
@require_POST
def site(request: HttpRequest) -> HttpResponse:
    """Work at another of my sites."""
    site_id = request.POST.get("site", "")
    if not (site_id.isascii() and site_id.isdigit() and choose_site(request, int(site_id))):
        return HttpResponseBadRequest("That is not one of your sites.")
    return _back(request)


@requires(Permission.USE_ACCOUNT)
@require_POST
def presence(request: HttpRequest) -> HttpResponse:
    """I am still here: the idle middleware has already moved the deadline."""
    return _back(request) if not request.htmx else HttpResponse(status=204)  # type: ignore[attr-defined]
