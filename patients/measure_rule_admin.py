"""The schedule of measures in the administration: which one, when, of whom."""

from django.contrib import admin

from iop_clinic.admin_site import ClinicAdmin
from patients.forms.measure_rule import MeasureRuleForm
from patients.models import MeasureRule


@admin.register(MeasureRule)
class MeasureRuleAdmin(ClinicAdmin):
    """The schedule of measures. A site's own row stands in the place of everyone's for the same."""

    form = MeasureRuleForm
    list_display = ["instrument_code", "moment", "asked_of", "code_prefix", "level", "site", "is_active"]
    list_filter = ["is_active", "moment", "asked_of", "site"]
    list_select_related = ["level", "site"]
    search_fields = ["instrument_code", "code_prefix"]
