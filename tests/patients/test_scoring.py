"""PHQ-9 and GAD-7: every vector of domain reference 6.3 and 6.4, what is missing, what fires, and change."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patients.changes import reliable_change, remission, response
from patients.scoring import AnswerError, Instrument, due_by, load_instruments, score

PHQ9 = load_instruments()["phq9"]
GAD7 = load_instruments()["gad7"]


def answers(*values: int | None) -> dict[str, int | None]:
    return {f"q{number}": value for number, value in enumerate(values, start=1)}


@pytest.mark.parametrize(
    ("values", "total", "band", "algorithm", "fires"),
    [
        ((0,) * 9, 0, "minimal", "none", False),
        ((1, 1, 1, 1, 0, 0, 0, 0, 0), 4, "minimal", "none", False),
        ((1, 1, 1, 1, 1, 0, 0, 0, 0), 5, "mild", "none", False),
        ((0, 0, 0, 0, 0, 0, 0, 0, 1), 1, "minimal", "none", True),
        ((2, 2, 2, 2, 1, 0, 0, 0, 1), 10, "moderate", "major", True),
        ((1, 1, 2, 2, 2, 2, 2, 1, 1), 14, "moderate", "none", True),
        ((2, 0, 2, 0, 0, 0, 0, 0, 0), 4, "minimal", "other", False),
        ((3, 3, 3, 3, 3, 0, 0, 0, 0), 15, "moderately_severe", "major", False),
        ((3, 3, 3, 3, 3, 3, 1, 1, 0), 20, "severe", "major", False),
        ((3,) * 9, 27, "severe", "major", True),
    ],
)
def test_the_phq9_scores_its_published_vectors(
    values: tuple[int, ...], total: int, band: str, algorithm: str, fires: bool
) -> None:
    result = score(PHQ9, answers(*values))
    assert (result.total, result.band and result.band.key) == (total, band)
    assert (result.outcome and result.outcome.key, bool(result.triggers)) == (algorithm, fires)
    assert result.state == "complete"
    assert result.positive is (total >= 10)


@pytest.mark.parametrize(
    ("values", "total", "band"),
    [
        ((1, 1, 1, 1, 0, 1, 2), 7, "mild"),
        ((1, 1, 1, 2, 2, 0, 0), 7, "mild"),
        ((0,) * 7, 0, "minimal"),
        ((2, 2, 2, 2, 2, 0, 0), 10, "moderate"),
        ((3, 3, 3, 3, 3, 0, 0), 15, "severe"),
        ((3,) * 7, 21, "severe"),
    ],
)
def test_the_gad7_scores_its_published_vectors(values: tuple[int, ...], total: int, band: str) -> None:
    result = score(GAD7, answers(*values))
    assert (result.total, result.band and result.band.key) == (total, band)
    assert (result.outcome, result.triggers) == (None, ())


@pytest.mark.parametrize(
    ("instrument", "edges"),
    [
        (PHQ9, {0: "minimal", 4: "minimal", 5: "mild", 9: "mild", 10: "moderate", 14: "moderate"}),
        (PHQ9, {15: "moderately severe", 19: "moderately severe", 20: "severe", 27: "severe"}),
        (GAD7, {4: "minimal", 5: "mild", 9: "mild", 10: "moderate", 14: "moderate", 15: "severe"}),
    ],
)
def test_a_band_holds_both_of_its_ends(instrument: Instrument, edges: dict[int, str]) -> None:
    assert instrument.total
    assert {total: instrument.total.band_of(total).name for total in edges} == edges  # type: ignore[union-attr]


@pytest.mark.parametrize("total", [-1, 28])
def test_no_band_holds_an_impossible_total(total: int) -> None:
    with pytest.raises(ValueError, match="not a total"):
        PHQ9.total.band_of(total)  # type: ignore[union-attr]


@pytest.mark.parametrize("missing", range(9))
def test_a_missing_answer_never_yields_a_score(missing: int) -> None:
    values: list[int | None] = [3] * 9
    values[missing] = None
    result = score(PHQ9, answers(*values))
    assert (result.total, result.band, result.outcome, result.positive) == (None, None, None, None)
    assert result.state == "incomplete"
    assert result.missing == (f"q{missing + 1}",)


def test_no_answers_at_all_is_incomplete_and_not_zero() -> None:
    result = score(PHQ9, {})
    assert (result.total, result.state, len(result.missing)) == (None, "incomplete", 9)


@pytest.mark.parametrize(
    ("item9", "key", "level"),
    [(1, "item9_elevated", "elevated"), (2, "item9_high", "high"), (3, "item9_high", "high")],
)
def test_item_9_above_zero_fires_exactly_one_trigger_even_on_incomplete_answers(
    item9: int, key: str, level: str
) -> None:
    for given_answers in ({"q9": item9}, answers(*(0,) * 8, item9), answers(*(3,) * 8, item9)):
        (trigger,) = score(PHQ9, given_answers).triggers
        assert (trigger.key, trigger.level, trigger.subject) == (key, level, "item9")


def test_item_9_at_zero_or_unanswered_fires_nothing() -> None:
    assert score(PHQ9, answers(*(3,) * 8, 0)).triggers == ()
    assert score(PHQ9, answers(*(3,) * 8, None)).triggers == ()


def test_an_elevated_answer_is_due_by_the_end_of_its_local_day_and_a_high_one_within_the_hour() -> None:
    late = datetime(2026, 10, 22, 2, 40, tzinfo=UTC)  # 22:40 on the clinic's wall
    elevated, high = score(PHQ9, {"q9": 1}).triggers[0], score(PHQ9, {"q9": 2}).triggers[0]
    assert due_by(elevated.level, late, "America/New_York") == datetime(2026, 10, 22, 4, 0, tzinfo=UTC)
    assert due_by(high.level, late, "America/New_York") == datetime(2026, 10, 22, 3, 40, tzinfo=UTC)


def test_the_difficulty_question_is_unscored_and_asked_only_when_a_problem_was_checked_off() -> None:
    assert score(PHQ9, answers(*(0,) * 9)).missing == ()
    asked = score(PHQ9, answers(*(1,) * 9))
    assert (asked.total, asked.state, asked.missing) == (9, "complete", ("difficulty",))
    told = score(PHQ9, {**answers(*(1,) * 9), "difficulty": 3})
    assert (told.total, told.missing, told.answers["difficulty"]) == (9, (), 3)


@pytest.mark.parametrize("value", [-1, 4, 100, True, False, 1.0, "1", "", [1], float("nan")])
def test_an_answer_the_question_does_not_offer_is_refused_in_a_sentence(value: object) -> None:
    with pytest.raises(AnswerError, match=r"^Question 3 of the PHQ-9 takes a whole number from 0 to 3\.$"):
        score(PHQ9, {"q3": value})  # type: ignore[dict-item]


@pytest.mark.parametrize("item_id", ["q0", "q10", "Q1", "", "total", "q1\x00", "x" * 5000])
def test_an_unknown_question_is_refused_in_a_short_sentence(item_id: str) -> None:
    with pytest.raises(AnswerError, match="The PHQ-9 has no question") as refusal:
        score(PHQ9, {item_id: 1})
    assert len(str(refusal.value)) < 80


def test_the_gad7_has_no_difficulty_question() -> None:
    with pytest.raises(AnswerError):
        score(GAD7, {"difficulty": 0})


phq9_values = st.lists(st.integers(0, 3), min_size=9, max_size=9)
gad7_values = st.lists(st.integers(0, 3), min_size=7, max_size=7)


@given(phq9_values)
def test_a_phq9_total_is_the_sum_within_its_range_and_band(values: list[int]) -> None:
    result = score(PHQ9, answers(*values))
    assert result.total == sum(values) and 0 <= sum(values) <= 27
    assert result.band is not None and result.band.low <= sum(values) <= result.band.high


@given(gad7_values, st.integers(0, 6))
def test_a_worse_answer_never_lowers_the_total_or_the_band(values: list[int], place: int) -> None:
    worse = [*values]
    worse[place] = min(3, worse[place] + 1)
    before, after = score(GAD7, answers(*values)), score(GAD7, answers(*worse))
    assert before.total is not None and after.total is not None and before.total <= after.total
    assert before.band is not None and after.band is not None and before.band.low <= after.band.low


@given(phq9_values, st.integers(0, 8))
def test_a_worse_answer_never_weakens_the_pattern_or_silences_a_trigger(
    values: list[int], place: int
) -> None:
    worse = [*values]
    worse[place] = min(3, worse[place] + 1)
    before, after = score(PHQ9, answers(*values)), score(PHQ9, answers(*worse))
    strength = ["none", "other", "major"]
    assert before.outcome and after.outcome
    assert strength.index(before.outcome.key) <= strength.index(after.outcome.key)
    assert [t.rank for t in before.triggers] <= [t.rank for t in after.triggers]


@given(st.lists(st.none() | st.integers(0, 3), min_size=9, max_size=9).filter(lambda v: None in v))
def test_a_total_is_none_whatever_is_missing(values: list[int | None]) -> None:
    result = score(PHQ9, answers(*values))
    assert (result.total, result.band, result.state) == (None, None, "incomplete")
    assert len(result.missing) == values.count(None)
    assert bool(result.triggers) is bool(values[8])


@pytest.mark.parametrize(
    ("instrument", "first", "last", "change"),
    [
        (PHQ9, 20, 14, "improved"),
        (PHQ9, 20, 15, None),
        (PHQ9, 8, 14, "worsened"),
        (PHQ9, 8, 13, None),
        (PHQ9, 9, 9, None),
        (GAD7, 17, 13, "improved"),
        (GAD7, 17, 14, None),
        (GAD7, 3, 7, "worsened"),
    ],
)
def test_change_is_reliable_from_six_points_on_the_phq9_and_four_on_the_gad7(
    instrument: Instrument, first: int, last: int, change: str | None
) -> None:
    assert reliable_change(instrument.total, first, last) == change


@pytest.mark.parametrize(
    ("first", "last", "responds"), [(20, 10, True), (20, 11, False), (15, 7, True), (15, 8, False)]
)
def test_a_response_is_half_of_the_baseline_or_more(first: int, last: int, responds: bool) -> None:
    assert response(PHQ9.total, first, last) is responds


def test_a_baseline_of_zero_has_no_response() -> None:
    assert response(PHQ9.total, 0, 0) is False


def test_remission_lies_under_five() -> None:
    assert (remission(PHQ9.total, 4), remission(PHQ9.total, 5)) == (True, False)


def test_the_gad7_claims_no_response_or_remission_rule() -> None:
    assert (response(GAD7.total, 20, 5), remission(GAD7.total, 2)) == (None, None)


@pytest.mark.parametrize("total", [-1, 28, True, 9.5, None])
def test_a_change_is_refused_for_an_impossible_total(total: object) -> None:
    for call in (
        lambda: reliable_change(PHQ9.total, 20, total),  # type: ignore[arg-type]
        lambda: response(PHQ9.total, total, 10),  # type: ignore[arg-type]
        lambda: remission(PHQ9.total, total),  # type: ignore[arg-type]
    ):
        with pytest.raises(AnswerError, match="between 0 and 27"):
            call()
