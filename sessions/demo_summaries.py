"""The demo's discharge summaries: drafted from the record, completed by the clinician, signed."""

from datetime import timedelta
from typing import Any

from iop_clinic.accounts.demo import Moment
from patients.demo_chart import Chart
from patients.demo_documents import add_signed, signed_document
from sessions.discharge_summary import answers_from_record

RECENT = timedelta(days=60)
# What only the clinician can say.
WORDS: dict[str, Any] = {
    "course": "Came in withdrawn; took the skills into the week from the third week on. Family sessions eased"
    " the evenings. Two setbacks were talked through and did not last.",
    "status": "Brighter, sleeps through most nights, back to daily tasks. No thoughts of suicide.",
    "risk": "low",
    "risk_words": "No thoughts of suicide at the last two visits; safety plan gone through again.",
    "recommendations": "Weekly therapy, medication visits as planned, alumni group.",
    "prognosis": "good",
    "patient_view": "“I did not think I would sit in a group and laugh.”",
}


def add_summaries(charts: list[Chart], moment: Moment) -> None:
    """For everyone who left lately but the one whose summary is still to be written."""
    left = [c for c in charts if c.episode.ended_on and c.episode.ended_on >= moment.day(-RECENT.days)]
    left.sort(key=lambda chart: (chart.episode.ended_on, chart.person.track != "am", chart.person.name))
    waiting = [chart for chart in left if chart.person.track == "eve"][-1:]
    add_signed([_summary(chart, moment) for chart in left if chart not in waiting])


def _summary(chart: Chart, moment: Moment) -> Any:
    assert chart.episode.ended_on is not None
    answers = answers_from_record(chart.patient, chart.episode, moment.now) | WORDS
    on = chart.episode.ended_on + timedelta(days=2)
    return signed_document(chart, moment, "discharge_summary", on, answers)
