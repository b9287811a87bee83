"""The way in: the pipeline, a new referral, and one referral with all that is done on its page."""

from collections.abc import Callable
from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from iop_clinic.access import requires
from iop_clinic.accounts.models import User
from iop_clinic.accounts.sites import require_site
from iop_clinic.audit.trail import record
from iop_clinic.clock import local_day
from iop_clinic.forms import ClinicForm
from iop_clinic.roles import Permission
from patients.chart import open_row
from patients.forms.referral import ClosureForm, ContactForm, ReferralForm, StageForm, UrgencyForm
from patients.header import may_open
from patients.intake import close_referral, move_referral, refer
from patients.models import Referral
from patients.models.referral import OPEN_STAGES, Source
from patients.pipeline import ONLY, STAGES, Asked, clock_of, pipeline_page
from patients.reaching import set_urgency, try_contact
from patients.readiness import steps_before_admission
from patients.views.frame import frame_of

INTAKE = (Permission.REFER, Permission.ADMIT)


@requires(*INTAKE)
@require_safe
def referrals(request: HttpRequest) -> HttpResponse:
    """`stage`, `source` and `only` are keys of STAGES, the sources and ONLY."""
    site, user = require_site(request), cast(User, request.user)
    asked, now = Asked.of(request.GET), timezone.now()
    page, rows, counts = pipeline_page(site, asked, now, request.GET.get("page", "1"))
    record(user, "patients.referrals", site_id=site.pk, patients=[row.referral.patient_id for row in rows])
    stages = [(key, words, asked.query(stage=key), counts.get(key)) for key, words in STAGES.items()]
    context = {
        "asked": asked,
        "page": page,
        "rows": rows,
        "stages": stages,
        "sources": [("", "Any sender", asked.query(source="")), *_choices(asked, "source", Source.choices)],
        "only": _choices(asked, "only", ONLY.items()),
        "query": asked.query(),
        "all_query": asked.query(only=""),
        "waiting": sum(counts.values()),
        "new_url": may_open(user, "patients:referral_new"),
        "access_url": may_open(user, "sessions:access"),
        "tracks_url": may_open(user, "scheduling:waiting_referrals"),
    }
    return render(request, "patients/referrals.html", context)


def _choices(asked: Asked, name: str, choices: Any) -> list[tuple[str, str, str]]:
    return [(key, words, asked.query(**{name: key})) for key, words in choices]


@requires(Permission.REFER)
@require_http_methods(["GET", "HEAD", "POST"])
def referral_new(request: HttpRequest) -> HttpResponse:
    site, user, now = require_site(request), cast(User, request.user), timezone.now()
    day = local_day(now, site.time_zone)
    form = ReferralForm(request.POST if request.method == "POST" else None, user=user, site=site, day=day)
    made: list[Referral] = []
    status = 200
    if request.method == "POST":
        status = form.attempt(lambda said: made.append(refer(actor=user, site=site, now=now, **said)))
    if made:
        return redirect("patients:referral", pk=made[0].pk)
    if form.duplicates:
        shown = [row.patient.pk for row in form.duplicates]
        record(user, "patients.duplicates", site_id=site.pk, patients=shown)
    return render(request, "patients/referral_form.html", {"form": form}, status=status)


@requires(*INTAKE)
@require_safe
def referral(request: HttpRequest, pk: int) -> HttpResponse:
    return _show(request, _open(request, pk))


@requires(*INTAKE)
@require_POST
def referral_stage(request: HttpRequest, pk: int) -> HttpResponse:
    return _do(request, pk, "form", StageForm(request.POST), move_referral, "Moved.")


@requires(*INTAKE)
@require_POST
def referral_closure(request: HttpRequest, pk: int) -> HttpResponse:
    return _do(request, pk, "closing", ClosureForm(request.POST), close_referral, "The referral is closed.")


@requires(*INTAKE)
@require_POST
def referral_contact(request: HttpRequest, pk: int) -> HttpResponse:
    return _do(request, pk, "trying", ContactForm(request.POST), try_contact, "Contact written down.")


@requires(*INTAKE)
@require_POST
def referral_urgency(request: HttpRequest, pk: int) -> HttpResponse:
    def deed(*, now: Any, **said: Any) -> object:
        return set_urgency(**said)

    return _do(request, pk, "hurry", UrgencyForm(request.POST), deed, "The clock is set.")


def _do(
    request: HttpRequest, pk: int, name: str, form: ClinicForm, deed: Callable[..., object], done: str
) -> HttpResponse:
    """One of the page's forms: the deed and back to the page, or the page with the form as it was typed."""
    found, now, user = _open(request, pk), timezone.now(), cast(User, request.user)
    status = form.attempt(lambda said: deed(actor=user, referral=found, now=now, **said))
    if status:
        return _show(request, found, status, **{name: form})
    messages.success(request, done)
    return redirect("patients:referral", pk=pk)


def _open(request: HttpRequest, pk: int) -> Referral:
    rows = Referral.objects.select_related("patient__site", "payer", "sender", "site", "episode")
    return open_row(request, rows, pk, verb="referral.read")


def _show(request: HttpRequest, found: Referral, status: int = 200, **typed: ClinicForm) -> HttpResponse:
    frame = frame_of(request, found.patient, "")
    is_open = found.stage in OPEN_STAGES
    steps = steps_before_admission(found.patient, frame.user, frame.day, found) if is_open else []
    words, tone = clock_of(found, found.site, frame.now)
    forms: dict[str, ClinicForm] = {
        "form": StageForm(initial={"stage": found.stage}),
        "closing": ClosureForm(),
        "trying": ContactForm(),
        "hurry": UrgencyForm(initial={"urgency": found.urgency}),
    }
    context: dict[str, Any] = frame.context(
        referral=found,
        moves=found.steps.select_related("by"),
        tries=found.contact_tries.select_related("by"),
        waited=found.days_waiting(frame.day),
        clock_words=words,
        clock_tone=tone,
        is_open=is_open,
        steps=steps,
        blocked=any(step.is_required and not step.is_done for step in steps),
        admit_url=may_open(frame.user, "patients:admission", found.patient_id),
        tracks_url=may_open(frame.user, "scheduling:referral_wishes", found.pk),
        packet_url=may_open(frame.user, "patients:packet", found.patient_id),
        duplicates_url=may_open(frame.user, "patients:duplicates", found.patient_id),
        **(forms | typed),
    )
    return render(request, "patients/referral.html", context, status=status)
