"""Reference data of the week: rooms, tracks and their groups. Sessions and seats are to read.

A changed group carries over to its coming sessions, or is refused with the clash in words.
"""

from typing import Any, cast

from django.contrib import admin, messages
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone

from iop_clinic.accounts.models import User
from iop_clinic.admin_site import ClinicAdmin
from iop_clinic.messages.admin import ReadOnlyAdmin
from iop_clinic.refusal import Refused
from iop_clinic.roles import ALLOWED, Permission
from scheduling.models import Booking, Enrollment, Group, Room, TherapySession, Track
from scheduling.patterns import follow_pattern

PATTERN = (
    "name", "kind", "weekday", "starts", "minutes", "break_minutes", "mode", "room", "lead", "capacity",
    "from_on", "to_on",
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
    """The lead of a group is someone who may write its notes."""
    if field.name == "lead" and chosen is not None:
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
    fields = (("name", "kind"), ("weekday", "starts", "minutes", "break_minutes"),
              ("mode", "room", "lead", "capacity"), ("from_on", "to_on"))  # fmt: skip

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        return only_clinicians(db_field, super().formfield_for_foreignkey(db_field, request, **kwargs))


@admin.register(Track)
class TrackAdmin(RefusedInWords):
    list_display = ("name", "site", "tone", "is_part2", "youngest_age", "oldest_age", "is_active")
    list_filter = ("site", "is_active", "is_part2")
    list_select_related = ("site",)
    search_fields = ("name",)
    inlines = (GroupRows,)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        now = timezone.now()
        for formset in formsets:
            for group in [*formset.new_objects, *(changed for changed, _ in formset.changed_objects)]:
                follow_pattern(actor=cast(User, request.user), group=group, now=now)


@admin.register(Group)
class GroupAdmin(RefusedInWords):
    list_display = ("name", "track", "weekday", "starts", "minutes", "room", "lead", "capacity", "to_on")
    list_filter = ("track", "weekday", "mode")
    list_select_related = ("track", "room", "lead")
    search_fields = ("name", "track__name", "lead__family_name")
    fields = ("track", *PATTERN)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        return only_clinicians(db_field, super().formfield_for_foreignkey(db_field, request, **kwargs))

    def save_model(self, request: HttpRequest, obj: Group, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        follow_pattern(actor=cast(User, request.user), group=obj, now=timezone.now())


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
