"""Leave and what becomes of the sessions it hits: all of it in one go, or nothing."""

from datetime import datetime, time, timedelta
from typing import Any

import pytest

from iop_clinic.accounts.models import User
from iop_clinic.clock import at_local, day_span
from iop_clinic.messages.models import Message
from iop_clinic.refusal import Refused
from scheduling.absences import hit_by, record_absence, withdraw_absence
from scheduling.clashes import span_of
from scheduling.models import Absence, Facilitation, TherapySession
from scheduling.replanning import Answer, Deed, Unsettled
from scheduling.substitutes import uncovered
from tests import make

pytestmark = pytest.mark.django_db
THURSDAY = make.NOW.date() + timedelta(days=1)
FRIDAY = THURSDAY + timedelta(days=1)
ZONE = "America/New_York"
SUBSTITUTE, CANCEL, LEAVE, WITHOUT = Deed.SUBSTITUTE, Deed.CANCEL, Deed.LEAVE, Deed.WITHOUT


def recorded(of: User, answers: dict[TherapySession, Any], **fields: Any) -> Absence:
    """Thursday and Friday off; answers are a deed, or whose the session becomes."""
    said = {
        "actor": make.user(),
        "starts_at": day_span(THURSDAY, ZONE)[0],
        "ends_at": day_span(FRIDAY, ZONE)[1],
        "kind": "vacation",
        "now": make.NOW,
    } | fields
    typed = {
        session.pk: Answer(SUBSTITUTE, session.version, staff=answer)
        if isinstance(answer, User)
        else Answer(answer, session.version)
        for session, answer in answers.items()
    }
    return record_absence(staff=of, answers=typed, **said)


def test_each_session_becomes_what_was_chosen_and_each_patient_hears_once() -> None:
    ruth, joon = make.clinician(), make.clinician()
    handed, gone, left = (make.session(day=THURSDAY, starts=time(hour), lead=ruth) for hour in (9, 11, 13))
    episode = make.episode(make.portal_patient())
    for session in (handed, gone, left):
        make.booking(session, episode)
    recorded(ruth, {handed: joon, gone: CANCEL, left: LEAVE})
    for session in (handed, gone, left):
        session.refresh_from_db()
    assert (handed.lead, gone.status, left.lead) == (joon, "cancelled", ruth)
    assert list(uncovered(left.site)) == [left]
    message = Message.objects.get(kind="change")
    assert "your appointments from Thu 10/22 at 9:00 AM on have changed." in message.body


def test_a_group_goes_on_without_a_co_facilitator_who_is_away() -> None:
    helper, session = make.clinician(), make.session(day=THURSDAY)
    session.refresh_from_db()
    Facilitation.objects.create(session=session, during=span_of(session), status="scheduled", staff=helper)
    recorded(helper, {session: WITHOUT})
    session.refresh_from_db()
    assert session.own == ["co_facilitators"] and not session.facilitations.filter(staff=helper).exists()


@pytest.mark.parametrize("deed", [WITHOUT, Deed.MOVE, "", "nonsense"])
def test_an_answer_that_was_never_on_offer_saves_nothing(deed: str) -> None:
    ruth = make.clinician()
    with pytest.raises(Unsettled, match="1 session is not settled yet"):
        recorded(ruth, {make.session(day=THURSDAY, lead=ruth): deed})
    assert not Absence.objects.exists()


def test_one_substitute_who_cannot_come_saves_none_of_it() -> None:
    ruth, joon, wen = make.clinician(), make.clinician(given_name="Joon"), make.clinician()
    first, second = (make.session(day=THURSDAY, starts=time(hour), lead=ruth) for hour in (9, 11))
    make.session(day=THURSDAY, lead=joon, title="DBT skills")
    with pytest.raises(Unsettled) as refused:
        recorded(ruth, {first: joon, second: wen})
    assert list(refused.value.by_session) == [first.pk]
    assert "already leads DBT skills" in refused.value.by_session[first.pk][0]
    second.refresh_from_db()
    assert second.lead == ruth and not Absence.objects.exists() and not Message.objects.exists()


def test_sessions_other_than_those_answered_save_nothing() -> None:
    ruth = make.clinician()
    shown = make.session(day=THURSDAY, lead=ruth)
    stale = TherapySession(pk=shown.pk, version=7)
    new = make.session(day=FRIDAY, lead=ruth)
    for answers, odd in (
        ({}, {shown.pk, new.pk}),
        ({shown: CANCEL}, {new.pk}),
        ({stale: CANCEL, new: CANCEL}, {shown.pk}),
    ):
        with pytest.raises(Unsettled, match="changed meanwhile") as refused:
            recorded(ruth, answers)
        assert set(refused.value.by_session) == odd and refused.value.status == 409
    assert not Absence.objects.exists()


def test_a_session_that_has_begun_stays_with_who_leads_it() -> None:
    ruth = make.clinician()
    begun = make.session(day=make.NOW.date(), lead=ruth)
    recorded(ruth, {}, starts_at=make.NOW - timedelta(hours=3))
    begun.refresh_from_db()
    assert (begun.lead, begun.status) == (ruth, "scheduled")


def test_hours_hit_only_what_overlaps_them() -> None:
    ruth = make.clinician()
    before, inside, after = (make.session(day=THURSDAY, starts=time(hour), lead=ruth) for hour in (9, 10, 12))
    span = at_local(THURSDAY, time(10), ZONE), at_local(THURSDAY, time(12), ZONE)
    assert list(hit_by(ruth, *span, [inside.site], make.NOW)) == [inside]
    assert before.ends_at == span[0] and after.starts_at == span[1]


def test_sessions_at_a_site_one_does_not_work_at_stay_open_there() -> None:
    ruth = make.clinician()
    ruth.sites.add(make.other_site())
    there = make.session(make.other_site(), day=THURSDAY, lead=ruth)
    recorded(ruth, {})
    assert list(uncovered(make.other_site())) == [there] and there.lead == ruth


def test_leave_is_recorded_once_at_a_time_and_again_after_it_was_taken_back() -> None:
    ruth = make.clinician()
    first = recorded(ruth, {})
    with pytest.raises(Refused, match="on record for part of that time already"):
        recorded(ruth, {}, kind="sick")
    for _ in range(2):
        withdraw_absence(actor=make.user(), absence=first, now=make.NOW)
    assert recorded(ruth, {}).withdrawn_at is None


def test_leave_that_is_over_is_not_taken_back() -> None:
    away = make.absence(make.clinician())
    with pytest.raises(Refused, match="is over"):
        withdraw_absence(actor=make.user(), absence=away, now=make.NOW)


@pytest.mark.parametrize(
    "span",
    [
        (make.NOW + timedelta(hours=2), make.NOW + timedelta(hours=1)),
        (make.NOW - timedelta(days=2), make.NOW),
        (make.NOW, make.NOW + timedelta(days=400)),
    ],
)
def test_impossible_times_are_refused_at_their_field(span: tuple[datetime, datetime]) -> None:
    with pytest.raises(Refused) as refused:
        recorded(make.clinician(), {}, starts_at=span[0], ends_at=span[1])
    assert refused.value.status == 422 and "to_on" in refused.value.fields
