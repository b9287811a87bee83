"""Whether someone has said a moment ago who they are, for what gives away everything at once.

allauth asks again only whom it can ask: a password, a passkey, an app. Who signs in by e-mailed codes alone
has none of them, so for them the sign-in itself must be new.
"""

import time

from allauth.account.internal.flows.login import get_authentication_records
from django.conf import settings
from django.http import HttpRequest

from iop_clinic.accounts.models import User


def is_sure(request: HttpRequest) -> bool:
    """A sign-in, or saying it again, within ACCOUNT_REAUTHENTICATION_TIMEOUT seconds."""
    assert isinstance(request.user, User)
    records = get_authentication_records(request, request.user)
    return bool(records) and time.time() - records[-1]["at"] < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT
