"""In the browser: the whole path from referral to discharge for three people, with what a reviewer asks for.

An adult with depression and pain, an adolescent with an eating disorder, an adult with alcohol use and
PTSD. Every step goes through the page and the role that does it; only most of the weeks in between are made.
"""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page

from tests import make
from tests.browser import care_moves as care
from tests.browser import clinic_words as words
from tests.browser import document_moves as documents
from tests.browser import intake_moves as intake
from tests.browser import leaving_moves as leaving
from tests.browser.clinic_moves import Clinic, Walk, paper_pictures  # noqa: F401
from tests.browser.conftest import Eyes

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("paper_pictures"),
]

Opens = Callable[..., Page]


def test_an_adult_with_depression_and_pain(person: Opens, eyes: Eyes) -> None:
    clinic = Clinic.opened()
    make.payer_clock(make.payer())
    walk = Walk(clinic, person, eyes, lead=clinic.theo, name="Mira Solano", looks=True)
    come_in(walk)
