"""A day's decision: domain reference 12 A, each rule failing alone, and what always holds."""

import json
from dataclasses import asdict, replace
from datetime import date, datetime, timedelta
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.day_facts import Attendance, AuthorizationStatus, Note
from billing.days import (
    AuthorizationFacts,
    DayFacts,
    DayRule,
    Decision,
    Evidence,
    RuleVerdict,
    SessionFacts,
    decide,
)
from iop_clinic.clock import at_local

EAST = "America/New_York"
DAY = date(2026, 10, 20)
START = at_local(DAY, datetime.min.time().replace(hour=17, minute=30), EAST)

RULE = DayRule(
    payer_name="Meridian Care",
    name="Meridian Care IOP",
    version=4,
    effective_on=date(2026, 1, 1),
    code="S9480",
    revenue_code="0905",
    min_countable_minutes=180,
    needs_authorization=True,
    rate_cents=31_200,
    level_of_care="IOP",
)


def a_session(
    label: str = "Evening process", minutes: int = 60, after_minutes: int = 0, **changed: Any
) -> SessionFacts:
    starts_at = START + timedelta(minutes=after_minutes)
    whole = SessionFacts(
        label=label,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=60),
        attendance="attended",
        countable_minutes=minutes,
        note="signed",
        note_by="Ines",
        goal_named=True,
    )
    return replace(whole, **changed)


EVENING = (
    a_session(),
    a_session("Relapse prevention", after_minutes=65),
    a_session("Mindful recovery", after_minutes=130),
)

APPROVAL = AuthorizationFacts(
    number="MC-77120",
    status="approved",
    starts_on=date(2026, 10, 1),
    ends_on=date(2026, 11, 15),
    units_left=4,
    units_approved=12,
)


def a_day(
    *sessions: SessionFacts, approval: AuthorizationFacts | None = APPROVAL, **changed: Any
) -> DayFacts:
    whole = DayFacts(
        day=DAY,
        tz_name=EAST,
        payer_name="Meridian Care",
        sessions=sessions or EVENING,
        level_of_care="IOP",
        episode_open=True,
        plan_in_force=True,
        coverage_active=True,
        coverage_checked_on=date(2026, 10, 19),
        consent_on_file=True,
        consent_until=date(2027, 1, 31),
        authorization=approval,
    )
    return replace(whole, **changed)


def with_last(**changed: Any) -> DayFacts:
    return a_day(*EVENING[:2], replace(EVENING[2], **changed))


def reason(decision: Decision, key: str) -> RuleVerdict:
    found = decision.reason(key)
    assert found is not None
    return found


def test_a_whole_day_is_billable_and_every_rule_says_why() -> None:
    decision = decide(a_day(), RULE)
    assert (decision.verdict, decision.why) == ("billable", "Meridian Care")
    assert (decision.minutes, decision.units, decision.amount_cents) == (180, 1, 31_200)
    assert [(r.title, r.passed, r.words) for r in decision.reasons] == [
        ("At least 180 minutes of care", True, "180 of 180"),
        ("Every check-out recorded", True, "3 of 3"),
        ("A signed note for each session", True, "3 of 3"),
        ("A plan goal named in each note", True, "3 of 3"),
        ("A signed plan covers the day", True, "signed"),
        ("Authorization covers the day", True, "MC-77120, 4 left"),
        ("Level of care matches the code", True, "IOP, S9480"),
        ("Consent to bill this payer", True, "to Jan 31, 2027"),
        ("Coverage active that day", True, "checked Oct 19"),
        ("Episode open that day", True, "open"),
        ("Nothing else billed that day", True, "none found"),
    ]


@pytest.mark.parametrize(
    ("minutes", "verdict", "why"),
    [
        (175, "not_billable", "5 min under this payer’s day"),
        (190, "billable", "Meridian Care"),
        (170, "not_billable", "10 min under this payer’s day"),
        (180, "billable", "Meridian Care"),
        (179, "not_billable", "1 min under this payer’s day"),
    ],
)
def test_the_worked_example_bills_only_the_day_of_190_minutes(minutes: int, verdict: str, why: str) -> None:
    decision = decide(a_day(a_session(minutes=minutes)), RULE)
    assert (decision.verdict, decision.why) == (verdict, why)
    assert decision.amount_cents == (31_200 if verdict == "billable" else 0)


def test_the_minutes_show_each_session_and_its_breaks() -> None:
    decision = decide(
        a_day(replace(EVENING[0], break_minutes=5), replace(EVENING[1], break_minutes=5), EVENING[2]), RULE
    )
    assert reason(decision, "minutes").evidence == (
        Evidence("5:30–6:30", "Evening process", "60"),
        Evidence("6:35–7:35", "Relapse prevention", "60"),
        Evidence("7:40–8:40", "Mindful recovery", "60"),
        Evidence("", "Breaks, 5 + 5, do not count", "0"),
    )


