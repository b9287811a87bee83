"""Which site a staff member is working at now: one of theirs, kept in the sign-in session."""

from collections.abc import Callable

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from iop_clinic.accounts.models import Site, User
from iop_clinic.audit.trail import record
from iop_clinic.wall import TWELVE, saying_hours

KEY = "site_id"


def sites_of(request: HttpRequest) -> list[Site]:
    """The active sites this person works at, by name; read once a request."""
    cached: list[Site] | None = getattr(request, "_clinic_sites", None)
    if cached is None:
        assert isinstance(request.user, User)
        cached = list(request.user.sites.filter(is_active=True))
        request._clinic_sites = cached  # type: ignore[attr-defined]
    return cached


def current_site(request: HttpRequest) -> Site | None:
    """The chosen site, else the first; None for someone with no site (an administrator, say)."""
    sites = sites_of(request)
    chosen = request.session.get(KEY)
    return next((site for site in sites if site.pk == chosen), sites[0] if sites else None)


def wall_zone(request: HttpRequest) -> str:
    """Whose clock a page shows that is about no site: the current site's, else the clinic's first one's."""
    site = current_site(request) if request.user.is_authenticated else None
    site = site or Site.objects.filter(is_active=True).order_by("pk").first()
    return site.time_zone if site is not None else "UTC"


class ClinicHours:
    """Pages say the time as the site where the person works chose; a patient's, as the patient's did."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with saying_hours(lambda: _hours_of(request)):
            return self.get_response(request)


def _hours_of(request: HttpRequest) -> int:
    site = current_site(request) if request.user.is_authenticated else None
    return site.clock_hours if site is not None else TWELVE


def require_site(request: HttpRequest) -> Site:
    """The current site, or 403 with what to do."""
    site = current_site(request)
    if site is None:
        raise PermissionDenied("Your account is not linked to a site yet. Ask an administrator.")
    return site


def choose_site(request: HttpRequest, site_id: int) -> bool:
    """Switch to another of this person's sites; False when it is not one of theirs."""
    if not any(site.pk == site_id for site in sites_of(request)):
        return False
    request.session[KEY] = site_id
    record(request.user, "site.chosen", site_id=site_id)
    return True
