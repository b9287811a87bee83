"""The rules of a billable day, one function each: facts in, verdict in words out.

Source: domain reference 0.2 rule 1, 2.6. A rule fails for good only where nobody can still fix the fact.
"""

from datetime import date

from billing.day_facts import AuthorizationFacts, DayFacts, DayRule, Evidence, RuleVerdict, SessionFacts


def minutes_of_care(facts: DayFacts, rule: DayRule) -> RuleVerdict:
    """Short minutes fail for good only once every time is recorded; they are never rounded up."""
    minutes, least = facts.countable_minutes, rule.min_countable_minutes
    passed: bool | None = minutes >= least
    why, fix = "", ""
    if not passed and facts.unrecorded_sessions:
        passed, fix = None, _fix_unrecorded(facts.unrecorded_sessions[0])
        why = f"{_why_unrecorded(facts.unrecorded_sessions[0])}; {minutes} of {least} minutes so far"
    elif not passed:
        why = _why_short(facts, least - minutes)
    return RuleVerdict(
        key="minutes",
        title=f"At least {least} minutes of care",
        passed=passed,
        words=f"{minutes} of {least}",
        why=why,
        fix=fix,
        evidence=_minutes_evidence(facts),
    )


def _why_short(facts: DayFacts, short_minutes: int) -> str:
    if not facts.sessions:
        return "Nothing was booked"
    if not facts.noted_sessions:
        return "Did not attend"
    return f"{short_minutes} min under this payer’s day"


def _minutes_evidence(facts: DayFacts) -> tuple[Evidence, ...]:
    rows = [_row(facts, s, _minutes_words(s)) for s in facts.sessions]
    breaks = [s.break_minutes for s in facts.noted_sessions if s.break_minutes]
    if breaks:
        rows.append(Evidence("", f"Breaks, {' + '.join(map(str, breaks))}, do not count", "0"))
    return tuple(rows)


def _minutes_words(session: SessionFacts) -> str:
    words = {"absent": "absent", "missing_checkout": "no check-out", "unmarked": "not marked"}
    return words.get(session.attendance, str(session.countable_minutes))


def every_checkout(facts: DayFacts, rule: DayRule) -> RuleVerdict:
    open_ones = facts.unrecorded_sessions
    recorded = len(facts.sessions) - len(open_ones)
    return RuleVerdict(
        key="checkouts",
        title="Every check-out recorded",
        passed=None if open_ones else True,
        words=f"{recorded} of {len(facts.sessions)}",
        why=_why_unrecorded(open_ones[0]) if open_ones else "",
        fix=_fix_unrecorded(open_ones[0]) if open_ones else "",
        evidence=tuple(_row(facts, s, _minutes_words(s)) for s in open_ones),
    )


def _why_unrecorded(session: SessionFacts) -> str:
    if session.attendance == "missing_checkout":
        return f"No check-out recorded for {session.label}"
    return f"Attendance not marked for {session.label}"


def _fix_unrecorded(session: SessionFacts) -> str:
    if session.attendance == "missing_checkout":
        return f"Record the check-out of {session.label}"
    return f"Mark attendance for {session.label}"


def signed_notes(facts: DayFacts, rule: DayRule) -> RuleVerdict:
    due = facts.noted_sessions
    unsigned = [s for s in due if s.note != "signed"]
    return RuleVerdict(
        key="notes",
        title="A signed note for each session",
        passed=None if unsigned else True,
        words=f"{len(due) - len(unsigned)} of {len(due)}" if due else "none due",
        why=_why_unsigned(unsigned[0]) if unsigned else "",
        fix=_fix_unsigned(unsigned[0]) if unsigned else "",
        evidence=tuple(_row(facts, s, _NOTE_WORDS[s.note]) for s in due),
    )


_NOTE_WORDS = {
    "signed": "signed",
    "draft": "draft",
    "none": "no note",
    "awaiting_cosign": "waiting for co-signature",
}


def _why_unsigned(session: SessionFacts) -> str:
    if session.note == "awaiting_cosign":
        return f"Waiting for {_whose(session)}co-signature: {session.label}"
    if session.note == "draft":
        return f"{session.note_by or 'The author'} has not signed {session.label}"
    return f"{session.note_by or 'The clinician'} has not written a note for {session.label}"


def _fix_unsigned(session: SessionFacts) -> str:
    deeds = {"awaiting_cosign": "co-sign", "draft": "sign", "none": "write and sign"}
    return f"Ask {session.note_by or 'the clinician'} to {deeds[session.note]} {session.label}"


def _whose(session: SessionFacts) -> str:
    return f"{session.note_by}’s " if session.note_by else ""


def goals_named(facts: DayFacts, rule: DayRule) -> RuleVerdict:
    due = facts.noted_sessions
    without = [s for s in due if not s.goal_named]
    author = without[0].note_by if without else ""
    return RuleVerdict(
        key="goals",
        title="A plan goal named in each note",
        passed=None if without else True,
        words=f"{len(due) - len(without)} of {len(due)}" if due else "none due",
        why=f"No plan goal named for {without[0].label}" if without else "",
        fix=f"Ask {author or 'the clinician'} to name the goal of {without[0].label}" if without else "",
        evidence=tuple(_row(facts, s, "goal named" if s.goal_named else "no goal") for s in due),
    )


