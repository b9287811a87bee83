"""Rules by which measures are asked: which one, at which moment, of whom. Domain reference 6.9.

A row without a site holds everywhere; a site's own row for the same thing stands in its place.
"""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from iop_clinic.accounts.models import Site
from patients.models.episode import LevelOfCare
from patients.models.measure import Moment
from patients.scoring import load_instruments


class MeasureRule(models.Model):
    """One instrument at one moment of a stay for those it is asked of."""

    Moment = Moment

    class AskedOf(models.TextChoices):
        EVERYONE = "everyone", "Everyone"
        DIAGNOSIS = "diagnosis", "Who has a diagnosis in force"
        SUBSTANCE_USE = "substance_use", "Whose stay is a substance-use record"
        LEVEL = "level", "Who is at a level of care"

    site = models.ForeignKey(
        Site,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Empty: every site.",
    )
    instrument_code = models.CharField("measure", max_length=20)
    moment = models.CharField(max_length=12, choices=Moment)
    asked_of = models.CharField(max_length=15, choices=AskedOf, default=AskedOf.EVERYONE)
    code_prefix = models.CharField(
        "diagnosis begins with", max_length=8, blank=True, help_text="ICD-10-CM, for example F3 or F43.1."
    )
    level = models.ForeignKey(
        LevelOfCare,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name="level of care",
    )
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["moment", "instrument_code", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["site", "instrument_code", "moment", "asked_of", "code_prefix", "level"],
                nulls_distinct=False,
                name="measure_rule_once",
                violation_error_message="This rule is there already: change that row.",
            ),
            models.CheckConstraint(
                condition=Q(asked_of="diagnosis") & ~Q(code_prefix="")
                | ~Q(asked_of="diagnosis") & Q(code_prefix=""),
                name="measure_rule_prefix_is_of_a_diagnosis",
                violation_error_message="Write how the diagnosis begins, for a rule by diagnosis only.",
            ),
            models.CheckConstraint(
                condition=Q(asked_of="level", level__isnull=False)
                | ~Q(asked_of="level") & Q(level__isnull=True),
                name="measure_rule_level_is_of_a_level",
                violation_error_message="Choose the level of care, for a rule by level only.",
            ),
            models.CheckConstraint(
                condition=Q(code_prefix__regex=r"^([A-TV-Z]([0-9]([0-9AB](\.[0-9A-Z]{0,4})?)?)?)?$"),
                name="measure_rule_prefix_has_icd_shape",
                violation_error_message="A code begins like F3, F43 or F43.1.",
            ),
            models.CheckConstraint(
                condition=Q(moment__in=Moment.values), name="measure_rule_moment_is_known"
            ),
            models.CheckConstraint(
                condition=Q(asked_of__in=["everyone", "diagnosis", "substance_use", "level"]),
                name="measure_rule_is_asked_of_someone_known",
            ),
            models.CheckConstraint(condition=~Q(instrument_code=""), name="measure_rule_names_a_measure"),
        ]

    def __str__(self) -> str:
        return f"{self.instrument_code}, {self.get_moment_display().lower()}"

    def clean(self) -> None:
        if self.instrument_code not in load_instruments():
            raise ValidationError({"instrument_code": "Choose one of the measures."})