@pytest.mark.parametrize(
    ("facts", "key", "why", "words", "fix"),
    [
        (
            with_last(note="draft"),
            "notes",
            "Ines has not signed Mindful recovery",
            "2 of 3",
            "Ask Ines to sign Mindful recovery",
        ),
        (
            with_last(note="none"),
            "notes",
            "Ines has not written a note for Mindful recovery",
            "2 of 3",
            "Ask Ines to write and sign Mindful recovery",
        ),
        (
            with_last(note="awaiting_cosign", note_by="Sunniva"),
            "notes",
            "Waiting for Sunniva’s co-signature: Mindful recovery",
            "2 of 3",
            "Ask Sunniva to co-sign Mindful recovery",
        ),
        (
            with_last(note="none", note_by=""),
            "notes",
            "The clinician has not written a note for Mindful recovery",
            "2 of 3",
            "Ask the clinician to write and sign Mindful recovery",
        ),
        (
            with_last(goal_named=False),
            "goals",
            "No plan goal named for Mindful recovery",
            "2 of 3",
            "Ask Ines to name the goal of Mindful recovery",
        ),
        (
            a_day(plan_in_force=False),
            "plan",
            "No signed plan covers the day",
            "none that day",
            "Ask the primary clinician to sign the plan",
        ),
        (
            a_day(approval=None),
            "authorization",
            "No authorization on file",
            "none",
            "Request an authorization",
        ),
        (
            a_day(approval=replace(APPROVAL, status="pending")),
            "authorization",
            "Authorization MC-77120 is pending",
            "pending",
            "Ask the payer for the answer",
        ),
        (
            a_day(approval=replace(APPROVAL, status="pending", number="")),
            "authorization",
            "Authorization is pending",
            "pending",
            "Ask the payer for the answer",
        ),
        (
            a_day(approval=replace(APPROVAL, status="denied")),
            "authorization",
            "Authorization MC-77120 was denied",
            "denied",
            "Appeal, or write the day off",
        ),
        (
            a_day(approval=replace(APPROVAL, ends_on=date(2026, 10, 19))),
            "authorization",
            "Authorization ended Oct 19",
            "ended Oct 19",
            "Request an extension",
        ),
        (
            a_day(approval=replace(APPROVAL, ends_on=date(2026, 10, 19), extension_pending=True)),
            "authorization",
            "Authorization ended; extension pending",
            "ended Oct 19",
            "Ask the payer for the extension",
        ),
        (
            a_day(approval=replace(APPROVAL, starts_on=date(2026, 10, 21))),
            "authorization",
            "Authorization starts Oct 21",
            "starts Oct 21",
            "Ask the payer for an earlier start",
        ),
        (
            a_day(approval=replace(APPROVAL, covers_code=False)),
            "authorization",
            "Authorization does not cover S9480",
            "not S9480",
            "Request S9480",
        ),
        (
            a_day(approval=replace(APPROVAL, units_left=0)),
            "authorization",
            "Authorization MC-77120 is used up",
            "used up",
            "Request more days",
        ),
        (
            a_day(consent_until=date(2026, 10, 18)),
            "consent",
            "Consent to bill ended Oct 18",
            "ended Oct 18",
            "Ask for a signed consent to bill",
        ),
        (
            a_day(consent_on_file=False, consent_until=None),
            "consent",
            "No consent to bill this payer",
            "none",
            "Ask for a signed consent to bill",
        ),
        (
            a_day(coverage_active=False),
            "coverage",
            "Meridian Care was not active that day",
            "not active",
            "Verify the coverage",
        ),
    ],
)
def test_what_a_person_can_still_fix_holds_the_day_and_names_the_fix(
    facts: DayFacts, key: str, why: str, words: str, fix: str
) -> None:
    decision = decide(facts, RULE)
    assert (decision.verdict, decision.why) == ("hold", why)
    assert [r.key for r in decision.pending] == [key]
    assert decision.failed == ()
    assert (reason(decision, key).words, reason(decision, key).fix) == (words, fix)
    assert (decision.units, decision.amount_cents) == (1, 31_200)


