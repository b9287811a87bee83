"""The demo's discharges: how each stay ended; the last ones with aftercare, calls and a signed plan.

Two people have calls waiting: one was reached after a week, the other has a message and is due again today.
"""

from datetime import date, time, timedelta
from typing import Any

from iop_clinic.accounts.demo import Moment, chance
from iop_clinic.clock import day_span
from patients.demo_chart import Chart
from patients.demo_documents import add_signed, signed_document
from patients.discharge_types import TYPE_OF
from patients.discharging import CALL_DAYS
from patients.models import AftercareAppointment, Discharge, FollowUp, FollowUpContact

ENDINGS = ("completed",) * 6 + ("dropped_out",) * 2 + ("transferred", "administrative")
PROVIDERS = ("Dr. Maren Lune, Harbor Counseling", "Fernway Psychiatry", "Old Mill Therapy Group")
RECENT = timedelta(days=60)


def add_discharges(charts: list[Chart], moment: Moment) -> None:
    """One for each stay that ended, and what follows it for the last two of the main site."""
    left = [chart for chart in charts if chart.episode.ended_on]
    followed = sorted(
        (chart for chart in left if chart.person.track == "am"), key=lambda chart: _ended_on(chart)
    )[-2:]
    Discharge.objects.bulk_create(_discharge(chart, moment, chart in followed) for chart in left)
    recent = [chart for chart in left if _ended_on(chart) >= moment.day(-RECENT.days)]
    AftercareAppointment.objects.bulk_create(
        _appointment(chart, moment, answered=chart not in followed) for chart in recent
    )
    add_signed([_plan(chart, moment) for chart in recent if _ending(chart, chart in followed) == "completed"])
    for number, chart in enumerate(followed):
        _call(chart, moment, reached=number == 0)


def _ended_on(chart: Chart) -> date:
    assert chart.episode.ended_on is not None
    return chart.episode.ended_on


def _ending(chart: Chart, followed: bool) -> str:
    return "completed" if followed else chance("ending", chart.person.name).choice(ENDINGS)


def _discharge(chart: Chart, moment: Moment, followed: bool) -> Discharge:
    kind, on = _ending(chart, followed), _ended_on(chart)
    ended_by_program = kind == Discharge.Kind.ADMINISTRATIVE
    return Discharge(
        episode=chart.episode,
        kind=kind,
        on=on,
        by=chart.clinician,
        recorded_at=moment.no_later(moment.at(on, time(16, 30))),
        is_planned=TYPE_OF[kind].usually_planned,
        destination="day_program" if kind == "transferred" else "outpatient" if kind == "completed" else "",
        letter_on=on if ended_by_program else None,
        appeal_right_given=ended_by_program,
        referrals_offered="Two therapists near home, the alumni group on Thursdays.",
    )


def _appointment(chart: Chart, moment: Moment, *, answered: bool) -> AftercareAppointment:
    draw, ended_on = chance("aftercare", chart.person.name), _ended_on(chart)
    seen_on = ended_on + timedelta(days=draw.randint(3, 9))
    seen_on += timedelta(days=2 if seen_on.weekday() > 4 else 0)
    at = moment.at(seen_on, time(draw.choice((9, 10, 11, 14, 15)), 30))
    known = answered and at < moment.now
    outcome = draw.choice(("kept", "kept", "kept", "not_kept", "unknown")) if known else ""
    return AftercareAppointment(
        episode=chart.episode,
        kind=draw.choice(("therapy", "medication")),
        provider=draw.choice(PROVIDERS),
        at=at,
        address="8 Harbor Lane, Millbrook Falls",
        phone="609-555-0177",
        recorded_by=chart.clinician,
        outcome=outcome,
        outcome_by=chart.clinician if known else None,
        outcome_at=at if known else None,
    )


def _plan(chart: Chart, moment: Moment) -> Any:
    on = _ended_on(chart)
    answers = {
        "next_level": "outpatient",
        "next_provider": "Harbor Counseling",
        "therapist": "Dr. Maren Lune, 609-555-0177",
        "pcp": "Millbrook Family Practice, 609-555-0181",
        "medications": [
            {
                "name": "Sertraline 100 mg",
                "how": "Every morning",
                "prescriber": "Dr. Osei-Marsh",
                "supply_to": (on + timedelta(days=28)).isoformat(),
            }
        ],
        "medications_checked": "agrees",
        "groups": [{"what": "Alumni group", "when": "Thursdays, 6 pm", "where": "The clinic"}],
        "housing": "At home, unchanged",
        "work_school": "Back from the Monday after, half days for two weeks",
        "crisis": [
            {"who": "The clinic", "phone": "609-555-0100"},
            {"who": "My sister", "phone": "609-555-0161"},
        ],
        "come_back": "Three bad nights in a row, or not leaving the house for two days.",
        "calls": [
            {"after": f"{days} days", "on": (on + timedelta(days=days)).isoformat()} for days in CALL_DAYS
        ],
        "call_phone": f"{chart.patient.phone}, after 5 pm",
        "share_next": "signed",
        "share_with": "Harbor Counseling",
    }
    return signed_document(chart, moment, "continuing_care", on, answers)


def _call(chart: Chart, moment: Moment, *, reached: bool) -> None:
    """Three calls: the first made or tried, the later ones ahead."""
    discharge = Discharge.objects.get(episode=chart.episode)
    calls = [_follow_up(chart, discharge, days, moment) for days in CALL_DAYS]
    first, called_at = (
        calls[0],
        moment.no_later(moment.at(_ended_on(chart) + timedelta(days=7), time(10, 20))),
    )
    words = "Reached: doing well. Sees Dr. Lune weekly, back at work." if reached else ""
    if reached:
        first.closed_at, first.closed_by, first.outcome = called_at, chart.clinician, words
        first.outcome_kind = FollowUp.Outcome.REACHED
    else:
        first.due_at = day_span(moment.today, chart.patient.site.time_zone)[1]
    FollowUp.objects.bulk_create(calls)
    FollowUpContact.objects.create(
        follow_up=first,
        outcome="reached" if reached else "message_left",
        learned="doing_well" if reached else "",
        note="Sees Dr. Lune weekly, back at work." if reached else "Neutral message, asked to call back.",
        next_try_on=None if reached else moment.today,
        called_by=chart.clinician,
        called_at=called_at,
    )


def _follow_up(chart: Chart, discharge: Discharge, days: int, moment: Moment) -> FollowUp:
    on = discharge.on + timedelta(days=days)
    return FollowUp(
        site=chart.patient.site,
        patient=chart.patient,
        kind=FollowUp.Kind.AFTER_DISCHARGE,
        trigger_code=f"discharge.{days}",
        subject_id=discharge.pk,
        summary=f"Call {days} days after discharge",
        owner=chart.clinician,
        opened_at=moment.at(discharge.on, time(16, 30)),
        due_at=day_span(on, chart.patient.site.time_zone)[1],
    )
