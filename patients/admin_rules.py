"""What a clinic sets for itself: payers, levels of care, clocks of payers, plans and documents, rules."""

from django import forms
from django.contrib import admin

from iop_clinic.admin_site import ClinicAdmin
from patients.documents.reader import load_documents
from patients.forms.measure_rule import MeasureRuleForm
from patients.models import DocumentClock, LevelOfCare, MeasureRule, Payer, PayerClock, PlanClock


@admin.register(Payer)
class PayerAdmin(ClinicAdmin):
    list_display = ["name", "payer_code", "phone", "week_starts_weekday", "is_active"]
    list_filter = ["is_active"]
    search_fields = ["name", "payer_code"]


@admin.register(PayerClock)
class PayerClockAdmin(ClinicAdmin):
    """A change of a payer's rule is a new row from that day; the old one gets its last day."""

    list_display = [
        "payer",
        "level_kind",
        "certifies",
        "physician_only",
        "every_days",
        "review_days",
        "from_on",
    ]
    list_filter = ["level_kind", "certifies"]
    list_select_related = ["payer"]
    search_fields = ["payer__name"]
    autocomplete_fields = ["payer"]


@admin.register(MeasureRule)
class MeasureRuleAdmin(ClinicAdmin):
    """The schedule of measures. A site's own row stands in the place of everyone's for the same."""

    form = MeasureRuleForm
    list_display = ["instrument_code", "moment", "asked_of", "code_prefix", "level", "site", "is_active"]
    list_filter = ["is_active", "moment", "asked_of", "site"]
    list_select_related = ["level", "site"]
    search_fields = ["instrument_code", "code_prefix"]


@admin.register(LevelOfCare)
class LevelOfCareAdmin(ClinicAdmin):
    list_display = ["code", "name", "kind", "position", "adult_minutes", "adolescent_minutes"]
    search_fields = ["code", "name"]


@admin.register(PlanClock)
class PlanClockAdmin(ClinicAdmin):
    list_display = ["site", "interim_days", "full_days", "review_days", "signature_days", "prescriber_signs"]
    list_select_related = ["site"]


def _kinds() -> list[tuple[str, str]]:
    """The documents that are due some days after admission or discharge."""
    return [(kind, form.title) for kind, form in load_documents().items() if form.due is not None]


class DocumentClockForm(forms.ModelForm):
    kind = forms.ChoiceField(label="document", choices=_kinds)


@admin.register(DocumentClock)
class DocumentClockAdmin(ClinicAdmin):
    form = DocumentClockForm
    list_display = ["site", "kind", "due_days"]
    list_filter = ["site"]
    list_select_related = ["site"]
