"""What happened, to read: attendance, notes and signatures are written by the verbs only."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest

from iop_clinic.admin_site import ClinicAdmin
from sessions.models import Addendum, Attendance, AttendanceCorrection, ProgressNote, Signature


class ReadOnlyAdmin(ClinicAdmin):
    """Nothing is added, changed or deleted here: a change belongs to the person who saw it happen."""

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


class ReadOnlyRows(admin.TabularInline):
    """Rows under their parent, to read."""

    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class CorrectionRows(ReadOnlyRows):
    model = AttendanceCorrection
    fields = readonly_fields = ("was_arrived_at", "was_left_at", "was_absence", "reason", "by", "at")


@admin.register(Attendance)
class AttendanceAdmin(ReadOnlyAdmin):
    list_display = ("pk", "session", "site", "arrived_at", "left_at", "absence", "source", "recorded_by")
    list_filter = ("absence", "source", "booking__session__site")
    list_select_related = ("booking__session__site", "recorded_by")
    date_hierarchy = "recorded_at"
    search_fields = ("=booking__patient__record_number", "booking__session__title")
    inlines = (CorrectionRows,)

    @admin.display(ordering="booking__session__starts_at")
    def session(self, attendance: Attendance) -> str:
        return str(attendance.booking.session)

    @admin.display(ordering="booking__session__site__name")
    def site(self, attendance: Attendance) -> str:
        return str(attendance.booking.session.site)


@admin.register(Signature)
class SignatureAdmin(ReadOnlyAdmin):
    """Who signed which note and when; what the note says stays in the chart."""

    list_display = ("pk", "note", "signed_by", "credential", "signed_at", "content_sha256")
    list_filter = ("credential",)
    list_select_related = ("note", "signed_by")
    date_hierarchy = "signed_at"
    search_fields = ("signed_by__family_name", "=note__booking__patient__record_number")
    fields = ("note", "signed_by", "credential", "signed_at", "arrived_at", "left_at", "content_sha256")


@admin.register(ProgressNote)
class ProgressNoteAdmin(ReadOnlyAdmin):
    """That a note exists, by whom and when; its text is read in the chart, where reading is recorded."""

    list_display = ("pk", "session", "author", "saved_at", "version", "is_signed")
    list_select_related = ("booking__session", "author", "signature")
    date_hierarchy = "saved_at"
    search_fields = ("author__family_name", "=booking__patient__record_number")
    fields = ("booking", "author", "started_at", "saved_at", "version")

    @admin.display(ordering="booking__session__starts_at")
    def session(self, note: ProgressNote) -> str:
        return str(note.booking.session)

    @admin.display(boolean=True)
    def is_signed(self, note: ProgressNote) -> bool:
        return hasattr(note, "signature")


@admin.register(Addendum)
class AddendumAdmin(ReadOnlyAdmin):
    list_display = ("pk", "note", "author", "credential", "at")
    list_select_related = ("note", "author")
    date_hierarchy = "at"
    fields = ("note", "author", "credential", "at")
