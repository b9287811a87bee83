"""Putting cancelled sessions back: one on its own page, or what a closure cancelled when it is taken back."""

from datetime import datetime
from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from iop_clinic.access import requires
from iop_clinic.accounts.models import User
from iop_clinic.audit.trail import record
from iop_clinic.roles import Permission
from scheduling.coming_back import Return, returns_of
from scheduling.models import Closure, TherapySession
from scheduling.putting_back import Chosen, put_back
from scheduling.putting_back_form import PutBackForm
from scheduling.reopening import Reopened, called_off_for, reopen
from scheduling.rosters import page_of
from scheduling.substitutes import with_people
from scheduling.views.sessions import open_session
from scheduling.words import span_words


@requires(Permission.BOOK)
@require_http_methods(["GET", "HEAD", "POST"])
def session_return(request: HttpRequest, pk: int) -> HttpResponse:
    """A cancelled session is on again, with those of its people who are ticked."""
    found, now, actor = open_session(request, pk), timezone.now(), cast(User, request.user)
    form, status = PutBackForm(request.POST if request.method == "POST" else None, site=found.site), 200
    if request.method == "POST":
        chosen = form.chosen.get(pk, Chosen(0, frozenset()))
        status = form.attempt(lambda said: put_back(actor=actor, session=found, chosen=chosen, now=now))
    if not status:
        messages.success(request, f"{found.title} is on again.")
        return redirect("scheduling:session", pk=pk)
    page = page_of(found, now)
    rows = with_people(TherapySession.objects.filter(pk=pk)) if page.may_return else ()
    context = {"page": page, "session": found, "form": form, "lines": form.lines(returns_of(list(rows)))}
    return render(request, "scheduling/session_return.html", context, status=status)


@requires(Permission.PLAN_GROUPS)
@require_http_methods(["GET", "HEAD", "POST"])
def closure_reopening(request: HttpRequest, pk: int) -> HttpResponse:
    """Open after all: what was cancelled comes back where ticked, weekly groups where never made."""
    actor, now = cast(User, request.user), timezone.now()
    rows = Closure.objects.filter(site__in=actor.sites.all()).select_related("site")
    found, done = get_object_or_404(rows, pk=pk), [Reopened()]
    form, status = PutBackForm(request.POST if request.method == "POST" else None, site=found.site), 200
    if request.method == "POST":
        said = {"actor": actor, "closure": found, "chosen": form.chosen, "now": now}
        status = form.attempt(lambda _: done.append(reopen(**said)))  # type: ignore[arg-type]
    if not status:
        messages.success(request, f"{found.site.name} is open again. {done[-1].words}")
        return redirect("scheduling:closures")
    context = {
        "closure": found,
        "form": form,
        "lines": form.lines(_cancelled(actor, found, now)),
        "when": span_words(found.starts_at, found.ends_at, found.site.time_zone),
    }
    return render(request, "scheduling/closure_reopening.html", context, status=status)


def _cancelled(actor: User, closure: Closure, now: datetime) -> list[Return]:
    """What the closure cancelled. It names people: a read, recorded."""
    sessions = with_people(called_off_for(closure, now)).order_by("starts_at", "pk")
    found = returns_of(list(sessions), without=closure)
    named = [booking.patient_id for back in found for booking in back.coming]
    named += [booking.patient_id for back in found for booking, _ in back.staying]
    if named:
        record(actor, "replanning.read", site_id=closure.site_id, patients=named)
    return found
