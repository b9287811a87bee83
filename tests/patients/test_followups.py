"""Follow-ups: an owner who is there, one a trigger, and no closing without an outcome."""

from datetime import timedelta

import pytest

from iop_clinic.refusal import Refused
from iop_clinic.roles import Role
from patients.followups import close_follow_up, open_follow_up, owner_for, reassign
from patients.models import FollowUp
from tests import make

pytestmark = pytest.mark.django_db
DAY = make.MONDAY


def test_the_primary_clinician_owns_it_while_they_work_here() -> None:
    episode = make.episode()
    treating = make.clinician()
    assert owner_for(episode.patient, treating, DAY) == episode.primary_clinician
    episode.primary_clinician.is_active = False
    episode.primary_clinician.save()
    assert owner_for(episode.patient, treating, DAY) == treating


def test_after_discharge_the_treating_person_who_entered_it_owns_it() -> None:
    episode = make.episode(ended_on=DAY - timedelta(days=1))
    treating = make.clinician()
    assert owner_for(episode.patient, treating, DAY) == treating


def test_nobody_of_another_site_is_made_an_owner() -> None:
    make.clinician(make.other_site())
    with pytest.raises(Refused, match="No clinician works at this site"):
        owner_for(make.patient(), make.user(), DAY)


def test_one_missed_session_opens_one_follow_up() -> None:
    patient, clinician = make.patient(), make.clinician()
    opened = [
        open_follow_up(
            actor=clinician,
            patient=patient,
            kind="outreach",
            trigger_code="missed",
            subject_id=7,
            summary="Missed Monday",
            due_at=make.NOW,
            now=make.NOW,
        )
        for _ in range(2)
    ]
    assert opened[0] == opened[1]
    assert FollowUp.objects.count() == 1


def test_a_follow_up_hangs_on_something() -> None:
    with pytest.raises(ValueError, match="opened once"):
        open_follow_up(
            actor=None,
            patient=make.patient(),
            kind="risk",
            trigger_code="x",
            summary="x",
            due_at=make.NOW,
            now=make.NOW,
        )


def test_closing_needs_an_outcome() -> None:
    actor = make.clinician()
    follow_up = make.follow_up(make.patient(), actor)
    with pytest.raises(Refused) as no:
        close_follow_up(actor=actor, follow_up=follow_up, outcome_kind="safe", outcome=" \n", now=make.NOW)
    assert (no.value.status, list(no.value.fields)) == (422, ["outcome"])
    with pytest.raises(Refused) as no:
        close_follow_up(
            actor=actor, follow_up=follow_up, outcome_kind="unsorted", outcome="Seen.", now=make.NOW
        )
    assert list(no.value.fields) == ["outcome_kind"]
    closed = close_follow_up(
        actor=actor, follow_up=follow_up, outcome_kind="safe", outcome="Seen, safe today.", now=make.NOW
    )
    assert (closed.closed_at, closed.closed_by) == (make.NOW, actor)


def test_the_same_outcome_sent_twice_closes_once_and_another_is_refused() -> None:
    actor = make.clinician()
    follow_up = make.follow_up(make.patient(), actor)
    for minutes in (0, 1):
        now = make.NOW + timedelta(minutes=minutes)
        closed = close_follow_up(
            actor=actor, follow_up=follow_up, outcome_kind="safe", outcome="Seen.", now=now
        )
    assert closed.closed_at == make.NOW
    with pytest.raises(Refused, match="already closed"):
        close_follow_up(
            actor=make.clinician(), follow_up=follow_up, outcome_kind="safe", outcome="Called.", now=make.NOW
        )


def test_a_follow_up_goes_only_to_someone_of_the_site_who_works_them() -> None:
    actor = make.clinician()
    follow_up = make.follow_up(make.patient(), actor)
    for wrong in (make.user(), make.clinician(make.other_site()), make.clinician(is_active=False)):
        with pytest.raises(Refused) as no:
            reassign(actor=actor, follow_up=follow_up, owner=wrong)
        assert list(no.value.fields) == ["owner"]
    manager = make.user(Role.CASE_MANAGER)
    assert reassign(actor=actor, follow_up=follow_up, owner=manager).owner == manager


def test_a_closed_follow_up_stays_with_its_owner() -> None:
    actor = make.clinician()
    follow_up = make.follow_up(make.patient(), actor)
    close_follow_up(actor=actor, follow_up=follow_up, outcome_kind="safe", outcome="Seen.", now=make.NOW)
    with pytest.raises(Refused, match="closed"):
        reassign(actor=actor, follow_up=follow_up, owner=make.clinician())
