"""The record in the administration: found by number, lists that say something, history read-only.

That care happened is shown, not what was said: no diagnosis, reason, note or answer (minimum necessary).

Charts are made and changed on the clinic's own pages, where the rules and the trail are.
"""

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest

from iop_clinic.admin_site import ClinicAdmin
from patients import admin_rules  # noqa: F401  # registers what a clinic sets
from patients.models import (
    Authorization,
    Certification,
    Consent,
    Coverage,
    Discharge,
    Disclosure,
    Episode,
    FollowUp,
    Goal,
    LevelDetermination,
    LevelOfCareStay,
    Patient,
    PlanReview,
    Referral,
    Response,
    TreatmentPlan,
)


class ReadOnlyAdmin(ClinicAdmin):
    """Looked at here, never changed: a verb writes it."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


class ReadOnlyInline(admin.TabularInline):
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Patient)
class PatientAdmin(ClinicAdmin):
    """Leads to the portal account, moves a chart to another site; names are edited on the chart."""

    list_display = ["record_number", "family_name", "given_name", "born_on", "site"]
    list_filter = ["site"]
    list_select_related = ["site"]
    search_fields = ["=record_number"]  # by GET, so never by name: that search is the clinic's own page
    autocomplete_fields = ["site"]
    fields = [
        "record_number",
        "site",
        "user",
        "given_name",
        "family_name",
        "preferred_name",
        "pronouns",
        "born_on",
        "phone",
        "email",
        "languages",
        "email_reminders_ok",
        "voicemail_ok",
    ]
    readonly_fields = ["record_number", "user"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


@admin.register(Referral)
class ReferralAdmin(ReadOnlyAdmin):
    list_display = ["id", "patient", "site", "stage", "source", "received_on"]
    list_filter = ["site", "stage", "source"]
    list_select_related = ["patient", "site"]
    search_fields = ["=patient__record_number"]
    date_hierarchy = "received_on"
    fields = ["patient", "site", "stage", "source", "received_on", "payer"]


class StayInline(ReadOnlyInline):
    model = LevelOfCareStay
    fields = ["level", "prescribed_minutes", "days_a_week", "from_on", "to_on"]


@admin.register(Episode)
class EpisodeAdmin(ReadOnlyAdmin):
    list_display = [
        "id",
        "patient",
        "site",
        "admitted_on",
        "expected_end_on",
        "ended_on",
        "primary_clinician",
    ]
    list_filter = ["site", "is_part2", ("ended_on", admin.EmptyFieldListFilter)]
    list_select_related = ["patient", "site", "primary_clinician"]
    search_fields = ["=patient__record_number", "primary_clinician__family_name"]
    date_hierarchy = "admitted_on"
    inlines = [StayInline]


@admin.register(Discharge)
class DischargeAdmin(ReadOnlyAdmin):
    list_display = ["id", "episode", "kind", "on", "is_planned", "destination", "by"]
    list_filter = ["kind", "is_planned", "destination"]
    list_select_related = ["episode", "by"]
    search_fields = ["=episode__patient__record_number"]
    fields = [
        "episode",
        "kind",
        "on",
        "is_planned",
        "destination",
        "destination_name",
        "letter_on",
        "appeal_right_given",
        "by",
        "recorded_at",
        "is_history",
    ]


@admin.register(Coverage)
class CoverageAdmin(ClinicAdmin):
    list_display = ["id", "patient", "payer", "plan_name", "rank", "from_on", "to_on"]
    list_filter = ["payer", "rank"]
    list_select_related = ["patient", "payer"]
    search_fields = ["=patient__record_number"]
    autocomplete_fields = ["patient", "payer"]


@admin.register(Authorization)
class AuthorizationAdmin(ClinicAdmin):
    list_display = ["id", "number", "service_code", "status", "units_approved", "from_on", "to_on"]
    list_filter = ["status", "service_code"]
    search_fields = ["number", "=coverage__patient__record_number"]
    autocomplete_fields = ["coverage"]


@admin.register(Consent)
class ConsentAdmin(ReadOnlyAdmin):
    list_display = ["id", "patient", "kind", "signed_on", "expires_on", "revoked_at"]
    list_filter = ["kind", ("revoked_at", admin.EmptyFieldListFilter)]
    list_select_related = ["patient"]
    search_fields = ["=patient__record_number"]
    fields = ["patient", "kind", "signed_on", "way", "expires_on", "recorded_by", "revoked_at", "revoked_how"]


@admin.register(Disclosure)
class DisclosureAdmin(ReadOnlyAdmin):
    """That something left and what allowed it, not what."""

    list_display = ["id", "patient", "site", "basis", "by", "at"]
    list_filter = ["site", "basis"]
    list_select_related = ["patient", "site", "by"]
    search_fields = ["=patient__record_number"]
    date_hierarchy = "at"
    fields = ["patient", "site", "basis", "consent", "is_part2", "by", "at"]


@admin.register(Response)
class ResponseAdmin(ReadOnlyAdmin):
    """When and how, not what was answered."""

    list_display = ["id", "patient", "instrument_code", "due_on", "state", "mode", "finished_at"]
    list_filter = ["instrument_code", "state", "mode"]
    list_select_related = ["patient"]
    search_fields = ["=patient__record_number"]
    fields = [
        "patient",
        "instrument_code",
        "instrument_version",
        "due_on",
        "state",
        "mode",
        "asked_by",
        "entered_by",
        "finished_at",
    ]


@admin.register(FollowUp)
class FollowUpAdmin(ReadOnlyAdmin):
    list_display = ["id", "patient", "kind", "level", "owner", "due_at", "closed_at"]
    list_filter = ["site", "kind", "level", ("closed_at", admin.EmptyFieldListFilter)]
    list_select_related = ["patient", "owner"]
    search_fields = ["=patient__record_number", "owner__family_name"]
    fields = ["patient", "site", "kind", "level", "trigger_code", "owner", "opened_at", "due_at", "closed_at"]


class GoalInline(ReadOnlyInline):
    model = Goal
    fields = ["position"]


@admin.register(TreatmentPlan)
class TreatmentPlanAdmin(ReadOnlyAdmin):
    list_display = ["id", "episode", "version", "effective_on", "review_due_on", "signed_at", "signed_by"]
    list_filter = [("signed_at", admin.EmptyFieldListFilter)]
    list_select_related = ["episode", "signed_by"]
    search_fields = ["=episode__patient__record_number"]
    fields = ["episode", "version", "is_interim", "effective_on", "review_due_on", "signed_at", "signed_by"]
    inlines = [GoalInline]


@admin.register(LevelDetermination)
class LevelDeterminationAdmin(ReadOnlyAdmin):
    """That the level was determined, not what was found."""

    list_display = ["id", "patient", "kind", "scheme", "decided_on", "signed_at", "signed_by"]
    list_filter = ["kind", "scheme", ("signed_at", admin.EmptyFieldListFilter)]
    list_select_related = ["patient", "signed_by"]
    search_fields = ["=patient__record_number"]
    fields = ["patient", "kind", "scheme", "decided_on", "author", "signed_at", "signed_by", "credential"]


@admin.register(Certification)
class CertificationAdmin(ReadOnlyAdmin):
    list_display = ["id", "episode", "kind", "payer", "from_on", "to_on", "signed_by", "signed_at"]
    list_filter = ["kind", "payer"]
    list_select_related = ["episode", "payer", "signed_by"]
    search_fields = ["=episode__patient__record_number"]
    fields = ["episode", "kind", "payer", "from_on", "to_on", "signed_by", "credential", "signed_at"]


@admin.register(PlanReview)
class PlanReviewAdmin(ReadOnlyAdmin):
    list_display = ["id", "plan", "reviewed_on", "next_review_on", "author", "signed_at"]
    list_filter = [("signed_at", admin.EmptyFieldListFilter)]
    list_select_related = ["plan", "author"]
    search_fields = ["=plan__episode__patient__record_number"]
    fields = ["plan", "reviewed_on", "next_review_on", "author", "signed_at"]
