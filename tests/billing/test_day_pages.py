"""Day close in the browser: what a biller sees, what closing does, and what nobody gets to see here."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from billing.authorized import burn_days, reaches, reaches_of
from billing.models import PayerRule, ServiceDay
from iop_clinic.audit.models import AuditEvent
from iop_clinic.roles import Role
from patients.models import Authorization, Episode
from scheduling.models import Booking
from sessions.models import Signature
from tests import make

DAY = make.MONDAY
NEXT_MORNING = datetime(2026, 10, 20, 13, 0, tzinfo=UTC)
HTMX = {"HX-Request": "true"}
SECRET = "Named the Monday dread out loud for the first time."


@pytest.fixture(autouse=True)
def next_morning() -> Any:
    with time_machine.travel(NEXT_MORNING, tick=False):
        yield


@pytest.fixture
def biller(sign_in: Callable[..., Client]) -> Client:
    make.rule()
    return sign_in(role=Role.BILLER)


def day_url(day: date = DAY) -> str:
    return reverse("billing:day_close", args=[day.year, day.month, day.day])


def decision_url(episode: Episode, day: date = DAY) -> str:
    return reverse("billing:decision", args=[day.year, day.month, day.day, episode.patient_id])


def attended(name: str, *, signed: bool = True, minutes: int = 180) -> Episode:
    """Someone covered for everything who sat through one session on DAY."""
    lead = make.clinician(given_name="Ines")
    episode = make.episode(make.patient(given_name=name), lead=lead)
    objective = make.objective_of(make.plan(episode))
    make.consents(episode.patient, lead)
    make.authorization(make.coverage(episode.patient))
    held = make.session(day=DAY, starts=time(9), minutes=minutes, lead=lead, title="Evening process")
    booking = make.booking(held, episode)
    make.attendance(booking, by=lead)
    note = make.note(booking, objective=objective, text=SECRET)
    if signed:
        Signature.objects.create(
            note=note, signed_by=lead, credential="LCSW", signed_at=held.ends_at, content_sha256="0" * 64
        )
    return episode


def test_a_biller_lands_on_the_last_clinic_day(biller: Client) -> None:
    attended("Ana")
    assert biller.get(reverse("billing:day_close_today")).url == day_url()  # type: ignore[attr-defined]


def test_the_page_says_what_can_be_closed_and_what_is_stuck_and_why(biller: Client) -> None:
    attended("Ana")
    attended("Oskar", signed=False)
    attended("Noor", minutes=135)
    page = biller.get(day_url()).text
    heads = re.findall(r'scope="rowgroup".*?</svg>\s*([\w ]+?)\s*<span', page, re.DOTALL)
    assert heads == ["On hold", "Not billable", "Billable"]
    assert "Ines has not signed Evening process" in page
    assert "45 min under this payer’s day" in page
    assert "Closing records 1 billable day, $305." in page
    assert "S9480 · 0905" in page
    assert "Close Monday</button>" in page


def test_closing_writes_the_decided_days_and_says_so(biller: Client) -> None:
    attended("Ana")
    attended("Oskar", signed=False)
    answer = biller.post(day_url(), follow=True)
    assert answer.redirect_chain == [(day_url(), 302)]
    assert "Monday is closed." in answer.text
    assert list(ServiceDay.objects.values_list("patient__given_name", "verdict")) == [("Ana", "billable")]
    again = biller.post(day_url(), follow=True)
    assert "Nothing was left to close." in again.text
    assert ServiceDay.objects.count() == 1


def test_a_day_that_is_not_over_is_refused_with_a_sentence(biller: Client) -> None:
    today = DAY + timedelta(days=1)
    answer = biller.post(day_url(today))
    assert answer.status_code == 409
    assert "Tuesday is not over yet." in answer.text
    assert "Close Tuesday</button>" not in answer.text


def test_the_drawer_shows_each_rule_its_rows_and_the_version(biller: Client) -> None:
    episode = attended("Oskar", signed=False)
    piece = biller.get(decision_url(episode), headers=HTMX).text
    assert "<html" not in piece
    assert 'id="drawer"' in piece
    assert "At least 180 minutes of care" in piece
    assert "180 of 180" in piece
    assert "Ask Ines to sign Evening process." in piece
    assert "version 1, in force since Jan 1, 2026." in piece
    page = biller.get(decision_url(episode)).text
    assert 'aria-selected="true"' in page


def test_no_word_of_a_note_reaches_billing(biller: Client) -> None:
    episode = attended("Ana")
    for url in (day_url(), decision_url(episode)):
        text = biller.get(url).text
        assert SECRET not in text
        assert "1 of 1" in text, "its status does"


def test_reading_a_decision_is_on_the_trail_of_the_patient(biller: Client) -> None:
    episode = attended("Ana")
    biller.get(decision_url(episode))
    assert AuditEvent.objects.filter(verb="billing.decision_read", patient_id=episode.patient_id).count() == 1


def test_another_sites_patient_and_a_free_day_are_404(biller: Client) -> None:
    elsewhere = make.episode(make.patient(make.other_site()))
    assert biller.get(decision_url(elsewhere)).status_code == 404
    assert biller.get(decision_url(attended("Ana"), DAY - timedelta(days=1))).status_code == 404


@pytest.mark.parametrize("path", ["2026/2/30", "0/1/1", "2026/13/1", "99999/1/1"])
def test_a_day_that_does_not_exist_is_404(biller: Client, path: str) -> None:
    assert biller.get(f"/day-close/{path}/").status_code == 404


@pytest.mark.parametrize("track", ["x", "-1", "99999999999999999999", "' OR 1=1"])
def test_a_strange_track_is_no_error(biller: Client, track: str) -> None:
    attended("Ana")
    assert biller.get(day_url(), {"track": track}).status_code == 200


def test_a_track_narrows_the_rows_and_not_what_closing_says(biller: Client) -> None:
    first, second = make.track(name="Adult Morning"), make.track(name="Evening SUD", tone="eve")
    for name, track in (("Ana", first), ("Ben", second)):
        booking = Booking.objects.get(episode=attended(name))
        group = make.group(track, lead=booking.session.lead, room=booking.session.room)
        type(booking.session).objects.filter(pk=booking.session_id).update(group=group)
    page = biller.get(day_url(), {"track": second.pk}).text
    assert "Ben" in page
    assert "Ana" not in page
    assert "Closing records 2 billable days, $610." in page


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.BILLER])
def test_only_billers_close_days(role: Role, sign_in: Callable[..., Client]) -> None:
    client = sign_in(role=role)
    assert client.get(day_url()).status_code == 403
    assert client.post(day_url()).status_code == 403


# --- authorizations ---------------------------------------------------------------------------


def future(episode: Episode, days: int) -> None:
    make.booking(make.session(day=DAY + timedelta(days=days), starts=time(9)), episode)


def test_the_chart_piece_says_days_left_and_booked(sign_in: Callable[..., Client]) -> None:
    episode = make.episode()
    make.authorization(make.coverage(episode.patient), units=1, to_on=DAY + timedelta(days=20))
    future(episode, 2)
    future(episode, 4)
    piece = sign_in(role=Role.CLINICIAN).get(
        reverse("billing:authorizations", args=[episode.patient_id]), headers=HTMX
    )
    assert "1 day left, 2 booked." in piece.text
    assert "Fri Oct 23 is not covered." in piece.text
    assert reverse("patients:coverage", args=[episode.patient_id]) in piece.text


def test_the_burn_down_holds_decided_waiting_and_booked_days(biller: Client) -> None:
    episode = attended("Ana")
    biller.post(day_url())
    future(episode, -3)
    make.attendance(Booking.objects.get(session__occurs_on=DAY - timedelta(days=3)))
    future(episode, 2)
    today = DAY + timedelta(days=1)
    [reach] = reaches_of(episode.patient, today)
    assert (reach.used, reach.left, reach.waiting_days) == (1, 8, (DAY - timedelta(days=3),))
    assert [(day.on - DAY, day.is_booked, day.counts) for day in burn_days(reach)] == [
        (timedelta(0), False, True),
        (timedelta(days=-3), True, True),
        (timedelta(days=2), True, True),
    ]
    assert reaches([episode.patient], today)[episode.patient_id] == [replace(reach, decided_days=())]


def test_decided_days_before_an_authorization_are_not_in_its_burn_down(biller: Client) -> None:
    episode = attended("Ana")
    biller.post(day_url())
    Authorization.objects.update(from_on=DAY + timedelta(days=1))
    [reach] = reaches_of(episode.patient, DAY + timedelta(days=1))
    assert (reach.decided_days, burn_days(reach)) == ((), [])


def test_the_chart_piece_takes_six_statements_however_long_the_history(biller: Client) -> None:
    episode = attended("Ana")
    url = reverse("billing:authorizations", args=[episode.patient_id])

    def statements() -> int:
        biller.get(url, headers=HTMX)
        with CaptureQueriesContext(connection) as caught:
            biller.get(url, headers=HTMX)
        return len(caught)

    few = statements()
    biller.post(day_url())
    for days in (-9, -8, -7, 2, 3, 4):
        future(episode, days)
    for booking in Booking.objects.filter(session__occurs_on__lt=DAY):
        make.attendance(booking)
    before = {"from_on": DAY - timedelta(days=90), "to_on": DAY - timedelta(days=40), "number": "BX-before"}
    make.authorization(Authorization.objects.get().coverage, **before)
    assert "BX-before" in biller.get(url, headers=HTMX).text
    assert statements() == few <= 6


def test_reading_the_chart_piece_is_on_the_trail_and_anothers_is_not_there(biller: Client) -> None:
    episode = attended("Ana")
    biller.get(reverse("billing:authorizations", args=[episode.patient_id]), headers=HTMX)
    assert AuditEvent.objects.get(verb="billing.authorizations_read").patient_id == episode.patient_id
    theirs = make.patient(make.other_site())
    assert biller.get(reverse("billing:authorizations", args=[theirs.pk]), headers=HTMX).status_code == 404


def test_the_chart_piece_without_an_authorization_says_so(sign_in: Callable[..., Client]) -> None:
    episode = make.episode()
    url = reverse("billing:authorizations", args=[episode.patient_id])
    assert "No approved authorization on file." in sign_in(role=Role.CLINICIAN).get(url).text


def test_the_rail_names_authorizations_that_end_and_only_those(sign_in: Callable[..., Client]) -> None:
    plenty, ended = (
        make.episode(make.patient(given_name="Plenty")),
        make.episode(make.patient(given_name="Ended")),
    )
    make.authorization(make.coverage(plenty.patient), to_on=DAY + timedelta(days=40))
    held = make.coverage(ended.patient)
    make.authorization(held, from_on=DAY - timedelta(days=30), to_on=DAY - timedelta(days=1))
    asked = {"status": Authorization.Status.REQUESTED, "number": "", "units_approved": 0}
    make.authorization(held, from_on=DAY, to_on=DAY + timedelta(days=27), **asked)
    for episode in (plenty, ended):
        future(episode, 2)
    piece = sign_in(role=Role.FRONT_DESK).get(reverse("billing:authorizations_ending"), headers=HTMX).text
    assert "Ended Sun Oct 18" in piece
    assert "extension asked" in piece
    assert "Plenty" not in piece


def test_the_rail_asks_as_many_questions_for_two_people_as_for_one(
    sign_in: Callable[..., Client], django_assert_max_num_queries: Any
) -> None:
    client = sign_in(role=Role.FRONT_DESK)
    counts = []
    for name in ("Ana", "Ben", "Cleo"):
        episode = make.episode(make.patient(given_name=name))
        make.authorization(make.coverage(episode.patient), units=1)
        future(episode, 2)
        with django_assert_max_num_queries(40) as captured:
            client.get(reverse("billing:authorizations_ending"), headers=HTMX)
        counts.append(len(captured))
    assert counts[1] == counts[2]


# --- administration ---------------------------------------------------------------------------


def rule_form(rule: PayerRule, **changed: Any) -> dict[str, Any]:
    names = ("name", "version", "service_code", "revenue_code", "minimum_minutes", "rate_cents", "from_on")
    form = {name: getattr(rule, name) for name in names}
    return (
        form
        | {"payer": rule.payer_id, "level": rule.level_id, "needs_authorization": "on", "to_on": ""}
        | changed
    )


def test_a_rule_in_use_is_ended_and_saved_as_a_new_version(
    biller: Client, sign_in: Callable[..., Client]
) -> None:
    attended("Ana")
    biller.post(day_url())
    rule = PayerRule.objects.get()
    admin = sign_in(role=Role.ADMINISTRATOR)
    url = reverse("admin:billing_payerrule_change", args=[rule.pk])
    assert "it stays as it is" in admin.post(url, rule_form(rule, rate_cents=1)).text
    assert "A day was closed under this rule" in admin.post(url, rule_form(rule, to_on="2026-10-18")).text
    assert admin.post(url, rule_form(rule, to_on="2026-10-31")).status_code == 302
    new = rule_form(rule, version=2, rate_cents=32000, from_on="2026-11-01", _saveasnew="1")
    assert admin.post(url, new).status_code == 302
    assert list(PayerRule.objects.order_by("version").values_list("version", "rate_cents")) == [
        (1, 30500),
        (2, 32000),
    ]


def test_decided_days_can_be_looked_at_and_not_changed(
    biller: Client, sign_in: Callable[..., Client]
) -> None:
    attended("Ana")
    biller.post(day_url())
    admin = sign_in(role=Role.ADMINISTRATOR)
    url = reverse("admin:billing_serviceday_change", args=[ServiceDay.objects.get().pk])
    assert admin.get(url).status_code == 200
    assert admin.post(url, {"units": 5}).status_code == 403
    assert admin.get(reverse("admin:billing_serviceday_add")).status_code == 403
