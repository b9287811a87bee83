"""Whether one consent permits one disclosure, and if not, why, in a sentence. No database.

42 CFR 2.31 and 2.33; 45 CFR 164.508. Counseling notes and legal proceedings need a consent of their own.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from iop_clinic.clock import local_day
from patients.consent_words import sentence
from patients.models.consent import Consent
from patients.models.consent_terms import CARE_PURPOSES, Purpose, Scope

NONE_ON_FILE = "There is no consent of this patient for it. Ask for a release of information first."


@dataclass(frozen=True, kw_only=True)
class Sending:
    """What is to leave the house. Codes are those of `consent_terms`; `scopes` is never empty."""

    recipient: str
    recipient_kind: str
    purpose: str
    scopes: frozenset[str]
    intermediary: str = ""

    @property
    def has_counseling_notes(self) -> bool:
        return Scope.COUNSELING_NOTES in self.scopes


@dataclass(frozen=True)
class Today:
    """The site's local day and zone, and when treatment here ended; None while care goes on."""

    day: date
    tz_name: str
    treatment_ended_on: date | None = None


def permitting(consents: Iterable[Consent], sending: Sending, today: Today) -> tuple[Consent | None, str]:
    """The first consent that permits it and "", or None and the reason of the one that comes nearest.

    Of two that fail at the same element, the one that covers more of what is asked for comes nearer.
    """
    nearest, said = (-1, 0), NONE_ON_FILE
    for consent in consents:
        for distance, reason in enumerate(_reasons(consent, sending, today)):
            if reason:
                near = (distance, -len(_missing(consent, sending)))
                nearest, said = max((nearest, said), (near, reason), key=lambda pair: pair[0])
                break
        else:
            return consent, ""
    return None, said


def _reasons(consent: Consent, sending: Sending, today: Today) -> tuple[str, ...]:
    """Each element's objection, empty where it has none; the further down, the nearer the consent comes."""
    return (
        _recipient(consent, sending),
        _purpose(consent, sending),
        _scopes(consent, sending),
        _intermediary(consent, sending),
        standing_reason(consent, today),
    )


def _same(one: str, other: str) -> bool:
    return " ".join(one.split()).casefold() == " ".join(other.split()).casefold()


def _recipient(consent: Consent, sending: Sending) -> str:
    if sending.recipient_kind in consent.recipient_classes:
        return ""
    if any(_same(name, sending.recipient) for name in consent.recipient_names):
        return ""
    return f"No consent of this patient names {sending.recipient}."


def _purpose(consent: Consent, sending: Sending) -> str:
    if consent.purpose == sending.purpose:
        return ""
    if consent.purpose == Purpose.TPO and sending.purpose in CARE_PURPOSES:
        return ""
    given, wanted = Purpose(consent.purpose).label.lower(), Purpose(sending.purpose).label.lower()
    return f"The consent that names {sending.recipient} is for “{given}”, not for “{wanted}”."


def _missing(consent: Consent, sending: Sending) -> list[str]:
    """What is asked for and not covered, in words."""
    covered = set(consent.scopes)
    if Scope.EVERYTHING in covered:
        covered |= set(Scope.values) - {Scope.COUNSELING_NOTES}
    return [Scope(one).label for one in Scope.values if one in sending.scopes - covered]


def _scopes(consent: Consent, sending: Sending) -> str:
    missing = _missing(consent, sending)
    if not missing:
        return ""
    return f"The consent that names {sending.recipient} does not cover: {sentence(missing).lower()}."


def _intermediary(consent: Consent, sending: Sending) -> str:
    if not sending.intermediary or _same(consent.intermediary, sending.intermediary):
        return ""
    return f"The consent does not name {sending.intermediary} to pass it on."


def standing_of(consent: Consent, today: Today) -> str:
    """waiting, revoked, ended (its event came), future, expired, over (with treatment) or in_force."""
    ended_on = today.treatment_ended_on
    if consent.signed_on is None:
        return "waiting"
    if consent.revoked_at is not None:
        return "ended" if consent.revoked_how == Consent.RevokedHow.EVENT else "revoked"
    if consent.signed_on > today.day:
        return "future"
    if consent.expires_on is not None and consent.expires_on < today.day:
        return "expired"
    if consent.ends_with_treatment and ended_on and ended_on >= consent.signed_on:
        return "over"
    return "in_force"


def standing_reason(consent: Consent, today: Today) -> str:
    """Why it is not in force today, or ""."""
    standing = standing_of(consent, today)
    if standing == "in_force":
        return ""
    if standing == "waiting":
        return f"“{consent.words}” waits for a signature."
    revoked_on = local_day(consent.revoked_at, today.tz_name) if consent.revoked_at else None
    did, day = {
        "revoked": ("was taken back", revoked_on),
        "ended": ("ended", revoked_on),
        "future": ("begins", consent.signed_on),
        "expired": ("expired", consent.expires_on),
        "over": ("ended with treatment", today.treatment_ended_on),
    }[standing]
    assert day is not None
    return f"“{consent.words}” {did} on {day:%b} {day.day}, {day.year}."
