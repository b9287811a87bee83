"""A version of the plan as a PDF: for the chart, the patient and the payer's reviewer."""

from django.http import HttpRequest, HttpResponse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from iop_clinic.access import requires
from iop_clinic.audit.trail import record
from iop_clinic.paper.pdf import pdf_of
from iop_clinic.roles import Permission
from patients.plan_paper import plan_on_paper
from patients.views.plan_signatures import open_plan


@requires(Permission.SEE_CLINICAL)
@require_safe
def plan_paper(request: HttpRequest, pk: int) -> HttpResponse:
    """The name of the file says no more than the chart's number."""
    frame, version = open_plan(request, pk)
    made = pdf_of(plan_on_paper(version, now=frame.now))
    record(frame.user, "patients.print_plan", version, version=version.version)
    name = f"chart-{frame.patient.record_number}-plan-{version.version}.pdf"
    headers = {
        "Content-Disposition": content_disposition_header(True, name) or "",
        "Cache-Control": "private, no-store",
    }
    return HttpResponse(made, content_type="application/pdf", headers=headers)
