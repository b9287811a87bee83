"""Adding someone to one session this once: the rules it asks, and its page as people use it."""

from datetime import time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from iop_clinic.audit.models import AuditEvent
from iop_clinic.clock import local_day
from iop_clinic.messages.models import Message
from iop_clinic.refusal import Refused
from iop_clinic.roles import Role
from patients.models import Episode
from scheduling.booking import book, cancel
from scheduling.choices import Clashing
from scheduling.models import Booking, TherapySession
from tests import make

pytestmark = pytest.mark.django_db
THURSDAY = make.NOW.date() + timedelta(days=1)


def added(session: TherapySession, who: Episode, **said: Any) -> Booking:
    return book(**({"actor": make.user(), "session": session, "episode": who, "now": make.NOW} | said))


def test_hours_that_are_taken_by_work_are_a_clash_with_a_way() -> None:
    who, session = make.episode(), make.session(day=THURSDAY)
    make.unavailable(who.patient)
    with pytest.raises(Clashing, match="Ana cannot come Thu 10/22 at 9:00 am") as clashing:
        added(session, who)
    assert [clash.can_override for clash in clashing.value.clashes] == [True]
    with pytest.raises(Refused, match="A supervisor, case manager or director") as refused:
        added(session, who, anyway=True, reason="Agreed with work")
    assert refused.value.status == 403 and not Booking.objects.exists()
    made = added(session, who, actor=make.user(Role.SUPERVISOR), anyway=True, reason="Agreed with work")
    assert made.override is not None and made.override.rules == ["patient_unavailable"]


def test_going_ahead_needs_a_reason() -> None:
    who, session = make.episode(), make.session(day=THURSDAY)
    make.unavailable(who.patient)
    with pytest.raises(Refused) as refused:
        added(session, who, actor=make.user(Role.SUPERVISOR), anyway=True, reason=" ")
    assert refused.value.status == 422 and "reason" in refused.value.fields


def test_another_appointment_at_that_time_has_no_way_round() -> None:
    who, session = make.episode(), make.session(day=THURSDAY)
    make.booking(make.session(day=THURSDAY, starts=time(9, 30), title="Skills group"), who)
    with pytest.raises(Clashing, match="Ana has Skills group, Thu 10/22 at 9:30 am at that time already"):
        added(session, who, actor=make.user(Role.SUPERVISOR), anyway=True, reason="Because")


def test_video_asks_for_consent_and_for_a_license_where_the_patient_is() -> None:
    who, session = make.episode(), make.session(day=THURSDAY, mode="video")
    with pytest.raises(Clashing) as clashing:
        added(session, who)
    assert {str(clash.rule) for clash in clashing.value.clashes} == {"consent", "license"}
    make.consent(who.patient)
    make.license_of(session.lead)
    assert added(session, who).is_active


def test_the_last_seat_is_not_given_away_while_it_is_promised_to_someone_else() -> None:
    group = make.group(weekday=3, capacity=2)
    session = make.session(day=THURSDAY, capacity=2, group=group)
    make.booking(session, make.episode())
    promised = make.episode()
    make.offer(make.waiting(promised, group), from_on=THURSDAY)
    with pytest.raises(
        Refused, match="The free seat in Process group is promised to someone on the waitlist"
    ):
        added(session, make.episode())
    assert added(session, promised).is_active


def test_an_offer_from_a_later_day_holds_no_seat_today() -> None:
    group = make.group(weekday=3, capacity=1)
    session = make.session(day=THURSDAY, capacity=1, group=group)
    make.offer(make.waiting(make.episode(), group), from_on=THURSDAY + timedelta(weeks=1))
    assert added(session, make.episode()).is_active


def test_nobody_is_added_to_someones_own_visit() -> None:
    with pytest.raises(Refused, match="is one person’s own visit"):
        added(make.session(day=THURSDAY, capacity=1, kind="individual"), make.episode())


def test_booked_again_after_a_cancellation_the_old_reason_is_gone() -> None:
    who, session = make.episode(), make.session(day=THURSDAY)
    hours = make.unavailable(who.patient)
    made = added(session, who, actor=make.user(Role.SUPERVISOR), anyway=True, reason="Agreed")
    cancel(actor=make.user(), booking=made, reason="Ill", by_patient=True, now=make.NOW)
    hours.delete()
    again = added(session, who)
    again.refresh_from_db()
    assert again.pk == made.pk and again.override is None


def test_a_seat_asks_the_rules_in_few_statements() -> None:
    who, session, fay = make.episode(), make.session(day=THURSDAY), make.user()
    with CaptureQueriesContext(
        connection,
    ) as asked:
        book(actor=fay, session=session, episode=who, now=make.NOW)
    assert len(asked) <= 13, [one["sql"][:90] for one in asked]


