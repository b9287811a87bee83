"""Verbs of the trail in words, and found again by them: every verb the code records, not a sample."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from iop_clinic.audit.trail import record
from iop_clinic.audit.words import ROOMS, verb_starts, verb_words
from iop_clinic.roles import Role
from tests import make

HOUSE = Path(__file__).parents[2]
RECORDED = re.compile(r"\brecord\(\s*[^\"]*?\"([a-z_]+\.[a-z_]+)\"")
VERBS = sorted(
    {
        verb
        for room in ("iop_clinic", *ROOMS)
        for path in (HOUSE / room).rglob("*.py")
        for verb in RECORDED.findall(path.read_text())
    }
)


@pytest.mark.parametrize(
    ("verb", "words"),
    [
        ("patients.sign_consent", "Sign consent"),
        ("chart.read", "Read chart"),
        ("chart.read_plan", "Read plan"),
        ("sign_in.failed", "Sign in failed"),
        ("access.refused", "Access refused"),
        ("billing.day_closed", "Close day"),
        ("odd", "Odd"),
    ],
)
def test_a_verb_is_said_in_words(verb: str, words: str) -> None:
    assert verb_words(verb) == words


def test_every_recorded_verb_is_found_by_its_words_and_by_itself() -> None:
    assert len(VERBS) > 60
    for verb in VERBS:
        words = verb_words(verb)
        assert re.fullmatch(r"[A-Z][a-z -]+", words), verb
        for typed in (verb, words, words.lower()):
            assert any(verb.startswith(start) for start in verb_starts(typed)), (verb, typed)


@pytest.mark.django_db
def test_the_log_shows_words_and_narrows_by_them(sign_in: Callable[..., Client]) -> None:
    patient = make.patient()
    for verb in ("patients.sign_consent", "patients.admit"):
        record(None, verb, patient)
    officer, trail = sign_in(role=Role.PRIVACY_OFFICER), reverse("audit:trail")
    for typed in ("sign consent", "patients.sign"):
        page = officer.get(trail, {"verb": typed}).text
        assert "Sign consent" in page
        assert "Admit" not in page


@pytest.mark.django_db
def test_a_refusal_is_said_once(sign_in: Callable[..., Client]) -> None:
    sign_in(role=Role.BILLER).get(reverse("patients:referrals"))
    page = sign_in(role=Role.PRIVACY_OFFICER).get(reverse("audit:trail"), {"verb": "access"}).text
    assert "Access refused" in page
    assert "<strong>refused</strong>" not in page
