"""A patient's own visits: a whole series is looked at before any of it is saved."""

from datetime import date, time, timedelta
from typing import Any

import pytest

from iop_clinic.audit.models import AuditEvent
from iop_clinic.clock import at_local
from iop_clinic.refusal import Refused
from iop_clinic.roles import Role
from scheduling.booking import book
from scheduling.choices import Choice, Clashing
from scheduling.leaving import discharge
from scheduling.models import Booking, Override, Series, TherapySession, UnavailableHours, WorkingHours
from scheduling.visits import book_visit
from tests import make

pytestmark = pytest.mark.django_db
THURSDAY = make.NOW.date() + timedelta(days=1)
WEEK = timedelta(weeks=1)
SECOND = THURSDAY + WEEK


def booked(**fields: Any) -> Series:
    """Three Thursdays at 13:00 in Office 1, unless told otherwise."""
    said = {
        "actor": make.user(),
        "kind": "individual",
        "starts_at": at_local(THURSDAY, time(13), "America/New_York"),
        "minutes": 50,
        "times": 3,
        "now": make.NOW,
    } | fields
    said.setdefault("episode", make.episode())
    said.setdefault("lead", make.clinician())
    said.setdefault("room", make.room(name="Office 1"))
    return book_visit(**said)


def days(series: Series) -> list[date]:
    return list(series.sessions.values_list("occurs_on", flat=True))


def nothing_saved() -> bool:
    return not Series.objects.exists() and not Booking.objects.exists() and not Override.objects.exists()


@pytest.mark.parametrize(("every_weeks", "apart"), [(1, WEEK), (2, 2 * WEEK)])
def test_a_series_keeps_its_weekday_and_wall_clock_time(every_weeks: int, apart: timedelta) -> None:
    series = booked(every_weeks=every_weeks)
    assert days(series) == [THURSDAY, THURSDAY + apart, THURSDAY + 2 * apart] == series.days
    assert [one.starts_at.hour for one in series.sessions.all()][:1] == [17]
    assert Booking.objects.active().count() == 3
    assert AuditEvent.objects.get(verb="scheduling.book_visit").patient_id == series.episode.patient_id


def test_every_clash_of_a_series_is_listed_and_none_of_it_is_saved() -> None:
    lead, room = make.clinician(given_name="Ruth", family_name="Adeyemi"), make.room(name="Office 1")
    make.session(day=THURSDAY, starts=time(13), room=room, title="Staff meeting")
    make.session(day=SECOND + WEEK, starts=time(13, 30), lead=lead)
    with pytest.raises(Clashing) as refused:
        booked(lead=lead, room=room)
    assert [clash.sentence for clash in refused.value.clashes] == [
        "Office 1 is taken by Staff meeting, Thu 10/22 at 1:00 pm.",
        "Ruth A. already leads Process group, Thu 11/5 at 1:30 pm.",
    ]
    assert refused.value.status == 409 and nothing_saved()


def test_a_way_round_is_taken_date_by_date() -> None:
    room, other, lead = make.room(name="Office 1"), make.room(name="Office 2"), make.clinician()
    substitute = make.clinician(given_name="Marcus")
    for day in (THURSDAY, SECOND):
        make.session(day=day, starts=time(13), room=room)
    make.session(day=SECOND + WEEK, starts=time(13), lead=lead)
    series = booked(
        room=room,
        lead=lead,
        choices={
            THURSDAY: Choice(room=other),
            SECOND: Choice(skip=True),
            SECOND + WEEK: Choice(lead=substitute),
        },
    )
    rows = series.sessions.order_by("starts_at").values_list("occurs_on", "room__name", "lead__given_name")
    assert list(rows) == [(THURSDAY, "Office 2", "Theo"), (SECOND + WEEK, "Office 1", "Marcus")]
    assert [session.own for session in series.sessions.order_by("starts_at")] == [["room"], ["lead"]]


def test_what_was_chosen_is_looked_at_again() -> None:
    room, other = make.room(name="Office 1"), make.room(name="Office 2")
    for one in (room, other):
        make.session(day=THURSDAY, starts=time(13), room=one)
    with pytest.raises(Clashing, match="Office 2 is taken by Process group, Thu 10/22"):
        booked(room=room, choices={THURSDAY: Choice(room=other)})
    assert nothing_saved()


def test_going_ahead_shares_the_room_for_a_recorded_reason() -> None:
    supervisor, room = make.user(Role.SUPERVISOR), make.room(name="Office 1")
    make.session(day=SECOND, starts=time(13), room=room)
    chosen = {SECOND: Choice(anyway=True)}
    series = booked(actor=supervisor, room=room, choices=chosen, reason="They share the large table")
    shared = series.sessions.get(shares_room=True)
    assert shared.occurs_on == SECOND and shared.override is not None
    assert (shared.override.rules, shared.override.allowed_by) == (["room_taken"], supervisor)
    assert series.sessions.filter(override=None).count() == 2
    assert AuditEvent.objects.filter(verb="scheduling.override_clash", actor_id=supervisor.pk).exists()


