"""The e-mail of an offer to make up time: neutral words, at a decent hour, taken back once it is answered.

Rules: domain reference 8.5 (neutral content, quiet hours) and design section 10. It goes only to who
agreed to e-mails, and never after the offer's end.
"""

from collections.abc import Iterable

from iop_clinic.messages import outbox
from iop_clinic.messages.models import Message
from scheduling.models import MakeUpOffer
from scheduling.offer_mail import tell_of, why_not_to
from scheduling.words import message_words

KIND = "make_up_offer"
SUBJECT = "Times held for you"
ENDED = "The offer was answered or ended."


def make_up_text(offer: MakeUpOffer) -> str:
    """The site, until when, how to answer, how to stop; nothing about what the times are for."""
    patient = offer.episode.patient
    site = patient.site
    answer = "Sign in to choose, or call" if patient.user_id else "To choose, call"
    until = message_words(offer.expires_at, site.time_zone)
    return (
        f"{site.name}: we hold times for you until {until}. "
        f"{answer} {site.phone}.\n\n"
        f"To stop these e-mails, reply STOP or call {site.phone}.\n"
    )


def tell(offer: MakeUpOffer) -> None:
    """Owe the e-mail of a new offer; none without consent, an address or a decent hour before the end."""
    tell_of(offer, offer.episode.patient, kind=KIND, subject_line=SUBJECT, body=make_up_text(offer))


def withdraw(offer_ids: Iterable[int]) -> None:
    outbox.withdraw_all(kind=KIND, subject_ids=offer_ids, reason=ENDED)


def still_wanted(message: Message) -> str:
    """Empty while the offer stands and the patient agrees, else why not. Asked inside the claim."""
    offers = MakeUpOffer.objects.standing().select_related("episode__patient")
    offer = offers.filter(pk=message.subject_id).first()
    if offer is None:
        return ENDED
    return why_not_to(offer.episode.patient, message)
