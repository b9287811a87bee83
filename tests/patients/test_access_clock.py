"""The access clock and the numbers of the way in: hand-made days, hand-counted answers."""

from datetime import UTC, date, datetime, timedelta

import pytest

from iop_clinic.refusal import Refused
from patients.access import WayIn, access_of, ways_in, with_first_sessions
from patients.access_clock import (
    AccessPolicy,
    business_days_after,
    business_days_between,
    received_instant,
    see_by,
)
from patients.admitting import admit
from patients.intake import move_referral, refer
from patients.models import Referral
from patients.reaching import set_urgency, try_contact
from tests import make

POLICY = AccessPolicy(urgent_hours=48, routine_days=10, tz_name="America/New_York")
FRIDAY, MONDAY = date(2026, 10, 16), date(2026, 10, 19)


@pytest.mark.parametrize(
    ("day", "count", "then"),
    [
        (MONDAY, 0, MONDAY),
        (MONDAY, 1, date(2026, 10, 20)),
        (FRIDAY, 1, MONDAY),
        (date(2026, 10, 17), 1, MONDAY),  # a Saturday
        (MONDAY, 10, date(2026, 11, 2)),
        (FRIDAY, 10, date(2026, 10, 30)),
    ],
)
def test_business_days_leave_the_weekend_out(day: date, count: int, then: date) -> None:
    assert business_days_after(day, count) == then


@pytest.mark.parametrize(
    ("first", "last", "count"),
    [(FRIDAY, MONDAY, 1), (MONDAY, MONDAY, 0), (MONDAY, FRIDAY, 0), (MONDAY, date(2026, 11, 2), 10)],
)
def test_business_days_between_do_not_count_the_first(first: date, last: date, count: int) -> None:
    assert business_days_between(first, last) == count


def test_an_urgent_contact_has_48_hours_even_over_a_change_of_the_clock() -> None:
    at = datetime(2026, 10, 31, 14, tzinfo=UTC)  # the clock goes back on November 1
    assert see_by(at, urgent=True, policy=POLICY) == at + timedelta(hours=48)


def test_a_routine_contact_has_until_the_end_of_the_tenth_business_day() -> None:
    at = datetime(2026, 10, 19, 15, tzinfo=UTC)
    assert see_by(at, urgent=False, policy=POLICY) == datetime(2026, 11, 3, 5, tzinfo=UTC)


def test_the_clock_of_an_earlier_day_starts_with_that_day() -> None:
    now = datetime(2026, 10, 21, 13, tzinfo=UTC)
    assert received_instant(date(2026, 10, 21), now, POLICY.tz_name) == now
    assert received_instant(date(2026, 10, 20), now, POLICY.tz_name) == datetime(2026, 10, 20, 4, tzinfo=UTC)


def way(assessed: int | None, admitted: int | None, first: int | None, **fields: object) -> WayIn:
    def on(days: int | None) -> date | None:
        return None if days is None else MONDAY + timedelta(days=days)

    source = str(fields.pop("source", "hospital"))
    return WayIn(source, MONDAY, on(assessed), on(admitted), on(first), **fields)  # type: ignore[arg-type]


def test_medians_count_who_got_that_far() -> None:
    ways = [way(1, 5, 7), way(3, 9, 10), way(4, None, None), way(None, None, None), way(8, 20, None)]
    assert [(one.days, one.people) for one in access_of(ways).medians] == [(3.5, 4), (9, 3), (8.5, 2)]


def test_nobody_makes_no_median_and_a_day_before_the_contact_counts_as_none() -> None:
    assert [one.days for one in access_of([]).medians] == [None, None, None]
    assert [one.days for one in access_of([way(-2, None, None)]).medians] == [None, None, None]


