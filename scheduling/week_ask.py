"""What is asked of a new week: first day, hours and days, the visits beside the groups, and wishes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, time

from iop_clinic.accounts.models import StaffProfile, User
from iop_clinic.languages import spoken
from patients.models import Consent, Episode, LevelOfCareStay, Patient, RelatedPerson
from patients.prescribing import prescribed_on
from scheduling.from_above import payer_day_minutes
from scheduling.models import Series
from scheduling.models.group import Kind

INDIVIDUAL_MINUTES, FAMILY_MINUTES, MEDICATION_MINUTES = 50, 50, 30
MINUTES = {
    Kind.INDIVIDUAL: INDIVIDUAL_MINUTES,
    Kind.FAMILY: FAMILY_MINUTES,
    Kind.MEDICATION: MEDICATION_MINUTES,
}


@dataclass(frozen=True)
class WeekAsk:
    """`kinds` are the visits that are due; times are the site's wall.

    `therapist_id` is who should hold them, `language` what they should speak; `track_id` the only program
    whose groups are wanted; with `moves` a few others may move for it.
    """

    from_on: date
    goal_minutes: int
    least_days: int
    kinds: tuple[str, ...] = ()
    day_minutes: int = 0
    not_before: time | None = None
    home_by: time | None = None
    therapist_id: int | None = None
    track_id: int | None = None
    by_video: bool = False
    language: str = ""
    moves: bool = False


def usual_ask(episode: Episode, day: date, *, with_family: bool) -> WeekAsk:
    """What the record asks for: the prescription of that day, and the visits of someone new."""
    stay = prescribed_on(episode, day)
    seen = Series.objects.filter(episode=episode, kind=Kind.MEDICATION, sessions__status="scheduled").exists()
    kinds = [Kind.INDIVIDUAL, *([Kind.FAMILY] if with_family else []), *([] if seen else [Kind.MEDICATION])]
    language = _language(episode.patient)
    is_understood = not language or language in languages_of(episode.primary_clinician)
    return WeekAsk(
        from_on=day,
        goal_minutes=stay.prescribed_minutes if stay else 0,
        least_days=stay.days_a_week if stay else 1,
        day_minutes=_day_minutes(episode, day, stay),
        kinds=tuple(kinds),
        therapist_id=episode.primary_clinician_id if is_understood else None,
        language=language,
    )


def languages_of(person: User) -> tuple[str, ...]:
    """What someone of the staff speaks, with their `profile`; nothing is known of who has none."""
    profile: StaffProfile | None = getattr(person, "profile", None)
    return spoken(profile.languages) if profile else ()


def speaking(staff: Iterable[User], language: str) -> frozenset[int]:
    """The numbers of those who do; nobody's where no language is asked for."""
    return frozenset(one.pk for one in staff if language and language in languages_of(one))


def _language(patient: Patient) -> str:
    """The first language of who speaks no English, else nothing to ask for."""
    known = spoken(patient.languages)
    return known[0] if known and "English" not in known else ""


def _day_minutes(episode: Episode, day: date, stay: LevelOfCareStay | None) -> int:
    """What the payer asks of a day, where the prescription has as much for each of its days."""
    least = payer_day_minutes([episode], day).get(episode.patient_id, 0)
    return least if stay and least * stay.days_a_week <= stay.prescribed_minutes else 0


def agreed_relatives(episode: Episode, day: date) -> list[RelatedPerson]:
    """Those with whom a consent to family sessions is in force that day."""
    agreed = Consent.objects.in_force_on(day).filter(kind=Consent.Kind.FAMILY, patient=episode.patient)
    return list(episode.patient.related_persons.filter(consents__in=agreed).distinct())
