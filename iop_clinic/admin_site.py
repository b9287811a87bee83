"""The admin site and the base class of its pages: every look and every write is on the audit trail.

The admin's own log keeps `str(obj)` and field names. `__str__` of a clinical model is a kind and a
number, never a name, so no health information reaches that log (a test holds every model to it).
"""

from typing import Any

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.db import models
from django.http import HttpRequest, HttpResponse

from iop_clinic.audit.trail import record


class ClinicAdminSite(admin.AdminSite):
    site_header = site_title = "Clinic administration"
    index_title = "Sites, people, tracks, payers and rules"


class ClinicAdmin(admin.ModelAdmin):
    """Nothing is deleted here: rows are ended or switched off."""

    list_per_page = 50
    show_full_result_count = False

    def log_addition(self, request: HttpRequest, obj: models.Model, message: Any) -> LogEntry:
        record(request.user, f"admin.{obj._meta.model_name}.created", obj)
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: models.Model, message: Any) -> LogEntry:
        record(request.user, f"admin.{obj._meta.model_name}.changed", obj)
        return super().log_change(request, obj, message)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **how: Any) -> HttpResponse:
        if how.get("obj") is not None:
            record(request.user, f"admin.{self.opts.model_name}.read", how["obj"])
        return super().render_change_form(request, context, *args, **how)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """On the trail with the patients whose rows, or whose records' rows, the page lists."""
        answer: HttpResponse = super().changelist_view(request, extra_context)
        rows = getattr(getattr(answer, "context_data", {}).get("cl"), "result_list", ())
        about = [getattr(row, "audit_patient_id", None) or getattr(row, "patient_id", None) for row in rows]
        listed = [pk for pk in about if pk is not None]
        record(request.user, f"admin.{self.opts.model_name}.listed", patients=listed)
        return answer

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False
