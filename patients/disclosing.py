"""The one gate through which anything about a patient leaves the house: print, packet, letter, file, call.

It asks the consent, adds the notice and the consent's words, and writes the disclosure. 42 CFR 2.31 to 2.33,
2.51 to 2.53, 2.61; 45 CFR 164.506, 164.508, 164.512, 164.524. Every way out calls `disclose`:

    sent = disclose(
        actor=user, patient=patient, recipient="Bluestone Health", recipient_kind=Recipient.PAYER,
        purpose=Purpose.PAYMENT, scopes=[Scope.ATTENDANCE, Scope.PLAN], what="Review packet", now=now,
        render=lambda enclosed: packet_pdf(rows, footer=enclosed.notice, consent=enclosed.consent_parts),
    )
    return answer(sent.content)
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import file_digest, sha256
from typing import IO

from django.db import transaction

from iop_clinic.accounts.models import User
from iop_clinic.audit.trail import record
from iop_clinic.clock import local_day
from iop_clinic.constraints import refused_by
from iop_clinic.refusal import Refused
from patients.models import Consent, Disclosure, DisclosureReview, Episode, Patient
from patients.models.consent_terms import (
    CARE_PURPOSES,
    CARE_RECIPIENTS,
    EXCEPTIONS,
    Basis,
    Purpose,
    Recipient,
    Scope,
)
from patients.permitting import Sending, Today, permitting

# 42 CFR 2.32(a)(2), the short form as it stands since the 2024 rule.
NOTICE = "42 CFR part 2 prohibits unauthorized use or disclosure of these records."
NOTICE_VERSION = "2.32-short-2024"
NOTICES = {NOTICE_VERSION: NOTICE}


@dataclass(frozen=True)
class Enclosed:
    """What travels with the content: the notice ("" where none is due) and the consent, title and words."""

    notice: str = ""
    consent_parts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Disclosed:
    """What was written down, what travels with it, and what `render` gave: bytes (b"" without) or a file."""

    disclosure: Disclosure
    enclosed: Enclosed
    content: bytes = b""
    file: IO[bytes] | None = None


# A file where the content may be large; it is at its beginning, and whoever sends it closes it.
Content = bytes | IO[bytes]
Render = Callable[[Enclosed], Content]


@transaction.atomic
def disclose(
    *,
    actor: User,
    patient: Patient,
    recipient: str,
    recipient_kind: str,
    purpose: str,
    scopes: Iterable[str],
    now: datetime,
    what: str = "",
    consent: Consent | None = None,
    exception: str | None = None,
    reason: str = "",
    intermediary: str = "",
    episode: Episode | None = None,
    render: Render | None = None,
) -> Disclosed:
    """Let this out, or Refused: 409 where no consent permits it (the sentence says why), 422 for bad input.

    `consent` is found by itself unless given. `exception` is one of EXCEPTIONS and needs a `reason`.
    `episode` is given where the content is of that stay alone; else any stay under Part 2 protects it all.
    `render` makes the content while the consent is held: a revocation comes wholly before or after.
    """
    sending = _sending(recipient, recipient_kind, purpose, scopes, intermediary)
    is_part2 = _is_part2(patient, episode)
    if exception:
        basis, found = _exception(sending, exception, reason), None
    else:
        basis, found = _allowed(sending, patient, is_part2, consent, now)
    enclosed = _enclosed(basis, found, is_part2)
    content = render(enclosed) if render else None
    digest, size = _sealed(content)
    row = Disclosure.objects.create(
        patient=patient,
        site=patient.site,
        is_part2=is_part2,
        recipient=sending.recipient,
        recipient_kind=recipient_kind,
        intermediary=sending.intermediary,
        purpose=purpose,
        scopes=[one for one in Scope.values if one in sending.scopes],
        what=what.strip(),
        basis=basis,
        consent=found,
        reason=reason.strip(),
        notice_version=NOTICE_VERSION if enclosed.notice else "",
        content_sha256=digest,
        content_bytes=size,
        by=actor,
        at=now,
    )
    record(actor, "patients.disclose", row, consent_id=found.pk if found else None, scopes=len(row.scopes))
    if content is None or isinstance(content, bytes):
        return Disclosed(row, enclosed, content or b"")
    return Disclosed(row, enclosed, file=content)


def _sealed(content: Content | None) -> tuple[str, int | None]:
    """SHA-256 and size in bytes; "" and None without content."""
    if content is None:
        return "", None
    if isinstance(content, bytes):
        return sha256(content).hexdigest(), len(content)
    digest = file_digest(content, "sha256").hexdigest()  # type: ignore[arg-type]
    size = content.tell()
    content.seek(0)
    return digest, size


def _sending(
    recipient: str, recipient_kind: str, purpose: str, scopes: Iterable[str], intermediary: str
) -> Sending:
    """What is asked for, its codes checked; 422 with the field."""
    wanted = frozenset(scopes)
    if not recipient.strip():
        raise Refused("Write who receives it.", status=422, recipient="Write who receives it.")
    if recipient_kind not in Recipient.values:
        raise Refused("Choose who receives it.", status=422, recipient_kind="Choose one.")
    if purpose not in Purpose.values or purpose == Purpose.TPO:
        raise Refused("Choose one purpose.", status=422, purpose="Choose one.")
    if not wanted or not wanted <= set(Scope.values):
        raise Refused("Choose what is given.", status=422, scopes="Choose at least one.")
    return Sending(
        recipient=" ".join(recipient.split()),
        recipient_kind=recipient_kind,
        purpose=purpose,
        scopes=wanted,
        intermediary=" ".join(intermediary.split()),
    )


def _is_part2(patient: Patient, episode: Episode | None) -> bool:
    if episode is not None and episode.patient_id == patient.pk:
        return episode.is_part2
    return patient.episodes.filter(is_part2=True).exists()


def _exception(sending: Sending, exception: str, reason: str) -> Basis:
    """Without consent: 2.51, 2.53, 2.61 and what law asks. A subpoena alone is none of them."""
    if exception not in EXCEPTIONS:
        raise Refused("Choose what allows it.", status=422, basis="Choose one.")
    if not reason.strip():
        raise Refused("Write the reason.", status=422, reason="Write the reason.")
    if sending.recipient_kind == Recipient.PATIENT:
        raise Refused("The patient needs no exception to see their own record.", status=422)
    if sending.has_counseling_notes and exception != Basis.COURT_ORDER:
        raise Refused("Counseling notes need a consent of their own or a court order.")
    return Basis(exception)


def _allowed(
    sending: Sending, patient: Patient, is_part2: bool, consent: Consent | None, now: datetime
) -> tuple[Basis, Consent | None]:
    if sending.recipient_kind == Recipient.PATIENT:
        if sending.has_counseling_notes:
            raise Refused("The right of access does not reach counseling notes.")
        return Basis.ACCESS, None
    is_care = sending.purpose in CARE_PURPOSES and sending.recipient_kind in CARE_RECIPIENTS
    if is_care and not sending.has_counseling_notes and not is_part2 and consent is None:
        return Basis.CARE, None
    found, said = permitting(_held(patient, consent), sending, today_of(patient, now))
    if found is None:
        raise Refused(said)
    return Basis.CONSENT, found


def _held(patient: Patient, consent: Consent | None) -> list[Consent]:
    """The consents that may permit it, locked: one taken back at the same time is seen, or waits for us."""
    rows = Consent.objects.releasing().filter(patient=patient).order_by("pk")
    if consent is not None:
        rows = rows.filter(pk=consent.pk)
    return list(rows.select_for_update(of=("self",)).select_related("related_person"))


def today_of(patient: Patient, now: datetime) -> Today:
    """The patient's local day, and the last day of the last stay when it is over and no other runs."""
    day = local_day(now, patient.site.time_zone)
    last, going_on = None, patient.episodes.active_on(day).exists()
    if not going_on:
        last = patient.episodes.filter(ended_on__isnull=False).order_by("-ended_on").first()
    return Today(day, patient.site.time_zone, last.ended_on if last else None)


