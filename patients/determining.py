"""Determining the level of care: drafted, signed, from then on frozen; the next one stands in its place.

Shape: domain reference 1.3, 1.4. Which level follows from the ratings is the clinician's to say.
"""

from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import transaction

from iop_clinic.accounts.models import User
from iop_clinic.audit.trail import record
from iop_clinic.clock import local_day
from iop_clinic.constraints import refused_by
from iop_clinic.refusal import Refused
from iop_clinic.seal import seal_of
from patients.levels import SCHEMES, LevelScheme
from patients.models import LevelDetermination, Patient

Ratings = dict[str, dict[str, str]]


@dataclass(frozen=True)
class Finding:
    """What was found, as typed. `ratings` are by dimension id: {"d1": {"rating": "2", "why": "…"}}."""

    kind: str
    scheme: str
    decided_on: date
    recommended: str
    actual: str
    rationale: str
    difference: str = ""
    difference_words: str = ""
    ratings: Ratings = field(default_factory=dict)
    composite: int | None = None
    instrument_version: str = ""
    rater: str = ""


def _typed(sentence: str, name: str) -> Refused:
    return Refused(sentence, status=422, **{name: sentence})


@transaction.atomic
def draft_determination(
    *, actor: User, patient: Patient, finding: Finding, now: datetime
) -> LevelDetermination:
    """Write the one draft of this person, new or over the last. Refused 422 for what was typed."""
    held = (
        Patient.objects.select_for_update(no_key=True, of=("self",)).select_related("site").get(pk=patient.pk)
    )
    _check(finding, local_day(now, held.site.time_zone))
    said = {key: value.strip() if isinstance(value, str) else value for key, value in asdict(finding).items()}
    said |= {"episode": _episode(held, finding.kind), "author": actor, "saved_at": now}
    draft = held.determinations.filter(signed_at__isnull=True).first()
    with refused_by(
        determination_difference_has_a_reason=_typed("Say why the levels differ.", "difference"),
        determination_other_reason_in_words=_typed("Say the other reason in words.", "difference_words"),
        determination_locus_has_its_result=_typed("A composite is between 7 and 35.", "composite"),
        determination_says_why=_typed("Say why, in a few sentences.", "rationale"),
    ):
        if draft is None:
            draft = LevelDetermination.objects.create(patient=held, **said)
        else:
            for name, value in said.items():
                setattr(draft, name, value)
            draft.save(update_fields=list(said))
    record(actor, "patients.draft_determination", draft)
    return draft


def _episode(patient: Patient, kind: str) -> Any:
    """The running episode; an admission is determined before there is one."""
    episode = patient.episodes.filter(ended_on__isnull=True).first()
    if episode is None and kind != LevelDetermination.Kind.ADMISSION:
        raise _typed("This person is not in the program. Only an admission can be determined.", "kind")
    return episode


def _check(finding: Finding, today: date) -> None:
    scheme = SCHEMES.get(finding.scheme)
    if scheme is None or finding.kind not in LevelDetermination.Kind.values:
        raise Refused("Choose what is decided, and by which scheme.", status=422)
    if finding.decided_on > today:
        raise _typed("That day has not come yet.", "decided_on")
    for name in ("recommended", "actual"):
        if scheme.rung(getattr(finding, name)) is None:
            raise _typed("Choose a level of this scheme.", name)
    _check_ratings(scheme, finding.ratings)


def _check_ratings(scheme: LevelScheme, ratings: Ratings) -> None:
    allowed = {value for value, _ in scheme.ratings}
    if set(ratings) != {dimension.id for dimension in scheme.dimensions}:
        raise Refused("Every dimension of this scheme is rated.", status=422)
    for dimension in scheme.dimensions:
        said = ratings[dimension.id]
        if dimension.is_rated and said.get("rating") not in allowed:
            raise _typed("Choose a rating.", f"{dimension.id}_rating")
        if not said.get("why", "").strip():
            raise _typed("Say what the rating rests on.", f"{dimension.id}_why")


@transaction.atomic
def sign_determination(
    *, actor: User, determination: LevelDetermination, now: datetime
) -> LevelDetermination:
    """Sign the draft: PostgreSQL refuses any change from here, and the last one signed is superseded.

    Pressing twice signs once. Refused 409 when someone else signed it, or without a credential on file.
    """
    patient = Patient.objects.select_for_update(no_key=True, of=("self",)).select_related("site")
    site = patient.get(pk=determination.patient_id).site
    held = LevelDetermination.objects.select_for_update(of=("self",)).get(pk=determination.pk)
    if held.signed_at is not None:
        if held.signed_by_id == actor.pk:
            return held
        raise Refused("This determination is signed already. A change is a new one.")
    held.supersedes = LevelDetermination.objects.current().filter(patient=held.patient_id).first()
    held.signed_at, held.signed_by = now, actor
    held.credential, held.license_number = letters_of(actor, site.state_code, held.decided_on)
    held.content_sha256 = seal_of(held.signed_content())
    names = "supersedes signed_at signed_by credential license_number content_sha256"
    held.save(update_fields=names.split())
    record(actor, "patients.sign_determination", held)
    return held


def letters_of(user: User, state_code: str, day: date) -> tuple[str, str]:
    """Credential and license number of that state; refused 409 without a credential on file."""
    credential = getattr(getattr(user, "profile", None), "credential", "")
    if not credential:
        raise Refused("Your credential is not on file, so this cannot be signed. Ask an administrator.")
    held = user.licenses.valid_on(day).filter(state_code=state_code).first()
    return credential, held.number if held else ""


def draft_of(patient: Patient) -> LevelDetermination | None:
    return patient.determinations.filter(signed_at__isnull=True).first()


def current_of(patient: Patient) -> LevelDetermination | None:
    """The last one signed, with who signed it."""
    return patient.determinations.current().select_related("signed_by").first()
