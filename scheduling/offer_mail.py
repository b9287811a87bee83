"""The e-mail of a seat offer: neutral words, at a decent hour, taken back as soon as it is answered.

Rules: domain reference 8.5 (neutral content, quiet hours) and design section 10. It goes only to who
agreed to e-mails, and never after the offer's end.
"""

from collections.abc import Iterable

from iop_clinic.messages import outbox
from iop_clinic.messages.models import Message
from iop_clinic.messages.quiet import earliest
from patients.models import Patient
from scheduling.models import MakeUpOffer, SeatOffer
from scheduling.words import message_words

KIND = "offer"
SUBJECT = "A place you asked about"


def offer_text(offer: SeatOffer) -> str:
    """The site, until when, how to answer, how to stop; nothing about what the place is in."""
    patient = offer.entry.episode.patient
    site = patient.site
    answer = "Sign in to answer, or call" if patient.user_id else "To answer, call"
    until = message_words(offer.expires_at, site.time_zone)
    return (
        f"{site.name}: a place you asked about is open until {until}. "
        f"{answer} {site.phone}.\n\n"
        f"To stop these e-mails, reply STOP or call {site.phone}.\n"
    )


def tell(offer: SeatOffer) -> None:
    """Owe the e-mail of a new offer; none without consent, an address or a decent hour before the end."""
    tell_of(offer, offer.entry.episode.patient, kind=KIND, subject_line=SUBJECT, body=offer_text(offer))


def tell_of(
    offer: SeatOffer | MakeUpOffer, patient: Patient, *, kind: str, subject_line: str, body: str
) -> None:
    """The same for any offer with an end."""
    due_at = earliest(offer.offered_at, patient.site.time_zone)
    if not (patient.email_reminders_ok and patient.email) or due_at >= offer.expires_at:
        return
    outbox.put(
        kind=kind,
        unique_key=f"{kind}:{offer.pk}",
        subject_id=offer.pk,
        subject_version=1,
        patient_id=patient.pk,
        site=patient.site,
        to_address=patient.email,
        subject_line=subject_line,
        body=body,
        due_at=due_at,
        expires_at=offer.expires_at,
    )


def withdraw(offer_ids: Iterable[int]) -> None:
    outbox.withdraw_all(kind=KIND, subject_ids=offer_ids, reason="The offer was answered or ended.")


def still_wanted(message: Message) -> str:
    """Empty while the offer stands and the patient agrees, else why not. Asked inside the claim."""
    offers = SeatOffer.objects.standing().select_related("entry__episode__patient")
    offer = offers.filter(pk=message.subject_id).first()
    if offer is None:
        return "The offer was answered or ended."
    return why_not_to(offer.entry.episode.patient, message)


def why_not_to(patient: Patient, message: Message) -> str:
    """Empty while the patient agrees and the address is theirs."""
    if not patient.email_reminders_ok:
        return "The patient does not want e-mails."
    if patient.email != message.to_address:
        return "The e-mail address was changed."
    return ""
