"""What each role finds in the navigation: at most eight links, its own work first."""

from email.utils import parseaddr
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from iop_clinic.accounts.idle import idle_minutes
from iop_clinic.accounts.sites import current_site, sites_of
from iop_clinic.htmx import wants_piece
from iop_clinic.roles import Permission, Role, may

# (url name, label, icon); None splits the two groups.
Item = tuple[str, str, str] | None

TODAY: Item = ("sessions:today", "Today", "calendar-check")
WEEK: Item = ("scheduling:week", "Week", "calendar-days")
PLANNER: Item = ("scheduling:plans", "Planner", "waypoints")
PATIENTS: Item = ("patients:list", "Patients", "users")
REFERRALS: Item = ("patients:referrals", "Referrals", "inbox")
HOURS: Item = ("sessions:hours_board", "Hours", "hourglass")
NOTES: Item = ("sessions:my_notes", "My notes", "pen-line")
FOLLOW_UPS: Item = ("patients:follow_ups", "Follow-ups", "phone")
DUE: Item = ("sessions:due", "Due", "clipboard-check")
DAY_CLOSE: Item = ("billing:day_close_today", "Day close", "coins")
MESSAGES: Item = ("scheduling:messages", "Messages", "mail")
AUDIT: Item = ("audit:trail", "Audit log", "scroll-text")
DISCLOSURES: Item = ("patients:disclosure_log", "Disclosures", "send")
IMPORT: Item = ("imports:start", "Import", "upload")
INSTRUMENTS: Item = ("patients:instruments", "Instruments", "clipboard-list")
BENEFITS: Item = ("patients:verify_again", "Benefits", "badge-check")
ADMIN: Item = ("admin:index", "Administration", "settings")

NAVIGATION: dict[str, list[Item]] = {
    Role.FRONT_DESK: [TODAY, WEEK, PATIENTS, None, REFERRALS, BENEFITS, HOURS, MESSAGES],
    Role.CLINICIAN: [TODAY, NOTES, PATIENTS, FOLLOW_UPS, DUE, None, WEEK, HOURS],
    Role.SUPERVISOR: [TODAY, NOTES, PATIENTS, FOLLOW_UPS, DUE, None, PLANNER, WEEK, HOURS],
    Role.PRESCRIBER: [TODAY, NOTES, PATIENTS, DUE, FOLLOW_UPS, None, WEEK],
    Role.CASE_MANAGER: [TODAY, FOLLOW_UPS, DUE, HOURS, PATIENTS, None, PLANNER, REFERRALS, WEEK],
    Role.BILLER: [DAY_CLOSE, PATIENTS, HOURS, BENEFITS, None, WEEK],
    Role.DIRECTOR: [TODAY, WEEK, HOURS, FOLLOW_UPS, None, PLANNER, PATIENTS, DUE, MESSAGES],
    Role.PRIVACY_OFFICER: [AUDIT, DISCLOSURES, PATIENTS],
    Role.ADMINISTRATOR: [IMPORT, INSTRUMENTS, ADMIN],
}

# Links beside which stands how much waits; `sessions/waiting.py` counts it.
COUNTED = {REFERRALS, FOLLOW_UPS, NOTES, MESSAGES, DISCLOSURES}

# The neutral name that mail comes from; a page before sign-in says no more than that.
CLINIC_NAME = parseaddr(settings.DEFAULT_FROM_EMAIL)[0] or "Clinic"


def home_of(role: str) -> str:
    """The url name where this role's day begins."""
    if role == Role.PATIENT:
        return "portal:week"
    first = NAVIGATION[role][0]
    return first[0] if first else "account_logout"


def counted_links(role: str) -> list[str]:
    """The url names of this role's links that carry a count."""
    return [item[0] for item in NAVIGATION.get(role, []) if item and item in COUNTED]


def may_keep_calendars(role: str) -> bool:
    return may(role, Permission.SEE_WEEK) or may(role, Permission.SHARE_ROOM_CALENDARS)


def _links(role: str, path: str) -> list[list[dict[str, Any]]]:
    """The role's links in their groups; current is the one whose address this page stands under."""
    items = [(item, reverse(item[0])) if item else None for item in NAVIGATION.get(role, [])]
    under = [url for found in items if found and path.startswith(url := found[1])]
    here = max(under, key=len, default="")
    groups: list[list[dict[str, Any]]] = [[]]
    for found in items:
        if found is None:
            groups.append([])
            continue
        (name, label, icon), url = found
        counted = name if found[0] in COUNTED else ""
        groups[-1].append(
            {"url": url, "label": label, "icon": icon, "current": url == here, "counted": counted}
        )
    return groups


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Context of every page: the role's links, the site, and when the session would end."""
    user = getattr(request, "user", None)
    if user is None or wants_piece(request):
        return {}
    if not user.is_authenticated:
        return {"clinic_name": CLINIC_NAME}
    return {
        "nav": _links(user.role, request.path),
        "waiting_url": reverse("sessions:waiting") if counted_links(user.role) else "",
        "may_search": may(user.role, Permission.SEE_PATIENTS),
        "calendars_url": reverse("scheduling:calendars") if may_keep_calendars(user.role) else "",
        "home_url": reverse(home_of(user.role)),
        "site": None if user.is_patient else current_site(request),
        "sites": [] if user.is_patient else sites_of(request),
        "idle_seconds": 60 * idle_minutes(request),
    }