@pytest.fixture
def desk(sign_in: Any) -> Client:
    return sign_in(role=Role.FRONT_DESK)


def today() -> Any:
    return local_day(timezone.now(), "America/New_York")


def coming(**fields: Any) -> TherapySession:
    return make.session(**({"day": today() + timedelta(days=3)} | fields))


def episode(**fields: Any) -> Episode:
    return make.episode(make.portal_patient(**fields), admitted_on=today() - timedelta(days=10))


def page_of(session: TherapySession) -> str:
    return reverse("scheduling:session_addition", args=[session.pk])


def text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


@pytest.mark.parametrize("piece", [{}, {"HX-Request": "true"}])
def test_someone_is_found_by_a_posted_name(desk: Client, piece: Any) -> None:
    session, who = coming(), episode(given_name="Amara", family_name="Willowby")
    held = episode(given_name="Amara", family_name="Booked")
    make.booking(session, held)
    make.patient(given_name="Amara", family_name="Referred")
    make.episode(make.patient(make.other_site(), given_name="Amara", family_name="Elsewhere"))
    page = text(desk.post(page_of(session), {"q": "amara"}, headers=piece))
    assert f'name="person" value="{who.patient_id}"' in page and "Elsewhere" not in page
    assert page.count('name="person"') == 1 and "Booked already" in page and "No episode" in page
    assert ("<html" in page) is not bool(piece)


def test_choosing_books_with_a_reminder_and_the_hours_still_missing_are_named(desk: Client) -> None:
    session, who = coming(), episode()
    answer = desk.post(page_of(session), {"person": who.patient_id}, follow=True)
    page = text(answer)
    assert answer.redirect_chain == [(reverse("scheduling:session", args=[session.pk]), 302)]
    assert "Ana is booked: Process group" in page and "Ana now has 1 h of 9 h booked" in page
    assert Message.objects.filter(kind="reminder", patient_id=who.patient_id).exists()
    assert AuditEvent.objects.filter(verb="scheduling.book", patient_id=who.patient_id).exists()


def test_a_clash_is_shown_and_only_who_may_gets_the_way_round(desk: Client, sign_in: Any) -> None:
    session, who = coming(), episode()
    make.unavailable(who.patient, weekday=session.occurs_on.weekday(), from_on=today())
    answer = desk.post(page_of(session), {"person": who.patient_id})
    page = text(answer)
    assert answer.status_code == 409 and "Ana cannot come" in page and 'name="anyway"' not in page
    assert "A supervisor, case manager or director may go ahead here." in page
    supervisor = sign_in(role=Role.SUPERVISOR)
    assert 'name="anyway"' in text(supervisor.post(page_of(session), {"person": who.patient_id}))
    said = {"person": who.patient_id, "anyway": "on"}
    silent = supervisor.post(page_of(session), said)
    assert silent.status_code == 422 and "Say why, in a few words." in text(silent)
    assert supervisor.post(page_of(session), said | {"reason": "Agreed with work"}).status_code == 302
    page = text(supervisor.get(reverse("scheduling:session", args=[session.pk])))
    assert "Went ahead: Agreed with work" in page


def test_what_is_no_person_is_refused_in_words(desk: Client) -> None:
    session = coming()
    for typed in ("", "someone", "-1", "9" * 30):
        assert desk.post(page_of(session), {"person": typed}).status_code == 422
    other = make.patient()
    answer = desk.post(page_of(session), {"person": other.pk})
    assert answer.status_code == 409 and "is not in the program" in text(answer)
    theirs = make.episode(make.patient(make.other_site()))
    assert desk.post(page_of(session), {"person": theirs.patient_id}).status_code == 404
    assert not Booking.objects.exists()


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"day": make.MONDAY}, "This session has begun or is cancelled."),
        ({"status": "cancelled"}, "This session has begun or is cancelled."),
        ({"capacity": 1, "kind": "individual"}, "one person’s own visit"),
    ],
)
def test_a_session_that_takes_nobody_says_so(desk: Client, fields: Any, sentence: str) -> None:
    if "day" in fields:
        fields = {"day": today() - timedelta(days=1)}
    session, who = coming(**fields), episode()
    assert sentence in text(desk.get(page_of(session)))
    answer = desk.post(page_of(session), {"person": who.patient_id})
    assert answer.status_code == 409 and not Booking.objects.exists()
    link = page_of(session)
    assert link not in text(desk.get(reverse("scheduling:session", args=[session.pk])))


def test_the_session_offers_it_only_to_those_who_book(sign_in: Any) -> None:
    session = coming()
    there = reverse("scheduling:session", args=[session.pk])
    assert page_of(session) in text(sign_in(role=Role.FRONT_DESK).get(there))
    assert page_of(session) not in text(sign_in(role=Role.BILLER).get(there))