@pytest.mark.parametrize(
    ("facts", "key", "why"),
    [
        (
            a_day(*(replace(s, attendance="absent", countable_minutes=0, note="none") for s in EVENING)),
            "minutes",
            "Did not attend",
        ),
        (a_day(sessions=()), "minutes", "Nothing was booked"),
        (with_last(countable_minutes=15), "minutes", "45 min under this payer’s day"),
        (a_day(level_of_care="PHP"), "level_of_care", "The day was PHP; S9480 is for IOP"),
        (a_day(level_of_care=None), "level_of_care", "No level of care on the day; S9480 is for IOP"),
        (a_day(episode_open=False), "episode", "No episode was open that day"),
        (a_day(units_billed=1), "once", "Already billed that day: 1 of 1"),
        (
            a_day(units_billed=1, billed_elsewhere="Adult Morning, 1 unit"),
            "once",
            "Already billed that day: Adult Morning, 1 unit",
        ),
    ],
)
def test_what_is_final_and_fails_is_not_billable_and_bills_nothing(
    facts: DayFacts, key: str, why: str
) -> None:
    decision = decide(facts, RULE)
    assert (decision.verdict, decision.why) == ("not_billable", why)
    assert [r.key for r in decision.failed] == [key]
    assert (decision.units, decision.amount_cents) == (0, 0)


def test_a_payer_without_a_rule_bills_nothing() -> None:
    decision = decide(a_day(), None)
    assert (decision.verdict, decision.why) == ("not_billable", "Meridian Care has no rule for this day")
    assert [r.key for r in decision.reasons] == ["payer_rule"]
    assert (decision.minutes, decision.units, decision.amount_cents) == (180, 0, 0)


def test_short_minutes_wait_while_a_check_out_is_missing() -> None:
    decision = decide(with_last(attendance="missing_checkout", countable_minutes=0), RULE)
    assert decision.verdict == "hold"
    assert decision.why == "No check-out recorded for Mindful recovery; 120 of 180 minutes so far"
    assert [r.key for r in decision.pending] == ["minutes", "checkouts"]
    assert reason(decision, "checkouts").words == "2 of 3"
    assert reason(decision, "minutes").evidence[2].value == "no check-out"


def test_enough_minutes_still_wait_for_a_missing_check_out() -> None:
    extra = a_session("Med visit", 0, 200, attendance="missing_checkout")
    decision = decide(a_day(*EVENING, extra), RULE)
    assert (decision.verdict, [r.key for r in decision.pending]) == ("hold", ["checkouts"])
    assert decision.why == "No check-out recorded for Med visit"


def test_attendance_nobody_marked_holds_the_day() -> None:
    decision = decide(with_last(attendance="unmarked", countable_minutes=0, note="none"), RULE)
    assert decision.verdict == "hold"
    assert reason(decision, "checkouts").why == "Attendance not marked for Mindful recovery"
    assert reason(decision, "checkouts").fix == "Mark attendance for Mindful recovery"


def test_no_note_is_due_for_a_session_the_person_missed() -> None:
    absent = a_session("Med visit", 0, 200, attendance="absent", note="none", goal_named=False)
    decision = decide(a_day(*EVENING, absent), RULE)
    assert (decision.verdict, reason(decision, "notes").words) == ("billable", "3 of 3")
    nobody = decide(a_day(absent), RULE)
    assert (reason(nobody, "notes").words, reason(nobody, "notes").passed) == ("none due", True)


def test_a_failed_rule_outweighs_a_waiting_one() -> None:
    decision = decide(with_last(countable_minutes=15, note="draft"), RULE)
    assert (decision.verdict, decision.why) == ("not_billable", "45 min under this payer’s day")
    assert [r.key for r in decision.pending] == ["notes"]


def test_a_payer_that_asks_for_no_authorization_needs_none() -> None:
    decision = decide(a_day(approval=None), replace(RULE, needs_authorization=False))
    assert (decision.verdict, reason(decision, "authorization").words) == ("billable", "not needed")


def test_an_authorization_covers_its_first_and_its_last_day() -> None:
    for first, last in ((DAY, DAY + timedelta(days=9)), (DAY - timedelta(days=9), DAY)):
        assert (
            decide(a_day(approval=replace(APPROVAL, starts_on=first, ends_on=last)), RULE).verdict
            == "billable"
        )


def test_consent_covers_its_last_day_and_may_have_no_end() -> None:
    assert decide(a_day(consent_until=DAY), RULE).verdict == "billable"
    assert reason(decide(a_day(consent_until=None), RULE), "consent").words == "on file"


def test_a_payer_that_allows_two_units_a_day_is_billed_a_second_time() -> None:
    twice = replace(RULE, max_units_a_day=2)
    assert decide(a_day(units_billed=1), twice).verdict == "billable"
    assert decide(a_day(units_billed=2), twice).verdict == "not_billable"


def test_the_rule_names_itself_with_version_and_date() -> None:
    assert RULE.words == "Meridian Care IOP, version 4, in force since Jan 1, 2026."


def test_a_decision_can_be_stored_as_json() -> None:
    stored = json.loads(json.dumps(asdict(decide(with_last(note="draft"), RULE))))
    assert stored["verdict"] == "hold"
    assert [r["key"] for r in stored["reasons"] if r["passed"] is None] == ["notes"]


