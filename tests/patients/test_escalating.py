"""What nobody closed in time goes up, once for each step, by mail that says nothing of anyone."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from iop_clinic.accounts.models import StaffProfile
from iop_clinic.constraints import broken_constraint
from iop_clinic.messages.models import Message
from iop_clinic.refusal import Refused
from iop_clinic.roles import Role
from patients.alert_mail import still_wanted
from patients.escalating import escalate_overdue
from patients.followups import close_follow_up, open_follow_up
from patients.models import Escalation, FollowUp, OnCall
from patients.on_call import end_on_call, set_on_call
from tests import make
from tests.make import MONDAY, NOW

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def opened(level: str = "high", **fields: Any) -> FollowUp:
    episode = make.episode()
    return open_follow_up(
        actor=None,
        patient=episode.patient,
        kind="risk",
        level=level,
        trigger_code="test",
        subject_id=episode.pk,
        summary="Item 9 was 3.",
        due_at=NOW,
        now=NOW,
        **fields,
    )


def test_one_nobody_closed_goes_to_the_owners_supervisor_then_to_the_director() -> None:
    follow_up = opened()
    helena, director = make.clinician(role=Role.SUPERVISOR), make.user(Role.DIRECTOR)
    StaffProfile.objects.filter(user=follow_up.owner).update(supervisor=helena)
    assert escalate_overdue(now=NOW - MINUTE) == 0
    assert [escalate_overdue(now=NOW) for _ in range(2)] == [1, 0]
    assert escalate_overdue(now=NOW + 29 * MINUTE) == 0
    assert escalate_overdue(now=NOW + 30 * MINUTE) == 1
    assert list(follow_up.escalations.values_list("step", "to")) == [(0, helena.pk), (1, director.pk)]


def test_a_closed_one_goes_nowhere_and_its_mail_is_not_sent() -> None:
    make.user(Role.DIRECTOR)
    follow_up = opened()
    mail = Message.objects.get()
    close_follow_up(actor=follow_up.owner, follow_up=follow_up, outcome_kind="safe", outcome="Seen.", now=NOW)
    assert escalate_overdue(now=NOW + 60 * MINUTE) == 0
    assert still_wanted(mail) == "The follow-up was closed before."


def test_the_mail_names_nobody_and_nothing() -> None:
    follow_up = opened()
    mail = Message.objects.get()
    assert mail.to_address == follow_up.owner.email
    for word in (follow_up.patient.family_name, follow_up.patient.given_name, "risk", "Item", "follow_up"):
        assert word not in mail.body + mail.subject_line


def test_only_what_cannot_wait_is_mailed() -> None:
    opened("elevated")
    opened("watch")
    assert not Message.objects.exists()


def test_what_is_critical_goes_to_who_is_on_call() -> None:
    sunniva = make.clinician()
    make.on_call(who=sunniva, from_at=NOW - MINUTE, to_at=NOW + MINUTE)
    assert opened("critical").owner == sunniva
    assert opened("high").owner != sunniva


def test_with_nobody_on_call_it_goes_to_the_primary_clinician() -> None:
    make.on_call(from_at=NOW + MINUTE, to_at=NOW + 2 * MINUTE)
    follow_up = opened("critical")
    assert follow_up.owner == follow_up.patient.episodes.get().primary_clinician


def test_a_worse_answer_raises_the_level_and_is_mailed_anew() -> None:
    follow_up = opened("elevated")
    raised = open_follow_up(
        actor=None,
        patient=follow_up.patient,
        kind="risk",
        level="critical",
        trigger_code="test",
        subject_id=follow_up.subject_id,
        summary="Thinking of it now.",
        due_at=NOW,
        now=NOW,
    )
    raised.refresh_from_db()
    assert (raised.pk, raised.level) == (follow_up.pk, "critical")
    assert Message.objects.count() == 1


def test_escalations_cannot_be_rewritten() -> None:
    make.user(Role.DIRECTOR)
    opened()
    escalate_overdue(now=NOW)
    for statement in ("UPDATE patients_escalation SET step = 5", "DELETE FROM patients_escalation"):
        with pytest.raises(DatabaseError), transaction.atomic():
            connection.cursor().execute(statement)
    assert Escalation.objects.count() == 1


def shift(**fields: Any) -> OnCall:
    site = make.site()
    said = {
        "from_on": MONDAY,
        "from_at": NOW.time(),
        "to_on": MONDAY + timedelta(days=1),
        "to_at": NOW.time(),
    } | fields
    return set_on_call(actor=make.user(Role.DIRECTOR), site=site, user=make.clinician(), **said)


def test_two_people_are_not_on_call_at_once() -> None:
    shift()
    with pytest.raises(Refused, match="Someone is on call"):
        shift(to_on=MONDAY + timedelta(days=3))
    shift(from_on=MONDAY + timedelta(days=1), to_on=MONDAY + timedelta(days=2))


def test_a_shift_ends_after_it_starts() -> None:
    with pytest.raises(Refused, match="before it starts"):
        shift(to_on=MONDAY)


def test_a_running_shift_ends_now_and_a_coming_one_is_taken_out() -> None:
    boss = make.user(Role.DIRECTOR)
    running = make.on_call(from_at=NOW - MINUTE, to_at=NOW + MINUTE)
    coming = make.on_call(from_at=NOW + MINUTE, to_at=NOW + 2 * MINUTE)
    for row in (running, coming):
        end_on_call(actor=boss, shift=row, now=NOW)
    assert list(OnCall.objects.values_list("pk", "to_at")) == [(running.pk, NOW)]


def escalated_twice() -> None:
    of = opened()
    for _ in range(2):
        Escalation.objects.create(follow_up=of, step=0, to=of.owner, at=NOW)


@pytest.mark.parametrize(
    ("name", "attempt"),
    [
        ("escalation_once_per_step", escalated_twice),
        ("on_call_ends_after_it_starts", lambda: make.on_call(to_at=NOW)),
        ("on_call_one_at_a_time", lambda: [make.on_call() for _ in range(2)]),
    ],
)
def test_the_database_itself_says_no(name: str, attempt: Any) -> None:
    with pytest.raises(IntegrityError) as no, transaction.atomic():
        attempt()
    assert broken_constraint(no.value) == name
