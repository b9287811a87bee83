"""Asks by the rules: a whole site at once from the bell, or one person on the way in.

Safe any number of times and at once: unique rows per person, instrument and week. The floor above says on
which day someone's first session of the week is.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, timedelta

from django.db import transaction
from django.db.models import Q

from iop_clinic.accounts.models import Site, User
from iop_clinic.audit.trail import record
from iop_clinic.clock import Week, week_of
from patients.measure_rules import Person, Schedule, rules_at
from patients.measures_due import BASELINE, LEFT_WITHIN, Asked, Due, Stay, due_of, leaving_from
from patients.models import (
    Diagnosis,
    Discharge,
    Episode,
    LevelOfCareStay,
    Moment,
    Patient,
    Referral,
    Response,
)
from patients.models.referral import Stage
from patients.scoring import load_instruments

ACCEPTED = (Stage.ASSESSMENT, Stage.WAITLISTED)
BATCH = 5000
Known = dict[int, list[Asked]]


@transaction.atomic
def ask_by_rules(*, site: Site, day: date, first_session_days: Mapping[int, date]) -> int:
    """Ask everyone of a site for what comes due in the week of `day`; the number newly asked.

    `first_session_days` by patient id. Eight statements and one for each 5,000 responses asked.
    """
    week, schedule = week_of(day, site.week_starts_weekday), rules_at(site)
    stays = [*_stays(site, day), *_accepted(site)]
    known = _known(stays, week, day)
    wanted = [
        (stay.patient_id, due)
        for stay in stays
        for due in due_of(
            stay,
            schedule,
            known.get(stay.patient_id, ()),
            day,
            week,
            first_session_days.get(stay.patient_id),
        )
    ]
    _stay_asked(stays, day, week)
    _ask(wanted, site, actor=None)
    if wanted:
        record(None, "patients.ask_by_rules", site_id=site.pk, count=len(wanted))
    return len(wanted)


@transaction.atomic
def ask_at_intake(*, actor: User, patient: Patient, day: date) -> int:
    """Ask someone just accepted or just admitted for the intake measures; the number newly asked.

    `day` is the site's today; for an admission to come the first day there.
    """
    site = patient.site
    stays = [*_stays(site, day, patient), *_accepted(site, patient)]
    ahead = Episode.objects.filter(patient=patient, admitted_on__gt=day).order_by("admitted_on").first()
    if ahead is not None:
        return ask_at_intake(actor=actor, patient=patient, day=ahead.admitted_on)
    week, schedule = week_of(day, site.week_starts_weekday), rules_at(site)
    only: Schedule = {str(Moment.INTAKE): schedule.get(Moment.INTAKE, ())}
    known = _known(stays, week, day)
    wanted = [
        (patient.pk, due)
        for stay in [one for one in stays if one.ended_on is None][:1]
        for due in due_of(stay, only, known.get(patient.pk, ()), day, week, None)
    ]
    _ask(wanted, site, actor)
    if wanted:
        record(actor, "patients.ask_at_intake", patient, count=len(wanted))
    return len(wanted)


def _stays(site: Site, day: date, patient: Patient | None = None) -> list[Stay]:
    """Who is in the program on the day or left it in the week before, but not by death; three queries."""
    running = Q(ended_on__isnull=True) | Q(ended_on__gte=day - LEFT_WITHIN)
    rows = Episode.objects.filter(running, site=site, admitted_on__lte=day, patient__use_chart=None)
    if patient is not None:
        rows = rows.filter(patient=patient)
    rows = rows.exclude(discharge__kind=Discharge.Kind.DECEASED)
    columns = (
        "pk",
        "patient_id",
        "patient__born_on",
        "is_part2",
        "admitted_on",
        "ended_on",
        "expected_end_on",
    )
    found = list(rows.order_by("patient_id", "-admitted_on").values_list(*columns))
    codes, levels = _codes([row[0] for row in found], day), _levels([row[0] for row in found], day)
    return [
        Stay(
            patient_id,
            Person(born_on, codes.get(pk, ()), is_part2, levels.get(pk)),
            admitted_on,
            ended_on,
            expected_end_on,
        )
        for pk, patient_id, born_on, is_part2, admitted_on, ended_on, expected_end_on in found
    ]


def _codes(episodes: Collection[int], day: date) -> dict[int, list[str]]:
    """Codes of the diagnoses in force, by episode."""
    rows = Diagnosis.objects.filter(Q(ended_on__isnull=True) | Q(ended_on__gte=day), episode__in=episodes)
    found: dict[int, list[str]] = {}
    for pk, code in rows.order_by().values_list("episode_id", "code"):
        found.setdefault(pk, []).append(code)
    return found


def _levels(episodes: Collection[int], day: date) -> dict[int, int]:
    """The level of care on the day, or the last one, by episode."""
    rows = LevelOfCareStay.objects.filter(episode__in=episodes, from_on__lte=day)
    return dict(rows.order_by("from_on").values_list("episode_id", "level_id"))


def _accepted(site: Site, patient: Patient | None = None) -> list[Stay]:
    """Who was accepted and is on the way in; one query."""
    rows = Referral.objects.filter(site=site, stage__in=ACCEPTED, patient__use_chart=None)
    if patient is not None:
        rows = rows.filter(patient=patient)
    columns = ("patient_id", "patient__born_on", "received_on")
    return [
        Stay(pk, Person(born_on), accepted_since_on=received_on)
        for pk, born_on, received_on in rows.order_by("patient_id").values_list(*columns)
    ]


def _known(stays: Iterable[Stay], week: Week, day: date) -> Known:
    """What was asked before, as far back as it matters for each; two queries."""
    everyone, since = [], {}
    for stay in stays:
        everyone.append(stay.patient_id)
        looks_back = [stay.accepted_since_on, leaving_from(stay)]
        if stay.admitted_on is not None and stay.admitted_on > day - timedelta(days=7):
            looks_back.append(stay.admitted_on - BASELINE)
        starts = [back for back in looks_back if back is not None and back <= day]
        if starts:
            since[stay.patient_id] = min(starts)
    this_week = Response.objects.filter(patient__in=everyone, due_on__range=(week.starts_on, week.ends_on))
    before = Response.objects.filter(
        patient__in=list(since), due_on__gte=min(since.values(), default=day), due_on__lt=week.starts_on
    )
    columns = ("patient_id", "instrument_code", "due_on", "moment", "state", "week_on")
    found: Known = {}
    for rows in (this_week, before):
        for pk, *asked in rows.order_by().values_list(*columns):
            found.setdefault(pk, []).append(Asked(*asked))
    return found


def _stay_asked(stays: Iterable[Stay], day: date, week: Week) -> None:
    """What waits from this week when a stay ends is its last measure: it can still be answered."""
    left = [stay.patient_id for stay in stays if stay.ended_on is not None and stay.ended_on <= day]
    waiting = Response.objects.waiting().filter(patient__in=left, week_on=week.starts_on)
    waiting.exclude(moment=Moment.DISCHARGE).update(moment=Moment.DISCHARGE)


def _ask(wanted: Iterable[tuple[int, Due]], site: Site, actor: User | None) -> None:
    instruments = load_instruments()
    rows = [
        Response(
            patient_id=pk,
            instrument_code=due.instrument_code,
            instrument_version=instruments[due.instrument_code].version,
            due_on=due.due_on,
            moment=due.moment,
            week_on=week_of(due.due_on, site.week_starts_weekday).starts_on,
            asked_by=actor,
        )
        for pk, due in wanted
    ]
    Response.objects.bulk_create(rows, ignore_conflicts=True, batch_size=BATCH)
