"""Guesses sent at the same instant are counted one by one: the lockout holds in parallel too."""

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from iop_clinic.audit.models import AuditEvent
from tests import make
from tests.race import race

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_connection_left")]


def test_twelve_guesses_at_once_are_five_and_then_the_right_password_waits() -> None:
    call_command("createcachetable", verbosity=0)
    cache.clear()
    person = make.user()

    def guess(password: str) -> int:
        said = {"login": person.email, "password": password}
        return Client().post(reverse("account_login"), said).status_code

    race([lambda n=n: guess(f"wrong password {n}") for n in range(12)])
    assert AuditEvent.objects.filter(verb="sign_in.failed").count() <= 5
    for n in range(5):
        guess(f"wrong password again {n}")
    assert guess(make.PASSWORD) != 302
    assert AuditEvent.objects.filter(verb="sign_in.failed").count() == 5
