"""The end of an episode and what follows it: how it ended, the next appointment, the calls afterwards.

Types: domain reference 5.5; aftercare and calls at 7, 30 and 90 days: 4.4 and 5.4.
"""

from datetime import date

import pgtrigger
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from iop_clinic.accounts.models import User
from iop_clinic.clock import local_day
from iop_clinic.kept import NEVER_TRUNCATED
from patients.discharge_types import TYPE_OF, status_code
from patients.models.episode import Episode
from patients.models.followup import FollowUp


class Discharge(models.Model):
    """How, when and by whom an episode ended. One taken over from before, or imported, may know less."""

    class Kind(models.TextChoices):
        COMPLETED = "completed", "Completed the program"
        DROPPED_OUT = "dropped_out", "Left the program"
        ADMINISTRATIVE = "administrative", "Ended by the program"
        TRANSFERRED = "transferred", "Transferred to another provider"
        STEP_UP = "step_up", "Stepped up to a higher level"
        INCARCERATED = "incarcerated", "Incarcerated"
        DECEASED = "deceased", "Deceased"
        OTHER = "other", "Other: moved, funding, medical"

    class Destination(models.TextChoices):
        OUTPATIENT = "outpatient", "Outpatient care, lives at home"
        DAY_PROGRAM = "day_program", "Another day or IOP program, lives at home"
        RESIDENTIAL = "residential", "Residential treatment"
        HOSPITAL = "hospital", "General hospital"
        PSYCHIATRIC = "psychiatric_hospital", "Psychiatric hospital or unit"
        SPECIAL = "special_hospital", "Cancer or children’s hospital"

    episode = models.OneToOneField(Episode, on_delete=models.PROTECT, related_name="discharge")
    kind = models.CharField(max_length=20, choices=Kind)
    on = models.DateField()
    is_planned = models.BooleanField("planned", null=True)
    against_advice = models.BooleanField("against clinical advice", default=False)
    destination = models.CharField(max_length=24, choices=Destination, blank=True)
    destination_name = models.CharField("name of the place", max_length=120, blank=True)
    letter_on = models.DateField("date of the letter", null=True, blank=True)
    appeal_right_given = models.BooleanField("told how to appeal", default=False)
    referrals_offered = models.CharField(max_length=500, blank=True)
    note = models.CharField(max_length=500, blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)
    is_history = models.BooleanField(
        default=False, editable=False, help_text="Imported, or from before letters were asked for."
    )

    class Meta:
        constraints = [
            # A person put out of care must be told in writing, and how to object (domain reference 5.5, 7.2).
            models.CheckConstraint(
                condition=~Q(kind="administrative")
                | Q(is_history=True)
                | Q(letter_on__isnull=False, appeal_right_given=True),
                name="discharge_by_the_program_has_letter_and_appeal",
            ),
            # The status code on the last claim depends on where they went.
            models.CheckConstraint(
                condition=~Q(kind__in=["transferred", "step_up"]) | Q(is_history=True) | ~Q(destination=""),
                name="discharge_transfer_says_where_to",
            ),
            models.CheckConstraint(
                condition=Q(is_history=True) | Q(is_planned__isnull=False),
                name="discharge_says_whether_planned",
            ),
            models.CheckConstraint(
                condition=Q(against_advice=False) | Q(kind="dropped_out"),
                name="discharge_only_who_left_left_against_advice",
            ),
        ]

    def __str__(self) -> str:
        return self.words

    @property
    def audit_patient_id(self) -> int:
        return self.episode.patient_id

    @property
    def words(self) -> str:
        """ "Left the program, against advice" """
        return f"{self.get_kind_display()}{', against advice' if self.against_advice else ''}"

    @property
    def teds_reason(self) -> str:
        return TYPE_OF[self.kind].teds_reason

    @property
    def status_code(self) -> str:
        """UB-04 patient status of the final claim; empty where nobody said where they went."""
        return status_code(self.kind, self.destination, against_advice=self.against_advice)


class AppointmentQuerySet(models.QuerySet["AftercareAppointment"]):
    def unanswered(self) -> "AppointmentQuerySet":
        return self.filter(outcome="")


