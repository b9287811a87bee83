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