def plan_in_force(facts: DayFacts, rule: DayRule) -> RuleVerdict:
    return RuleVerdict(
        key="plan",
        title="A signed plan covers the day",
        passed=True if facts.plan_in_force else None,
        words="signed" if facts.plan_in_force else "none that day",
        why="" if facts.plan_in_force else "No signed plan covers the day",
        fix="" if facts.plan_in_force else "Ask the primary clinician to sign the plan",
    )


def authorization(facts: DayFacts, rule: DayRule) -> RuleVerdict:
    """Pending when it lacks or does not reach: a person may still ask for one, extend it, or appeal."""
    approval = facts.authorization
    if not rule.needs_authorization:
        passed, words, why, fix = True, "not needed", "", ""
    elif approval is None:
        why, fix = "No authorization on file", "Request an authorization"
        passed, words = None, "none"
    else:
        words, why, fix = _authorization_words(approval, facts.day, rule)
        passed = None if why else True
    return RuleVerdict(
        key="authorization",
        title="Authorization covers the day",
        passed=passed,
        words=words,
        why=why,
        fix=fix,
        evidence=() if approval is None else (_authorization_row(approval, facts.day),),
    )


def _authorization_words(approval: AuthorizationFacts, day: date, rule: DayRule) -> tuple[str, str, str]:
    """The short value, why it does not cover the day ("" when it does), and the fix."""
    ends, starts = _day_words(approval.ends_on, day), _day_words(approval.starts_on, day)
    name = f"Authorization {approval.number}".strip()
    if approval.status == "pending":
        return "pending", f"{name} is pending", "Ask the payer for the answer"
    if approval.status == "denied":
        return "denied", f"{name} was denied", "Appeal, or write the day off"
    if approval.ends_on < day and approval.extension_pending:
        return f"ended {ends}", "Authorization ended; extension pending", "Ask the payer for the extension"
    if approval.ends_on < day:
        return f"ended {ends}", f"Authorization ended {ends}", "Request an extension"
    if approval.starts_on > day:
        return f"starts {starts}", f"Authorization starts {starts}", "Ask the payer for an earlier start"
    if not approval.covers_code:
        return f"not {rule.code}", f"Authorization does not cover {rule.code}", f"Request {rule.code}"
    if approval.units_left < 1:
        return "used up", f"{name} is used up", "Request more days"
    return f"{approval.number}, {approval.units_left} left", "", ""


def _authorization_row(approval: AuthorizationFacts, day: date) -> Evidence:
    when = f"{_day_words(approval.starts_on, day)}–{_day_words(approval.ends_on, day)}"
    return Evidence(
        when, approval.number or approval.status, f"{approval.units_left} of {approval.units_approved} left"
    )


def level_of_care(facts: DayFacts, rule: DayRule) -> RuleVerdict:
    stayed = facts.level_of_care
    matches = stayed == rule.level_of_care
    on_the_day = f"The day was {stayed}" if stayed else "No level of care on the day"
    return RuleVerdict(
        key="level_of_care",
        title="Level of care matches the code",
        passed=matches,
        words=f"{stayed or 'none'}, {rule.code}",
        why="" if matches else f"{on_the_day}; {rule.code} is for {rule.level_of_care}",
    )


def consent_to_bill(facts: DayFacts, rule: DayRule) -> RuleVerdict:
    until = facts.consent_until
    ended = until is not None and until < facts.day
    fix = "Ask for a signed consent to bill"
    if not facts.consent_on_file:
        passed, words, why = None, "none", "No consent to bill this payer"
    elif until is not None and ended:
        passed, words = None, f"ended {_day_words(until, facts.day)}"
        why = f"Consent to bill ended {_day_words(until, facts.day)}"
    else:
        passed, why, fix = True, "", ""
        words = "on file" if until is None else f"to {_day_words(until, facts.day)}"
    return RuleVerdict("consent", "Consent to bill this payer", passed, words, why, fix)


def coverage_active(facts: DayFacts, rule: DayRule) -> RuleVerdict:
    checked_on = facts.coverage_checked_on
    checked = f"checked {_day_words(checked_on, facts.day)}" if checked_on else "not checked"
    return RuleVerdict(
        key="coverage",
        title="Coverage active that day",
        passed=True if facts.coverage_active else None,
        words=checked if facts.coverage_active else "not active",
        why="" if facts.coverage_active else f"{facts.payer_name} was not active that day",
        fix="" if facts.coverage_active else "Verify the coverage",
        evidence=(Evidence("", facts.payer_name, checked),),
    )


def episode_open(facts: DayFacts, rule: DayRule) -> RuleVerdict:
    return RuleVerdict(
        key="episode",
        title="Episode open that day",
        passed=facts.episode_open,
        words="open" if facts.episode_open else "not open",
        why="" if facts.episode_open else "No episode was open that day",
    )


def nothing_else_billed(facts: DayFacts, rule: DayRule) -> RuleVerdict:
    """Two tracks in one day are still one unit; a day already billed is not billed again."""
    free = facts.units_billed < rule.max_units_a_day
    billed = facts.billed_elsewhere or f"{facts.units_billed} of {rule.max_units_a_day}"
    return RuleVerdict(
        key="once",
        title="Nothing else billed that day",
        passed=free,
        words="none found" if not facts.units_billed else billed,
        why="" if free else f"Already billed that day: {billed}",
    )


def _row(facts: DayFacts, session: SessionFacts, value: str) -> Evidence:
    return Evidence(session.times(facts.tz_name), session.label, value)


def _day_words(day: date, beside: date) -> str:
    """ "Oct 19", with the year only where it is another than the day's."""
    words = f"{day:%b} {day.day}"
    return words if day.year == beside.year else f"{words}, {day.year}"