class AftercareAppointment(models.Model):
    """An appointment with whoever treats the person next, and whether it was kept."""

    class Kind(models.TextChoices):
        THERAPY = "therapy", "Therapy"
        MEDICATION = "medication", "Medication"
        PROGRAM = "program", "Group or program"
        PRIMARY_CARE = "primary_care", "Primary care"
        OTHER = "other", "Something else"

    class MadeBy(models.TextChoices):
        CLINIC = "clinic", "The clinic"
        PATIENT = "patient", "The patient"
        FAMILY = "family", "Family"
        PROVIDER = "provider", "The next provider"

    class Outcome(models.TextChoices):
        KEPT = "kept", "Kept"
        NOT_KEPT = "not_kept", "Not kept"
        MOVED = "moved", "Moved or called off"
        UNKNOWN = "unknown", "Not known"

    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="aftercare")
    kind = models.CharField("what for", max_length=16, choices=Kind)
    provider = models.CharField("with", max_length=160)
    at = models.DateTimeField()
    address = models.CharField(max_length=200, blank=True)
    phone = models.CharField(max_length=30, blank=True)
    made_by = models.CharField("who made it", max_length=10, choices=MadeBy, default=MadeBy.CLINIC)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)
    outcome_by = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+", editable=False
    )
    outcome_at = models.DateTimeField(null=True, editable=False)

    objects = AppointmentQuerySet.as_manager()

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["episode", "provider", "at"], name="aftercare_appointment_once"),
            models.CheckConstraint(condition=~Q(provider=""), name="aftercare_names_the_provider"),
            models.CheckConstraint(
                condition=Q(outcome="", outcome_by__isnull=True, outcome_at__isnull=True)
                | (~Q(outcome="") & Q(outcome_by__isnull=False, outcome_at__isnull=False)),
                name="aftercare_outcome_is_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"Aftercare appointment {self.pk}"

    @property
    def audit_patient_id(self) -> int:
        return self.episode.patient_id

    def days_after(self, ended_on: date, tz_name: str) -> int:
        """Calendar days from the last day in the program; 1 is the day after."""
        return (local_day(self.at, tz_name) - ended_on).days


class FollowUpContact(models.Model):
    """One try to reach someone after discharge: what came of it and what was learned. Append-only."""

    class Outcome(models.TextChoices):
        REACHED = "reached", "Reached"
        MESSAGE_LEFT = "message_left", "Left a message"
        NO_ANSWER = "no_answer", "No answer"
        DECLINED = "declined", "Did not want to talk"
        WRONG_NUMBER = "wrong_number", "Wrong number"

    class Learned(models.TextChoices):
        DOING_WELL = "doing_well", "Doing well"
        NEEDS_HELP = "needs_help", "Needs help"
        READMITTED = "readmitted", "In care again"

    follow_up = models.ForeignKey(FollowUp, on_delete=models.PROTECT, related_name="contacts")
    outcome = models.CharField("what came of the call", max_length=12, choices=Outcome)
    learned = models.CharField("how they are", max_length=10, choices=Learned, blank=True)
    readmitted_to = models.CharField("where", max_length=120, blank=True)
    note = models.CharField(max_length=500, blank=True)
    next_try_on = models.DateField(null=True, blank=True)
    called_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    called_at = models.DateTimeField()

    class Meta:
        ordering = ["called_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome="reached") & ~Q(learned="") | ~Q(outcome="reached") & Q(learned=""),
                name="contact_reached_says_how_they_are",
            ),
            models.CheckConstraint(
                condition=Q(learned="readmitted") & ~Q(readmitted_to="")
                | ~Q(learned="readmitted") & Q(readmitted_to=""),
                name="contact_readmitted_says_where",
            ),
            models.CheckConstraint(
                condition=~Q(learned="needs_help") | ~Q(note=""), name="contact_need_says_what_is_done"
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
            NEVER_TRUNCATED,
        ]

    def __str__(self) -> str:
        return f"Contact {self.pk}"

    @property
    def audit_patient_id(self) -> int:
        return self.follow_up.patient_id
