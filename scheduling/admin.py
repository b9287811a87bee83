"""Reference data of the week: rooms, tracks, their groups, staff hours. Sessions and seats are to read.

A changed group carries over to its coming sessions, or is refused with the clash in words.
"""

from typing import Any, cast

from django.contrib import admin, messages
from django.db import models
from django.forms import BaseInlineFormSet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone

from iop_clinic.accounts.models import User
from iop_clinic.admin_site import ClinicAdmin
from iop_clinic.messages.admin import ReadOnlyAdmin
from iop_clinic.refusal import Refused
from iop_clinic.roles import ALLOWED, Permission
from scheduling.models import (
    Absence,
    Booking,
    CalendarFeed,
    Closure,
    CoFacilitator,
    Enrollment,
    Facilitation,
    Group,
    Override,
    Remark,
    Room,
    Series,
    TherapySession,
    Track,
    UnavailableHours,
    WorkingHours,
)
from scheduling.offers_admin import MakeUpOfferAdmin, SeatOfferAdmin, WaitlistEntryAdmin
from scheduling.patterns import follow_pattern

__all__ = ["MakeUpOfferAdmin", "SeatOfferAdmin", "WaitlistEntryAdmin"]

PATTERN = (
    "name", "kind", "curriculum", "weekday", "starts", "minutes", "break_minutes", "mode", "room", "lead",
    "capacity", "minimum_size", "from_on", "to_on",
)  # fmt: skip


class RefusedInWords(ClinicAdmin):
    """A refusal of a verb becomes a message; nothing of the form is saved."""

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().changeform_view(request, *args, **kwargs)
        except Refused as refusal:
            self.message_user(request, f"Not saved. {refusal.sentence}", messages.ERROR)
            return HttpResponseRedirect(request.path)


def only_clinicians(field: models.ForeignKey, chosen: Any) -> Any:
    """Who leads, or is at work to lead, is someone who may write notes."""
    if field.name in ("lead", "staff") and chosen is not None:
        chosen.queryset = User.objects.filter(is_active=True, role__in=ALLOWED[Permission.WRITE_NOTES])
    return chosen


@admin.register(Room)
class RoomAdmin(ClinicAdmin):
    list_display = ("name", "site", "seats", "position", "is_active")
    list_filter = ("site", "is_active")
    list_select_related = ("site",)
    search_fields = ("name",)


class GroupRows(admin.StackedInline):
    model = Group
    extra = 0
    can_delete = False
    fields = (("name", "kind", "curriculum"), ("weekday", "starts", "minutes", "break_minutes"),
              ("mode", "room", "lead"), ("capacity", "minimum_size"), ("from_on", "to_on"))  # fmt: skip

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        return only_clinicians(db_field, super().formfield_for_foreignkey(db_field, request, **kwargs))


@admin.register(Track)
class TrackAdmin(RefusedInWords):
    list_display = ("name", "site", "tone", "is_part2", "youngest_age", "oldest_age", "is_active")
    list_filter = ("site", "is_active", "is_part2")
    list_select_related = ("site",)
    search_fields = ("name",)
    inlines = (GroupRows,)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """A track in use becomes a substance-use program on its own page, which looks at who is in it."""
        return ("is_part2",) if obj is not None else ()

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        now = timezone.now()
        for formset in formsets:
            for group in [*formset.new_objects, *(changed for changed, _ in formset.changed_objects)]:
                follow_pattern(actor=cast(User, request.user), group=group, now=now)


class BesideTheLead(BaseInlineFormSet):
    @classmethod
    def get_default_prefix(cls) -> str:
        return "co_facilitators"


class CoFacilitatorRows(admin.TabularInline):
    model = CoFacilitator
    formset = BesideTheLead
    extra = 0

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        return only_clinicians(db_field, super().formfield_for_foreignkey(db_field, request, **kwargs))


@admin.register(Group)
class GroupAdmin(RefusedInWords):
    list_display = ("name", "track", "weekday", "starts", "minutes", "room", "lead", "capacity", "to_on")
    list_filter = ("track", "weekday", "mode")
    list_select_related = ("track", "room", "lead")
    search_fields = ("name", "track__name", "lead__family_name")
    fields = ("track", *PATTERN)
    inlines = (CoFacilitatorRows,)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        return only_clinicians(db_field, super().formfield_for_foreignkey(db_field, request, **kwargs))

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        follow_pattern(actor=cast(User, request.user), group=form.instance, now=timezone.now())


@admin.register(WorkingHours)
class WorkingHoursAdmin(ClinicAdmin):
    """One row at a time; a whole week is edited on the staff hours page."""

    list_display = ("staff", "site", "weekday", "starts", "ends")
    list_filter = ("site", "weekday")
    list_select_related = ("staff", "site")
    search_fields = ("staff__family_name", "staff__given_name")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        return only_clinicians(db_field, super().formfield_for_foreignkey(db_field, request, **kwargs))


