"""What someone wants on the calendar, and a rule of the week that it would break, in words."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import TextChoices

from iop_clinic.accounts.models import Site, User
from iop_clinic.clock import local_day
from patients.models import Patient, RelatedPerson
from scheduling.models import Override, Room
from scheduling.models.group import Kind, Mode
from scheduling.words import day_words, when_words


class Rule(TextChoices):
    STAFF_BUSY = "staff_busy", "The clinician has another session"
    ROOM_TAKEN = "room_taken", "The room is taken"
    ROOM_TOO_SMALL = "room_too_small", "The room is too small"
    PATIENT_BUSY = "patient_busy", "The patient has another appointment"
    PATIENT_UNAVAILABLE = "patient_unavailable", "The patient cannot come then"
    KEPT_APART = "kept_apart", "Someone in it is kept apart from the patient"
    FULL = "full", "There are not enough seats"
    CLOSED = "closed", "The site is closed"
    ABSENT = "absent", "The clinician is away"
    OUTSIDE_HOURS = "outside_hours", "Outside the clinician’s hours"
    CREDENTIAL = "credential", "The clinician may not lead it"
    LICENSE = "license", "A license is missing"
    CONSENT = "consent", "A consent is missing"


OVERRIDABLE = frozenset(Override.Rule.values)


@dataclass(frozen=True)
class Wanted:
    """One session as it should become. `session_pk` is its row, when it has one.

    `patients` are who is expected in it; with `patients_present=False` the visit is about them but they
    stay away (90846). `relatives` take part in it. `title` is for sentences; without one it is the kind's.
    """

    site: Site
    kind: str
    mode: str
    starts_at: datetime
    ends_at: datetime
    lead: User
    room: Room | None
    capacity: int = 1
    co_facilitators: tuple[User, ...] = ()
    patients: tuple[Patient, ...] = ()
    session_pk: int | None = None
    title: str = ""
    patients_present: bool = True
    relatives: tuple[RelatedPerson, ...] = ()

    @property
    def occurs_on(self) -> date:
        return local_day(self.starts_at, self.site.time_zone)

    @property
    def staff(self) -> tuple[User, ...]:
        return (self.lead, *self.co_facilitators)

    @property
    def expected(self) -> tuple[Patient, ...]:
        """The patients who have to be there."""
        return self.patients if self.patients_present else ()

    @property
    def is_video(self) -> bool:
        return self.mode == Mode.VIDEO

    @property
    def named(self) -> str:
        return self.title or str(Kind(self.kind).label)

    @property
    def day(self) -> str:
        """ "Wed 10/21" """
        return day_words(self.occurs_on)

    @property
    def when(self) -> str:
        """ "Wed 10/21 at 9:00 AM" """
        return when_words(self.starts_at, self.site.time_zone)

    def called(self, patient: Patient) -> str:
        """A patient as a sentence about this session names them: alone by first name."""
        return patient.called if len(self.patients) == 1 else patient.short_name

    def overlaps(self, starts_at: datetime, ends_at: datetime) -> bool:
        return self.starts_at < ends_at and starts_at < self.ends_at


@dataclass(frozen=True)
class Clash:
    """A rule that a wanted session would break. `can_override`: with a reason, by who may."""

    wanted: Wanted
    rule: Rule
    sentence: str

    @property
    def can_override(self) -> bool:
        return self.rule in OVERRIDABLE
