"""What a consent says, in our own plain words and under a version: a signed one keeps the words it showed.

The elements are those of 42 CFR 2.31 (domain reference 8.3). Change a word here, change the version.
"""

from dataclasses import dataclass
from datetime import date

from patients.models.consent_terms import RELEASING, ConsentKind, Purpose, Recipient, Scope

VERSION = "2026-12"

AGREEMENTS = {
    ConsentKind.TREATMENT: "I agree to take part in this program: group, individual and family sessions, "
    "questionnaires about how I am, and visits about medication where they are part of my plan. The team "
    "has told me what the program can do for me, what it may be like, and what other ways there are.",
    ConsentKind.PRIVACY_NOTICE: "I have received the notice of privacy practices. It says how the clinic "
    "uses and protects my record and what I may ask for.",
    ConsentKind.BILLING: "The clinic may bill my health plan for my care and receive its payments.",
    ConsentKind.REMINDERS: "The clinic may e-mail me the day and time of my appointments. The mail says "
    "nothing about the program or my health.",
    ConsentKind.TELEHEALTH: "I agree to sessions by video. I will be in a private place and say where I "
    "am, so that help can reach me. A connection can fail or be overheard; I may come in person instead.",
    ConsentKind.FAMILY: "This person may take part in family sessions with me, and will hear there that I "
    "am a patient here and what we talk about.",
    ConsentKind.RELEASE: "I allow the information named here to be given to those named here.",
    ConsentKind.TPO: "I allow my record to be used and given out for all my treatment, for payment and "
    "for the operations of health care, now and in the future.",
    ConsentKind.COUNSELING_NOTES: "I allow the counselor’s own separate notes about our sessions to be "
    "given to those named here. This consent is about these notes only.",
    ConsentKind.LEGAL: "I allow the information named here to be used in the legal proceedings named "
    "here. This consent is about these proceedings only.",
    ConsentKind.JUSTICE: "My taking part in the program is a condition of a court, probation or parole. I "
    "allow the information named here to be given to those who need it to watch over that condition.",
}
_REVOKE = (
    "You may take this back at any time: write to us, tell us, or use the portal. From that moment "
    "nothing more is given out under it. What was given out before cannot be called back."
)
_HOLDS = (
    "This consent holds until the event named above; before that it cannot be taken back, because the "
    "condition it is part of depends on it (42 CFR 2.35)."
)
_RECEIVED = (
    "Records about substance use stay protected by federal law (42 CFR Part 2). Whoever receives them "
    "gets a notice that they may not be used or passed on without permission, and a copy of this consent."
)
_RECEIVED_CARE = (
    "A health plan or provider that receives records under this consent may pass them on as the health "
    "privacy rules (HIPAA) allow. They may not be used in civil, criminal, administrative or legislative "
    "proceedings against you without another consent or a court order."
)
_REFUSING = {
    ConsentKind.TPO: "You may say no. We may then be unable to bill your health plan, or to arrange care "
    "with others, and will talk with you about what that means.",
    ConsentKind.COUNSELING_NOTES: "You may say no. Your treatment does not depend on this consent.",
    ConsentKind.JUSTICE: "You may say no. The court or agency may then hold that its condition is not met.",
}
_REFUSING_ELSE = "You may say no. Your treatment here does not depend on it."
_BY_CLASS = {
    Recipient.PROVIDER: "my treating providers",
    Recipient.PAYER: "my health plans and third-party payers",
    Recipient.OPERATIONS: "people helping to operate this program",
}


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What is asked for, before anyone signs. Codes are those of `consent_terms`."""

    kind: str
    discloser: str = ""
    scopes: tuple[str, ...] = ()
    scope_words: str = ""
    recipient_names: tuple[str, ...] = ()
    recipient_classes: tuple[str, ...] = ()
    intermediary: str = ""
    intermediary_members: str = ""
    purpose: str = ""
    purpose_words: str = ""
    expires_on: date | None = None
    expires_event: str = ""
    ends_with_treatment: bool = False
    is_irrevocable: bool = False


def shown_for(terms: Terms, patient_name: str, related_name: str = "") -> list[dict[str, str]]:
    """The parts of the consent as they are shown, each with a title and its words."""
    parts = [("Patient", patient_name), ("Agreement", AGREEMENTS[ConsentKind(terms.kind)])]
    if related_name:
        parts.append(("This person", related_name))
    if terms.kind in RELEASING:
        parts += _elements(terms)
    elif terms.expires_on:
        parts.append(("Until", until_words(terms)))
    if terms.kind != ConsentKind.PRIVACY_NOTICE:
        parts.append(("Taking it back", _HOLDS if terms.is_irrevocable else _REVOKE))
    if terms.kind in RELEASING:
        parts += _consequences(terms.kind)
    return [{"title": title, "words": words} for title, words in parts]


def _elements(terms: Terms) -> list[tuple[str, str]]:
    parts = [
        ("Who gives it", terms.discloser),
        ("What", with_words(scope_words(terms.scopes), terms.scope_words)),
        ("To whom", recipient_words(terms.recipient_names, terms.recipient_classes)),
        (
            "By way of",
            f"{terms.intermediary}, for {terms.intermediary_members}" if terms.intermediary else "",
        ),
        ("Why", with_words(Purpose(terms.purpose).label, terms.purpose_words)),
        ("Until", until_words(terms)),
    ]
    return [(title, words[:1].upper() + words[1:]) for title, words in parts if words]


def _consequences(kind: str) -> list[tuple[str, str]]:
    received = _RECEIVED_CARE if kind == ConsentKind.TPO else _RECEIVED
    return [
        ("What may happen to it", received),
        ("If you say no", _REFUSING.get(ConsentKind(kind), _REFUSING_ELSE)),
    ]


def with_words(label: str, words: str) -> str:
    return f"{label}: {words}" if words else label


def scope_words(scopes: tuple[str, ...] | list[str]) -> str:
    """ "Diagnosis, treatment plan"."""
    return sentence([Scope(one).label for one in scopes])


def recipient_words(names: tuple[str, ...] | list[str], classes: tuple[str, ...] | list[str]) -> str:
    said = [_BY_CLASS.get(Recipient(one), Recipient(one).label.lower()) for one in classes]
    return ", ".join([*names, *said])


def sentence(labels: list[str]) -> str:
    """The first as it is, the others in small letters, with commas."""
    return ", ".join([*labels[:1], *(label[:1].lower() + label[1:] for label in labels[1:])])


def until_words(terms: Terms) -> str:
    """ "Mar 1, 2027, or when treatment here ends"; "No end" without any."""
    ends = []
    if terms.expires_on:
        ends.append(f"{terms.expires_on:%b} {terms.expires_on.day}, {terms.expires_on.year}")
    if terms.ends_with_treatment:
        ends.append("when treatment here ends")
    if terms.expires_event:
        ends.append(terms.expires_event)
    return ", or ".join(ends) or "No end"
