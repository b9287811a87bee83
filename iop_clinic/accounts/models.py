"""Sites and the people who sign in: staff with their credentials, and patients' portal accounts."""

from datetime import date
from typing import Any, ClassVar
from zoneinfo import available_timezones

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower, Now

from iop_clinic.clock import WEEKDAYS
from iop_clinic.roles import Role
from iop_clinic.wall import TWELVE, TWENTY_FOUR


class Site(models.Model):
    """A clinic location. Its name is what patients see in messages: keep it neutral."""

    name = models.CharField(max_length=80, unique=True)
    street = models.CharField(max_length=120)
    city = models.CharField(max_length=80)
    state_code = models.CharField(max_length=2)
    zip_code = models.CharField(max_length=10)
    phone = models.CharField(max_length=20)
    time_zone = models.CharField(max_length=50, default="America/New_York")
    week_starts_weekday = models.PositiveSmallIntegerField(
        "week starts on",
        choices=WEEKDAYS,
        default=0,
        help_text="Of the boards, and of each patient whose payer has no day of its own.",
    )
    clock_hours = models.PositiveSmallIntegerField(
        choices=[(TWELVE, "12 hours: 9:05 pm"), (TWENTY_FOUR, "24 hours: 21:05")],
        default=TWELVE,
        help_text="How pages say the time. Messages always say 9:05 PM.",
    )
    late_grace_minutes = models.PositiveSmallIntegerField(default=5)
    note_due_hours = models.PositiveSmallIntegerField(default=24)
    note_late_hours = models.PositiveSmallIntegerField(default=72)
    reminder_hours = models.PositiveSmallIntegerField(default=24, help_text="How long before a session.")
    medication_first_days = models.PositiveSmallIntegerField(
        "first medication visit", default=7, help_text="Days after admission."
    )
    medication_days = models.PositiveSmallIntegerField(
        "medication visits", default=28, help_text="Days from one to the next."
    )
    urgent_access_hours = models.PositiveSmallIntegerField(
        default=48, help_text="From an urgent first contact until the person is assessed."
    )
    routine_access_days = models.PositiveSmallIntegerField(
        default=10, help_text="Business days from a routine first contact until the person is assessed."
    )
    missed_measures_alert = models.PositiveSmallIntegerField(
        "missed measures in a row", default=2, help_text="From how many of one measure on a follow-up opens."
    )
    intake_days = models.PositiveSmallIntegerField(
        default=7, help_text="Days from first contact to intake that the clinic aims at."
    )
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(week_starts_weekday__lte=6), name="site_week_starts_on_a_weekday"
            ),
            models.CheckConstraint(
                condition=models.Q(clock_hours__in=(TWELVE, TWENTY_FOUR)),
                name="site_clock_has_12_or_24_hours",
            ),
            models.CheckConstraint(
                condition=models.Q(medication_first_days__gte=1, medication_days__gte=1),
                name="site_medication_visits_are_days_apart",
            ),
            models.CheckConstraint(
                condition=models.Q(missed_measures_alert__gte=1), name="site_missed_measures_are_some"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        if self.time_zone not in available_timezones():
            raise ValidationError({"time_zone": "Use an IANA name, for example America/New_York."})

    @property
    def address(self) -> str:
        return f"{self.street}, {self.city}, {self.state_code} {self.zip_code}"


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        fields |= {"role": Role.ADMINISTRATOR, "is_staff": True, "is_superuser": True}
        return self.create_user(email, password, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").lower())


class User(AbstractBaseUser, PermissionsMixin):
    """Someone who signs in by e-mail. Users are switched off, never deleted or re-used."""

    class Theme(models.TextChoices):
        SYSTEM = "", "As the device"
        LIGHT = "light", "Light"
        DARK = "dark", "Dark"

    email = models.EmailField(unique=True)
    given_name = models.CharField(max_length=80)
    family_name = models.CharField(max_length=80)
    role = models.CharField(max_length=20, choices=[(r.value, r.words) for r in Role])
    sites = models.ManyToManyField(Site, blank=True, related_name="staff")
    theme = models.CharField(max_length=5, choices=Theme, blank=True, default="")
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False, help_text="Opens Django admin.")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects: ClassVar[UserManager] = UserManager()
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["given_name", "family_name"]

    class Meta:
        ordering = ["family_name", "given_name"]
        constraints = [
            models.UniqueConstraint(Lower("email"), name="user_one_account_per_address"),
            models.CheckConstraint(
                condition=models.Q(role__in=[r.value for r in Role]), name="user_role_is_known"
            ),
            models.CheckConstraint(
                condition=~models.Q(role=Role.PATIENT, is_staff=True), name="user_no_patient_in_admin"
            ),
        ]

    def __str__(self) -> str:
        return self.full_name

    @property
    def full_name(self) -> str:
        return f"{self.given_name} {self.family_name}"

    @property
    def short_name(self) -> str:
        return f"{self.given_name} {self.family_name[:1]}."

    @property
    def initials(self) -> str:
        return f"{self.given_name[:1]}{self.family_name[:1]}".upper()

    @property
    def role_words(self) -> str:
        return Role(self.role).words

    @property
    def is_patient(self) -> bool:
        return self.role == Role.PATIENT


class StaffProfile(models.Model):
    """What a clinician may sign and bill with, and speaks: credential, NPI, supervisor; licenses are rows."""

    user = models.OneToOneField(User, on_delete=models.PROTECT, related_name="profile")
    credential = models.CharField(max_length=20, help_text="For example LCSW, LPC, PMHNP.")
    npi = models.CharField("NPI", max_length=10, blank=True)
    supervisor = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="supervisees"
    )
    languages = models.CharField(
        "speaks", max_length=80, blank=True, default="English", help_text="For example English, Spanish."
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(npi="") | models.Q(npi__regex=r"^[12][0-9]{9}$"),
                name="staff_npi_is_ten_digits",
            )
        ]

    def __str__(self) -> str:
        return f"{self.user.full_name}, {self.credential}"


class LicenseQuerySet(models.QuerySet["License"]):
    def valid_on(self, day: date) -> "LicenseQuerySet":
        return self.filter(models.Q(expires_on__isnull=True) | models.Q(expires_on__gte=day))


class License(models.Model):
    """A state's permission to practice. Video visits need one of the state the patient is in."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="licenses")
    state_code = models.CharField("state", max_length=2)
    number = models.CharField(max_length=40, blank=True)
    expires_on = models.DateField(null=True, blank=True)

    objects = LicenseQuerySet.as_manager()

    class Meta:
        ordering = ["state_code"]
        constraints = [
            models.UniqueConstraint(fields=["user", "state_code"], name="license_once_per_state"),
            models.CheckConstraint(
                condition=models.Q(state_code__regex=r"^[A-Z]{2}$"), name="license_state_is_two_letters"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.state_code} {self.number}".strip()
