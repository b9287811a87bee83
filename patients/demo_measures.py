"""The demo's weekly PHQ-9 and GAD-7: totals that fall slowly, item 9 flags with their follow-ups.

Plain weeks are written at once; an answer that fires a trigger goes through the verb, as in the clinic.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from iop_clinic.accounts.demo import Moment as DemoMoment
from iop_clinic.accounts.demo import chance
from iop_clinic.clock import week_of
from patients.assessing import WEEKLY, ask_measure, finish_measure, keep_result
from patients.demo_cast import Person
from patients.demo_chart import Chart
from patients.demo_other_measures import others
from patients.followups import close_follow_up
from patients.models import FollowUp, Moment, Response
from patients.scoring import Instrument, load_instruments, score

AMARA = {"phq9": (20, 19, 17, 18, 15, 13), "gad7": (17, 16, 14, 15, 12, 11)}
STARTS = {"phq9": (14, 21), "gad7": (10, 17)}
WEEKS_SHOWN = 12
BEFORE_GROUP = {"am": time(8, 41), "orchard": time(8, 47), "eve": time(17, 12), "teen": time(15, 8)}
OUTCOMES = (
    ("safety_plan", "Spoke before group. Fleeting thoughts, no plan, safety plan read together."),
    ("safe", "Called the same day, safe at home, partner with them. Talked again on the next group day."),
    ("safety_plan", "Met after group. Thoughts last week only, safety plan updated."),
)


def add_measures(charts: list[Chart], moment: DemoMoment) -> None:
    """Every week of every episode in the last twelve; this week's only if it was answered by now."""
    plain: list[Response] = []
    flagged: list[tuple[Chart, Response, dict[str, int | None], datetime]] = []
    for chart in charts:
        for row, answers, answered_at in _responses(chart, moment):
            if answers is None or not answers.get("q9"):
                plain.append(row)
            else:
                flagged.append((chart, row, answers, answered_at))
    Response.objects.bulk_create([*plain, *others(charts, moment)])
    for chart, row, answers, answered_at in flagged:
        _answer_by_verb(chart, row, answers, answered_at, moment)
    _ask_today(charts, moment)


def _ask_today(charts: list[Chart], moment: DemoMoment) -> None:
    """The portal's patient has a check-in before group; on Mondays the weekly one is it."""
    for chart in charts:
        if chart.person.has("amara") and moment.today != moment.monday:
            asked = ask_measure(
                actor=chart.clinician, patient=chart.patient, instrument_code="phq9", due_on=moment.today
            )
            public_id, asked_at = chart.uuid("asked"), moment.no_later(moment.at(moment.today, time(7)))
            Response.objects.filter(pk=asked.pk).update(public_id=public_id, created_at=asked_at)


Answers = dict[str, int | None]


def _responses(chart: Chart, moment: DemoMoment) -> Iterator[tuple[Response, Answers | None, datetime]]:
    for number, monday in enumerate(_mondays(chart, moment)):
        for instrument in [load_instruments()[code] for code in WEEKLY]:
            answered_at = _answered_at(chart.person, monday, moment)
            row = Response(
                public_id=chart.uuid("response", instrument.id, monday),
                patient=chart.patient,
                instrument_code=instrument.id,
                instrument_version=instrument.version,
                due_on=monday,
                moment=Moment.INTAKE if number == 0 else Moment.WEEKLY,
                week_on=monday,
                created_at=moment.at(monday, time(0, 5)),
            )
            if _missed(chart.person, instrument, monday, moment):
                row.state = Response.State.MISSED
                yield row, None, answered_at
                continue
            if answered_at > moment.now or _left_open(chart.person, instrument, monday, moment):
                yield row, None, answered_at
                continue
            answers = _answers(chart.person, instrument, number, monday, moment)
            yield _scored(row, instrument, answers, chart, answered_at), answers, answered_at


