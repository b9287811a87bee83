"""Contact details: names, birth date, how to reach the person."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from iop_clinic.access import requires
from iop_clinic.roles import Permission
from patients.contacting import change_contact
from patients.forms.people import ContactForm
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
