"""The demo's levels of care: determinations, three people who came from PHP, certifications, one overdue."""

from collections.abc import Iterable
from datetime import date, time, timedelta
from typing import Any

from iop_clinic.accounts.demo import House, Moment, chance
from iop_clinic.accounts.models import User
from iop_clinic.seal import seal_of
from patients.certifying import Period
from patients.demo_cast import MERIDIAN
from patients.demo_chart import Chart
from patients.demo_payers import payers
from patients.levels import SCHEMES
from patients.models import Certification, LevelDetermination, LevelOfCare, LevelOfCareStay, PayerClock

PHP_DAYS, REVIEWED_AFTER_DAYS, CLOCK_DAYS = 12, 27, 60
SCHEME_OF = {"am": "locus", "eve": "asam3", "teen": "judgement", "orchard": "judgement"}
LEVEL_OF = {"asam3": ("2.1", "2.5"), "locus": ("3", "4"), "judgement": ("IOP", "PHP")}
FOUND = (
    ("1", "Last drink nine days ago, no withdrawal."),
    ("1", "Blood pressure treated by the family doctor."),
    ("2", "Low mood and poor sleep, safe between sessions."),
    ("2", "Wants evenings back, doubts it will hold."),
    ("3", "Strong cravings after work, two slips this month."),
    ("2", "Partner helps; colleagues drink."),
)
WHY = {
    "admission": "Weekly therapy did not hold. Safe at home; needs structure several days a week.",
    "transfer": "Stable for a week without daily care. Three days are enough to keep what was gained.",
    "continued": "Getting better, not steady yet. Two objectives are open that need the groups.",
}


def add_levels(charts: list[Chart], house: House, moment: Moment) -> None:
    """One determination after another, each superseding the last; the last stay rests on the last step."""
    _add_clocks()
    running = [
        chart for chart in charts if chart.episode.ended_on is None and chart.in_program_on(moment.today)
    ]
    latest: dict[str, LevelDetermination] = {}
    for kind in ("admission", "transfer", "continued"):
        rows = {c.person.name: row for c in running if (row := _finding(c, kind, latest, moment)) is not None}
        LevelDetermination.objects.bulk_create(rows.values())
        latest |= rows
    stepped = [chart for chart in running if chart.person.has("from_php")]
    _step_down(stepped)
    Certification.objects.bulk_create(
        row for chart in running for row in _certifications(chart, house.staff["osei"], moment)
    )


def _add_clocks() -> None:
    """Made-up numbers in the shape of Medicare's: one payer wants a physician's word every sixty days."""
    meridian, from_on = payers()[MERIDIAN], date(2020, 1, 1)
    asked: dict[str, Any] = {"payer": meridian, "certifies": True, "physician_only": True, "from_on": from_on}
    PayerClock.objects.bulk_create(
        [
            PayerClock(level_kind="iop", first_days=CLOCK_DAYS, every_days=CLOCK_DAYS, **asked),
            PayerClock(level_kind="php", first_days=18, every_days=30, review_days=14, **asked),
        ]
    )


def _decided_on(chart: Chart, kind: str, moment: Moment) -> date | None:
    admitted_on = chart.episode.admitted_on
    if kind == "admission":
        return admitted_on
    if kind == "transfer":
        return admitted_on + timedelta(days=PHP_DAYS) if chart.person.has("from_php") else None
    days = (moment.today - admitted_on).days // REVIEWED_AFTER_DAYS * REVIEWED_AFTER_DAYS
    forgotten = chance("review", chart.person.name).random() < 0.15
    return admitted_on + timedelta(days=days) if days and not forgotten else None


def _finding(
    chart: Chart, kind: str, latest: dict[str, LevelDetermination], moment: Moment
) -> LevelDetermination | None:
    decided_on = _decided_on(chart, kind, moment)
    if decided_on is None:
        return None
    key = SCHEME_OF[chart.person.track]
    iop, php = LEVEL_OF[key]
    level = php if kind == "admission" and chart.person.has("from_php") else iop
    waits = kind == "admission" and level == iop and chance("waits", chart.person.name).random() < 0.1
    dimensions = zip(SCHEMES[key].dimensions, FOUND, strict=False)
    result = {"composite": 18 if level == iop else 21, "instrument_version": "20", "rater": "Helena Quarrie"}
    row = LevelDetermination(
        patient=chart.patient,
        episode=chart.episode,
        kind=kind,
        scheme=key,
        decided_on=decided_on,
        ratings={one.id: {"rating": rating, "why": why} for one, (rating, why) in dimensions},
        recommended=php if waits else level,
        actual=level,
        difference="patient_choice" if waits else "",
        difference_words="Cannot leave work for whole days" if waits else "",
        rationale=WHY[kind],
        author=chart.clinician,
        saved_at=moment.no_later(moment.at(decided_on, time(11, 20))),
        signed_by=chart.clinician,
        supersedes=latest.get(chart.person.name),
        **(result if key == "locus" else {}),
    )
    row.signed_at = row.saved_at
    row.credential = chart.clinician.profile.credential
    row.content_sha256 = seal_of(row.signed_content())
    return row


def _step_down(charts: list[Chart]) -> None:
    """Twelve days of partial hospitalization first; what follows begins after them."""
    php = LevelOfCare.objects.get(code="PHP")
    stays = LevelOfCareStay.objects.filter(episode__in=[chart.episode for chart in charts])
    by_episode = {stay.episode_id: stay for stay in stays}
    steps = LevelDetermination.objects.filter(kind="transfer", episode__in=by_episode)
    rests_on = {row.episode_id: row for row in steps.select_related("supersedes")}
    first = []
    for chart in charts:
        stay, begins_on = by_episode[chart.episode.pk], chart.episode.admitted_on
        step_on = begins_on + timedelta(days=PHP_DAYS)
        stay.from_on, stay.determination = step_on, rests_on[chart.episode.pk]
        first.append(
            LevelOfCareStay(
                episode=chart.episode,
                level=php,
                prescribed_minutes=1200,
                standard_minutes=1200,
                days_a_week=5,
                determination=rests_on[chart.episode.pk].supersedes,
                from_on=begins_on,
                to_on=step_on - timedelta(days=1),
            )
        )
    LevelOfCareStay.objects.bulk_update(by_episode.values(), ["from_on", "determination"])
    LevelOfCareStay.objects.bulk_create(first)


def _certifications(chart: Chart, prescriber: User, moment: Moment) -> Iterable[Certification]:
    """The first period of the level, signed on its first day; whoever has outlived it is overdue."""
    if chart.person.payer != MERIDIAN:
        return
    clock = PayerClock.objects.get(payer=chart.coverage.payer, level_kind="iop")
    from_on = chart.episode.admitted_on + timedelta(days=PHP_DAYS if chart.person.has("from_php") else 0)
    plan = chart.plans[0][0]
    to_on = from_on + timedelta(days=CLOCK_DAYS - 1)
    period = Period(Certification.Kind.FIRST, "iop", from_on, to_on, 540, clock, plan)
    row = Certification(
        episode=chart.episode,
        level_kind=period.level_kind,
        kind=period.kind,
        payer=clock.payer,
        plan=plan,
        minutes_a_week=period.minutes_a_week,
        from_on=from_on,
        to_on=to_on,
        statement=period.statement,
        need="Symptoms on most days; without structure several times a week a hospital stay is likely.",
        signed_by=prescriber,
        credential=prescriber.profile.credential,
        signed_on=from_on,
        signed_at=moment.no_later(moment.at(from_on, time(16, 10))),
    )
    row.content_sha256 = seal_of(row.signed_content())
    yield row
