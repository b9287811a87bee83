"""A place the patient asked about, as the portal offers it: accepted, or no thanks, by a form of its own."""

from dataclasses import dataclass
from datetime import datetime
from typing import cast
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from iop_clinic.access import requires
from iop_clinic.accounts.models import User
from iop_clinic.clock import local_day
from iop_clinic.refusal import Refused
from iop_clinic.roles import Permission
from iop_clinic.wall import time_of_day
from patients.chart import own_chart
from patients.models import Patient
from patients.portal import frame
from patients.portal_words import day_words, month_day, wall
from scheduling import offers
from scheduling.models import SeatOffer

RELATED = ("group__track__site", "group__room", "group__lead", "entry__episode")


@dataclass(frozen=True)
class OfferCard:
    """One open offer with its words, at one moment."""

    offer: SeatOffer
    now: datetime

    @property
    def when(self) -> str:
        """ "Mondays, 9:00 am"."""
        group = self.offer.group
        return f"{group.get_weekday_display()}s, {time_of_day(group.starts)}"

    @property
    def begins(self) -> str:
        """ "Oct 26"."""
        return month_day(self.offer.from_on)

    @property
    def until(self) -> str:
        """ "Thursday, 5:00 pm", "tomorrow, 5:00 pm": inside a sentence."""
        tz_name = self.offer.group.track.site.time_zone
        ends_on, today = local_day(self.offer.expires_at, tz_name), local_day(self.now, tz_name)
        day = day_words(ends_on, today)
        day = day.lower() if day in ("Today", "Tomorrow") else day
        return f"{day}, {wall(self.offer.expires_at, tz_name)}"

    @property
    def place(self) -> str:
        """ "Cedar, with Ruth", "By video, with Joon"."""
        group = self.offer.group
        return f"{group.room.name if group.room else 'By video'}, with {group.lead.given_name}"


def offers_of(patient: Patient, now: datetime) -> list[OfferCard]:
    """The offers that stand, by the database's clock: one statement."""
    rows = SeatOffer.objects.standing().filter(
        entry__episode__patient=patient, entry__episode__ended_on__isnull=True
    )
    return [OfferCard(offer, now) for offer in rows.select_related(*RELATED).order_by("expires_at")]


@requires(Permission.USE_PORTAL)
@require_POST
def accept(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """ "Yes": a place from the offered day on. Sent twice it is one place."""
    card = _own(request, public_id)
    try:
        offers.accept_offer(actor=cast(User, request.user), offer=card.offer, now=card.now)
    except Refused as refusal:
        return _refused(request, card, refusal)
    messages.success(request, f"The place is yours, from {card.begins}.")
    return redirect("portal:week")


@requires(Permission.USE_PORTAL)
@require_POST
def decline(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """ "No thanks": the place goes to the next person."""
    card = _own(request, public_id)
    try:
        offers.decline_offer(actor=cast(User, request.user), offer=card.offer, now=card.now)
    except Refused as refusal:
        return _refused(request, card, refusal)
    messages.success(request, "Thank you for telling us. You are off the list for this place.")
    return redirect("portal:week")


def _own(request: HttpRequest, public_id: UUID) -> OfferCard:
    """One of the signed-in patient's offers by its public id; 404 for anyone else's."""
    rows = SeatOffer.objects.select_related(*RELATED).filter(entry__episode__patient=own_chart(request))
    return OfferCard(get_object_or_404(rows, public_id=public_id), timezone.now())


def _refused(request: HttpRequest, card: OfferCard, refusal: Refused) -> HttpResponse:
    """The sentence of the rule that said no, and the offer again while it stands."""
    patient = card.offer.entry.episode.patient
    stands = SeatOffer.objects.standing().filter(pk=card.offer.pk).exists()
    context = frame(patient, "week", []) | {"offer": card if stands else None, "refused": refusal.sentence}
    return render(request, "scheduling/portal/offer.html", context, status=refusal.status)
