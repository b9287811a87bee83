"""A consent asked for by its kind, and signed: on the clinic's screen, or noted from paper."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from iop_clinic.access import requires
from iop_clinic.roles import Permission
from patients.chart import open_row
from patients.consenting import ask_for_consent, give_signature
from patients.forms.consents import PaperSignatureForm, ScreenSignatureForm, TermsForm
from patients.models import Consent
from patients.models.consent_terms import RELEASING
from patients.views.frame import Frame, frame_of, open_page

RELEASES = [one for one in Consent.Kind.choices if one[0] in RELEASING]
OTHERS = [one for one in Consent.Kind.choices if one[0] not in RELEASING]


@requires(Permission.RECORD_CONSENTS)
@require_http_methods(["GET", "HEAD", "POST"])
def consent_new(request: HttpRequest, pk: int) -> HttpResponse:
    """First the kind, by link; then only the fields that kind needs."""
    frame = open_page(request, pk, verb="chart.read_consents", tab="consents")
    kind = request.GET.get("kind", "")
    if kind not in Consent.Kind.values:
        context = frame.context(releases=RELEASES, others=OTHERS)
        return render(request, "patients/consent_kinds.html", context, status=422 if kind else 200)
    data = request.POST if request.method == "POST" else None
    form, asked, status = TermsForm(data, kind=kind, patient=frame.patient), [], 200
    if data is not None:
        status = form.attempt(
            lambda said: asked.append(
                ask_for_consent(
                    actor=frame.user,
                    patient=frame.patient,
                    terms=form.terms(said),
                    related_person=said.get("related_person"),
                )
            )
        )
        if not status:
            return redirect("patients:consent", pk=asked[0].pk)
    context = frame.context(form=form, kind=Consent.Kind(kind).label)
    return render(request, "patients/consent_form.html", context, status=status)


def _waiting(request: HttpRequest, pk: int) -> tuple[Consent, Frame]:
    rows = Consent.objects.select_related("patient__site", "related_person")
    row = open_row(request, rows, pk, verb="consent.read")
    return row, frame_of(request, row.patient, "consents")


@requires(Permission.RECORD_CONSENTS)
@require_http_methods(["GET", "HEAD", "POST"])
def consent_signature(request: HttpRequest, pk: int) -> HttpResponse:
    """The page on the device handed over: the words, the pad, and nothing else of the chart."""
    row, frame = _waiting(request, pk)
    data, status = request.POST if request.method == "POST" else None, 200
    form = ScreenSignatureForm(data)
    if data is not None:
        status = form.attempt(
            lambda said: give_signature(actor=frame.user, consent=row, signing=form.signing(), now=frame.now)
        )
        if not status:
            return redirect("patients:consent_signature", pk=pk)
        row.refresh_from_db()
    context = {"consent": row, "form": form, "clinic_name": row.patient.site.name}
    return render(request, "patients/consent_signature.html", context, status=status)


@requires(Permission.RECORD_CONSENTS)
@require_http_methods(["GET", "HEAD", "POST"])
def consent_paper(request: HttpRequest, pk: int) -> HttpResponse:
    """Signed on paper: who, and on which day."""
    row, frame = _waiting(request, pk)
    if row.signed_on is not None and request.method != "POST":
        raise Http404("This consent is signed already.")
    data, status = request.POST if request.method == "POST" else None, 200
    form = PaperSignatureForm(data, patient=row.patient, day=frame.day)
    if data is not None:
        status = form.attempt(
            lambda said: give_signature(actor=frame.user, consent=row, signing=form.signing(), now=frame.now)
        )
        if not status:
            messages.success(request, "Signature recorded.")
            return redirect("patients:consent", pk=pk)
    context = {"consent": row, "patient": row.patient, "form": form}
    return render(request, "patients/consent_paper.html", context, status=status)
