"""Contact details: names, birth date, how to reach the person."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from iop_clinic.access import requires
from iop_clinic.refusal import Refused
from iop_clinic.roles import Permission
from patients.contacting import change_contact
from patients.forms.people import ContactForm
from patients.inviting import invite_to_portal
from patients.views.frame import open_page


@requires(Permission.EDIT_PATIENTS)
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    frame = open_page(request, pk, verb="chart.read_details", tab="")
    form = ContactForm(
        request.POST if request.method == "POST" else None, patient=frame.patient, day=frame.day
    )
    status = 200
    if request.method == "POST":
        status = form.attempt(
            lambda said: change_contact(actor=frame.user, patient=frame.patient, changes=form.changes)
        )
        if not status:
            messages.success(request, "Details saved.")
            return redirect("patients:chart", pk=pk)
    return render(request, "patients/details_form.html", frame.context(form=form), status=status)


@requires(Permission.EDIT_PATIENTS)
@require_POST
def portal_account(request: HttpRequest, pk: int) -> HttpResponse:
    """Open the patient's portal account and owe them the invitation."""
    frame = open_page(request, pk, verb="chart.read_details", tab="")
    try:
        account = invite_to_portal(actor=frame.user, patient=frame.patient, now=frame.now)
    except Refused as refusal:
        messages.error(request, refusal.sentence)
    else:
        messages.success(request, f"The invitation goes to {account.email}.")
    return redirect("patients:edit", pk=pk)
