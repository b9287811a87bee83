"""How often an address, or one thing it asks for, may be asked for: counted in PostgreSQL, as sign-in is.

django-allauth counts under a lock in the database cache; the rates stand in `settings.RATE_LIMITS`.
"""

from allauth.core.internal.ratelimit import consume
from django.conf import settings
from django.http import HttpRequest


def allowed(request: HttpRequest, action: str, *, key: str = "") -> bool:
    """Count this request under the action's rate; False when there have been too many. GET counts too."""
    rates = settings.RATE_LIMITS
    used = consume(request, app="iop_clinic", action=action, config=rates, key=key or None, limit_get=True)
    return used is not None
