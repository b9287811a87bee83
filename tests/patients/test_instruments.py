"""Every other instrument: each vector of domain reference 6.5 to 6.7, the traps of 0.3, one property."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patients.changes import response
from patients.instruments.definition import TEXT_LICENCES
from patients.scoring import Instrument, Item, Score, load_instruments, score, without_unasked

ALL = load_instruments()
WITH_TEXT = {
    "phq9", "phq2", "gad7", "gad2", "phq_panic", "phq_eating", "phq15", "pcl5", "pc_ptsd5", "audit_c",
    "bam", "bam_iop", "asq", "peg",
}  # fmt: skip
Answers = dict[str, int | None]


def numbered(*values: int) -> Answers:
    return {f"q{number}": value for number, value in enumerate(values, 1)}


def but(of: Instrument, base: int, **others: int) -> Answers:
    return {item.id: base for item in of.items} | others


def pcl5(base: int = 0, **others: int) -> Answers:
    return but(ALL["pcl5"], base, **others)


def bam(risk: int, protective: int, **others: int) -> Answers:
    """Every answer that is a risk, and every one that protects, at one value; no drug by name."""
    risks = {f"q{n}": risk for n in (1, 2, 3, 4, 5, 6, 8, 11, 15)}
    return risks | {f"q{n}": protective for n in (9, 10, 12, 13, 14, 16)} | {"q17": 0} | others


def cssrs(*yes: int, ever: int = 0) -> Answers:
    """Questions 1 to 5, 3 to 5 only after a yes to 2."""
    asked = range(1, 6) if 2 in yes else range(1, 3)
    return {f"q{n}": int(n in yes) for n in asked} | {"q6": ever}


def panic(*signs: int, first: int = 4) -> Answers:
    return {f"q{n}": int(n <= first) for n in range(1, 5)} | {f"q{n}": int(n in signs) for n in range(5, 16)}


Expected = dict[str, Any]
# Instrument, answers, and what must come of them; an outcome by its key.
VECTORS: list[tuple[str, Answers, Expected]] = [
    ("phq2", numbered(1, 2), {"total": 3, "positive": True}),
    ("phq2", numbered(1, 1), {"total": 2, "positive": False}),
    ("gad2", numbered(3, 0), {"total": 3, "positive": True}),
    ("gad2", numbered(0, 2), {"total": 2, "positive": False}),
    ("pcl5", pcl5(), {"total": 0, "outcome": "not_met", "positive": False}),
    ("pcl5", pcl5(2), {"total": 40, "outcome": "met", "positive": True}),
    ("pcl5", pcl5(q1=2, q6=2, q8=2, q9=2, q15=2, q16=2), {"total": 12, "outcome": "met", "positive": False}),
    ("pcl5", pcl5(q1=4, q2=4, q3=4, q4=4, q5=4), {"total": 20, "outcome": "not_met"}),
    ("audit_c", numbered(0, 0, 0), {"total": 0, "positive": False}),
    ("audit_c", numbered(0), {"total": 0, "positive": False}),
    ("audit_c", numbered(3, 0, 0), {"total": 3, "positive": True}),
    ("audit_c", numbered(2, 1, 1), {"total": 4, "positive": True}),
    ("audit_c", numbered(4, 4, 4), {"total": 12, "positive": True}),
    ("audit", numbered(*[4] * 10), {"total": 40, "band": "dependence"}),
    ("audit", numbered(3, 2, 2, 0, 0, 0, 0, 0, 0, 0), {"total": 7, "band": "low"}),
    ("audit", numbered(4, 2, 2, 0, 0, 0, 0, 0, 0, 0), {"total": 8, "band": "hazardous", "positive": True}),
    ("audit", numbered(4, 4, 4, 0, 0, 0, 0, 0, 0, 4), {"total": 16, "band": "harmful"}),
    ("audit", {"q1": 0, "q9": 2, "q10": 0}, {"total": 2, "band": "low"}),
    ("audit", {"q1": 2, "q2": 0, "q3": 0, "q9": 0, "q10": 0}, {"total": 2, "band": "low"}),
    ("dast10", numbered(0, 0, 1, 0, 0, 0, 0, 0, 0, 0), {"total": 0, "band": "none"}),
    ("dast10", numbered(0, 0, 0, 0, 0, 0, 0, 0, 0, 0), {"total": 1, "band": "low"}),
    ("dast10", numbered(1, 1, 0, 0, 0, 0, 0, 0, 0, 0), {"total": 3, "band": "moderate", "positive": True}),
    ("dast10", numbered(1, 1, 0, 1, 1, 1, 0, 0, 0, 0), {"total": 6, "band": "substantial"}),
    ("dast10", numbered(1, 1, 0, 1, 1, 1, 1, 1, 1, 1), {"total": 10, "band": "severe"}),
    ("asq", numbered(0, 0, 0, 0), {"outcome": "negative", "level": None}),
    ("asq", numbered(1, 0, 0, 0, 0), {"outcome": "non_acute", "level": "high"}),
    ("asq", numbered(0, 0, 0, 2, 0), {"outcome": "non_acute", "level": "high"}),
    ("asq", numbered(0, 0, 1, 0, 1), {"outcome": "acute", "level": "critical"}),
    ("bam", bam(0, 4), {"use": 0, "risk": 0, "protective": 24, "level": None}),
    ("bam", bam(4, 0), {"use": 12, "risk": 24, "protective": 0, "level": "watch"}),
    ("bam", bam(0, 4, q4=2, q5=1, q6=0), {"use": 3, "risk": 0}),
    ("bam_iop", {"q4": 3, "q5": 1, "q6": 7}, {"use": 11}),
    ("peg", numbered(6, 7, 5), {"total": Decimal("6.0")}),
    ("peg", numbered(10, 10, 10), {"total": Decimal("10.0")}),
    ("peg", numbered(4, 5, 5), {"total": Decimal("4.7")}),
    ("phq_panic", panic(5, 6, 7, 8), {"outcome": "panic"}),
    ("phq_panic", panic(5, 6, 7), {"outcome": "none"}),
    ("phq_panic", panic(*range(5, 16), first=3), {"outcome": "none"}),
    ("phq_panic", {"q1": 0}, {"outcome": "none"}),
    ("phq_eating", numbered(1, 1, 1, 1, 0, 0, 0, 1), {"outcome": "bulimia"}),
    ("phq_eating", numbered(1, 1, 1, 1, 0, 0, 0, 0), {"outcome": "binge_eating"}),
    ("phq_eating", numbered(1, 1, 1, 0, 0, 0, 0), {"outcome": "binge_eating"}),
    ("phq_eating", numbered(1, 1, 0, 0, 0, 0, 0), {"outcome": "none"}),
    ("phq_eating", numbered(1, 0), {"outcome": "none"}),
    ("pc_ptsd5", {"gate": 0}, {"total": 0, "positive": False}),
    ("pc_ptsd5", {"gate": 1} | numbered(1, 1, 0, 0, 0), {"total": 2, "positive": False}),
    ("pc_ptsd5", {"gate": 1} | numbered(1, 1, 1, 0, 0), {"total": 3, "positive": True}),
    ("phq15", numbered(*[0] * 15), {"total": 0, "band": "minimal"}),
    ("phq15", numbered(*[1] * 5, *[0] * 10), {"total": 5, "band": "low"}),
    ("phq15", numbered(*[1] * 10, *[0] * 5), {"total": 10, "band": "medium", "positive": True}),
    ("phq15", numbered(2, 2, 2, 9, *[2] * 11), {"total": 28, "band": "high"}),
    ("cssrs", cssrs(), {"outcome": "none", "level": None}),
    ("cssrs", cssrs(1), {"outcome": "low", "level": "elevated"}),
    ("cssrs", cssrs(1, 2), {"outcome": "low", "level": "elevated"}),
    ("cssrs", cssrs(2, 3), {"outcome": "moderate", "level": "high"}),
    ("cssrs", cssrs(2, 3, 4), {"outcome": "high", "level": "critical"}),
    ("cssrs", cssrs(2, 5), {"outcome": "high", "level": "critical"}),
    ("cssrs", cssrs(ever=1), {"outcome": "moderate", "level": "high"}),
    ("cssrs", cssrs(ever=2), {"outcome": "high", "level": "critical"}),
    ("mdq", numbered(*[1] * 7, *[0] * 6, 1, 2), {"total": 7, "outcome": "positive"}),
    ("mdq", numbered(*[1] * 7, *[0] * 6, 1, 1), {"outcome": "negative"}),
    ("mdq", numbered(*[1] * 7, *[0] * 6, 0, 3), {"outcome": "negative"}),
    ("mdq", numbered(*[1] * 6, *[0] * 7, 1, 3), {"total": 6, "outcome": "negative"}),
    ("mdq", numbered(1, *[0] * 12), {"total": 1, "outcome": "negative"}),
    ("asrm", numbered(2, 2, 1, 0, 0), {"total": 5, "positive": False}),
    ("asrm", numbered(2, 2, 2, 0, 0), {"total": 6, "positive": True}),
    ("scoff", numbered(1, 0, 0, 0, 0), {"total": 1, "positive": False}),
    ("scoff", numbered(1, 1, 0, 0, 0), {"total": 2, "positive": True}),
    ("ocir", but(ALL["ocir"], 0, q1=4, q7=4, q13=4), {"total": 12, "hoarding": 12, "washing": 0}),
    ("ocir", but(ALL["ocir"], 4), {"total": 72, "obsessing": 12, "positive": True}),
    ("wsas", numbered(8, 8, 8, 8, 8), {"total": 40, "band": "severe"}),
    ("wsas", numbered(99, 8, 8, 8, 8), {"total": 32, "band": "severe"}),
    ("wsas", numbered(99, 2, 2, 2, 3), {"total": 9, "band": "below"}),
    ("wsas", numbered(2, 2, 2, 2, 2), {"total": 10, "band": "significant"}),
    ("whodas12", numbered(*[4] * 12), {"total": 48, "band": None, "positive": None}),
    ("isi", numbered(1, 1, 1, 1, 1, 1, 1), {"total": 7, "band": "none"}),
    ("isi", numbered(2, 2, 2, 2, 0, 0, 0), {"total": 8, "band": "subthreshold"}),
    ("isi", numbered(3, 3, 3, 3, 3, 0, 0), {"total": 15, "band": "moderate"}),
    ("isi", numbered(4, 4, 4, 4, 2, 2, 2), {"total": 22, "band": "severe"}),
    ("pdss", numbered(4, 4, 0, 0, 0, 0, 0), {"total": 8, "positive": True}),
    ("ciwa_ar", numbered(*[7] * 9, 4), {"total": 67, "band": "severe"}),
    ("ciwa_ar", numbered(7, 0, 0, 0, 0, 0, 0, 0, 0, 0), {"total": 7, "band": "mild"}),
    ("cows", numbered(4, 4, 5, 5, 4, 4, 5, 4, 4, 4, 5), {"total": 48, "band": "severe"}),
    ("cows", numbered(1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0), {"total": 5, "band": "mild"}),
    ("edeq", but(ALL["edeq"], 6), {"total": Decimal("6.0"), "restraint": Decimal("6.0"), "positive": True}),
    ("edeq", but(ALL["edeq"], 0, q1=1, q2=1), {"total": Decimal("0.1"), "restraint": Decimal("0.4")}),
]


@pytest.mark.parametrize(("code", "answers", "expected"), VECTORS)
def test_every_instrument_scores_its_vectors(code: str, answers: Answers, expected: Expected) -> None:
    result = score(ALL[code], answers)
    said = {
        "total": result.total,
        "positive": result.positive,
        "band": result.band.key if result.band else None,
        "outcome": result.outcome.key if result.outcome else None,
        "level": max(result.triggers, key=lambda t: t.rank).level if result.triggers else None,
        **result.subscales,
    }
    assert {key: said[key] for key in expected} == expected
    assert result.state == "complete"


def test_every_instrument_has_a_vector() -> None:
    assert {code for code, _, _ in VECTORS} | {"phq9", "gad7"} == set(ALL)


def test_three_on_the_audit_c_is_positive_for_everyone_but_a_man() -> None:
    answers = numbered(3, 0, 0)
    assert score(ALL["audit_c"], answers).positive is True
    assert score(ALL["audit_c"], answers, is_man=True).positive is False
    assert score(ALL["audit_c"], numbered(2, 1, 1), is_man=True).positive is True


def test_a_fall_of_the_peg_by_thirty_percent_is_a_response() -> None:
    peg = ALL["peg"].total
    assert peg and response(peg, Decimal("6.0"), Decimal("4.2")) is True
    assert response(peg, Decimal("6.0"), Decimal("4.3")) is False


def test_a_bam_protects_by_high_scores_and_needs_attention_at_low_ones() -> None:
    protective = next(scale for scale in ALL["bam"].subscales if scale.id == "protective")
    assert protective.higher_is_better
    assert [protective.is_positive(value) for value in (12, 13)] == [True, False]


# --- the traps of domain reference 0.3


def test_question_four_of_the_cssrs_alone_is_high() -> None:
    assert score(ALL["cssrs"], {"q4": 1}).triggers[0].level == "critical"


def test_no_total_carries_the_code_of_another() -> None:
    totals = {code: one.total.loinc for code, one in ALL.items() if one.total and one.total.loinc}
    assert (totals["gad7"], ALL["gad7"].loinc_panel) == ("70274-6", "69737-5")
    assert (totals["audit_c"], totals["audit"]) == ("75626-2", "75624-7")
    assert "gad2" not in totals
    assert len(set(totals.values())) == len(totals)


def test_the_pcl5_has_no_severity_bands_and_claims_no_change_below_fifteen() -> None:
    pcl = ALL["pcl5"].total
    assert pcl and (pcl.bands, pcl.change.reliable) == ((), 15)


def test_the_lowest_answer_of_the_gad7_reads_not_at_all() -> None:
    assert {item.options[0].text for item in ALL["gad7"].items} == {"Not at all"}


# --- licences


def test_exactly_the_recommended_set_ships_with_its_words() -> None:
    assert {code for code, one in ALL.items() if one.has_text} == WITH_TEXT
    assert {ALL[code].licence for code in WITH_TEXT} <= TEXT_LICENCES


def test_an_instrument_without_the_right_to_its_words_ships_none() -> None:
    for code in set(ALL) - WITH_TEXT:
        one = ALL[code]
        own = {"", "No", "Yes", "Does not apply"}
        own |= {"Yes, longer than 3 months ago", "Yes, in the past 3 months"}
        texts = {option.text for item in one.items for option in item.options}
        assert {text for text in texts if not text.isdigit()} <= own, code
        assert not any(item.text or item.lead for item in one.items) and not one.stem, code


def test_every_instrument_states_version_licence_note_citation_and_one_code() -> None:
    for one in ALL.values():
        assert one.version and one.licence_note and one.citation and one.source_url.startswith("https://")
        assert bool(one.loinc_panel) is not bool(one.local_code)


# --- one property of all


def worse(item: Item, value: int) -> int | None:
    """The answer with the next higher points; None at the top and for one that is left out."""
    points = item.points_of(value)
    above = [o for o in item.options if points is not None and o.points is not None and o.points > points]
    return min(above, key=lambda o: o.points or 0).value if above else None


@settings(max_examples=60, deadline=None)
@given(data=st.data())
@pytest.mark.parametrize("code", sorted(ALL))
def test_every_instrument_keeps_the_rules_of_the_engine(code: str, data: st.DataObject) -> None:
    one = ALL[code]
    answers: Answers = {
        item.id: data.draw(st.sampled_from([o.value for o in item.options]), label=item.id)
        for item in one.items
    }
    whole = score(one, answers)
    item = data.draw(st.sampled_from(one.items), label="the item looked at")
    within_range(one, answers)
    null_when_missing(one, answers, item)
    monotone(one, answers, item)
    skips_agree(one, answers)
    alone = score(one, {item.id: answers[item.id]})
    assert rank(alone) <= rank(whole)


def rank(result: Score) -> int:
    """The worst level that fired; -1 for none."""
    return max((trigger.rank for trigger in result.triggers), default=-1)


def within_range(one: Instrument, answers: Answers) -> None:
    result = score(one, answers)
    values = dict(result.subscales) | ({} if result.total is None else {"total": result.total})
    assert set(values) == {scale.id for scale in one.scales}
    for scale in one.scales:
        assert scale.low <= values[scale.id] <= scale.high
    assert (result.state, result.missing) == ("complete", ())
    assert (result.total is None) is (one.total is None)
    assert (result.outcome is None) is (not one.outcomes)


def null_when_missing(one: Instrument, answers: Answers, item: Item) -> None:
    """Without one answer there is nothing, unless the question does not count or was not asked."""
    result = score(one, answers | {item.id: None})
    if item.id in result.not_asked or item.id not in one.needed:
        assert result.state == "complete"
        return
    assert (result.total, result.subscales, result.band, result.positive) == (None, {}, None, None)
    assert (result.outcome, result.state) == (None, "incomplete")
    assert item.id in result.missing
    kept = {t.subject: t.rank for t in score(one, answers).triggers}
    for trigger in result.triggers:
        assert trigger.rank <= kept[trigger.subject], "an answer that is missing makes nothing worse"
    untouched = {t.key for t in score(one, answers).triggers if t.when and item.id not in t.when.item_ids}
    assert untouched <= {t.key for t in result.triggers}, "what was answered still fires"


def monotone(one: Instrument, answers: Answers, item: Item) -> None:
    value = answers[item.id]
    higher = worse(item, value) if value is not None else None
    if higher is None:
        return
    before, after = score(one, answers), score(one, answers | {item.id: higher})
    for scale in one.scales:
        old = before.total if scale.id == "total" else before.subscales[scale.id]
        new = after.total if scale.id == "total" else after.subscales[scale.id]
        assert old is not None and new is not None
        assert old <= new if scale.kind != "sum" else old < new or item.id not in scale.item_ids
    order = [outcome.key for outcome in one.outcomes]
    if before.outcome and after.outcome:
        assert order.index(after.outcome.key) <= order.index(before.outcome.key)
    assert rank(before) <= rank(after)


def skips_agree(one: Instrument, answers: Answers) -> None:
    """A question that is not asked counts as its lowest answer, given or left empty."""
    gates: Answers = {item.id: answers[item.id] for item in one.items if not item.skip_if}
    asked = without_unasked(one, answers, gates)
    bare = score(one, asked)
    filled = score(one, {**dict.fromkeys(bare.not_asked, 0), **asked})
    assert (bare.total, bare.subscales, bare.outcome) == (filled.total, filled.subscales, filled.outcome)
    assert bare.state == "complete"
