"""Whether someone has said a moment ago who they are, for signatures and what gives away everything at once.

allauth asks again only whom it can ask: a password, a passkey, an app. Who signs in by e-mailed codes alone
has none of them, so for them the sign-in itself must be new.
"""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from allauth.account.decorators import reauthentication_required
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.flows.reauthentication import get_reauthentication_flows
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from iop_clinic.accounts.models import User

View = Callable[..., HttpResponse]


def is_sure(request: HttpRequest) -> bool:
    """A sign-in, or saying it again, within ACCOUNT_REAUTHENTICATION_TIMEOUT seconds."""
    assert isinstance(request.user, User)
    records = get_authentication_records(request, request.user)
    return bool(records) and time.time() - records[-1]["at"] < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT


def asks_again(view: View) -> View:
    """Before a signature: who are you? 403 with the way to a new sign-in where nothing can be asked."""

    @reauthentication_required
    @wraps(view)
    def asked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        assert isinstance(request.user, User)
        if not get_reauthentication_flows(request.user) and not is_sure(request):
            return render(request, "account/sign_in_anew.html", status=403)
        return view(request, *args, **kwargs)

    return cast(View, asked)