def test_hours_of_the_clinician_and_of_the_patient_can_be_overridden_too() -> None:
    lead, episode, site = make.clinician(), make.episode(), make.site()
    WorkingHours.objects.create(staff=lead, site=site, weekday=3, starts=time(8), ends=time(12))
    UnavailableHours.objects.create(
        patient=episode.patient, weekday=3, starts=time(9), ends=time(17), why="work", from_on=THURSDAY,
        recorded_by=lead,
    )  # fmt: skip
    series = booked(
        actor=make.user(Role.CASE_MANAGER),
        episode=episode,
        lead=lead,
        times=1,
        choices={THURSDAY: Choice(anyway=True)},
        reason="The employer agreed",
    )
    override = series.sessions.get().override
    assert override is not None and override.rules == ["outside_hours", "patient_unavailable"]


@pytest.mark.parametrize(
    ("role", "reason", "status"),
    [(Role.FRONT_DESK, "Because", 403), (Role.SUPERVISOR, " ", 422)],
)
def test_going_ahead_needs_the_right_and_a_reason(role: Role, reason: str, status: int) -> None:
    room = make.room(name="Office 1")
    make.session(day=THURSDAY, starts=time(13), room=room)
    with pytest.raises(Refused) as refused:
        booked(actor=make.user(role), room=room, choices={THURSDAY: Choice(anyway=True)}, reason=reason)
    assert refused.value.status == status and nothing_saved()


def test_nobody_goes_ahead_into_two_places_at_once() -> None:
    lead = make.clinician()
    make.session(day=THURSDAY, starts=time(13), lead=lead)
    with pytest.raises(Clashing, match="already leads"):
        booked(
            actor=make.user(Role.SUPERVISOR),
            lead=lead,
            choices={THURSDAY: Choice(anyway=True)},
            reason="Because",
        )


def test_a_series_of_skipped_dates_books_nothing() -> None:
    with pytest.raises(Refused, match="Nothing is left to book"):
        booked(times=1, choices={THURSDAY: Choice(skip=True)})


def test_what_is_missing_on_every_date_is_said_once_at_its_field() -> None:
    with pytest.raises(Refused, match="A medication visit is with a prescriber") as refused:
        booked(kind="medication")
    assert refused.value.status == 422 and "lead" in refused.value.fields
    prescriber = make.user(Role.PRESCRIBER)
    assert booked(kind="medication", lead=prescriber).kind == "medication"


def test_a_family_visit_with_the_patient_books_their_seat() -> None:
    episode = make.episode()
    rosa = make.relative(episode.patient)
    series = booked(kind="family", episode=episode, relatives=[rosa])
    assert series.family_code == "90847" and list(series.relatives.all()) == [rosa]
    assert Booking.objects.active().count() == 3
    assert set(series.sessions.values_list("counts_toward_hours", flat=True)) == {True}


def test_a_family_visit_without_the_patient_leaves_them_free_and_counts_no_hours() -> None:
    episode = make.episode()
    make.booking(make.session(day=THURSDAY, starts=time(13)), episode)
    said = {"kind": "family", "episode": episode, "relatives": [make.relative(episode.patient)]}
    series = booked(patient_present=False, **said)
    assert series.family_code == "90846" and Booking.objects.count() == 1
    assert set(series.sessions.values_list("counts_toward_hours", flat=True)) == {False}
    with pytest.raises(Refused, match="stays away from this visit"):
        book(actor=make.user(), session=series.sessions.first(), episode=episode, now=make.NOW)
    with pytest.raises(Refused, match="another patient’s own visit"):
        book(actor=make.user(), session=series.sessions.first(), episode=make.episode(), now=make.NOW)


def test_relatives_need_the_patients_consent_on_each_date() -> None:
    episode = make.episode()
    rosa = make.relative(episode.patient, agreed=False)
    said = {"kind": "family", "episode": episode, "relatives": [rosa]}
    with pytest.raises(Refused, match="no consent to family sessions with Rosa Testperson") as refused:
        booked(**said)
    assert refused.value.status == 422
    make.consent(episode.patient, "family", related_person=rosa, expires_on=SECOND)
    with pytest.raises(Clashing) as clashing:
        booked(**said)
    assert [clash.wanted.occurs_on for clash in clashing.value.clashes] == [SECOND + WEEK]


def test_only_family_visits_name_relatives_and_they_name_someone_of_this_patient() -> None:
    stranger = make.relative(make.patient())
    for typed in ({"kind": "family"}, {"kind": "family", "relatives": [stranger]}, {"relatives": [stranger]}):
        with pytest.raises(Refused) as refused:
            booked(**typed)
        assert "relatives" in refused.value.fields and nothing_saved()


def test_video_needs_a_license_where_the_patient_lives_and_their_consent() -> None:
    lead, episode = make.clinician(), make.episode(make.patient(state_code="PA"))
    make.license_of(lead, "NJ")
    said = {"mode": "video", "room": None, "lead": lead, "episode": episode}
    with pytest.raises(Refused, match="has no license for PA, where Ana is by video"):
        booked(**said)
    make.license_of(lead, "PA")
    with pytest.raises(Refused, match="no consent to video sessions"):
        booked(**said)
    make.consent(episode.patient)
    assert len(days(booked(**said))) == 3


def test_discharge_calls_off_visits_about_the_patient_too() -> None:
    episode = make.episode()
    booked(
        kind="family",
        episode=episode,
        relatives=[make.relative(episode.patient)],
        patient_present=False,
    )
    discharge(actor=make.user(), episode=episode, kind="completed", on=make.NOW.date(), now=make.NOW)
    assert not TherapySession.objects.scheduled().exists()
