"""Closing a day: decided once, frozen, holds stay; the numbers come from the same ledger as the week."""

import threading
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from billing.closing import close_day, days_at, last_clinic_day, undecided_days, units_left
from billing.models import PayerRule, ServiceDay
from iop_clinic.audit.models import AuditEvent
from iop_clinic.refusal import Refused
from iop_clinic.roles import Role
from patients.models import Authorization, Consent, Episode
from scheduling.models import Booking
from sessions.models import Signature
from tests import make

DAY = make.MONDAY
MORNING_AFTER = datetime(2026, 10, 20, 13, 0, tzinfo=UTC)


def sign(booking: Booking, *, objective: Any) -> None:
    note = make.note(booking, objective=objective)
    Signature.objects.create(
        note=note,
        signed_by=note.author,
        credential="LCSW",
        signed_at=booking.session.ends_at,
        content_sha256="0" * 64,
    )


def attended_day(*, hours: int = 3, signed: bool = True, units: int = 10, **came: int) -> Episode:
    """A patient who is covered for everything and sat through `hours` sessions on DAY."""
    whom = make.patient()
    lead = make.clinician()
    episode = make.episode(whom, lead=lead)
    objective = make.objective_of(make.plan(episode))
    make.consents(whom, lead)
    make.authorization(make.coverage(whom), units=units)
    for hour in range(hours):
        held = make.session(day=DAY, starts=time(9 + hour), lead=lead)
        booked = make.booking(held, episode)
        make.attendance(booked, by=lead, **(came if hour == 0 else {}))
        if signed:
            sign(booked, objective=objective)
    return episode


@pytest.fixture
def biller(db: None) -> Any:
    make.rule()
    return make.user(Role.BILLER, given_name="Bea")


def close(biller: Any, day: Any = DAY) -> list[ServiceDay]:
    return close_day(actor=biller, site=make.site(), day=day, now=MORNING_AFTER)


def the_day() -> Any:
    return days_at(site=make.site(), day=DAY, now=MORNING_AFTER)[0]


def test_a_whole_day_is_billable_at_the_payers_rate(biller: Any) -> None:
    attended_day()
    [row] = close(biller)
    assert (row.verdict, row.minutes, row.units, row.amount_cents) == ("billable", 180, 1, 30500)
    assert row.authorization is not None
    assert [verdict["key"] for verdict in row.verdicts][:2] == ["minutes", "checkouts"]


def test_one_minute_short_is_not_billable_and_never_rounded_up(biller: Any) -> None:
    attended_day(late_minutes=1)
    [row] = close(biller)
    assert (row.verdict, row.minutes, row.units, row.amount_cents) == ("not_billable", 179, 0, 0)
    assert row.why == "1 min under this payer’s day"
    assert row.authorization is None


def test_a_hold_is_not_closed_and_returns(biller: Any) -> None:
    attended_day(signed=False)
    assert the_day().decision.verdict == "hold"
    assert close(biller) == []
    assert undecided_days(site=make.site(), before=DAY + timedelta(days=1), since=DAY) == {DAY: 1}


def test_closing_twice_changes_nothing(biller: Any) -> None:
    attended_day()
    assert len(close(biller)) == 1
    assert close(biller) == []
    assert ServiceDay.objects.count() == 1


def test_a_day_that_is_not_over_cannot_be_closed(biller: Any) -> None:
    attended_day()
    with pytest.raises(Refused, match="not over yet"):
        close_day(actor=biller, site=make.site(), day=DAY, now=datetime(2026, 10, 20, 3, 59, tzinfo=UTC))
    assert not ServiceDay.objects.exists()


def test_units_used_are_the_billable_days_of_the_authorization(biller: Any) -> None:
    attended_day(units=3)
    approval = Authorization.objects.get()
    assert units_left(approval, DAY) == 3
    close(biller)
    assert units_left(approval, DAY + timedelta(days=1)) == 2
    assert units_left(approval, DAY) == 3, "the day itself is judged by what was left before it"


