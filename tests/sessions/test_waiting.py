"""The counts in the navigation: what waits for this person, red when due today, in one piece."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from iop_clinic.accounts.models import User
from iop_clinic.navigation import NAVIGATION, counted_links
from iop_clinic.roles import Role
from patients.models import Referral
from sessions.waiting import COUNTERS, Desk, waiting_for
from tests import make

SignIn = Callable[..., Client]
pytestmark = pytest.mark.django_db


def desk(user: User) -> Desk:
    sites = list(user.sites.all())
    return Desk(user, sites[0], sites, make.NOW)


def counted(user: User) -> dict[str, tuple[int, int]]:
    return {row.name: (row.count, row.due) for row in waiting_for(desk(user))}


def test_the_desk_sees_open_referrals_and_failed_messages() -> None:
    dana = make.user(Role.FRONT_DESK)
    make.referral()
    make.referral(stage=Referral.Stage.WAITLISTED)
    make.referral(make.patient(make.other_site()))
    assert counted(dana) == {"patients:referrals": (1, 0), "scheduling:messages": (0, 0)}


def test_a_clinician_sees_their_own_follow_ups_and_notes() -> None:
    theo, bea = make.clinician(), make.clinician()
    ana = make.episode(lead=theo)
    make.follow_up(ana.patient, theo, due_at=make.NOW + timedelta(hours=1))
    make.follow_up(ana.patient, theo, due_at=make.NOW + timedelta(days=2), trigger_code="gad7.item1")
    make.follow_up(ana.patient, bea, trigger_code="gad7.item2")
    make.attendance(make.booking(make.session(day=make.MONDAY, lead=theo), ana))
    assert counted(theo) == {"sessions:my_notes": (1, 1), "patients:follow_ups": (2, 1)}
    assert counted(bea)["sessions:my_notes"] == (0, 0)


def test_the_privacy_officer_sees_emergencies_nobody_has_looked_at() -> None:
    nadia = make.user(Role.PRIVACY_OFFICER)
    make.disclosure(make.patient())
    make.disclosure(make.patient(), basis="care", reason="")
    make.disclosure(make.patient(make.other_site()))
    assert counted(nadia) == {"patients:disclosure_log": (1, 0)}


def test_the_piece_says_the_number_and_in_words_that_it_is_due(sign_in: SignIn) -> None:
    theo = make.clinician()
    make.follow_up(make.patient(), theo, due_at=make.NOW + timedelta(hours=1))
    with time_machine.travel(make.NOW, tick=False):
        piece = sign_in(theo).get(reverse("sessions:waiting")).text
    assert (
        '<span class="nav-count nav-count-urgent" id="waiting-patientsfollow_ups" hx-swap-oob="true">1'
        in piece
    )
    assert '1<span class="vh"> waiting, due today</span>' in piece


def test_nothing_waiting_shows_no_number(sign_in: SignIn) -> None:
    piece = sign_in(role=Role.FRONT_DESK).get(reverse("sessions:waiting")).text
    assert 'id="waiting-patientsreferrals"' in piece and " waiting<" not in piece


def test_every_page_has_a_place_for_each_number_of_the_piece(sign_in: SignIn) -> None:
    for role in (Role.FRONT_DESK, Role.CLINICIAN, Role.CASE_MANAGER, Role.DIRECTOR):
        client = sign_in(make.user(role))
        page, piece = client.get(reverse("patients:list")).text, client.get(reverse("sessions:waiting")).text
        places = [part.split('"')[0] for part in piece.split('id="waiting-')[1:]]
        assert places and all(f'id="waiting-{place}"' in page for place in places)


def test_a_role_without_counts_asks_for_none(sign_in: SignIn) -> None:
    assert "/waiting/" not in sign_in(role=Role.BILLER).get(reverse("patients:list")).text
    assert sign_in(role=Role.BILLER).get(reverse("sessions:waiting")).status_code == 403


def test_an_administrator_is_offered_no_search(sign_in: SignIn) -> None:
    """The search would answer 403: they work at no site."""
    page = sign_in(role=Role.ADMINISTRATOR).get(reverse("imports:start")).text
    assert reverse("patients:search") not in page
    assert reverse("patients:search") in sign_in(role=Role.FRONT_DESK).get(reverse("patients:list")).text


def test_counting_takes_as_many_statements_for_many_as_for_none() -> None:
    theo = make.clinician()

    def statements() -> int:
        with CaptureQueriesContext(
            connection,
        ) as caught:
            waiting_for(desk(theo))
        return len(caught)

    few = statements()
    session = make.session(day=make.MONDAY, lead=theo)
    for number in range(5):
        episode = make.episode(make.patient(given_name=f"P{number}"), lead=theo)
        make.attendance(make.booking(session, episode))
        make.follow_up(episode.patient, theo)
    assert statements() == few <= 4


def test_each_counted_link_is_counted() -> None:
    assert {name for role in NAVIGATION for name in counted_links(role)} == set(COUNTERS)
