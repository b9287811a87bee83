"""Payer rules: what a payer pays a day for, effective-dated. Confirm every number with the payer."""

from datetime import date

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q

from iop_clinic.kept import NEVER_TRUNCATED
from iop_clinic.money import dollars
from patients.models import LevelOfCare, Payer
from patients.models.coverage import days_from_to

# A rule that closed a day may only be given an end; what it said that day stays readable.
REFUSE_USED = """
    IF to_jsonb(OLD) - 'to_on' IS DISTINCT FROM to_jsonb(NEW) - 'to_on'
        AND EXISTS (SELECT 1 FROM billing_serviceday WHERE rule_id = OLD.id) THEN
        RAISE EXCEPTION 'pgtrigger: a rule that closed a day cannot change'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
"""


class PayerRuleQuerySet(models.QuerySet["PayerRule"]):
    def in_force_on(self, day: date) -> "PayerRuleQuerySet":
        return self.filter(Q(to_on__isnull=True) | Q(to_on__gte=day), from_on__lte=day)


class PayerRule(models.Model):
    """One version of one payer's rule for one level of care; a change is a new row with later dates."""

    payer = models.ForeignKey(Payer, on_delete=models.PROTECT, related_name="+")
    level = models.ForeignKey(LevelOfCare, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=80)
    version = models.PositiveSmallIntegerField(default=1)
    service_code = models.CharField("HCPCS code", max_length=10)
    revenue_code = models.CharField(max_length=4)
    minimum_minutes = models.PositiveSmallIntegerField("countable minutes for a day", default=180)
    needs_authorization = models.BooleanField(default=True)
    rate_cents = models.PositiveIntegerField("rate a day, in cents")
    from_on = models.DateField("in force from")
    to_on = models.DateField("in force to", null=True, blank=True)

    objects = PayerRuleQuerySet.as_manager()

    class Meta:
        ordering = ["payer", "level", "-from_on"]
        constraints = [
            models.CheckConstraint(
                condition=Q(to_on__isnull=True) | Q(to_on__gte=F("from_on")), name="rule_ends_after_it_starts"
            ),
            models.UniqueConstraint(fields=["payer", "level", "version"], name="rule_version_once"),
            ExclusionConstraint(
                name="rule_one_in_force_a_day",
                expressions=[
                    ("payer", RangeOperators.EQUAL),
                    ("level", RangeOperators.EQUAL),
                    (days_from_to(), RangeOperators.OVERLAPS),
                ],
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="used_stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func=REFUSE_USED,
            ),
            NEVER_TRUNCATED,
        ]

    def __str__(self) -> str:
        return f"{self.name}, version {self.version}"

    @property
    def code_words(self) -> str:
        """ "H0015 · 0906" """
        return f"{self.service_code} · {self.revenue_code}"

    @property
    def rate_words(self) -> str:
        return dollars(self.rate_cents)
