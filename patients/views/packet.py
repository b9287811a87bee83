"""The intake packet of a chart, to print."""

from django.http import HttpRequest, HttpResponse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from iop_clinic.access import requires
from iop_clinic.roles import Permission
from patients.packet import make_packet
from patients.views.frame import open_page


@requires(Permission.REFER)
@require_safe
def packet(request: HttpRequest, pk: int) -> HttpResponse:
    frame = open_page(request, pk, verb="chart.read_packet", tab="")
    made = make_packet(actor=frame.user, patient=frame.patient, now=frame.now)
    name = f"chart-{frame.patient.record_number}-intake-packet.pdf"
    headers = {"Content-Disposition": content_disposition_header(True, name) or ""}
    return HttpResponse(made, content_type="application/pdf", headers=headers)
