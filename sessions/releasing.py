"""Giving out papers: one PDF of the parts chosen, through the gate, with the notice and the consent in it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from iop_clinic.accounts.models import User
from iop_clinic.paper.pdf import pdf_of
from iop_clinic.paper.sheet import Bundle, Section, Sheet, Words
from iop_clinic.refusal import Refused
from patients.disclosing import Disclosed, Enclosed, disclose
from patients.models import Patient
from patients.paper import sheet_of
from sessions.release_parts import ReleasePart

TITLE = "From the record"
MOST_LETTERS = 300


def release_papers(
    *, actor: User, patient: Patient, parts: Sequence[ReleasePart], now: datetime, **said: Any
) -> Disclosed:
    """The PDF of these parts as bytes in `content`; `said` is what `disclose` takes of the recipient.

    Refused as the gate refuses, and 422 without a part.
    """
    if not parts:
        raise Refused("Choose what to give out.", status=422, parts="Choose at least one.")

    def render(enclosed: Enclosed) -> bytes:
        sheets = [part.make(now=now, notice=enclosed.notice) for part in parts]
        if enclosed.consent_parts:
            sheets.append(_consent_sheet(patient, enclosed, now))
        return pdf_of(Bundle(TITLE, tuple(sheets)))

    return disclose(
        actor=actor,
        patient=patient,
        now=now,
        scopes={part.scope for part in parts},
        what=parts_in_words([part.title for part in parts]),
        render=render,
        **said,
    )


def parts_in_words(titles: Sequence[str]) -> str:
    """Every part in the words of the disclosure, without versions and days where they would not fit."""
    whole = ", ".join(titles)
    if len(whole) <= MOST_LETTERS:
        return whole
    short = [title.split(",")[0].split(" to ")[0] for title in titles]
    kept = len(short)
    while len(", ".join(short[:kept])) > MOST_LETTERS - len(", and 99 more"):
        kept -= 1
    more = f", and {len(short) - kept} more" if kept < len(short) else ""
    return ", ".join(short[:kept]) + more


def _consent_sheet(patient: Patient, enclosed: Enclosed, now: datetime) -> Sheet:
    """What the patient agreed to travels with the papers (42 CFR 2.32)."""
    return sheet_of(
        patient,
        title="Consent to this disclosure",
        sections=tuple(Section(title, (Words(words),)) for title, words in enclosed.consent_parts),
        now=now,
        notice=enclosed.notice,
    )
