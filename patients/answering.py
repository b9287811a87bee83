"""Questions answered by the patient, one a page, wherever that is: in the portal, on the clinic's tablet.

A risk answer leads to the crisis page before anything else (domain reference 6.2; DESIGN.md 10).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from iop_clinic.accounts.models import User
from iop_clinic.refusal import Refused
from patients.assessing import finish_measure, save_answers
from patients.checkin import CheckIn
from patients.portal_forms import AnswerForm
from patients.portal_words import by_when


@dataclass(frozen=True)
class Place:
    """Where questions are answered: addresses by name, templates by folder, who is signed in, if anyone.

    `frame` gives what every page there needs; it is told whether the page lists what else is due.
    """

    question_name: str
    list_name: str
    folder: str
    mode: str
    actor: User | None
    frame: Callable[[bool], dict[str, Any]]

    def question_url(self, checkin: CheckIn, number: int) -> str:
        return reverse(self.question_name, args=[checkin.response.public_id, number])

    @property
    def list_url(self) -> str:
        return reverse(self.list_name)


def answer_question(request: HttpRequest, checkin: CheckIn, number: int, place: Place) -> HttpResponse:
    """One question; the page after the last says what happens now, and so does a finished measure."""
    if not 1 <= number <= checkin.end_number:
        raise Http404("There is no such question.")
    if checkin.is_finished or number == checkin.end_number:
        return _to_end(checkin, place) if request.method == "POST" else _end(request, checkin, place)
    if checkin.item(number) is None:  # not asked, or not yet
        return redirect(place.question_url(checkin, checkin.next_number))
    if request.method != "POST":
        return _ask(request, checkin, number, AnswerForm(checkin=checkin, number=number), place)
    return _answer(request, checkin, number, place)


def _ask(request: HttpRequest, checkin: CheckIn, number: int, form: AnswerForm, place: Place) -> HttpResponse:
    item = checkin.instrument.items[number - 1]
    before = checkin.number_before(number)
    context = place.frame(False) | {
        "checkin": checkin,
        "item": item,
        "lead": checkin.lead(item),
        "place": checkin.place(item),
        "bars": range(1, checkin.questions + 1),
        "back_url": place.question_url(checkin, before) if before else place.list_url,
        "is_last": number == len(checkin.instrument.items),
        "form": form,
    }
    return render(request, f"{place.folder}/question.html", context, status=422 if form.errors else 200)


def _answer(request: HttpRequest, checkin: CheckIn, number: int, place: Place) -> HttpResponse:
    """Keep the answer as it is given; the last one finishes the measure."""
    leaving = "leave" in request.POST
    if leaving and "answer" not in request.POST:
        return _away(checkin, place)
    form = AnswerForm(request.POST, checkin=checkin, number=number)
    if not form.is_valid():
        return _ask(request, checkin, number, form, place)
    try:
        after = _keep(place, checkin, number, form.cleaned_data["answer"])
    except Refused as refusal:
        return _not_kept(request, checkin, number, form, refusal, place)
    item = checkin.instrument.items[number - 1]
    if after.is_finished or after.asks_for_help(item):
        return _to_end(after, place)
    if leaving:
        return _away(after, place)
    return redirect(place.question_url(after, after.number_after(number)))


def _not_kept(
    request: HttpRequest, checkin: CheckIn, number: int, form: AnswerForm, refusal: Refused, place: Place
) -> HttpResponse:
    """A rule said no. Finished in another window: its end page. A risk answer still gets the crisis page."""
    checkin.response.refresh_from_db(fields=["finished_at", "state", "answers"])
    if checkin.is_finished:
        return _to_end(checkin, place)
    if checkin.would_need_help(number, form.cleaned_data["answer"]):
        context = place.frame(False) | {"checkin": checkin, "refused": refusal.sentence}
        return render(request, f"{place.folder}/crisis.html", context, status=refusal.status)
    form.add_error("answer", refusal.sentence)
    return _ask(request, checkin, number, form, place)


def _keep(place: Place, checkin: CheckIn, number: int, answer: int) -> CheckIn:
    """Save one answer; when nothing is left to ask, score them all."""
    how: dict[str, Any] = {"actor": place.actor, "mode": place.mode, "now": timezone.now()}
    answers = {checkin.instrument.items[number - 1].id: answer}
    saved = save_answers(response=checkin.response, answers=answers, **how)
    after = CheckIn(saved, checkin.instrument)
    if after.missing_numbers:
        return after
    return CheckIn(finish_measure(response=saved, answers=saved.answers, **how), checkin.instrument)


def _to_end(checkin: CheckIn, place: Place) -> HttpResponse:
    return redirect(place.question_url(checkin, checkin.end_number))


def _away(checkin: CheckIn, place: Place) -> HttpResponse:
    """Leaving for now: past the crisis page where an answer asks for a person, else to the list."""
    return _to_end(checkin, place) if checkin.needs_help_now else redirect(place.list_url)


def _end(request: HttpRequest, checkin: CheckIn, place: Place) -> HttpResponse:
    """The crisis page after a risk answer, thanks after a finished measure, else the question still open."""
    if not checkin.is_finished and not checkin.needs_help_now:
        return redirect(place.question_url(checkin, min(checkin.next_number, len(checkin.instrument.items))))
    now = timezone.now()
    context = place.frame(True) | {"checkin": checkin}
    if not checkin.needs_help_now:
        return render(request, f"{place.folder}/thanks.html", context)
    follow_up = checkin.follow_up()
    if follow_up is not None and follow_up.closed_at is None:
        when = by_when(follow_up.due_at, now, checkin.response.patient.site.time_zone)
        context |= {"owner": follow_up.owner, "by_when": when, "is_late": follow_up.due_at <= now}
    if not checkin.is_finished:
        context["next_url"] = place.question_url(checkin, checkin.next_number)
    return render(request, f"{place.folder}/crisis.html", context)