def test_conversions_go_by_source_and_reasons_by_how_many() -> None:
    ways = [
        way(1, 5, 7),
        way(1, None, None, outcome="declined"),
        way(1, None, None, outcome="declined"),
        way(2, 6, 8, source="school"),
        way(2, None, None, source="school", outcome="no_capacity"),
        way(None, None, None),
    ]
    found = access_of(ways)
    assert [(one.label, one.sent, one.admitted, one.percent) for one in found.sources] == [
        ("Hospital or ER", 4, 1, 25),
        ("School", 2, 1, 50),
    ]
    assert found.outcomes == (("Declined", 2), ("No place for them", 1))
    assert (found.referrals, found.admitted) == (6, 2)


def test_the_first_session_is_put_to_its_own_stay() -> None:
    ways = [way(1, 5, None, episode_id=7), way(1, None, None)]
    firsts = with_first_sessions(ways, {7: MONDAY + timedelta(days=9), 8: MONDAY})
    assert [one.first_session_on for one in firsts] == [MONDAY + timedelta(days=9), None]


def referred(days_ago: int, **fields: object) -> Referral:
    said = {"given_name": "Ana", "family_name": f"Days{days_ago}", "born_on": date(1990, 1, 1)} | fields
    return refer(
        actor=make.user(),
        site=make.site(),
        received_on=make.NOW.date() - timedelta(days=days_ago),
        source="hospital",
        reason="Low mood",
        now=make.NOW,
        **said,  # type: ignore[arg-type]
    )


@pytest.mark.django_db
def test_the_rows_of_ninety_days_say_each_step_by_its_first_day() -> None:
    lead, referral = make.clinician(), referred(20)
    for days, stage in ((12, "assessment"), (11, "waitlisted"), (5, "assessment")):
        at = make.NOW - timedelta(days=days)
        move_referral(actor=lead, referral=referral, stage=stage, now=at)
    make.consents(referral.patient, lead)
    episode = admit(
        actor=lead,
        patient=referral.patient,
        level=make.level(),
        admitted_on=make.NOW.date(),
        primary_clinician=lead,
        diagnosis_code="F33.1",
        diagnosis_label="Depression",
        now=make.NOW,
    )
    referred(91)
    make.referral(make.patient(make.other_site()))
    [found] = ways_in(make.site(), make.NOW.date())
    assert found.episode_id == episode.pk
    assert (found.assessed_on, found.admitted_on) == (
        make.NOW.date() - timedelta(days=12),
        make.NOW.date(),
    )


@pytest.mark.django_db
def test_the_clock_is_the_site_s_own_and_changes_with_the_urgency() -> None:
    site = make.site(urgent_access_hours=24)
    referral = referred(0, urgency="urgent")
    assert referral.see_by == make.NOW + timedelta(hours=site.urgent_access_hours)
    set_urgency(actor=make.user(), referral=referral, urgency="routine")
    referral.refresh_from_db()
    assert referral.see_by == datetime(2026, 11, 5, 5, tzinfo=UTC)
    assert not Referral.objects.late(make.NOW).exists()
    assert Referral.objects.late(referral.see_by + timedelta(minutes=1)).get() == referral


@pytest.mark.django_db
def test_a_try_is_written_once_and_a_closed_referral_takes_none() -> None:
    referral, actor = make.referral(), make.user()
    said = {"channel": "phone", "outcome": "no_answer", "actor": actor, "referral": referral}
    first = try_contact(now=make.NOW, **said)  # type: ignore[arg-type]
    assert try_contact(now=make.NOW + timedelta(seconds=5), **said) == first  # type: ignore[arg-type]
    assert try_contact(now=make.NOW + timedelta(hours=1), **said) != first  # type: ignore[arg-type]
    for wrong in ({"channel": "pigeon"}, {"outcome": ""}, {"next_on": date(2020, 1, 1)}):
        with pytest.raises(Refused) as no:
            try_contact(now=make.NOW, **(said | wrong))  # type: ignore[arg-type]
        assert no.value.status == 422
    with pytest.raises(Refused, match="has ended"):
        try_contact(now=make.NOW, **(said | {"referral": make.referral(stage="closed")}))  # type: ignore[arg-type]
