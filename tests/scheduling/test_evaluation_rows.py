"""The rules of the week against rows on the calendar, among the wanted themselves, in a number of queries."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from iop_clinic.accounts.models import License
from patients.models import Consent
from scheduling.evaluation import Rule, clashes_of, free_leads, free_rooms, wanted_of
from scheduling.models import Absence, Closure
from tests import make
from tests.scheduling.test_evaluation import MONDAY, at, video, wanted

pytestmark = pytest.mark.django_db


def test_the_wanted_are_in_each_others_way_too_and_the_later_one_says_so() -> None:
    lead, site = make.clinician(), make.site()
    first = wanted(site=site, lead=lead, room=None, patients=())
    second = replace(first, starts_at=at(9, 30), ends_at=at(10, 30))
    (clash,) = clashes_of([first, second])
    assert clash.wanted is second and clash.rule == Rule.STAFF_BUSY
    assert clash.sentence.endswith("already leads Individual, Mon 10/19 at 9:00 am.")


def test_rows_on_the_calendar_are_in_the_way_and_a_session_never_in_its_own() -> None:
    lead, room, who = make.clinician(), make.room(), make.episode()
    held = make.session(day=MONDAY, lead=lead, room=room)
    make.booking(held, who)
    same = wanted_of(held)
    assert clashes_of([same]) == []
    rules = {clash.rule for clash in clashes_of([replace(same, session_pk=None)])}
    assert rules == {Rule.STAFF_BUSY, Rule.ROOM_TAKEN, Rule.PATIENT_BUSY}
    held.status = "cancelled"
    held.save(update_fields=["status"])
    held.bookings.update(status="cancelled_by_clinic", cancelled_at=make.NOW)
    assert clashes_of([replace(same, session_pk=None)]) == []


def test_a_moved_session_is_in_nobodys_way_where_it_was() -> None:
    lead = make.clinician()
    early, late = make.session(lead=lead), make.session(lead=lead, starts=time(10))
    swapped = [
        wanted_of(early, starts_at=late.starts_at, ends_at=late.ends_at),
        wanted_of(late, starts_at=early.starts_at, ends_at=early.ends_at),
    ]
    assert clashes_of(swapped) == []
    (clash,) = clashes_of(swapped[:1])
    assert clash.rule == Rule.STAFF_BUSY


def test_members_of_a_moved_session_are_asked_for_by_name() -> None:
    ana, bo = make.episode(), make.episode(make.patient(given_name="Bo"))
    moved = make.session()
    for episode in (ana, bo):
        make.booking(moved, episode)
    make.booking(make.session(starts=time(14), title="Individual"), bo)
    (clash,) = clashes_of([wanted_of(moved, starts_at=at(14), ends_at=at(15))])
    assert clash.sentence == "Bo T. has Individual, Mon 10/19 at 2:00 pm at that time already."


def test_withdrawn_leave_and_a_reopened_site_are_in_nobodys_way() -> None:
    lead, site, fay = make.clinician(), make.site(), make.user()
    said = {"starts_at": at(8), "ends_at": at(12)}
    leave = Absence.objects.create(staff=lead, kind="sick", recorded_by=fay, **said)
    closure = Closure.objects.create(site=site, name="Snow", closed_by=fay, **said)
    visit = wanted(site=site, lead=lead, room=None, patients=())
    assert {clash.rule for clash in clashes_of([visit])} == {Rule.ABSENT, Rule.CLOSED}
    Absence.objects.filter(pk=leave.pk).update(withdrawn_at=datetime(2026, 10, 1, tzinfo=UTC))
    Closure.objects.filter(pk=closure.pk).update(reopened_at=datetime(2026, 10, 1, tzinfo=UTC))
    assert clashes_of([visit]) == []


def test_a_revoked_consent_to_video_counts_no_more() -> None:
    lead, patient = make.clinician(), make.patient()
    License.objects.create(user=lead, state_code="NJ")
    given = Consent.objects.create(
        patient=patient, kind="telehealth", signed_on=MONDAY, signed_name="Ana", recorded_by=lead
    )
    visit = video(site=make.site(), lead=lead, patients=(patient,))
    assert clashes_of([visit]) == []
    Consent.objects.filter(pk=given.pk).update(revoked_at=make.NOW, revoked_how="not_recorded")
    assert [clash.rule for clash in clashes_of([visit])] == [Rule.CONSENT]


def test_a_whole_year_of_weeks_takes_no_more_queries_than_one() -> None:
    lead, room, patient = make.clinician(), make.room(), make.patient()
    one = wanted(site=make.site(), lead=lead, room=room, patients=(patient,), mode="video")
    week = timedelta(weeks=1)
    year = [
        replace(one, starts_at=one.starts_at + n * week, ends_at=one.ends_at + n * week) for n in range(52)
    ]
    counts = []
    for many in ([one], year):
        with CaptureQueriesContext(
            connection,
        ) as asked:
            clashes_of(many)
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 12


def test_free_leads_are_there_free_and_allowed() -> None:
    site, busy, free = make.site(), make.clinician(), make.clinician()
    make.session(lead=busy)
    visit = wanted(site=site, lead=busy, room=None, patients=())
    assert free_leads([visit], [busy, free, make.user()]) == [[free]]


def test_free_rooms_have_the_seats_and_nothing_in_them() -> None:
    site = make.site()
    full, small, free = make.room(name="Cedar"), make.room(name="Nook", seats=1), make.room(name="Willow")
    make.room(make.other_site(), name="Elsewhere")
    make.session(room=full)
    visit = wanted(site=site, lead=make.clinician(), room=full, capacity=2)
    assert free_rooms(visit) == [free]
    assert free_rooms(replace(visit, capacity=1)) == [small, free]
