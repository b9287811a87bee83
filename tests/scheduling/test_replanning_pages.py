"""The pages of substitutes, leave and closures: look, then confirm once; refusals keep what was typed."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from iop_clinic.audit.models import AuditEvent
from iop_clinic.roles import Role
from scheduling.models import Absence, Closure, TherapySession
from tests import make

pytestmark = pytest.mark.django_db
Post = dict[str, Any]


def in_days(days: int) -> date:
    return timezone.now().date() + timedelta(days=days)


def supervisor(sign_in: Any) -> Client:
    client: Client = sign_in(role=Role.SUPERVISOR)
    return client


def leave(of: Any, first: date, *sessions: TherapySession, **typed: Any) -> Post:
    said = {"staff": of.pk, "kind": "vacation", "from_on": first.isoformat(), "to_on": "", "whole": "days"}
    return said | versions(sessions) | typed


def closing(first: date, *sessions: TherapySession, **typed: Any) -> Post:
    said = {"name": "Burst pipe", "kind": "closure", "from_on": first.isoformat(), "whole": "days"}
    return said | versions(sessions) | typed


def versions(sessions: Any) -> Post:
    return {f"version-{session.pk}": session.version for session in sessions}


def test_sessions_whose_clinician_is_away_are_listed_first(sign_in: Any) -> None:
    lead = make.clinician()
    make.session(day=in_days(2), title="DBT skills")
    make.session(day=in_days(3), title="Process group", lead=lead)
    make.absence(lead, in_days(3))
    page = sign_in(role=Role.FRONT_DESK).get(reverse("scheduling:substitutes"))
    said = page.content.decode()
    assert "1 session needs a substitute" in said
    assert said.index("Process group") < said.index("This week and next")


def test_choosing_a_substitute_is_one_post(sign_in: Any) -> None:
    session, joon = make.session(day=in_days(3)), make.clinician(given_name="Joon")
    client, address = (
        sign_in(role=Role.FRONT_DESK),
        reverse("scheduling:session_substitute", args=[session.pk]),
    )
    assert "Joon Number" in client.get(address).content.decode()
    answer = client.post(address, {"staff": joon.pk, "version": 1})
    session.refresh_from_db()
    assert answer.status_code == 302 and session.lead == joon


def test_the_second_of_two_who_substitute_is_told_in_words(sign_in: Any) -> None:
    session, joon, wen = make.session(day=in_days(3)), make.clinician(), make.clinician()
    client, address = (
        sign_in(role=Role.FRONT_DESK),
        reverse("scheduling:session_substitute", args=[session.pk]),
    )
    client.post(address, {"staff": joon.pk, "version": 1})
    answer = client.post(address, {"staff": wen.pk, "version": 1})
    assert answer.status_code == 409 and "changed this session meanwhile" in answer.content.decode()


def test_who_cannot_lead_it_is_listed_with_the_reason(sign_in: Any) -> None:
    session, away = make.session(day=in_days(3)), make.clinician(given_name="Wen")
    make.absence(away, in_days(3))
    address = reverse("scheduling:session_substitute", args=[session.pk])
    said = sign_in(role=Role.FRONT_DESK).get(address).content.decode()
    assert "Wen N. is away" in said[said.index("Not possible") :]


@pytest.mark.parametrize("typed", [{}, {"staff": "nobody"}, {"staff": 2_000_000_000, "version": "x"}])
def test_a_substitute_typed_wrong_is_422(sign_in: Any, typed: Post) -> None:
    address = reverse("scheduling:session_substitute", args=[make.session(day=in_days(3)).pk])
    assert sign_in(role=Role.FRONT_DESK).post(address, typed).status_code == 422


def test_looking_at_leave_writes_nothing_and_proposes_who_knows_the_patients(sign_in: Any) -> None:
    ruth, joon = make.clinician(), make.clinician(given_name="Joon")
    session = make.session(day=in_days(3), lead=ruth)
    episode = make.episode(admitted_on=in_days(-30))
    make.booking(session, episode)
    make.booking(make.session(day=in_days(-4), lead=joon), episode)
    page = supervisor(sign_in).post(reverse("scheduling:absence_new"), leave(ruth, in_days(3)))
    said = page.content.decode()
    assert page.status_code == 200 and not Absence.objects.exists()
    assert f'<option value="substitute {joon.pk}" selected>Joon N' in said and "Has met the patient" in said


def test_leave_and_its_choices_are_saved_in_one_confirmation(sign_in: Any) -> None:
    ruth, joon = make.clinician(), make.clinician()
    handed, gone = make.session(day=in_days(3), lead=ruth), make.session(day=in_days(4), lead=ruth)
    typed = {
        "to_on": in_days(4).isoformat(),
        f"do-{handed.pk}": f"substitute {joon.pk}",
        f"do-{gone.pk}": "cancel",
        "confirm": 1,
    }
    answer = supervisor(sign_in).post(
        reverse("scheduling:absence_new"), leave(ruth, in_days(3), handed, gone, **typed)
    )
    handed.refresh_from_db()
    gone.refresh_from_db()
    assert answer.status_code == 302 and Absence.objects.get().staff == ruth
    assert (handed.lead, gone.status) == (joon, "cancelled")


def test_a_session_that_came_meanwhile_is_409_and_the_choices_are_kept(sign_in: Any) -> None:
    ruth = make.clinician()
    shown = make.session(day=in_days(3), lead=ruth)
    typed = leave(ruth, in_days(3), shown, **{f"do-{shown.pk}": "cancel", "confirm": 1, "to_on": in_days(4)})
    make.session(day=in_days(4), lead=ruth, title="Relapse prevention")
    page = supervisor(sign_in).post(reverse("scheduling:absence_new"), typed)
    said = page.content.decode()
    assert page.status_code == 409 and not Absence.objects.exists()
    assert '<option value="cancel" selected>' in said and "New here, or changed meanwhile." in said


def test_hours_need_both_times_and_an_end_after_the_start(sign_in: Any) -> None:
    client, ruth = supervisor(sign_in), make.clinician()
    for typed, said in (
        ({"whole": "hours"}, "Choose a time, or whole days."),
        ({"whole": "hours", "starts": "14:00", "ends": "13:00"}, "It would end before it starts."),
        ({"to_on": in_days(1).isoformat()}, "This is before the first day."),
        ({"from_on": "soon"}, "Enter a valid date."),
        ({"staff": make.clinician(make.other_site()).pk}, "Select a valid choice"),
    ):
        page = client.post(reverse("scheduling:absence_new"), leave(ruth, in_days(3)) | typed)
        assert page.status_code == 422 and said in page.content.decode(), typed


def test_a_page_that_names_whose_visit_is_hit_is_a_recorded_read(sign_in: Any) -> None:
    ruth, episode = make.clinician(), make.episode(admitted_on=in_days(-30))
    make.booking(make.session(day=in_days(3), lead=ruth, kind="individual", capacity=1), episode)
    page = supervisor(sign_in).post(reverse("scheduling:absence_new"), leave(ruth, in_days(3)))
    assert episode.patient.short_name in page.content.decode()
    read = AuditEvent.objects.get(verb="replanning.read")
    assert read.detail["patients"] == [episode.patient_id]


def test_leave_is_listed_with_what_is_open_and_taken_back(sign_in: Any) -> None:
    ruth = make.clinician()
    make.session(day=in_days(3), lead=ruth)
    away, client = make.absence(ruth, in_days(3)), supervisor(sign_in)
    assert "1 needs a substitute" in client.get(reverse("scheduling:absences")).content.decode()
    page = client.post(reverse("scheduling:absence_withdrawal", args=[away.pk]), follow=True)
    assert "is taken back" in page.content.decode() and "Taken back" in page.content.decode()


def test_a_day_is_closed_with_what_becomes_of_each_session(sign_in: Any) -> None:
    gone, going = make.session(day=in_days(3)), make.session(day=in_days(3))
    moved = {f"on-{going.pk}": in_days(5), f"at-{going.pk}": "14:00", f"room-{going.pk}": ""}
    typed = closing(in_days(3), gone, going, **{f"do-{gone.pk}": "cancel", f"do-{going.pk}": "move"} | moved)
    client, address = supervisor(sign_in), reverse("scheduling:closure_new")
    assert "Burst pipe" in client.post(address, typed).content.decode() and not Closure.objects.exists()
    assert client.post(address, typed | {"confirm": 1}).status_code == 302
    gone.refresh_from_db()
    going.refresh_from_db()
    assert gone.status == "cancelled" and going.occurs_on == in_days(5) and Closure.objects.count() == 1


@pytest.mark.parametrize("typed", [{}, {"on": "", "at": "14:00"}, {"on": "never", "at": "25:00"}])
def test_a_move_without_a_day_or_time_is_422_at_the_session(sign_in: Any, typed: dict[str, str]) -> None:
    session = make.session(day=in_days(3))
    moved = {f"{name}-{session.pk}": value for name, value in typed.items()}
    page = supervisor(sign_in).post(
        reverse("scheduling:closure_new"),
        closing(in_days(3), session, confirm=1, **{f"do-{session.pk}": "move"} | moved),
    )
    assert page.status_code == 422 and "Choose a day and a time to move it to." in page.content.decode()
    assert not Closure.objects.exists()


def test_a_move_against_a_rule_asks_why_and_keeps_what_was_typed(sign_in: Any) -> None:
    session, tiny = make.session(day=in_days(3)), make.room(name="Tiny", seats=2)
    moved = {
        f"do-{session.pk}": "move",
        f"on-{session.pk}": in_days(5),
        f"at-{session.pk}": "14:00",
        f"room-{session.pk}": tiny.pk,
    }
    client, address = supervisor(sign_in), reverse("scheduling:closure_new")
    typed = closing(in_days(3), session, confirm=1, **moved)
    page = client.post(address, typed)
    said = page.content.decode()
    assert page.status_code == 409 and "Tiny has 2 seats" in said and 'name="reason"' in said
    assert f'value="{in_days(5)}"' in said and f'<option value="{tiny.pk}" selected>' in said
    assert client.post(address, typed | {"reason": "No other is free"}).status_code == 302


def test_versions_that_are_nonsense_or_of_another_site_change_nothing(sign_in: Any) -> None:
    there = make.session(make.other_site(), day=in_days(3))
    for typed in ({"version-x": 1}, {"version-99999999999999": 1}, versions([there])):
        page = supervisor(sign_in).post(
            reverse("scheduling:closure_new"),
            closing(in_days(3), confirm=1, **typed, **{f"do-{there.pk}": "cancel"}),
        )
        there.refresh_from_db()
        assert page.status_code in {302, 409} and there.status == "scheduled"
        Closure.objects.all().delete()


def test_public_holidays_are_listed_and_close_only_when_ticked(sign_in: Any) -> None:
    client, year = supervisor(sign_in), timezone.now().year + 1
    address = reverse("scheduling:closure_holidays") + f"?year={year}"
    assert "Thanksgiving Day" in client.get(address).content.decode() and not Closure.objects.exists()
    typed = {"days": [f"{year}-12-25", f"{year}-01-01"]}
    assert client.post(address, typed).status_code == 200 and not Closure.objects.exists()
    assert client.post(address, typed | {"confirm": 1}).status_code == 302
    assert set(Closure.objects.values_list("kind", "starts_at__year")) == {("holiday", year)}
    assert "Closed: Christmas Day" in client.get(address).content.decode()
    assert client.post(address, typed | {"confirm": 1}).status_code == 409


@pytest.mark.parametrize("typed", [{}, {"days": ["2027-08-08"]}, {"days": ["x"]}])
def test_a_day_that_is_no_holiday_is_422(sign_in: Any, typed: Post) -> None:
    address = reverse("scheduling:closure_holidays") + "?year=2027"
    assert supervisor(sign_in).post(address, typed | {"confirm": 1}).status_code == 422
    assert not Closure.objects.exists()


@pytest.mark.parametrize("year", ["x", "1", "99999", "-5"])
def test_a_year_no_calendar_has_is_not_found(sign_in: Any, year: str) -> None:
    for name in ("scheduling:closures", "scheduling:closure_holidays"):
        assert supervisor(sign_in).get(reverse(name), {"year": year}).status_code == 404


def test_the_session_says_that_it_needs_a_substitute_and_leads_there(sign_in: Any) -> None:
    ruth = make.clinician(given_name="Ruth")
    session = make.session(day=in_days(3), lead=ruth)
    make.absence(ruth, in_days(3))
    said = (
        sign_in(role=Role.FRONT_DESK).get(reverse("scheduling:session", args=[session.pk])).content.decode()
    )
    assert (
        "Needs a substitute." in said and reverse("scheduling:session_substitute", args=[session.pk]) in said
    )
