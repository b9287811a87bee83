"""The clinic's tablet in a patient's hands: one person's check-ins and help, nothing else.

Nobody is signed in on it; its own session holds the public id of the handover. Whoever signs in on it again
holds none. Crisis help comes at once, as in the portal (domain reference 6.2).
"""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from iop_clinic.access import public
from iop_clinic.audit.trail import record
from iop_clinic.wall import say_hours
from patients.answering import Place, answer_question
from patients.handing_over import checkins_of, open_handovers, take_back
from patients.models import Handover, Response

KEY = "handover"


def held_handover(request: HttpRequest) -> Handover | None:
    """The handover this device still holds; its read is on the trail. None with someone signed in."""
    held = request.session.get(KEY)
    if held is None or request.user.is_authenticated:
        request.session.pop(KEY, None)
        return None
    found = open_handovers(timezone.now()).filter(public_id=held).first()
    if found is None:
        request.session.flush()
        return None
    record(None, "tablet.read", found, site_id=found.patient.site_id)
    say_hours(found.patient.site.clock_hours)
    return found


def frame(handover: Handover, *, lists_due: bool = True) -> dict[str, Any]:
    """Context of every page on the tablet: the clinic, and what is left to answer."""
    checkins = checkins_of(handover) if lists_due else []
    site = handover.patient.site
    return {
        "base_page": "patients/tablet/base.html",
        "patient": handover.patient,
        "clinic": site,
        "clinic_name": site.name,
        "due": [one for one in checkins if not one.is_finished],
        "done": [one for one in checkins if one.is_finished],
        "theme": "light",
    }


@public
@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """What is to be answered; without a handover, that the tablet can be given back."""
    if request.user.is_authenticated:
        return redirect("home")
    handover = held_handover(request)
    if handover is None:
        return render(request, "patients/tablet/ended.html", {"base_page": "patients/tablet/base.html"})
    return render(request, "patients/tablet/start.html", frame(handover))


@public
@require_safe
def help_now(request: HttpRequest) -> HttpResponse:
    handover = held_handover(request)
    if handover is None:
        return redirect("tablet:start")
    return render(request, "patients/tablet/help.html", frame(handover, lists_due=False))


@public
@require_http_methods(["GET", "HEAD", "POST"])
def question(request: HttpRequest, public_id: UUID, number: int) -> HttpResponse:
    """A question of one of the responses handed over; 404 for any other."""
    handover = held_handover(request)
    if handover is None:
        return redirect("tablet:start")
    mine = [one for one in checkins_of(handover) if one.response.public_id == public_id]
    if not mine:
        raise Http404("This is not among the questions handed over.")
    place = Place(
        question_name="tablet:question",
        list_name="tablet:start",
        folder="patients/tablet",
        mode=Response.Mode.TABLET,
        actor=None,
        frame=lambda lists_due: frame(handover, lists_due=lists_due),
    )
    return answer_question(request, mine[0], number, place)


@public
@require_POST
def end(request: HttpRequest) -> HttpResponse:
    """Done: the tablet opens nothing any more, whatever its history shows."""
    handover = held_handover(request)
    if handover is not None:
        take_back(handover=handover, now=timezone.now())
        request.session.flush()
    return redirect("tablet:start")
