"""The planner’s page: the ask, the week drawn with its words, booking what was looked at, and none at all."""

from datetime import time, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from iop_clinic.accounts.models import StaffProfile
from iop_clinic.audit.models import AuditEvent
from iop_clinic.roles import Role
from patients.models import Episode, Patient
from scheduling.calendar import materialise
from scheduling.models import Booking, Enrollment, Group, Series, TherapySession
from tests import make

pytestmark = pytest.mark.django_db


def clinic(*weekdays: int, starts: int = 9, **fields: Any) -> list[Group]:
    """Three hours of groups on these days, an office, a therapist and a prescriber."""
    make.room(name="Office", seats=3)
    lead = make.clinician(given_name="Ruth")
    made = [
        make.group(lead=lead, weekday=day, starts=time(starts + n), name=f"Group {n}", **fields)
        for day in weekdays
        for n in range(3)
    ]
    today = timezone.now().date()
    Group.objects.update(from_on=today - timedelta(days=60))
    for one in made:
        one.refresh_from_db()
    materialise(day=today, weeks=8, groups=made, now=timezone.now())
    return made


def newcomer(**fields: Any) -> Episode:
    ruth = make.clinician(given_name="Wen")
    made = make.episode(admitted_on=timezone.now().date(), lead=ruth, **fields)
    make.clinician(given_name="Osei", role=Role.PRESCRIBER)
    return made


def as_fay(role: Role = Role.FRONT_DESK) -> Client:
    client = Client()
    client.force_login(make.user(role))
    return client


def page(client: Client, episode: Episode, query: str = "") -> Any:
    return client.get(f"/patients/{episode.patient_id}/planner/{query}")


def sent(answer: Any) -> dict[str, list[str]]:
    """What the page's own form would post."""
    new = answer.context["week"].new
    return {name: [one.value for one in new if one.field == name] for name in ("groups", "visits")}


def booked(client: Client, answer: Any, body: dict[str, list[str]] | None = None) -> Any:
    url = f"{answer.wsgi_request.path}{answer.context['query']}"
    return client.post(url, body if body is not None else sent(answer))


def test_the_page_proposes_a_week_and_the_read_is_on_the_trail() -> None:
    clinic(0, 2, 4)
    episode = newcomer()
    answer = page(as_fay(), episode)
    body = answer.content.decode()
    assert answer.status_code == 200
    assert "Proposed: Adult Morning" in body and "9 h 50 a week, 3 days" in body
    assert "Wen for individual," in body and "Why this one" in body
    assert AuditEvent.objects.filter(verb="schedule.plan", patient_id=episode.patient_id).exists()


def test_what_was_looked_at_is_what_is_booked() -> None:
    clinic(0, 2, 4)
    episode, client = newcomer(), as_fay()
    answer = page(client, episode)
    looked_at = sent(answer)
    assert booked(client, answer).status_code == 302
    places = Enrollment.objects.filter(episode=episode).values_list("group_id", flat=True)
    assert sorted(map(str, places)) == sorted(looked_at["groups"])
    assert Series.objects.filter(episode=episode).count() == len(looked_at["visits"]) == 2
    again = page(client, episode)
    assert again.context["week"].new == [] and "All of this week is booked already" in again.content.decode()


def test_a_seat_taken_meanwhile_shows_the_page_anew_with_other_weeks_and_books_nothing() -> None:
    clinic(0, 2, 4)
    clinic(1, room=make.room(name="Birch"))
    episode, client = newcomer(), as_fay()
    answer = page(client, episode)
    gone = int(sent(answer)["groups"][0])
    TherapySession.objects.filter(group=gone).update(capacity=0)
    Group.objects.filter(pk=gone).update(capacity=0)
    refused = booked(client, answer)
    assert refused.status_code == 409 and "is full" in refused.content.decode()
    assert str(gone) not in sent(refused)["groups"] and refused.context["week"].new
    assert not Enrollment.objects.exists() and not Booking.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        {"groups": ["nonsense"]},
        {"groups": ["99999999"]},
        {"visits": ["individual"]},
        {"visits": ["individual 1 9 09:00 50 1"]},
        {"visits": ["individual 1 1 29:00 50 1"]},
        {"visits": ["party 1 1 09:00 50 1"]},
        {},
    ],
)
def test_what_was_never_on_offer_is_refused_in_words(body: dict[str, list[str]]) -> None:
    clinic(0, 2, 4)
    client = as_fay()
    answer = page(client, newcomer())
    refused = booked(client, answer, body)
    assert refused.status_code == 422 and "fix before" in refused.content.decode()
    assert not Enrollment.objects.exists()


