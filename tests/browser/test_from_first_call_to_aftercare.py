"""In the browser: the whole path from referral to discharge for three people, with what a reviewer asks for.

An adult with depression and pain, an adolescent with an eating disorder, an adult with alcohol use and
PTSD. Every step goes through the page and the role that does it; only most of the weeks in between are made.
"""

import pytest

from tests.browser import june_alvarez, mira_solano, sam_delgado
from tests.browser.clinic_moves import Opens, paper_pictures  # noqa: F401
from tests.browser.conftest import Eyes
from tests.browser.leaving_moves import reviewers_table

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("paper_pictures"),
]


def test_an_adult_with_depression_and_pain(person: Opens, eyes: Eyes) -> None:
    walk = mira_solano.walk_of(person, eyes)
    for day in mira_solano.DAYS:
        day(walk)
    assert reviewers_table(walk) == []


def test_an_adolescent_with_an_eating_disorder(person: Opens, eyes: Eyes) -> None:
    walk = june_alvarez.walk_of(person, eyes)
    for day in june_alvarez.DAYS:
        day(walk)
    assert reviewers_table(walk) == []


def test_an_adult_with_alcohol_use_and_ptsd(person: Opens, eyes: Eyes) -> None:
    walk = sam_delgado.walk_of(person, eyes)
    for day in sam_delgado.DAYS:
        day(walk)
    assert reviewers_table(walk) == []