def _mondays(chart: Chart, moment: DemoMoment) -> list[date]:
    first = week_of(chart.episode.admitted_on).starts_on
    last = week_of(chart.episode.ended_on or moment.today).starts_on
    weeks = [first + timedelta(weeks=n) for n in range((last - first).days // 7 + 1)]
    if chart.episode.ended_on and weeks[-1] < moment.monday - timedelta(weeks=WEEKS_SHOWN):
        return [weeks[0], weeks[-1]]
    return weeks


def _answered_at(person: Person, monday: date, moment: DemoMoment) -> datetime:
    """A few minutes before the first group of the week."""
    day = monday + timedelta(days=1 if person.track == "teen" else 0)
    return moment.at(day, BEFORE_GROUP[person.track]) + timedelta(
        minutes=chance("answered", person.name, monday).randrange(0, 9)
    )


def _left_open(person: Person, instrument: Instrument, monday: date, moment: DemoMoment) -> bool:
    if monday != moment.monday:
        return False
    on_monday = moment.today == moment.monday
    return (
        person.has("measure_due")
        or person.has("unanswered")
        or (person.has("amara") and instrument.id == "gad7" and on_monday)
    )


def _missed(person: Person, instrument: Instrument, monday: date, moment: DemoMoment) -> bool:
    """One person answered nothing for two weeks, another skipped one measure last week."""
    weeks_ago = (moment.monday - monday).days // 7
    skipped = person.has("skipped") and instrument.id == "gad7" and weeks_ago == 1
    return skipped or (person.has("unanswered") and weeks_ago in (1, 2))


def total_of(person: Person, instrument: Instrument, number: int) -> int:
    """The total of the number-th week: falling about one point a week."""
    if person.has("amara"):
        return AMARA[instrument.id][min(number, len(AMARA[instrument.id]) - 1)]
    draw = chance("series", person.name, instrument.id)
    start, fall = draw.randint(*STARTS[instrument.id]), draw.uniform(0.4, 1.7)
    noise = chance("noise", person.name, instrument.id, number).choice([-2, -1, 0, 0, 1, 2])
    return max(1, min(round(start - fall * number) + (noise if number else 0), instrument.max_total - 4))


def _answers(
    person: Person, instrument: Instrument, number: int, monday: date, moment: DemoMoment
) -> Answers:
    draw = chance("answers", person.name, instrument.id, number)
    total = total_of(person, instrument, number)
    answers = dict.fromkeys(instrument.total.item_ids if instrument.total else (), 0)
    if instrument.id == "phq9":
        answers["q9"] = _item_nine(person, number, monday, moment)
        total = max(total, answers["q9"])
    open_items = [item for item in answers if item != "q9"]
    while sum(answers.values()) < total:
        item = draw.choice([item for item in open_items if answers[item] < 3])
        answers[item] += 1
    said: Answers = dict(answers)
    if instrument.id == "phq9":
        said["difficulty"] = min(3, total // 7)
    if person.has("finishing") and number == 1 and instrument.id == "gad7":
        said["q4"] = None
    return said


def _item_nine(person: Person, number: int, monday: date, moment: DemoMoment) -> int:
    if person.has("risk"):
        latest = moment.monday if moment.today > moment.monday else moment.monday - timedelta(weeks=1)
        return int(monday == latest)
    if person.has("amara"):
        return int(number < 2)
    if person.has("risk_past"):
        return int(number == 0)
    return int(number == 0 and chance("item nine", person.name).random() < 0.12)


def _scored(
    row: Response, instrument: Instrument, answers: Answers, chart: Chart, answered_at: datetime
) -> Response:
    scored = score(instrument, answers)
    row.answers = {item: value for item, value in answers.items() if value is not None}
    row.state = Response.State(scored.state)
    keep_result(row, scored)
    row.mode, row.entered_by, row.finished_at = Response.Mode.STAFF, chart.clinician, answered_at
    return row


def _answer_by_verb(
    chart: Chart, row: Response, answers: Answers, answered_at: datetime, moment: DemoMoment
) -> None:
    """The follow-up opens in the verb's own transaction; all but the latest are closed by its owner."""
    row.state, row.total, row.scores, row.band, row.outcome = Response.State.DUE, None, {}, "", ""
    row.answers, row.mode, row.finished_at, row.entered_by = {}, "", None, None
    row.save(force_insert=True)
    mode = Response.Mode.STAFF
    finish_measure(actor=chart.clinician, response=row, answers=answers, mode=mode, now=answered_at)
    opened = FollowUp.objects.filter(response=row)
    opened.update(opened_at=answered_at)
    if chart.person.has("risk"):
        return
    for follow_up in opened:
        kind, outcome = chance("outcome", chart.person.name).choice(OUTCOMES)
        closed_at = moment.no_later(answered_at + timedelta(hours=4))
        close_follow_up(
            actor=follow_up.owner,
            follow_up=follow_up,
            outcome_kind=kind,
            outcome=outcome,
            now=closed_at,
        )
