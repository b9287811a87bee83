"""The bell of measures: asked before the right session, missed when the week is over, told once."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from iop_clinic.accounts.models import Site
from iop_clinic.audit.models import AuditEvent
from patients.admitting import admit
from patients.asking import ask_at_intake
from patients.assessing import finish_measure
from patients.checkin import due_checkins
from patients.discharging import end_episode
from patients.models import Episode, FollowUp, MeasureRule, Response
from scheduling.measures_due import ask_measures_at, first_session_days
from scheduling.tasks import ask_measures
from tests import make
from tests.make import MONDAY, NOW
from tests.race import race

WEEK, DAY = timedelta(weeks=1), timedelta(days=1)
WEDNESDAY = MONDAY + 2 * DAY


def only(*rules: tuple[str, str]) -> None:
    MeasureRule.objects.all().delete()
    for code, moment in rules:
        make.measure_rule(code, moment)


def rows(whom: Episode | None = None) -> set[tuple[str, str, str]]:
    found = Response.objects.all() if whom is None else Response.objects.filter(patient=whom.patient_id)
    return {(r.instrument_code, r.moment, f"{r.due_on:%a} {r.state}") for r in found}


def ring(now: datetime = NOW, at: Site | None = None) -> int:
    return ask_measures_at(site=at or make.site(), now=now)


@pytest.mark.django_db
def test_a_weekly_measure_is_due_on_the_day_of_the_first_session_booked() -> None:
    only(("phq9", "weekly"))
    one, two, three = make.episode(), make.episode(make.patient()), make.episode(make.patient())
    for day in (WEDNESDAY, MONDAY + 4 * DAY):
        make.booking(make.session(day=day), one)
    gone = make.session(day=MONDAY + DAY)
    make.booking(gone, one, status="cancelled_by_patient", cancelled_at=NOW)
    make.booking(make.session(day=MONDAY + 3 * DAY, status="cancelled"), two)
    make.booking(make.session(day=MONDAY + 7 * DAY), three)
    assert ring() == 3
    assert rows(one) == {("phq9", "weekly", "Wed due")}
    assert rows(two) == rows(three) == {("phq9", "weekly", "Mon due")}


@pytest.mark.django_db
def test_a_session_on_the_weeks_last_evening_is_in_the_week_of_the_sites_clock() -> None:
    at = make.site("Far shore", time_zone="Pacific/Honolulu")
    whom = make.episode(make.patient(at))
    make.booking(make.session(at, day=MONDAY + 6 * DAY, starts=time(20)), whom)
    assert first_session_days(at, make.week_of(MONDAY)) == {whom.patient_id: MONDAY + 6 * DAY}
    assert first_session_days(at, make.week_of(MONDAY + WEEK)) == {}


@pytest.mark.django_db
def test_asked_again_changes_nothing_even_when_the_session_moved() -> None:
    only(("phq9", "weekly"), ("gad7", "weekly"))
    whom = make.episode()
    assert ring() == 2
    make.booking(make.session(day=WEDNESDAY), whom)
    assert ring(NOW + DAY) == 0
    assert Response.objects.count() == 2
    told = AuditEvent.objects.get(verb="patients.ask_by_rules")
    assert (told.site_id, told.detail) == (whom.site_id, {"count": 2})


@pytest.mark.django_db(transaction=True)
def test_asked_twice_at_once_gives_one_row(no_connection_left: None) -> None:
    only(("phq9", "weekly"), ("gad7", "weekly"))
    whom = make.episode()
    site = whom.site
    answers = race([lambda: ask_measures_at(site=site, now=NOW) for _ in range(6)])
    assert all(isinstance(answer, int) for answer in answers), answers
    assert Response.objects.count() == 2


@pytest.mark.django_db
def test_the_task_asks_by_each_sites_own_week(time_machine: Any) -> None:
    only(("phq9", "weekly"))
    time_machine.move_to("2026-10-19T08:00:00Z", tick=False)  # still Sunday in Honolulu
    make.episode()
    far = make.site("Far shore", time_zone="Pacific/Honolulu")
    sundays = make.site("Sunday house", week_starts_weekday=6)
    for at in (far, sundays):
        make.episode(make.patient(at))
    ask_measures()
    days = dict(Response.objects.values_list("patient__site__name", "due_on"))
    assert days == {
        "Marlow Street": date(2026, 10, 19),
        "Far shore": date(2026, 10, 12),
        "Sunday house": date(2026, 10, 18),
    }


@pytest.mark.django_db
def test_a_week_that_ended_leaves_what_nobody_finished_missed() -> None:
    only()
    whom = make.episode().patient
    last = MONDAY - WEEK
    done = {"finished_at": NOW - WEEK, "state": "complete", "total": 5, "band": "mild"}
    make.asked_by_rule(whom, "gad7", last, **done)
    make.asked_by_rule(whom, "phq9", last, state="started", answers={"q1": 2})
    make.response(whom, "peg", last)
    make.asked_by_rule(whom, "phq9", MONDAY)
    ring()
    states = dict(Response.objects.values_list("instrument_code", "state").filter(due_on=last))
    assert states == {"gad7": "complete", "phq9": "missed", "peg": "due"}
    assert Response.objects.get(state="missed").answers == {"q1": 2}
    assert Response.objects.get(due_on=MONDAY).state == "due"


@pytest.mark.django_db
def test_a_missed_measure_found_on_paper_is_still_entered() -> None:
    missed = make.asked_by_rule(make.episode().patient, "gad7", MONDAY - WEEK, state="missed")
    answers: dict[str, int | None] = {f"q{n}": 1 for n in range(1, 8)}
    done = finish_measure(actor=make.clinician(), response=missed, answers=answers, mode="paper", now=NOW)
    assert (done.state, done.total, done.mode) == ("complete", 7, "paper")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("states", "opened"),
    [
        (["missed"], 0),
        (["missed", "missed"], 1),
        (["missed", "missed", "missed"], 1),
        (["missed", "complete", "missed"], 0),
        (["missed", "missed", "complete"], 0),
        (["missed", "missed", "complete", "missed"], 0),
        (["missed", "missed", "complete", "missed", "missed"], 1),
    ],
)
def test_misses_in_a_row_open_one_follow_up(states: list[str], opened: int) -> None:
    only()
    whom = make.episode(admitted_on=MONDAY - 9 * WEEK)
    history(whom, states)
    ring()
    ring(NOW + DAY)
    found = list(FollowUp.objects.all())
    assert len(found) == opened
    if found:
        (one,) = found
        assert (one.kind, one.level, one.trigger_code) == ("measures", "watch", "missed.phq9")
        assert (one.owner, one.due_at) == (whom.primary_clinician, datetime(2026, 10, 23, 4, tzinfo=UTC))


def history(whom: Episode, states: list[str], code: str = "phq9") -> list[Response]:
    """The last weeks before this one, oldest first."""
    made = []
    for number, state in enumerate(states):
        week_on = MONDAY - (len(states) - number) * WEEK
        done = {"total": 5, "band": "mild", "finished_at": NOW - (len(states) - number) * WEEK}
        said = done if state == "complete" else {}
        made.append(make.asked_by_rule(whom.patient, code, week_on, state=state, **said))
    return made


@pytest.mark.django_db
def test_each_run_and_each_measure_has_its_own_follow_up() -> None:
    only()
    whom = make.episode(admitted_on=MONDAY - 9 * WEEK)
    first = history(whom, ["missed", "missed"])
    history(whom, ["missed", "missed"], "gad7")
    ring()
    assert FollowUp.objects.count() == 2
    FollowUp.objects.all().delete()
    Response.objects.filter(pk=first[1].pk).update(state="complete", total=5, band="mild", finished_at=NOW)
    for weeks in (0, 1):
        make.asked_by_rule(whom.patient, "phq9", MONDAY + weeks * WEEK, state="missed")
    ring(NOW + 2 * WEEK)
    assert FollowUp.objects.filter(trigger_code="missed.phq9").count() == 1


@pytest.mark.django_db
def test_the_site_says_after_how_many() -> None:
    only()
    site = make.site(missed_measures_alert=3)
    Site.objects.filter(pk=site.pk).update(missed_measures_alert=3)
    history(make.episode(admitted_on=MONDAY - 9 * WEEK), ["missed", "missed"])
    ring(at=Site.objects.get(pk=site.pk))
    assert not FollowUp.objects.exists()
    Site.objects.filter(pk=site.pk).update(missed_measures_alert=1)
    ring(at=Site.objects.get(pk=site.pk))
    assert FollowUp.objects.count() == 1


@pytest.mark.django_db
def test_misses_of_someone_who_left_or_of_an_earlier_stay_ask_for_nobody() -> None:
    only()
    history(make.episode(admitted_on=MONDAY - 9 * WEEK, ended_on=MONDAY - DAY), ["missed", "missed"])
    again = make.episode(make.patient(), admitted_on=MONDAY - 9 * WEEK, ended_on=MONDAY - 4 * DAY)
    make.episode(again.patient, admitted_on=MONDAY)
    history(again, ["missed", "missed"])
    ring()
    assert not FollowUp.objects.exists()


@pytest.mark.django_db
def test_an_owner_who_left_hands_the_follow_up_to_someone_who_may() -> None:
    only()
    whom = make.episode(admitted_on=MONDAY - 9 * WEEK)
    whom.primary_clinician.is_active = False
    whom.primary_clinician.save()
    other = make.clinician()
    history(whom, ["missed", "missed"])
    ring()
    assert FollowUp.objects.get().owner == other


@pytest.mark.django_db(transaction=True)
def test_misses_seen_twice_at_once_open_one_follow_up(no_connection_left: None) -> None:
    only()
    whom = make.episode(admitted_on=MONDAY - 9 * WEEK)
    history(whom, ["missed", "missed"])
    site = whom.site
    answers = race([lambda: ask_measures_at(site=site, now=NOW) for _ in range(6)])
    assert all(isinstance(answer, int) for answer in answers), answers
    assert FollowUp.objects.count() == 1


@pytest.mark.django_db
def test_admission_asks_for_the_intake_measures_at_once() -> None:
    only(("phq9", "intake"), ("gad7", "weekly"))
    make.measure_rule("pcl5", "intake", asked_of="diagnosis", code_prefix="F43.1")
    patient, lead = make.patient(), make.clinician()
    make.consents(patient)
    admit(
        actor=lead, patient=patient, level=make.level(), admitted_on=WEDNESDAY, primary_clinician=lead,
        diagnosis_code="F43.10", diagnosis_label="PTSD", now=NOW,
    )  # fmt: skip
    assert rows() == {("phq9", "intake", "Wed due"), ("pcl5", "intake", "Wed due")}
    assert set(Response.objects.values_list("asked_by", flat=True)) == {lead.pk}
    assert ring() == 0


@pytest.mark.django_db
def test_an_admission_to_come_asks_for_its_first_day() -> None:
    only(("phq9", "intake"))
    whom = make.episode(admitted_on=MONDAY + WEEK)
    assert ask_at_intake(actor=make.clinician(), patient=whom.patient, day=WEDNESDAY) == 1
    assert Response.objects.get().due_on == MONDAY + WEEK


@pytest.mark.django_db
def test_an_accepted_referral_is_asked_and_the_admission_does_not_ask_again() -> None:
    only(("phq9", "intake"))
    referral = make.referral(stage="assessment")
    assert ask_at_intake(actor=make.clinician(), patient=referral.patient, day=WEDNESDAY) == 1
    assert ring() == 0
    make.episode(referral.patient, admitted_on=WEDNESDAY)
    assert ring(NOW + DAY) == 0


@pytest.mark.django_db
def test_what_waits_when_a_stay_ends_can_still_be_answered_as_its_last_measure() -> None:
    only(("phq9", "weekly"), ("phq9", "discharge"), ("pcl5", "discharge"))
    whom = make.episode()
    ring()
    end_episode(actor=whom.primary_clinician, episode=whom, kind="completed", on=WEDNESDAY, now=NOW)
    ring()
    assert rows() == {("phq9", "discharge", "Mon due"), ("pcl5", "discharge", "Wed due")}
    assert len(due_checkins(whom.patient, WEDNESDAY)) == 2


@pytest.mark.django_db
def test_nothing_is_asked_of_someone_who_has_died() -> None:
    only(("phq9", "discharge"))
    whom = make.episode()
    end_episode(actor=whom.primary_clinician, episode=whom, kind="deceased", on=WEDNESDAY, now=NOW)
    assert ring() == 0


@pytest.mark.django_db
def test_any_number_of_people_takes_the_same_number_of_statements() -> None:
    only(("phq9", "weekly"), ("gad7", "weekly"), ("phq9", "intake"), ("phq9", "discharge"))
    make.measure_rule("pcl5", "four_weekly", asked_of="diagnosis", code_prefix="F33")

    def people(count: int) -> None:
        for number in range(count):
            whom = make.episode(
                make.patient(), admitted_on=MONDAY - 4 * WEEK, expected_end_on=MONDAY + 2 * number * DAY
            )
            make.booking(make.session(day=WEDNESDAY), whom)
            history(whom, ["missed", "missed"])

    people(2)
    few = statements(lambda: ring())
    people(6)
    assert statements(lambda: ring()) == few <= 26


def statements(deed: Callable[[], object]) -> int:
    with CaptureQueriesContext(
        connection,
    ) as seen:
        deed()
    return len(seen)
