"""The outbox in the admin: to look, not to touch. Addresses are masked."""

from django.contrib import admin
from django.db import models
from django.http import HttpRequest

from iop_clinic.admin_site import ClinicAdmin
from iop_clinic.messages.models import Heartbeat, Message


def masked(address: str) -> str:
    """`a***@example.org`: enough to tell two apart, too little to write to."""
    name, _, domain = address.partition("@")
    return f"{name[:1]}***@{domain}"


class ReadOnlyAdmin(ClinicAdmin):
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin):
    list_display = ("pk", "kind", "site", "address", "due_at", "state", "attempts", "reason", "sent_at")
    list_filter = ("state", "kind", "site")
    list_select_related = ("site",)
    date_hierarchy = "due_at"
    fields = (
        "site", "kind", "subject_id", "subject_version", "address", "subject_line", "due_at", "expires_at",
        "state", "reason", "attempts", "next_try_at", "lease_until", "sent_at",
    )  # fmt: skip
    readonly_fields = fields

    @admin.display(description="to")
    def address(self, row: Message) -> str:
        return masked(row.to_address)


@admin.register(Heartbeat)
class HeartbeatAdmin(ReadOnlyAdmin):
    list_display = ("name", "at")
