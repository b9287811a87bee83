"""The patient answers an offer to make up time: one of the ways, or no thanks, each by a form of its own."""

from typing import cast
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from iop_clinic.access import requires
from iop_clinic.accounts.models import User
from iop_clinic.refusal import Refused
from iop_clinic.roles import Permission
from patients.chart import own_chart
from patients.portal import frame
from scheduling.make_up_answer import accept_make_ups
from scheduling.make_up_offers import SEATS, decline_make_ups
from scheduling.models import MakeUpOffer
from sessions.held_for_me import HeldForMe, HeldWay, way_of


@requires(Permission.USE_PORTAL)
@require_POST
def accept(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """ "This one": its seats are booked, the others go back. Sent twice it is the same."""
    held, number = _own(request, public_id), way_of(request.POST.get("way", ""))
    try:
        booked = accept_make_ups(actor=cast(User, request.user), offer=held.offer, way=number, now=held.now)
    except Refused as refusal:
        return _refused(request, held, refusal)
    way = HeldWay(number, [booking.session for booking in booked], held.today, None)
    messages.success(request, f"Your seat is saved: {way.days}, {way.title}.")
    return redirect("portal:week")


@requires(Permission.USE_PORTAL)
@require_POST
def decline(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """ "No thanks": the seats go back."""
    held = _own(request, public_id)
    try:
        decline_make_ups(actor=cast(User, request.user), offer=held.offer, now=held.now)
    except Refused as refusal:
        return _refused(request, held, refusal)
    messages.success(request, "Thank you for telling us. We give the seats to someone else.")
    return redirect("portal:week")


def _own(request: HttpRequest, public_id: UUID) -> HeldForMe:
    """One of the signed-in patient's offers by its public id; 404 for anyone else's."""
    rows = MakeUpOffer.objects.filter(episode__patient=own_chart(request)).prefetch_related(SEATS)
    offers = rows.select_related("episode__patient__site", "episode__site")
    offer = get_object_or_404(offers, public_id=public_id)
    return HeldForMe(offer, list(offer.seats.all()), timezone.now())


def _refused(request: HttpRequest, held: HeldForMe, refusal: Refused) -> HttpResponse:
    """The sentence of the rule that said no, and the ways again while the offer stands."""
    stands = MakeUpOffer.objects.standing().filter(pk=held.offer.pk).exists()
    shown = held if stands and held.ways else None
    context = frame(held.offer.episode.patient, "week", []) | {"held": shown, "refused": refusal.sentence}
    return render(request, "sessions/portal/make_up_offer.html", context, status=refusal.status)
