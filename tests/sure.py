"""As after typing the password again."""

import time
from typing import Any

from django.test import Client


def recently_sure(client: Client, user: Any) -> None:
    """This client has said who its user is a moment ago."""
    session = client.session
    session["account_authentication_methods_user"] = str(user.pk)
    session["account_authentication_methods"] = [
        {"method": "password", "at": time.time(), "reauthenticated": True}
    ]
    session.save()


def signed_in_by_code(client: Client, user: Any, seconds_ago: float) -> None:
    """As after an e-mailed code: there is no password or passkey that could be asked for."""
    user.set_unusable_password()
    user.save()
    client.force_login(user)
    session = client.session
    session["account_authentication_methods_user"] = str(user.pk)
    session["account_authentication_methods"] = [{"method": "code", "at": time.time() - seconds_ago}]
    session.save()
