"""One real week of care, told through the verbs: from the first call to the billable day.

The clinic's wall clock is put at noon and its week starts tomorrow, so that the story's first session is
less than a day away and its reminder is due now, whatever day the suite runs.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core import mail
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from billing.closing import close_day, days_at, units_left
from iop_clinic.accounts.models import Site, User
from iop_clinic.audit.models import AuditEvent
from iop_clinic.clock import at_local, local_day, week_of
from iop_clinic.messages.deliver import deliver_due
from iop_clinic.messages.models import Message
from iop_clinic.refusal import Refused
from iop_clinic.roles import Role
from patients.admitting import admit
from patients.assessing import ask_measure, finish_measure
from patients.consenting import sign_consent
from patients.covering import add_authorization, add_coverage
from patients.followups import close_follow_up
from patients.intake import move_referral, refer
from patients.models import Consent, Episode, FollowUp, Patient, Referral, TreatmentPlan
from patients.plan_signing import sign_plan
from patients.planning import (
    GoalDraft,
    InterventionDraft,
    ObjectiveDraft,
    PlanDraft,
    ProblemDraft,
    draft_plan,
)
from scheduling.booking import cancel
from scheduling.calendar import materialise
from scheduling.enrolling import enroll
from scheduling.models import Booking, Group
from scheduling.reminders import still_wanted
from scheduling.visits import book_visit
from sessions.attendance import arrive, leave, mark_absent
from sessions.ledger import ledger_of
from sessions.models import Attendance, ProgressNote
from sessions.notes import add_addendum, save_note, sign_note
from tests import make

NOON_ZONES = [f"Etc/GMT{offset:+d}" for offset in range(-12, 13)]


def zone_where_it_is_noon(now: datetime) -> str:
    """An IANA zone whose wall clock shows between 11:30 and 12:30; the sign in these names is inverted."""
    return min(
        (name for name in NOON_ZONES if name != "Etc/GMT+0"),
        key=lambda name: abs(((now.hour + now.minute / 60) - int(name[7:])) % 24 - 12),
    )


@dataclass
class Story:
    """The cast and what they have made so far."""

    now: datetime
    site: Site
    today: date
    fay: User
    theo: User
    bea: User

    @property
    def first(self) -> date:
        return self.today + timedelta(days=1)

    def at(self, day: date, hour: int, minute: int = 0) -> datetime:
        return at_local(day, time(hour, minute), self.site.time_zone)


@pytest.fixture
def story(db: None) -> Story:
    now = timezone.now()
    zone = zone_where_it_is_noon(now)
    today = local_day(now, zone)
    site = make.site(time_zone=zone, week_starts_weekday=(today + timedelta(days=1)).weekday())
    return Story(
        now=now,
        site=site,
        today=today,
        fay=make.user(Role.FRONT_DESK, site),
        theo=make.clinician(site, family_name="Quill"),
        bea=make.user(Role.BILLER, site, given_name="Bea"),
    )


def referred(story: Story) -> Referral:
    account = make.user(Role.PATIENT, given_name="Ana", family_name="Willow")
    referral = refer(
        actor=story.fay,
        site=story.site,
        received_on=story.today - timedelta(days=9),
        source="hospital",
        source_name="Riverside ER",
        reason="Low mood since spring, not safe to wait for weekly therapy",
        given_name="Ana",
        family_name="Willow",
        born_on=date(1992, 2, 3),
        phone="609-555-0142",
        email=account.email,
        payer=make.payer(),
        now=story.now,
    )
    patient = referral.patient
    patient.user, patient.email_reminders_ok = account, True
    patient.save(update_fields=["user", "email_reminders_ok"])
    return referral


def assessed(story: Story, patient: Patient) -> tuple[Any, Any]:
    answers = dict(zip([f"q{n}" for n in range(1, 10)], [1, 1, 2, 2, 2, 2, 2, 1, 1], strict=True))
    phq9 = ask_measure(actor=story.theo, patient=patient, instrument_code="phq9", due_on=story.today)
    phq9 = finish_measure(
        actor=story.theo, response=phq9, answers={**answers, "difficulty": 2}, mode="staff", now=story.now
    )
    gad7 = ask_measure(actor=story.theo, patient=patient, instrument_code="gad7", due_on=story.today)
    anxious = dict(zip([f"q{n}" for n in range(1, 8)], [2, 2, 2, 2, 2, 0, 0], strict=True))
    gad7 = finish_measure(actor=story.theo, response=gad7, answers=anxious, mode="staff", now=story.now)
    return phq9, gad7


def admitted(story: Story, patient: Patient) -> Episode:
    for kind in (Consent.Kind.TREATMENT, Consent.Kind.PRIVACY_NOTICE, Consent.Kind.BILLING):
        sign_consent(
            actor=story.fay, patient=patient, kind=kind, signed_on=story.today, signed_name="Ana Willow"
        )
    coverage = add_coverage(
        actor=story.fay,
        patient=patient,
        payer=make.payer(),
        member_number="BH-1",
        from_on=story.today - timedelta(days=90),
    )
    add_authorization(
        actor=story.fay,
        coverage=coverage,
        service_code="S9480",
        units_approved=10,
        number="BX-48210",
        from_on=story.today,
        to_on=story.today + timedelta(days=30),
        status="approved",
    )
    return admit(
        actor=story.theo,
        patient=patient,
        level=make.level(),
        admitted_on=story.today,
        primary_clinician=story.theo,
        diagnosis_code="F33.1",
        diagnosis_label="Depression, recurrent, moderate",
        now=story.now,
    )


def planned(story: Story, episode: Episode) -> TreatmentPlan:
    objective = ObjectiveDraft(
        statement="Does one planned thing a day",
        target_on=story.today + timedelta(days=60),
        instrument_code="phq9",
        baseline=Decimal(14),
        target=Decimal(9),
        interventions=(InterventionDraft(times=9, who=story.theo),),
    )
    goal = GoalDraft("I want to get through a workday again.", (objective,))
    draft = PlanDraft(
        effective_on=story.today,
        review_due_on=story.today + timedelta(days=30),
        problems=(ProblemDraft("Low mood", diagnosis=episode.diagnoses.get(), goals=(goal,)),),
    )
    plan = draft_plan(actor=story.theo, episode=episode, draft=draft)
    return sign_plan(actor=story.theo, plan=plan, now=story.now)


def groups(story: Story) -> list[Group]:
    """Three groups of an hour at 9:00, 10:05 and 11:10 on the first, third and fifth day of the week."""
    track, room = make.track(story.site), make.room(story.site)
    made = []
    for offset in (0, 2, 4):
        day = story.first + timedelta(days=offset)
        for name, start in (("Process group", time(9)), ("DBT skills", time(10, 5)), ("Sleep", time(11, 10))):
            made.append(
                make.group(
                    track,
                    lead=story.theo,
                    name=name,
                    weekday=day.weekday(),
                    starts=start,
                    room=room,
                    from_on=story.today,
                )
            )
    return made


def enrolled(story: Story, episode: Episode) -> list[Booking]:
    """Eight of the nine groups, so that one hour is missing."""
    all_groups = groups(story)
    materialise(day=story.today, weeks=2)
    for group in all_groups[:8]:
        enroll(actor=story.fay, episode=episode, group=group, from_on=story.first, now=story.now)
    return list(
        Booking.objects.filter(episode=episode, session__occurs_on__lt=story.first + timedelta(days=7))
        .select_related("session__site", "patient", "episode")
        .order_by("session__starts_at")
    )


def come(story: Story, booking: Booking, *, late: int = 0, early: int = 0) -> None:
    session = booking.session
    arrived_at = session.starts_at + timedelta(minutes=late)
    left_at = session.ends_at - timedelta(minutes=early)
    arrive(actor=story.fay, booking=booking, at=arrived_at, now=arrived_at)
    leave(actor=story.fay, booking=booking, at=left_at, now=left_at)


def noted(story: Story, booking: Booking, plan: TreatmentPlan, text: str) -> ProgressNote:
    now = booking.session.ends_at + timedelta(minutes=5)
    note = save_note(
        actor=story.theo,
        booking=booking,
        objective=make.objective_of(plan),
        participation="active",
        affect="anxious, then steady",
        risk="none",
        text=text,
        plan="One small act before the next group.",
        version=0,
        now=now,
    )
    sign_note(actor=story.theo, note=note, now=now)
    return note


def test_referral_moves_from_inquiry_to_assessment_with_its_days_waiting(story: Story) -> None:
    referral = referred(story)
    assert (referral.stage, referral.days_waiting(story.today)) == ("inquiry", 9)
    for stage in ("screening", "assessment"):
        move_referral(actor=story.fay, referral=referral, stage=stage, now=story.now)
    referral.refresh_from_db()
    assert referral.stage == "assessment"
    assert [step.stage for step in referral.steps.all()] == ["inquiry", "screening", "assessment"]


def test_measures_are_scored_exactly_and_item_nine_opens_one_follow_up(story: Story) -> None:
    patient = referred(story).patient
    phq9, gad7 = assessed(story, patient)
    assert (phq9.total, phq9.band, phq9.state) == (14, "moderate", "complete")
    assert (gad7.total, gad7.band, gad7.state) == (10, "moderate", "complete")
    follow_up = FollowUp.objects.get(patient=patient)
    assert (follow_up.owner, follow_up.response_id, follow_up.closed_at) == (story.theo, phq9.pk, None)
    assert local_day(follow_up.due_at - timedelta(seconds=1), story.site.time_zone) == story.today
    with pytest.raises(Refused):
        close_follow_up(actor=story.theo, follow_up=follow_up, outcome_kind="safe", outcome="", now=story.now)
    close_follow_up(
        actor=story.theo,
        follow_up=follow_up,
        outcome_kind="safe",
        outcome="Seen today, safety plan made",
        now=story.now,
    )
    assert not FollowUp.objects.open().filter(patient=patient).exists()


def test_a_missing_answer_never_yields_a_score(story: Story) -> None:
    patient = referred(story).patient
    response = ask_measure(actor=story.theo, patient=patient, instrument_code="phq9", due_on=story.today)
    response = finish_measure(
        actor=story.theo, response=response, answers={"q1": 3, "q9": 2}, mode="staff", now=story.now
    )
    assert (response.state, response.total, response.band) == ("incomplete", None, "")
    assert FollowUp.objects.get(patient=patient).level == "high"


def test_admission_prescribes_nine_hours_and_never_fewer_without_a_reason(story: Story) -> None:
    referral = referred(story)
    with pytest.raises(Refused, match="consent"):
        admit(
            actor=story.theo,
            patient=referral.patient,
            level=make.level(),
            admitted_on=story.today,
            primary_clinician=story.theo,
            diagnosis_code="F33.1",
            diagnosis_label="Depression",
            now=story.now,
        )
    episode = admitted(story, referral.patient)
    referral.refresh_from_db()
    assert referral.stage == "admitted"
    assert episode.stays.get().prescribed_minutes == 540
    assert episode.diagnoses.get().code == "F33.1"


def test_the_week_says_how_many_minutes_are_missing_until_they_are_booked(story: Story) -> None:
    episode = admitted(story, referred(story).patient)
    week = week_of(story.first, story.site.week_starts_weekday)
    enrolled(story, episode)
    ledger = ledger_of(episode=episode, week=week, now=story.now)
    assert (ledger.goal_minutes, ledger.booked_minutes, ledger.short_minutes) == (540, 480, 60)
    book_visit(
        actor=story.fay,
        episode=episode,
        kind="individual",
        starts_at=story.at(story.first + timedelta(days=1), 14),
        minutes=60,
        lead=story.theo,
        room=make.room(story.site, "Office 1"),
        now=story.now,
    )
    ledger = ledger_of(episode=episode, week=week, now=story.now)
    assert (ledger.booked_minutes, ledger.short_minutes) == (540, 0)
    with pytest.raises(Refused):
        book_visit(
            actor=story.fay,
            episode=episode,
            kind="individual",
            starts_at=story.at(story.first, 9, 30),
            minutes=60,
            lead=make.clinician(story.site),
            room=make.room(story.site, "Office 2"),
            now=story.now,
        )


@pytest.mark.django_db(transaction=True)
def test_the_reminder_goes_out_once_in_words_that_give_nothing_away(story: Story) -> None:
    episode = admitted(story, referred(story).patient)
    enrolled(story, episode)
    deliver_due(still_wanted=still_wanted)
    deliver_due(still_wanted=still_wanted)
    ours = [message for message in mail.outbox if message.to == [episode.patient.email]]
    assert len(ours) == 1, "one reminder for the day's first session, however often the bell rings"
    when = f"{story.first:%a} {story.first.month}/{story.first.day} at 9:00 AM"
    assert ours[0].body.startswith(f"Marlow Street: you have an appointment {when}. Questions? 609-555-0100.")
    for word in ("therapy", "process", "group", "depression", "quill", "iop", "recovery"):
        assert word not in (ours[0].subject + ours[0].body).lower()
    assert Message.objects.filter(state="sent").count() == 1


def test_cancelling_withdraws_the_reminder_with_the_reason(story: Story) -> None:
    episode = admitted(story, referred(story).patient)
    booking = enrolled(story, episode)[0]
    cancel(actor=story.fay, booking=booking, reason="Surgery follow-up", by_patient=True, now=story.now)
    message = Message.objects.get(kind="reminder", subject_id=booking.pk)
    assert message.state == "withdrawn"
    assert message.reason


def test_minutes_count_from_the_door_and_are_never_rounded_up(story: Story) -> None:
    episode = admitted(story, referred(story).patient)
    bookings = enrolled(story, episode)
    come(story, bookings[0], late=20)
    come(story, bookings[1])
    evening = story.at(story.first, 20)
    mark_absent(actor=story.fay, booking=bookings[2], absence="excused", reason="Child care", now=evening)
    ledger = ledger_of(
        episode=episode, week=week_of(story.first, story.site.week_starts_weekday), now=evening
    )
    assert (ledger.attended_minutes, ledger.missed_minutes) == (100, 80)
    assert (ledger.booked_minutes, ledger.short_minutes) == (300, 140)
    assert ledger.spoken == (
        "1 hour 40 minutes attended, 5 hours booked, of 9 hours this week. Short by 2 hours 20 minutes."
    )
    assert Attendance.objects.filter(booking__episode=episode).count() == 3


def test_a_signed_note_stays_as_it_is_and_takes_an_addendum(story: Story) -> None:
    episode = admitted(story, referred(story).patient)
    plan, booking = planned(story, episode), enrolled(story, episode)[0]
    come(story, booking)
    note = noted(story, booking, plan, "Named the Monday dread out loud for the first time.")
    with pytest.raises(Refused):
        save_note(
            actor=story.theo,
            booking=booking,
            objective=note.objective,
            participation="active",
            affect="",
            risk="none",
            text="Something else",
            plan="",
            version=note.version,
            now=story.at(story.first, 12),
        )
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE iop_sessions_progressnote SET text = 'x' WHERE id = %s", [note.pk])
    add_addendum(
        actor=story.theo,
        note=note,
        text="She called back at noon.",
        reason="Later call",
        now=story.at(story.first, 13),
    )
    note.refresh_from_db()
    assert note.text == "Named the Monday dread out loud for the first time."
    assert note.addenda.get().text == "She called back at noon."


def test_a_short_day_is_not_billable_a_whole_one_waits_for_its_notes_and_is_then_paid(story: Story) -> None:
    episode = admitted(story, referred(story).patient)
    plan, bookings = planned(story, episode), enrolled(story, episode)
    rule = make.rule(from_on=date(story.today.year, 1, 1))
    for booking, late in zip(bookings[:3], (20, 0, 0), strict=True):
        come(story, booking, late=late)
        noted(story, booking, plan, f"Worked on the workday goal, {booking.session.title}, late {late}.")
    for booking in bookings[3:6]:
        come(story, booking)
    third = story.first + timedelta(days=2)
    after = story.at(third + timedelta(days=1), 9)

    short = days_at(site=story.site, day=story.first, now=after)[0].decision
    assert (short.verdict, short.minutes, short.amount_cents) == ("not_billable", 160, 0)
    assert short.reason("minutes").passed is False
    assert "20 min" in short.why

    waiting = days_at(site=story.site, day=third, now=after)[0].decision
    assert (waiting.verdict, waiting.minutes) == ("hold", 180)
    assert waiting.reason("notes").passed is None
    assert close_day(actor=story.bea, site=story.site, day=third, now=after) == []

    for booking in bookings[3:6]:
        noted(story, booking, plan, f"Kept the week's small act going, {booking.session.title}.")
    paid = close_day(actor=story.bea, site=story.site, day=third, now=after)
    assert [(day.verdict, day.amount_cents, day.units) for day in paid] == [("billable", rule.rate_cents, 1)]
    assert all(reason.passed for reason in days_at(site=story.site, day=third, now=after)[0].decision.reasons)
    authorization = episode.patient.coverages.get().authorizations.get()
    assert units_left(authorization, third + timedelta(days=1)) == 9


def test_the_patient_sees_the_week_answers_and_cancels(story: Story, sign_in: Any) -> None:
    patient = referred(story).patient
    episode = admitted(story, patient)
    booking = enrolled(story, episode)[0]
    ask_measure(actor=story.theo, patient=patient, instrument_code="gad7", due_on=story.today)
    client: Client = sign_in(patient.user)
    page = client.get(reverse("portal:week")).content.decode()
    assert "9:00" in page and "Ana" in page
    assert client.post(reverse("portal:confirm", args=[booking.public_id])).status_code in {200, 302}
    booking.refresh_from_db()
    assert booking.confirmed_at is not None
    assert client.get(reverse("portal:cancel", args=[booking.public_id])).status_code == 200
    booking.refresh_from_db()
    assert booking.status == "booked", "looking changes nothing"


def test_everything_is_on_the_trail(story: Story) -> None:
    patient = referred(story).patient
    assessed(story, patient)
    admitted(story, patient)
    verbs = set(AuditEvent.objects.filter(patient_id=patient.pk).values_list("verb", flat=True))
    for room_verb in ("patients.refer", "patients.admit"):
        assert room_verb in verbs, verbs
    details = " ".join(str(row) for row in AuditEvent.objects.values_list("detail", flat=True))
    assert "Willow" not in details and "Riverside" not in details


@pytest.mark.parametrize("model", ["accounts_site", "accounts_user", "scheduling_track", "scheduling_group"])
def test_the_administrator_finds_the_reference_data(story: Story, sign_in: Any, model: str) -> None:
    app, name = model.split("_")
    client = sign_in(role=Role.ADMINISTRATOR)
    assert client.get(reverse(f"admin:{app}_{name}_changelist"), {"q": "a"}).status_code == 200
    assert client.get(reverse(f"admin:{app}_{name}_add")).status_code == 200


def test_the_clock_of_the_story_is_at_noon() -> None:
    for hour in range(24):
        now = datetime(2026, 10, 19, hour, 20, tzinfo=UTC)
        assert 11 <= at_zone(now).hour <= 12


def at_zone(now: datetime) -> datetime:
    from zoneinfo import ZoneInfo

    return now.astimezone(ZoneInfo(zone_where_it_is_noon(now)))
