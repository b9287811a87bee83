"""Certifying that a level of care is needed: which period is open, what is stated, who signs it.

Medicare: 9 hours a week or more, under a physician's care, under a written plan; later ones say how the
person responds, why it goes on and what discharge waits for (domain reference 2.2).
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from iop_clinic.accounts.models import User
from iop_clinic.audit.trail import record
from iop_clinic.clock import local_day
from iop_clinic.constraints import refused_by
from iop_clinic.durations import in_hours
from iop_clinic.refusal import Refused
from iop_clinic.roles import Permission, may
from iop_clinic.seal import seal_of
from patients.care_clocks import with_care_clocks
from patients.determining import letters_of
from patients.due import day_words
from patients.levels import CareKind, floor_minutes
from patients.models import Certification, Episode, PayerClock, TreatmentPlan
from patients.planning import plan_in_force
from patients.prescribing import prescribed_on

PHYSICIANS = {"MD", "DO"}
# How long before it begins a period may be certified: who signs must know how the person responds.
AHEAD = timedelta(days=14)
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Period:
    """What is to be certified next: of which kind, for which days, under which clock and plan."""

    kind: str
    level_kind: str
    from_on: date
    to_on: date
    minutes_a_week: int
    clock: PayerClock
    plan: TreatmentPlan | None

    @property
    def statement(self) -> str:
        """The words a prescriber reads and signs."""
        level = CareKind(self.level_kind).label.lower()
        again = "continues to need" if self.kind == Certification.Kind.AGAIN else "needs"
        version = f" (version {self.plan.version})" if self.plan else ""
        return (
            f"I certify that this person {again} {level} services, at least "
            f"{in_hours(self.minutes_a_week)} a week, from {_day(self.from_on)} to {_day(self.to_on)}. The "
            f"services are furnished under the care of a physician and under a written plan of care that I "
            f"have reviewed{version}."
        )


def _day(day: date) -> str:
    return f"{day:%B} {day.day}, {day.year}"


def is_physician(credential: str) -> bool:
    """MD or DO among the letters after a name."""
    return bool(PHYSICIANS & set(re.split(r"[^A-Z]+", credential.upper().replace(".", ""))))


def open_period(episode: Episode, day: date) -> Period | None:
    """The next period this person's payer wants certified, None where it wants none."""
    found: Any = with_care_clocks(Episode.objects.filter(pk=episode.pk), day).get()
    if not found.care_certifies:
        return None
    clock = PayerClock.objects.in_force_on(day).get(payer=found.care_payer, level_kind=found.care_kind)
    first = found.certified_to_on is None
    from_on = found.care_from_on if first else found.certified_to_on + _DAY
    days = (clock.first_days if first else clock.every_days) or 1
    stay = prescribed_on(episode, day)
    return Period(
        kind=Certification.Kind.FIRST if first else Certification.Kind.AGAIN,
        level_kind=found.care_kind,
        from_on=from_on,
        to_on=from_on + timedelta(days=days) - _DAY,
        minutes_a_week=min(stay.prescribed_minutes, stay.standard_minutes) if stay else 0,
        clock=clock,
        plan=plan_in_force(episode, day),
    )


@transaction.atomic
def certify(
    *,
    actor: User,
    episode: Episode,
    from_on: date,
    need: str,
    now: datetime,
    response: str = "",
    discharge_goals: str = "",
    late_because: str = "",
) -> Certification:
    """Sign the open period, which is the one that begins on `from_on`; from here nothing about it changes.

    Refused 403 for who may not, 409 without a signed plan, too early or when the period is taken, 422 for
    what was typed.
    """
    rows = Episode.objects.select_for_update(no_key=True, of=("self",))
    held = rows.select_related("site", "patient").get(pk=episode.pk)
    today = local_day(now, held.site.time_zone)
    period = _open(held, from_on, today)
    credential, license_number = _letters(actor, held, period, today)
    floor = floor_minutes(period.level_kind, held.patient.age_on(today))
    if period.minutes_a_week < floor:
        raise Refused(f"Fewer than {in_hours(floor)} a week are prescribed. That cannot be certified.")
    if period.plan is None:
        raise Refused("There is no signed plan in force. A certification needs one.")
    without, late = "Say it in a sentence or two.", "It begins before today. Say why it is signed late."
    with refused_by(
        certification_says_why_it_is_needed=Refused(without, status=422, need=without),
        certification_again_says_how_it_goes=Refused(
            "Say how the person responds, and what discharge waits for.", status=422
        ),
        certification_late_has_a_reason=Refused(late, status=422, late_because=late),
        certification_one_a_day="These days are certified already.",
    ):
        made = Certification(
            episode=held,
            level_kind=period.level_kind,
            kind=period.kind,
            payer=period.clock.payer,
            plan=period.plan,
            minutes_a_week=period.minutes_a_week,
            from_on=period.from_on,
            to_on=period.to_on,
            statement=period.statement,
            need=need.strip(),
            response=response.strip(),
            discharge_goals=discharge_goals.strip(),
            late_because=late_because.strip() if period.from_on < today else "",
            signed_by=actor,
            credential=credential,
            license_number=license_number,
            signed_on=today,
            signed_at=now,
        )
        made.content_sha256 = seal_of(made.signed_content())
        made.save(force_insert=True)
    record(actor, "patients.certify", made)
    return made


def _open(episode: Episode, from_on: date, today: date) -> Period:
    if episode.ended_on is not None:
        raise Refused("This person has left the program.")
    period = open_period(episode, today)
    if period is None:
        raise Refused("This person’s payer asks for no certification at this level.")
    if period.from_on != from_on:
        raise Refused("These days are certified already. Look at the chart again.")
    if period.from_on - AHEAD > today:
        raise Refused(f"It is too early: sign from {day_words(period.from_on - AHEAD, today)} on.")
    return period


def _letters(actor: User, episode: Episode, period: Period, today: date) -> tuple[str, str]:
    if not may(actor.role, Permission.CERTIFY):
        raise Refused("A prescriber certifies.", status=403)
    letters = letters_of(actor, episode.site.state_code, today)
    if period.clock.physician_only and not is_physician(letters[0]):
        raise Refused(f"{period.clock.payer.name} asks for a physician’s signature, MD or DO.", status=403)
    return letters
