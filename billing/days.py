"""An attended day becomes billable, on hold or not billable, with every rule's verdict in words.

Source: domain reference 0.2 rule 1, 2.6 and 12 A. Never rounds up, never looks beyond the day it is given.
"""

from billing import day_rules
from billing.day_facts import (
    AuthorizationFacts,
    DayFacts,
    DayRule,
    Decision,
    Evidence,
    RuleVerdict,
    SessionFacts,
    VerdictName,
)

__all__ = [
    "AuthorizationFacts",
    "DayFacts",
    "DayRule",
    "Decision",
    "Evidence",
    "RuleVerdict",
    "SessionFacts",
    "decide",
]

# In the order the drawer lists them.
_RULES = (
    day_rules.minutes_of_care,
    day_rules.every_checkout,
    day_rules.signed_notes,
    day_rules.goals_named,
    day_rules.plan_in_force,
    day_rules.authorization,
    day_rules.level_of_care,
    day_rules.consent_to_bill,
    day_rules.coverage_active,
    day_rules.episode_open,
    day_rules.nothing_else_billed,
)


def decide(facts: DayFacts, rule: DayRule | None) -> Decision:
    """The decision on one day under the payer's rule in force on it; None when the payer has none.

    Something failed: not billable. Nothing failed but something waits: hold. Otherwise billable, one unit.
    """
    reasons = (_no_rule(facts),) if rule is None else tuple(check(facts, rule) for check in _RULES)
    verdict = _verdict(reasons)
    units = 0 if verdict == "not_billable" else 1
    return Decision(
        verdict=verdict,
        reasons=reasons,
        minutes=facts.countable_minutes,
        units=units,
        amount_cents=units * rule.rate_cents if rule else 0,
        why=_why(facts, verdict, reasons),
    )


def _no_rule(facts: DayFacts) -> RuleVerdict:
    return RuleVerdict(
        key="payer_rule",
        title="A payer rule for the day",
        passed=False,
        words="none",
        why=f"{facts.payer_name} has no rule for this day",
        fix="Add a rule for this payer",
    )


def _verdict(reasons: tuple[RuleVerdict, ...]) -> VerdictName:
    answers = {reason.passed for reason in reasons}
    if False in answers:
        return "not_billable"
    return "hold" if None in answers else "billable"


def _why(facts: DayFacts, verdict: VerdictName, reasons: tuple[RuleVerdict, ...]) -> str:
    if verdict == "billable":
        return facts.payer_name
    decisive = False if verdict == "not_billable" else None
    return next(reason.why for reason in reasons if reason.passed is decisive)