def _enclosed(basis: Basis, consent: Consent | None, is_part2: bool) -> Enclosed:
    notice = NOTICE if is_part2 and basis != Basis.ACCESS else ""
    if consent is None:
        return Enclosed(notice)
    assert consent.signed_on is not None
    parts = [(part["title"], part["words"]) for part in consent.shown]
    signed = (
        f"{consent.signed_name}, {consent.signed_on:%b} {consent.signed_on.day}, {consent.signed_on.year}"
    )
    return Enclosed(notice, (*parts, ("Signed", signed)))


@transaction.atomic
def review_emergency(*, actor: User, disclosure: Disclosure, note: str, now: datetime) -> DisclosureReview:
    """The privacy officer has looked at an emergency disclosure. 409 when it was looked at already."""
    if disclosure.basis != Basis.EMERGENCY:
        raise Refused("Only emergency disclosures are looked at here.")
    if not note.strip():
        raise Refused("Write what you found.", status=422, note="Write what you found.")
    with refused_by(patients_disclosurereview_disclosure_id_key="Someone has looked at this one already."):
        review = DisclosureReview.objects.create(disclosure=disclosure, note=note.strip(), by=actor, at=now)
    record(actor, "patients.review_disclosure", review, site_id=disclosure.site_id)
    return review
