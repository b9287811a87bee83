"""Payer rules for administrators, and decided days to look at. A rule that closed a day stays as it was."""

from datetime import date
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Max
from django.http import HttpRequest

from billing.models import PayerRule, ServiceDay
from iop_clinic.admin_site import ClinicAdmin


class PayerRuleForm(forms.ModelForm):
    """Once a day was closed under it, only the end of a rule may change (days are billed as they were)."""

    class Meta:
        model = PayerRule
        exclude: list[str] = []

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        last_used_on = self._last_used_on()
        if last_used_on is None:
            return cleaned
        if set(self.changed_data) - {"to_on"}:
            raise forms.ValidationError(
                "Days were closed under this rule, so it stays as it is. Give it an end date and save;"
                " then change the numbers, the version and the dates and choose “Save as new”."
            )
        ends_on = cleaned.get("to_on")
        if ends_on is not None and ends_on < last_used_on:
            self.add_error("to_on", f"A day was closed under this rule on {last_used_on:%b %-d, %Y}.")
        return cleaned

    def _last_used_on(self) -> date | None:
        if self.instance.pk is None:
            return None
        last: date | None = ServiceDay.objects.filter(rule=self.instance).aggregate(on=Max("on"))["on"]
        return last


@admin.register(PayerRule)
class PayerRuleAdmin(ClinicAdmin):
    form = PayerRuleForm
    save_as = True
    save_as_continue = False
    list_display = [
        "name",
        "payer",
        "level",
        "version",
        "service_code",
        "revenue_code",
        "minimum_minutes",
        "rate",
        "from_on",
        "to_on",
    ]
    list_filter = ["payer", "level", "needs_authorization"]
    list_select_related = ["payer", "level"]
    search_fields = ["name", "payer__name", "service_code", "revenue_code"]

    @admin.display(description="rate a day", ordering="rate_cents")
    def rate(self, rule: PayerRule) -> str:
        return rule.rate_words


@admin.register(ServiceDay)
class ServiceDayAdmin(ClinicAdmin):
    """Decided days, frozen by the database; names and reasons are on the Day close page."""

    list_display = ["pk", "on", "site", "verdict", "minutes", "units", "rule", "closed_at"]
    list_filter = ["verdict", "site"]
    list_select_related = ["site", "rule"]
    date_hierarchy = "on"
    readonly_fields = (
        "on",
        "site",
        "verdict",
        "minutes",
        "units",
        "amount_cents",
        "rule",
        "closed_by",
        "closed_at",
    )
    fields = readonly_fields

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: ServiceDay | None = None) -> bool:
        return False