def test_an_alternative_can_be_used_instead() -> None:
    clinic(0, 1, 2, 3, 4)
    client, episode = as_fay(), newcomer()
    answer = page(client, episode)
    assert len(answer.context["columns"]) > 1
    other = page(client, episode, f"{answer.context['query']}&use=1")
    assert sent(other) != sent(answer) and other.context["columns"][1].is_chosen


def test_someone_who_works_until_three_is_proposed_evenings() -> None:
    clinic(0, 2, 4)
    evening = make.track(name="Evenings", tone="eve")
    clinic(0, 1, 3, starts=16, of=evening, room=make.room(name="Birch"))
    episode = newcomer()
    for day in range(5):
        make.unavailable(
            episode.patient, weekday=day, starts=time(6), ends=time(15), from_on=episode.admitted_on
        )
    body = page(as_fay(), episode).content.decode()
    assert "Proposed: Evenings" in body and "Work Mon to Fri, 6:00 am to 3:00 pm" in body


def test_the_ask_changes_what_is_proposed_and_its_address_holds_no_name() -> None:
    clinic(0, 2, 4)
    episode = newcomer()
    query = "?asked=1&from_on={}&hours=6&days=2&home_by=12:00"
    first = timezone.now().date() + timedelta(days=1)
    answer = page(as_fay(), episode, query.format(first))
    assert answer.context["pattern"].ask.goal_minutes == 360
    assert answer.context["week"].new and not sent(answer)["visits"]
    assert "Home by 12:00 pm" in answer.content.decode()
    assert episode.patient.family_name.lower() not in answer.context["query"].lower()


def test_only_groups_of_the_program_that_is_asked_for_are_planned() -> None:
    clinic(0, 2, 4)
    evening = make.track(name="Evenings", tone="eve")
    clinic(0, 1, 3, starts=16, of=evening, room=make.room(name="Birch"))
    first = timezone.now().date() + timedelta(days=1)
    query = f"?asked=1&from_on={first}&hours=9&days=3&program={evening.pk}"
    answer = page(as_fay(), newcomer(), query)
    body = answer.content.decode()
    assert "Proposed: Evenings" in body and "Groups of Evenings" in body


def test_a_first_day_that_cannot_be_is_said_at_its_field() -> None:
    clinic(0)
    answer = page(as_fay(), newcomer(), "?asked=1&from_on=2020-01-01&hours=9&days=3")
    assert answer.status_code == 422 and "Choose " in answer.content.decode()


def test_where_no_week_fits_the_page_says_what_is_in_the_way_and_what_would_do() -> None:
    clinic(0, 2, 4)
    episode = newcomer()
    for day in range(5):
        make.unavailable(
            episode.patient, weekday=day, starts=time(6), ends=time(11), from_on=episode.admitted_on
        )
    client = as_fay()
    answer = page(client, episode)
    body = answer.content.decode()
    assert "No week fits yet. The closest is" in body and "cannot all be true" in body
    assert "Smallest changes that would work" in body
    assert f"/patients/{episode.patient_id}/unavailable/" in body
    assert booked(client, answer).status_code == 302
    assert Enrollment.objects.filter(episode=episode).count() == len(sent(answer)["groups"])


def test_without_an_open_episode_there_is_nothing_to_plan() -> None:
    answer = as_fay().get(f"/patients/{make.patient().pk}/planner/")
    assert answer.status_code == 200 and "There is no open episode" in answer.content.decode()


def test_who_speaks_no_english_is_proposed_a_clinician_who_speaks_their_language() -> None:
    clinic(0, 2, 4)
    ines = make.clinician(given_name="Ines")
    StaffProfile.objects.filter(user=ines).update(languages="English, Spanish")
    episode = newcomer()
    Patient.objects.filter(pk=episode.patient_id).update(languages="Spanish")
    body = page(as_fay(), episode).content.decode()
    assert "Individual in Spanish" in body and "It is with someone who does not" not in body
    proposed = [one.value for one in page(as_fay(), episode).context["week"].new if one.field == "visits"]
    assert any(value.startswith(f"individual {ines.pk} ") for value in proposed), proposed


def test_a_language_nobody_speaks_is_a_wish_that_is_missed() -> None:
    clinic(0, 2, 4)
    episode = newcomer()
    Patient.objects.filter(pk=episode.patient_id).update(languages="Yoruba")
    body = page(as_fay(), episode).content.decode()
    assert "Individual in Yoruba" in body and "Nobody here does" in body


def test_a_language_that_is_none_of_theirs_is_refused_in_words() -> None:
    clinic(0, 2, 4)
    episode = newcomer()
    answer = page(as_fay(), episode, "?asked=1&from_on=2030-01-01&language=Klingon")
    assert answer.status_code < 500
    assert "Proposed" not in answer.content.decode()
