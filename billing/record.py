"""Billing, for a person's own record: each day that was decided, and why. Holds are not decided yet."""

from decimal import Decimal

from billing.models import ServiceDay
from iop_clinic.tables import Table, table_of
from patients.models import Patient


def billing_tables(patient: Patient) -> list[Table]:
    """One table, one query."""
    rows = ServiceDay.objects.filter(patient=patient).select_related("rule__payer", "authorization")
    return [
        table_of(
            "billed-days",
            "Days and what was billed",
            rows.order_by("on", "pk"),
            {
                "Day": "on",
                "Decision": "verdict",
                "Minutes": "minutes",
                "Payer": "rule.payer.name",
                "Service code": "rule.service_code",
                "Units": "units",
                "Amount in dollars": lambda row: Decimal(row.amount_cents).scaleb(-2),
                "Authorization": "authorization.number",
                "Why": "why",
                "Decided": "closed_at",
            },
            ("Day", "Decision", "Minutes", "Service code", "Units", "Amount in dollars", "Why"),
        )
    ]
