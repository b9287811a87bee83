"""The person served: names, birth date, how to reach them."""

from datetime import date

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Coalesce, Concat, Now

from iop_clinic.accounts.models import Site, User
from iop_clinic.clock import age_on


class Plain(Func):
    """`iop_plain(text)`: lower case without accents, immutable so that it can be stored and indexed."""

    function = "iop_plain"
    output_field = models.TextField()


class PatientQuerySet(models.QuerySet["Patient"]):
    def at_sites_of(self, user: User) -> "PatientQuerySet":
        """Patients of the sites this staff member works at."""
        return self.filter(site__in=user.sites.all())


class Patient(models.Model):
    """A chart. The record number is given once, by the database, and never used again."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    record_number = models.PositiveIntegerField(
        unique=True,
        editable=False,
        db_default=Func(
            Value("patients_record_number"), function="nextval", output_field=models.PositiveIntegerField()
        ),
    )
    given_name = models.CharField("first name", max_length=80)
    family_name = models.CharField("last name", max_length=80)
    preferred_name = models.CharField(max_length=80, blank=True)
    pronouns = models.CharField(max_length=30, blank=True)
    born_on = models.DateField("date of birth")
    phone = models.CharField(max_length=30, blank=True)
    email = models.EmailField("e-mail", blank=True)
    state_code = models.CharField(
        "home state", max_length=2, blank=True, help_text="Where video reaches them; blank is the site's."
    )
    languages = models.CharField(max_length=80, blank=True, default="English")
    email_reminders_ok = models.BooleanField("reminders by e-mail are fine", default=False)
    voicemail_ok = models.BooleanField("voicemail is fine", default=True)
    user = models.OneToOneField(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", help_text="Portal account."
    )
    use_chart = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="The same person's other chart, to be used instead of this one.",
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    search_text = models.GeneratedField(
        expression=Plain(
            Concat(
                F("given_name"),
                Value(" "),
                F("family_name"),
                Value(" "),
                Coalesce(F("preferred_name"), Value("")),
            )
        ),
        output_field=models.TextField(),
        db_persist=True,
    )

    objects = PatientQuerySet.as_manager()

    class Meta:
        ordering = ["family_name", "given_name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(born_on__gte=date(1900, 1, 1)), name="patient_born_after_1900"
            ),
            models.CheckConstraint(
                condition=Q(email_reminders_ok=False) | ~Q(email=""), name="patient_reminders_need_an_address"
            ),
            models.CheckConstraint(
                condition=Q(use_chart__isnull=True) | ~Q(use_chart=F("pk")),
                name="patient_chart_to_use_is_another",
            ),
        ]
        indexes = [
            # Without a list of names still to sort in, for which the planner would read every name instead.
            GinIndex(
                OpClass(F("search_text"), "gin_trgm_ops"), name="patient_by_name_part", fastupdate=False
            ),
            models.Index(fields=["born_on"], name="patient_by_birth_date"),
            models.Index(fields=["site", "family_name", "given_name"], name="patient_by_site_and_name"),
        ]

    def __str__(self) -> str:
        return f"Chart {self.record_number}"

    @property
    def audit_patient_id(self) -> int:
        return self.pk

    @property
    def called(self) -> str:
        """The first name this person goes by."""
        return self.preferred_name or self.given_name

    @property
    def full_name(self) -> str:
        return f"{self.called} {self.family_name}"

    @property
    def short_name(self) -> str:
        return f"{self.called} {self.family_name[:1]}."

    @property
    def initials(self) -> str:
        return f"{self.called[:1]}{self.family_name[:1]}".upper()

    def age_on(self, day: date) -> int:
        return age_on(self.born_on, day)
