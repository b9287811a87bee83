"""Who waits for a seat, and the seats that are offered: to read."""

from django.contrib import admin

from iop_clinic.messages.admin import ReadOnlyAdmin
from scheduling.models import MakeUpOffer, SeatOffer, WaitlistEntry


@admin.register(WaitlistEntry)
class WaitlistEntryAdmin(ReadOnlyAdmin):
    """Kept on the group's waitlist page."""

    list_display = ("pk", "group", "priority", "added_at", "ended_at", "outcome")
    list_filter = ("group__track", "priority", "outcome")
    list_select_related = ("group",)
    search_fields = ("=episode__patient__record_number", "group__name")
    fields = readonly_fields = ("group", "episode", "priority", "added_by", "added_at", "ended_at", "outcome")


@admin.register(SeatOffer)
class SeatOfferAdmin(ReadOnlyAdmin):
    """Made by the bell or the desk, answered by the patient or the desk."""

    list_display = ("pk", "group", "seat", "from_on", "offered_at", "expires_at", "answer")
    list_filter = ("answer", "group__track")
    list_select_related = ("group",)
    search_fields = ("=entry__episode__patient__record_number", "group__name")
    fields = readonly_fields = (
        "entry", "group", "seat", "from_on", "offered_at", "expires_at", "answered_at", "answer",
        "enrollment",
    )  # fmt: skip


@admin.register(MakeUpOffer)
class MakeUpOfferAdmin(ReadOnlyAdmin):
    """Made by the desk, answered by the patient or the desk."""

    list_select_related = ("episode", "offered_by")
    list_display = fields = readonly_fields = (
        "episode", "week_starts_on", "short_minutes", "offered_by", "offered_at", "expires_at", "answer",
    )  # fmt: skip
