"""What every chart page starts with: the patient through the door, who asks, the site's day, the head."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any, cast

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils import timezone

from iop_clinic.accounts.models import User
from iop_clinic.audit.trail import record
from iop_clinic.clock import local_day
from iop_clinic.roles import Permission, may
from patients.chart import ChartHeader, chart_header, open_chart
from patients.models import Patient
from patients.weeks import OwnWeeks, own_weeks


@dataclass
class Frame:
    """One request to a page of a chart. The clock is read here, once."""

    user: User
    patient: Patient
    now: datetime
    tab: str

    @property
    def day(self) -> date:
        return local_day(self.now, self.patient.site.time_zone)

    @cached_property
    def weeks(self) -> OwnWeeks:
        """The patient's own weeks."""
        return own_weeks(self.patient)

    @cached_property
    def header(self) -> ChartHeader:
        return chart_header(self.patient, self.user, self.day)

    def may(self, *permissions: Permission) -> bool:
        return any(may(self.user.role, permission) for permission in permissions)

    def demand(self, *permissions: Permission) -> None:
        """403 unless this person holds one of these; the refusal is on the trail."""
        if not self.may(*permissions):
            record(self.user, "access.refused", self.patient, outcome="refused", tab=self.tab)
            raise PermissionDenied("Your role reads this page; it does not change it.")

    def context(self, **more: Any) -> dict[str, Any]:
        return {
            "patient": self.patient,
            "header": self.header,
            "tab": self.tab,
            "day": self.day,
            "tz_name": self.patient.site.time_zone,
            **more,
        }


def open_page(request: HttpRequest, pk: int, *, verb: str, tab: str) -> Frame:
    """The chart page of this patient; 404 outside this person's sites. Records the read."""
    return frame_of(request, open_chart(request, pk, verb=verb), tab)


def frame_of(request: HttpRequest, patient: Patient, tab: str) -> Frame:
    """The frame for a patient already reached through a door."""
    return Frame(cast(User, request.user), patient, timezone.now(), tab)
