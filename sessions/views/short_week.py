"""Short this week: everyone short of hours, what could be done, and offers that hold the seats."""

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from iop_clinic.access import requires
from iop_clinic.accounts.models import Site, User
from iop_clinic.accounts.sites import require_site
from iop_clinic.audit.trail import record
from iop_clinic.clock import local_day
from iop_clinic.refusal import Refused
from iop_clinic.roles import Permission
from patients.chart import open_chart, open_row
from scheduling.make_up_answer import accept_make_ups
from scheduling.make_up_offers import decline_make_ups, take_back_make_ups
from scheduling.models import MakeUpOffer
from scheduling.words import when_words
from sessions.held_for_me import way_of
from sessions.make_up_offering import asked_of, offer_these, offer_to_several, proposals
from sessions.short_week import ShortWeek, short_week
from sessions.week_page import week_words

OFFERS = MakeUpOffer.objects.select_related("episode__patient__site", "episode__site")


@requires(Permission.BOOK)
@require_safe
def short(request: HttpRequest) -> HttpResponse:
    """Everyone short this week, each with ranked ways; what is offered until when."""
    return _show(request)


def _today(site: Site) -> date:
    return local_day(timezone.now(), site.time_zone)


def _page(request: HttpRequest) -> ShortWeek:
    site = require_site(request)
    page = short_week(site=site, on=_today(site), now=timezone.now())
    shown = [person.episode.patient_id for person in page.people]
    record(cast(User, request.user), "sessions.read_short_week", site_id=site.pk, patients=shown)
    return page


def _show(request: HttpRequest, *, refused: str = "", status: int = 200) -> HttpResponse:
    page = _page(request)
    context = {"page": page, "week_words": week_words(page.week), "refused": refused}
    return render(request, "sessions/short_week.html", context, status=status)


@requires(Permission.BOOK)
@require_POST
def offer(request: HttpRequest, pk: int) -> HttpResponse:
    """The ticked ways to this person: each seat is held until they answer."""
    patient, now = open_chart(request, pk, verb="sessions.read_short_week"), timezone.now()
    page = short_week(site=patient.site, on=_today(patient.site), now=now, patient_pk=pk)
    person, keys = page.of(pk), request.POST.getlist("way")
    if person is None:
        return _show(request, refused=f"{patient.full_name} is not short of hours any more.", status=409)
    try:
        made = offer_these(actor=cast(User, request.user), person=person, keys=keys, now=now)
    except Refused as refusal:
        said = f"{patient.full_name}: {refusal.sentence}"
        return _show(request, refused=said, status=refusal.status)
    until = when_words(made.expires_at, patient.site.time_zone)
    messages.success(request, f"Offered to {patient.called}. The seats are held until {until}.")
    return redirect(f"{reverse('sessions:short_week')}#patient-{pk}")


@requires(Permission.BOOK)
@require_http_methods(["GET", "HEAD", "POST"])
def offer_everyone(request: HttpRequest) -> HttpResponse:
    """First a look at who would be offered what; then one press offers it to everyone still ticked."""
    page, now, refused = _page(request), timezone.now(), ""
    if request.method == "POST":
        asked = asked_of(request.POST.getlist("offer"))
        done = offer_to_several(actor=cast(User, request.user), page=page, asked=asked, now=now)
        if done.made or done.refused:
            _say(request, done.made, done.refused)
            return redirect("sessions:short_week")
        refused = "Choose at least one person."
    context = {"page": page, "proposals": proposals(page), "week_words": week_words(page.week)}
    status = 422 if refused else 200
    return render(request, "sessions/make_up_offers.html", context | {"refused": refused}, status=status)


def _say(request: HttpRequest, made: int, refused: list[str]) -> None:
    if made:
        people = "1 person" if made == 1 else f"{made} people"
        messages.success(request, f"Offered to {people}. Their seats are held.")
    for sentence in refused:
        messages.error(request, f"Not offered. {sentence}")


@requires(Permission.BOOK)
@require_POST
def accept(request: HttpRequest, pk: int) -> HttpResponse:
    """They said on the phone which one: its seats are booked, the others go back."""
    way = way_of(request.POST.get("way", ""))
    return _answer(request, pk, partial(accept_make_ups, way=way), "{} is booked.")


@requires(Permission.BOOK)
@require_POST
def decline(request: HttpRequest, pk: int) -> HttpResponse:
    """They said on the phone that none of them will do."""
    return _answer(request, pk, decline_make_ups, "The seats offered to {} are free again.")


@requires(Permission.BOOK)
@require_POST
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """The seats are free for others again."""
    return _answer(request, pk, take_back_make_ups, "The offer to {} is taken back.")


def _answer(request: HttpRequest, pk: int, deed: Callable[..., object], words: str) -> HttpResponse:
    found = open_row(request, OFFERS, pk, verb="sessions.make_up_offer", path="episode__patient")
    try:
        deed(actor=cast(User, request.user), offer=found, now=timezone.now())
    except Refused as refusal:
        return _show(request, refused=refusal.sentence, status=refusal.status)
    messages.success(request, words.format(found.episode.patient.called))
    return redirect("sessions:short_week")