@admin.register(TherapySession)
class SessionAdmin(ReadOnlyAdmin):
    """Moved and cancelled on the week board, where everyone's bookings and reminders follow."""

    list_display = (
        "title",
        "site",
        "occurs_on",
        "starts_at",
        "place",
        "lead",
        "booked_seats",
        "capacity",
        "status",
    )
    list_filter = ("site", "status", "kind", "mode")
    list_select_related = ("site", "room", "lead")
    search_fields = ("title", "lead__family_name", "room__name")
    date_hierarchy = "occurs_on"


@admin.register(Enrollment)
class EnrollmentAdmin(ReadOnlyAdmin):
    list_display = ("pk", "group", "from_on", "to_on", "enrolled_by")
    list_filter = ("group__track",)
    list_select_related = ("group", "enrolled_by")
    search_fields = ("=episode__patient__record_number", "group__name")
    fields = readonly_fields = ("episode", "group", "from_on", "to_on", "enrolled_by", "created_at")


@admin.register(Booking)
class BookingAdmin(ReadOnlyAdmin):
    list_display = ("pk", "session", "status", "version", "booked_by", "booked_at")
    list_filter = ("status", "session__site")
    list_select_related = ("session", "booked_by")
    search_fields = ("=patient__record_number", "session__title")
    fields = readonly_fields = (
        "session", "patient", "episode", "status", "version", "booked_by", "booked_at", "confirmed_at",
        "cancelled_at",
    )  # fmt: skip


@admin.register(Facilitation)
class FacilitationAdmin(ReadOnlyAdmin):
    list_display = ("pk", "session", "staff", "is_lead", "status")
    list_filter = ("is_lead", "status", "session__site")
    list_select_related = ("session", "staff")
    search_fields = ("staff__family_name", "session__title")


@admin.register(Override)
class OverrideAdmin(ReadOnlyAdmin):
    """The reason may speak of a person: it is read where the choice stands, not here."""

    list_display = ("pk", "rules_in_words", "allowed_by", "allowed_at")
    list_select_related = ("allowed_by",)
    fields = readonly_fields = ("rules_in_words", "allowed_by", "allowed_at")

    @admin.display(description="rules")
    def rules_in_words(self, row: Override) -> str:
        return ", ".join(row.rule_words)


@admin.register(Remark)
class RemarkAdmin(ReadOnlyAdmin):
    """That a remark was made; its text is read on the session's page."""

    list_display = ("pk", "session", "written_by", "written_at")
    list_select_related = ("session", "written_by")
    fields = readonly_fields = ("session", "written_by", "written_at")


@admin.register(Series)
class SeriesAdmin(ReadOnlyAdmin):
    list_display = ("pk", "site", "kind", "first_on", "last_on", "every_weeks", "starts", "lead")
    list_filter = ("site", "kind", "mode")
    list_select_related = ("site", "lead")
    search_fields = ("=episode__patient__record_number", "lead__family_name")
    fields = readonly_fields = (
        "site", "episode", "kind", "first_on", "last_on", "every_weeks", "starts", "minutes", "mode", "room",
        "lead", "patient_present", "created_by", "created_at",
    )  # fmt: skip


@admin.register(UnavailableHours)
class UnavailableHoursAdmin(ReadOnlyAdmin):
    """Added and ended from the patient's week."""

    list_display = ("pk", "weekday", "starts", "ends", "from_on", "to_on")
    list_filter = ("weekday",)
    search_fields = ("=patient__record_number",)


@admin.register(Absence)
class AbsenceAdmin(ReadOnlyAdmin):
    """Recorded and taken back on the leave page, with what becomes of each session."""

    list_display = ("staff", "starts_at", "ends_at", "kind", "recorded_by", "withdrawn_at")
    list_filter = ("kind",)
    list_select_related = ("staff", "recorded_by")
    search_fields = ("staff__family_name", "staff__given_name")


@admin.register(Closure)
class ClosureAdmin(ReadOnlyAdmin):
    """Closed and reopened on the closures page."""

    list_display = ("name", "site", "starts_at", "ends_at", "kind", "closed_by", "reopened_at")
    list_filter = ("site", "kind")
    list_select_related = ("site", "closed_by")


@admin.register(CalendarFeed)
class CalendarFeedAdmin(ReadOnlyAdmin):
    """Which calendars can be subscribed to, and since when. The addresses are known to their makers alone."""

    list_display = ("pk", "staff", "room", "made_by", "made_at", "read_at", "revoked_at")
    list_filter = ("room__site",)
    list_select_related = ("staff", "room", "made_by")
    fields = readonly_fields = ("staff", "room", "patient", "made_by", "made_at", "read_at", "revoked_at")
