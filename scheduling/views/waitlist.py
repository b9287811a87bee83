"""A group's waitlist: who waits, getting in line and out of it, and seats offered and answered by phone."""

from typing import cast

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from iop_clinic.access import requires
from iop_clinic.accounts.models import User
from iop_clinic.audit.trail import record
from iop_clinic.refusal import Refused
from iop_clinic.roles import Permission
from patients.chart import open_row
from patients.views.frame import open_page
from scheduling.models import Group, SeatOffer, WaitlistEntry
from scheduling.offers import accept_offer, decline_offer, offer_seat, take_back_offer
from scheduling.waitlist import add_to_waitlist, remove_from_waitlist
from scheduling.waitlist_forms import AnswerForm, WaitForm
from scheduling.waitlist_page import waitlist_page
from scheduling.weeks import open_episode
from scheduling.words import when_words

ENTRIES = WaitlistEntry.objects.select_related("episode__patient__site", "group__track__site")
OFFERS = SeatOffer.objects.select_related("entry__episode__patient__site", "group__track__site")
ANSWERS = {
    AnswerForm.ACCEPT: (accept_offer, "{} is enrolled."),
    AnswerForm.DECLINE: (decline_offer, "{} is off the waitlist. The next in line is asked."),
    AnswerForm.TAKE_BACK: (take_back_offer, "The offer to {} is taken back."),
}


@requires(Permission.BOOK)
@require_safe
def waitlist(request: HttpRequest, pk: int) -> HttpResponse:
    """Who is next, how long they wait, and how their offer stands."""
    groups = Group.objects.select_related("track__site", "room", "lead")
    here = groups.filter(track__site__in=cast(User, request.user).sites.all())
    return _show(request, get_object_or_404(here, pk=pk))


def _show(request: HttpRequest, group: Group, *, refused: str = "", status: int = 200) -> HttpResponse:
    page = waitlist_page(group, timezone.now())
    seen = [row.entry.episode.patient_id for row in page.rows]
    record(cast(User, request.user), "waitlist.read", group, site_id=group.track.site_id, patients=seen)
    context = {"group": group, "page": page, "refused": refused}
    return render(request, "scheduling/waitlist.html", context, status=status)


@requires(Permission.BOOK)
@require_http_methods(["GET", "HEAD", "POST"])
def waitlist_add(request: HttpRequest, pk: int) -> HttpResponse:
    """A patient gets in line. `?group=` chooses the group."""
    frame = open_page(request, pk, verb="chart.read", tab="")
    episode, posted = open_episode(frame.patient), request.method == "POST"
    open_groups = Q(to_on__isnull=True) | Q(to_on__gte=frame.day)
    groups = Group.objects.filter(open_groups, track__site=frame.patient.site, track__is_active=True)
    if episode and not episode.is_part2:
        groups = groups.exclude(track__is_part2=True)
    asked = {"group": request.GET.get("group")}
    form = WaitForm(
        request.POST if posted else None, groups=groups.order_by("name", "weekday"), initial=asked
    )
    status = 409 if posted else 200
    if posted and episode:
        status = form.attempt(
            lambda said: add_to_waitlist(actor=frame.user, episode=episode, now=frame.now, **said)
        )
    if not status:
        group = form.cleaned_data["group"]
        messages.success(request, f"{frame.patient.called} is on the waitlist of {group.name}.")
        return redirect("scheduling:waitlist", pk=group.pk)
    context = frame.context(episode=episode, form=form)
    return render(request, "scheduling/waitlist_add.html", context, status=status)


@requires(Permission.BOOK)
@require_http_methods(["GET", "HEAD", "POST"])
def waitlist_end(request: HttpRequest, pk: int) -> HttpResponse:
    """Off the list; an open offer goes back to the group."""
    entry = open_row(request, ENTRIES, pk, verb="waitlist.entry", path="episode__patient")
    if request.method != "POST":
        return render(request, "scheduling/waitlist_end.html", {"entry": entry})
    try:
        remove_from_waitlist(actor=cast(User, request.user), entry=entry)
    except Refused as refusal:
        return _show(request, entry.group, refused=refusal.sentence, status=refusal.status)
    messages.success(request, f"{entry.episode.patient.called} is off the waitlist of {entry.group.name}.")
    return redirect("scheduling:waitlist", pk=entry.group_id)


@requires(Permission.BOOK)
@require_POST
def offer(request: HttpRequest, pk: int) -> HttpResponse:
    """A free seat to the person staff chose."""
    entry = open_row(request, ENTRIES, pk, verb="waitlist.entry", path="episode__patient")
    try:
        made = offer_seat(actor=cast(User, request.user), entry=entry, now=timezone.now())
    except Refused as refusal:
        return _show(request, entry.group, refused=refusal.sentence, status=refusal.status)
    until = when_words(made.expires_at, entry.group.track.site.time_zone)
    messages.success(request, f"Offered to {entry.episode.patient.called}, until {until}.")
    return redirect("scheduling:waitlist", pk=entry.group_id)


@requires(Permission.BOOK)
@require_http_methods(["GET", "HEAD", "POST"])
def offer_answer(request: HttpRequest, pk: int) -> HttpResponse:
    """What the patient said on the phone, or the clinic takes the offer back."""
    found = open_row(request, OFFERS, pk, verb="waitlist.offer", path="entry__episode__patient")
    now, actor, posted = timezone.now(), cast(User, request.user), request.method == "POST"
    form, status = AnswerForm(request.POST if posted else None), 200
    if posted:
        status = form.attempt(lambda said: ANSWERS[said["answer"]][0](actor=actor, offer=found, now=now))
    if not status:
        words = ANSWERS[form.cleaned_data["answer"]][1]
        messages.success(request, words.format(found.entry.episode.patient.called))
        return redirect("scheduling:waitlist", pk=found.group_id)
    until = when_words(found.expires_at, found.group.track.site.time_zone)
    context = {"offer": found, "patient": found.entry.episode.patient, "form": form, "until": until}
    return render(request, "scheduling/offer_answer.html", context, status=status)
