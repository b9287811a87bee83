"""Relatives of a patient: who is on the chart, and the consent to family sessions with each."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from iop_clinic.access import requires
from iop_clinic.roles import Permission
from patients.chart import open_row
from patients.consenting import sign_consent
from patients.forms.relatives import FamilyConsentForm, RelatedPersonForm
from patients.models import Consent, RelatedPerson
from patients.relating import add_related_person, consent_in_force
from patients.views.frame import frame_of, open_page

RECORDERS = (Permission.EDIT_PATIENTS, Permission.ADMIT)


@requires(Permission.SEE_PATIENTS)
@require_http_methods(["GET", "HEAD", "POST"])
def relatives(request: HttpRequest, pk: int) -> HttpResponse:
    frame = open_page(request, pk, verb="chart.read_consents", tab="consents")
    data, status = request.POST if request.method == "POST" else None, 200
    if data is not None:
        frame.demand(*RECORDERS)
    form = RelatedPersonForm(data)
    if data is not None:
        status = form.attempt(
            lambda said: add_related_person(actor=frame.user, patient=frame.patient, **said)
        )
    if not status:
        messages.success(request, "Added. Now record the signed consent.")
        return redirect("patients:relatives", pk=pk)
    people = [(person, consent_in_force(person, frame.day)) for person in frame.patient.related_persons.all()]
    context = frame.context(form=form, people=people, may_record=frame.may(*RECORDERS))
    return render(request, "patients/relatives.html", context, status=status)


@requires(*RECORDERS)
@require_http_methods(["GET", "HEAD", "POST"])
def relative_consent(request: HttpRequest, pk: int) -> HttpResponse:
    """Record the patient's signature under a consent to family sessions with this person."""
    rows = RelatedPerson.objects.select_related("patient__site")
    person = open_row(request, rows, pk, verb="consent.read")
    frame = frame_of(request, person.patient, "consents")
    data, status = request.POST if request.method == "POST" else None, 200
    form = FamilyConsentForm(data, patient=frame.patient, day=frame.day)
    if data is not None:
        status = form.attempt(
            lambda said: sign_consent(
                actor=frame.user,
                patient=frame.patient,
                kind=Consent.Kind.FAMILY,
                related_person=person,
                **said,
            )
        )
    if not status:
        messages.success(request, f"Consent to family sessions with {person.name} recorded.")
        return redirect("patients:relatives", pk=person.patient_id)
    context = {"person": person, "patient": frame.patient, "form": form}
    return render(request, "patients/relative_consent.html", context, status=status)
