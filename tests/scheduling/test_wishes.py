"""Referrals wait for tracks: named on the referral, listed by track, gone once there is a place."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from iop_clinic.refusal import Refused
from patients.models import Referral
from scheduling.models import ReferralWish
from scheduling.wishes import waiting_of, waiting_page, wish_for_tracks
from tests import make

SignIn = Callable[..., Client]
pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(make.NOW, tick=False)]
TODAY = make.NOW.date()


def wish(referral: Referral, *tracks: Any, on: Any = TODAY) -> list[ReferralWish]:
    said = {"tracks": tracks or [make.track()], "earliest_on": on, "now": make.NOW}
    return wish_for_tracks(actor=make.user(at=referral.site), referral=referral, **said)


def test_a_wish_that_stays_keeps_its_place_and_others_are_let_go() -> None:
    referral, morning, evening = make.referral(), make.track(), make.track(name="Evening")
    wish(referral, morning)
    first = ReferralWish.objects.get()
    wish(referral, morning, evening, on=TODAY + timedelta(days=5))
    first.refresh_from_db()
    assert first.earliest_on == TODAY + timedelta(days=5)
    assert [one.track for one in wish(referral, evening)] == [evening]
    assert wish(referral, evening) == list(ReferralWish.objects.all())


@pytest.mark.parametrize(
    ("prepare", "why"),
    [
        (lambda: {"tracks": [make.track(make.other_site())]}, "takes nobody of this site"),
        (lambda: {"tracks": [make.track(name="Off", is_active=False)]}, "takes nobody"),
        (
            lambda: {"tracks": [make.track(name="Teens", oldest_age=19)]},
            "is for ages 18 to 19",
        ),
        (lambda: {"earliest_on": TODAY - timedelta(days=1)}, "today or a later day"),
        (lambda: {"referral": make.referral(stage="closed")}, "has ended"),
    ],
)
def test_a_wish_that_cannot_be_is_refused(prepare: Callable[[], dict[str, Any]], why: str) -> None:
    said = {"tracks": [make.track()], "earliest_on": TODAY, "referral": make.referral()} | prepare()
    with pytest.raises(Refused, match=why):
        wish_for_tracks(actor=make.user(), now=make.NOW, **said)
    assert not ReferralWish.objects.exists()


def test_urgent_people_stand_first_then_who_has_waited_longest() -> None:
    late = make.referral(received_on=TODAY - timedelta(days=30))
    urgent = make.referral(received_on=TODAY - timedelta(days=1), urgency="urgent")
    gone, elsewhere = make.referral(), make.referral(make.patient(make.other_site()))
    for one in (late, urgent, gone):
        wish(one)
    wish(elsewhere, make.track(make.other_site()))
    Referral.objects.filter(pk=gone.pk).update(stage="closed", outcome="declined")
    assert [row.referral for row in waiting_of(make.site(), TODAY)] == [urgent, late]


def test_once_admitted_the_wish_leads_to_the_week_until_there_is_a_place(sign_in: SignIn) -> None:
    referral = make.referral()
    wish(referral)
    episode = make.episode(referral.patient, admitted_on=TODAY)
    Referral.objects.filter(pk=referral.pk).update(stage="admitted", episode=episode)
    page = sign_in().get("/week/tracks/waiting/").content.decode()
    assert reverse("scheduling:planner", args=[referral.patient_id]) in page
    make.enrollment(episode, make.group(make.track()), from_on=TODAY)
    assert not waiting_of(make.site(), TODAY).exists()


def test_the_list_says_the_free_seats_of_each_track() -> None:
    track = make.track()
    group = make.group(track, capacity=8)
    make.enrollment(make.episode(), group)
    make.waiting(make.episode(), group)
    wish(make.referral())
    _, [row] = waiting_page(make.site(), TODAY, "1")
    assert (row.track, row.seats_free, row.in_line, row.rows[0].waited) == (track, 7, 1, 11)  # type: ignore[attr-defined]


def test_the_list_is_paged_and_needs_a_fixed_number_of_queries(sign_in: SignIn) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert client.get("/week/tracks/waiting/").status_code == 200
        return len(seen)

    client = sign_in()
    wish(make.referral())
    queries()
    one = queries()
    for _ in range(55):
        wish(make.referral())
    assert queries() == one
    assert len(client.get("/week/tracks/waiting/?page=2").context["page"].object_list) == 6


def test_the_form_names_tracks_of_the_site_and_keeps_what_was_typed(sign_in: SignIn) -> None:
    referral, track = make.referral(), make.track()
    theirs = make.track(make.other_site())
    client, url = sign_in(), reverse("scheduling:referral_wishes", args=[referral.pk])
    assert client.post(url, {"tracks": [theirs.pk], "earliest_on": TODAY}).status_code == 422
    wrong = client.post(url, {"tracks": [track.pk], "earliest_on": "soon"})
    assert wrong.status_code == 422 and "checked" in wrong.content.decode()
    assert client.post(url, {"tracks": [track.pk], "earliest_on": TODAY}).status_code == 302
    assert ReferralWish.objects.get().track == track
    assert client.post(url, {"earliest_on": TODAY}).status_code == 302
    assert not ReferralWish.objects.exists()
