"""Print for the group: the blank forms of everyone booked into one session, due by its day."""

from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from iop_clinic.access import requires
from iop_clinic.accounts.models import User
from iop_clinic.audit.trail import record
from iop_clinic.refusal import Refused
from iop_clinic.roles import Permission
from patients.measure_forms import forms_due, print_forms
from patients.views.check_in import as_pdf
from scheduling.models import Booking
from sessions.doors import open_session


@requires(Permission.SEND_MEASURES)
@require_safe
def session_measures(request: HttpRequest, pk: int) -> HttpResponse:
    held, user = open_session(request, pk), cast(User, request.user)
    people = list(Booking.objects.active().filter(session=held).values_list("patient_id", flat=True))
    record(user, "sessions.read_measures_due", held, patients=people)
    forms = forms_due(people, held.occurs_on)
    try:
        made = print_forms(
            actor=user,
            forms=forms,
            title=f"Check-ins, {held.occurs_on:%b} {held.occurs_on.day}",
            now=timezone.now(),
        )
    except Refused as refusal:
        messages.info(request, refusal.sentence)
        return redirect(f"{reverse('sessions:today')}?session={held.pk}")
    return as_pdf(made, f"session-{held.pk}-check-ins.pdf")