def test_a_used_up_authorization_holds_the_day(biller: Any) -> None:
    first = attended_day(units=1)
    close(biller)
    held = make.session(
        day=DAY + timedelta(days=1), starts=time(9), minutes=180, lead=first.primary_clinician
    )
    make.attendance(make.booking(held, first))
    found = days_at(site=make.site(), day=DAY + timedelta(days=1), now=MORNING_AFTER + timedelta(days=1))[0]
    assert found.decision.reason("authorization").passed is None  # type: ignore[union-attr]
    assert "used up" in found.decision.reason("authorization").why  # type: ignore[union-attr]


def test_a_closed_day_shows_what_it_was_closed_with(biller: Any) -> None:
    episode = attended_day()
    close(biller)
    Consent.objects.filter(patient=episode.patient, kind="billing").update(
        revoked_at=make.NOW, revoked_how="not_recorded"
    )
    found = the_day()
    assert found.shown.verdict == "billable"
    assert found.shown.reason("consent").passed is True
    assert found.decision.verdict == "hold"
    assert found.changed_since


def test_a_rule_that_closed_a_day_may_only_be_ended(biller: Any) -> None:
    attended_day()
    close(biller)
    rule = PayerRule.objects.get()
    with pytest.raises(IntegrityError, match="cannot change"), transaction.atomic():
        PayerRule.objects.filter(pk=rule.pk).update(rate_cents=1)
    PayerRule.objects.filter(pk=rule.pk).update(to_on=DAY)


def test_someone_absent_is_recorded_as_not_billable(biller: Any) -> None:
    episode = make.episode()
    booked = make.booking(make.session(day=DAY, minutes=180), episode)
    make.coverage(episode.patient)
    booked_by = booked.session.lead
    make.attendance(booked).__class__.objects.update(
        arrived_at=None, left_at=None, absence="no_show", recorded_by=booked_by
    )
    [row] = close(biller)
    assert (row.verdict, row.minutes, row.why) == ("not_billable", 0, "Did not attend")


def test_a_patient_without_coverage_is_held_until_someone_adds_it(biller: Any) -> None:
    make.attendance(make.booking(make.session(day=DAY, minutes=180), make.episode()))
    assert (the_day().decision.verdict, the_day().decision.why) == ("hold", "No coverage on file")
    assert close(biller) == []


def test_a_payer_without_a_rule_holds_the_day(biller: Any) -> None:
    episode = make.episode()
    make.coverage(episode.patient, make.payer("Cobalt Plan"))
    make.attendance(make.booking(make.session(day=DAY, minutes=180), episode))
    assert (the_day().decision.verdict, the_day().decision.amount_cents) == ("hold", 0)
    assert the_day().decision.why == "Cobalt Plan has no rule for this day"
    assert close(biller) == []


def test_another_sites_patients_are_not_on_the_list(biller: Any) -> None:
    elsewhere = make.other_site()
    episode = make.episode(make.patient(elsewhere))
    make.attendance(make.booking(make.session(elsewhere, day=DAY), episode))
    assert days_at(site=make.site(), day=DAY, now=MORNING_AFTER) == []


def test_the_last_clinic_day_is_the_one_before_today(biller: Any) -> None:
    attended_day()
    assert last_clinic_day(site=make.site(), before=DAY + timedelta(days=3)) == DAY
    assert last_clinic_day(site=make.site(), before=DAY) is None


def test_each_decided_day_is_on_the_trail_of_its_patient(biller: Any) -> None:
    episode = attended_day()
    close(biller)
    trail = AuditEvent.objects.filter(verb="billing.day_decided", patient_id=episode.patient_id)
    assert trail.get().actor == biller


def test_the_queries_of_a_day_do_not_grow_with_its_patients(biller: Any) -> None:
    counts = []
    for _ in range(2):
        attended_day()
        with CaptureQueriesContext(
            connection,
        ) as queries:
            days_at(site=make.site(), day=DAY, now=MORNING_AFTER)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 13


@pytest.mark.django_db(transaction=True)
def test_two_billers_at_once_close_a_day_once() -> None:
    make.rule()
    billers = [make.user(Role.BILLER) for _ in range(2)]
    attended_day()
    barrier, results, site = threading.Barrier(2), [], make.site()

    def work(biller: Any) -> None:
        barrier.wait()
        results.append(len(close_day(actor=biller, site=site, day=DAY, now=MORNING_AFTER)))
        connection.close()

    threads = [threading.Thread(target=work, args=[biller]) for biller in billers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [0, 1]
    assert ServiceDay.objects.count() == 1