# --- what always holds --------------------------------------------------------------------------

RANK = {"not_billable": 0, "hold": 1, "billable": 2}


@st.composite
def session_facts(draw: st.DrawFn) -> SessionFacts:
    attendance = draw(st.sampled_from(get_args(Attendance)))
    return a_session(
        draw(st.sampled_from(["Process", "Skills"])),
        draw(st.integers(0, 240)) if attendance == "attended" else 0,
        draw(st.integers(0, 300)),
        attendance=attendance,
        note=draw(st.sampled_from(get_args(Note))),
        note_by=draw(st.sampled_from(["Ines", ""])),
        goal_named=draw(st.booleans()),
        break_minutes=draw(st.integers(0, 20)),
    )


near = st.dates(DAY - timedelta(days=3), DAY + timedelta(days=3))
approvals = st.builds(
    AuthorizationFacts,
    number=st.sampled_from(["MC-77120", ""]),
    status=st.sampled_from(get_args(AuthorizationStatus)),
    starts_on=near,
    ends_on=near,
    units_left=st.integers(-1, 3),
    units_approved=st.integers(1, 12),
    covers_code=st.booleans(),
    extension_pending=st.booleans(),
)
days = st.builds(
    DayFacts,
    day=st.just(DAY),
    tz_name=st.just(EAST),
    payer_name=st.just("Meridian Care"),
    sessions=st.lists(session_facts(), max_size=4).map(tuple),
    level_of_care=st.sampled_from(["IOP", "IOP", "PHP", None]),
    episode_open=st.booleans(),
    plan_in_force=st.booleans(),
    coverage_active=st.booleans(),
    coverage_checked_on=st.none() | near,
    consent_on_file=st.booleans(),
    consent_until=st.none() | near,
    authorization=st.none() | approvals,
    units_billed=st.integers(0, 2),
    billed_elsewhere=st.sampled_from(["", "Adult Morning"]),
)
rules = st.builds(
    replace,
    st.just(RULE),
    min_countable_minutes=st.integers(1, 240),
    needs_authorization=st.booleans(),
    max_units_a_day=st.integers(1, 2),
)


@given(days, st.none() | rules)
def test_a_decision_names_a_failed_rule_exactly_when_it_is_not_billable(
    facts: DayFacts, rule: DayRule | None
) -> None:
    decision = decide(facts, rule)
    assert bool(decision.failed) is (decision.verdict == "not_billable")
    assert (not decision.failed and bool(decision.pending)) is (decision.verdict == "hold")
    assert all(r.passed is True for r in decision.reasons) is (decision.verdict == "billable")


@given(days, st.none() | rules)
def test_every_rule_that_does_not_hold_says_why_and_every_waiting_one_names_a_fix(
    facts: DayFacts, rule: DayRule | None
) -> None:
    decision = decide(facts, rule)
    assert decision.why and decision.why == decision.why.strip()
    for verdict in decision.reasons:
        assert bool(verdict.why) is (verdict.passed is not True)
        assert verdict.words and verdict.title
        assert verdict.fix if verdict.passed is None else True
    assert len({r.key for r in decision.reasons}) == len(decision.reasons)


@given(days, rules, st.integers(1, 200), st.data())
def test_more_minutes_never_make_a_day_less_billable(
    facts: DayFacts, rule: DayRule, more_minutes: int, data: st.DataObject
) -> None:
    attended = [n for n, s in enumerate(facts.sessions) if s.attendance == "attended"]
    if not attended:
        return
    place = data.draw(st.sampled_from(attended))
    longer = replace(
        facts.sessions[place], countable_minutes=facts.sessions[place].countable_minutes + more_minutes
    )
    grown = replace(facts, sessions=(*facts.sessions[:place], longer, *facts.sessions[place + 1 :]))
    before, after = decide(facts, rule), decide(grown, rule)
    assert RANK[after.verdict] >= RANK[before.verdict]
    assert after.amount_cents >= before.amount_cents


@given(days, rules)
def test_recording_the_truth_settles_a_missing_check_out(facts: DayFacts, rule: DayRule) -> None:
    settled = replace(
        facts,
        sessions=tuple(
            replace(s, attendance="attended" if s.needs_note else "absent") for s in facts.sessions
        ),
    )
    decision = decide(settled, rule)
    assert {r.key for r in decision.pending}.isdisjoint({"minutes", "checkouts"})


@given(days, rules)
def test_money_moves_only_with_units_and_never_for_a_day_that_is_not_billable(
    facts: DayFacts, rule: DayRule
) -> None:
    decision = decide(facts, rule)
    assert decision.units == (0 if decision.verdict == "not_billable" else 1)
    assert decision.amount_cents == decision.units * rule.rate_cents
    assert decision.minutes == sum(s.countable_minutes for s in facts.sessions)
