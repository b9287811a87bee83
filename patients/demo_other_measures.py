"""The demo's other measures: pain each week, trauma and recovery every fourth, drinking at intake."""

from collections.abc import Iterator
from datetime import date, time, timedelta

from iop_clinic.accounts.demo import Moment, chance
from iop_clinic.clock import week_of
from patients.assessing import keep_result
from patients.demo_chart import Chart
from patients.models import Response
from patients.scoring import Instrument, load_instruments, score

# Instrument, every how many weeks, and how its answers begin and fall, as a share of the highest.
PLANS = {
    "am": (("peg", 1, 0.7, 0.06), ("pcl5", 4, 0.55, 0.05)),
    "eve": (("audit_c", 99, 0.7, 0), ("bam", 4, 0.6, 0.05), ("pcl5", 4, 0.5, 0.05)),
}
BETTER_HIGH = {"q9", "q10", "q12", "q13", "q14", "q16", "q17"}  # of the BAM


def others(charts: list[Chart], moment: Moment) -> Iterator[Response]:
    """For one in three of those in the program, until last week; Amara's chart stays with its two."""
    for chart in charts:
        shown = not chart.person.has("amara") and chance("other measures", chart.person.name).random() < 0.35
        if chart.episode.ended_on is None and shown:
            yield from _of(chart, moment)


def _of(chart: Chart, moment: Moment) -> Iterator[Response]:
    first = week_of(chart.episode.admitted_on).starts_on
    for code, every, share, fall in PLANS.get(chart.person.track, ()):
        monday, number = first, 0
        while monday < moment.monday:
            yield _answered(chart, load_instruments()[code], monday, share - fall * number, moment)
            monday, number = monday + timedelta(weeks=every), number + every


def _answered(chart: Chart, instrument: Instrument, monday: date, share: float, moment: Moment) -> Response:
    answers = _answers(chart, instrument, monday, min(max(share, 0.1), 1.0))
    scored = score(instrument, answers)
    row = Response(
        public_id=chart.uuid("response", instrument.id, monday),
        patient=chart.patient,
        instrument_code=instrument.id,
        instrument_version=instrument.version,
        due_on=monday,
        created_at=moment.at(monday, time(0, 5)),
        answers={key: value for key, value in answers.items() if value is not None},
        state=Response.State(scored.state),
        mode=Response.Mode.STAFF,
        entered_by=chart.clinician,
        finished_at=moment.at(monday + timedelta(days=1), time(10, 20)),
    )
    keep_result(row, scored)
    return row


def _answers(chart: Chart, instrument: Instrument, monday: date, share: float) -> dict[str, int | None]:
    """Near the share of each question's highest answer; none that would fire a trigger."""
    draw = chance("answers", chart.person.name, instrument.id, monday)
    said: dict[str, int | None] = {}
    for item in instrument.items:
        if item.id in {"q7b", "q7c", "q7d", "q7e", "q7f", "q7g", "q16"} and instrument.id != "audit_c":
            share_here = 0.1
        else:
            share_here = 1 - share if instrument.id == "bam" and item.id in BETTER_HIGH else share
        values = [option.value for option in item.options]
        place = round((len(values) - 1) * min(max(share_here + draw.uniform(-0.15, 0.15), 0), 0.8))
        said[item.id] = values[place]
    return said
