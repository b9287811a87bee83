"""The pages that put cancelled sessions back: everything is shown and ticked before it is saved."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from iop_clinic.audit.models import AuditEvent
from iop_clinic.clock import day_span
from iop_clinic.roles import Role
from scheduling.closures import Closing, close, hit_by
from scheduling.models import Booking, Closure, TherapySession
from scheduling.moving import cancel_session
from scheduling.replanning import Answer, Deed
from tests import make

pytestmark = pytest.mark.django_db
Post = dict[str, Any]


def in_days(days: int) -> date:
    return timezone.now().date() + timedelta(days=days)


def closed(day: date) -> Closure:
    site, now = make.site(), timezone.now()
    closing = Closing("Snow", "closure", *day_span(day, site.time_zone))
    answers = {one.pk: Answer(Deed.CANCEL, one.version) for one in hit_by(site, [closing], now)}
    by = make.user(Role.DIRECTOR)
    return close(actor=by, site=site, closings=[closing], answers=answers, now=now)[0]


def cancelled(session: TherapySession) -> TherapySession:
    cancel_session(actor=make.user(), session=session, reason="Snow", now=timezone.now())
    session.refresh_from_db()
    return session


def ticked(*sessions: TherapySession, **typed: Any) -> Post:
    said: Post = {"back": [session.pk for session in sessions]}
    for session in sessions:
        session.refresh_from_db()
        said[f"version-{session.pk}"] = session.version
        said[f"seat-{session.pk}"] = [booking.pk for booking in session.bookings.all()]
    return said | typed


def supervisor(sign_in: Any) -> Client:
    client: Client = sign_in(role=Role.SUPERVISOR)
    return client


def test_a_closure_is_reopened_from_the_list(sign_in: Any) -> None:
    group, episode = make.group(weekday=in_days(3).weekday()), make.episode(admitted_on=in_days(-30))
    make.enrollment(episode, group)
    closure, client = make.closure(day=in_days(3)), supervisor(sign_in)
    page = client.post(reverse("scheduling:closure_reopening", args=[closure.pk]), follow=True)
    assert "Reopened" in page.content.decode()
    assert Booking.objects.active().filter(session__occurs_on=in_days(3)).exists()


def test_reopening_shows_what_comes_back_ticked_and_saves_it_at_once(sign_in: Any) -> None:
    session, episode = make.session(day=in_days(3), title="Art group"), make.episode()
    make.booking(session, episode)
    closure, client = closed(in_days(3)), supervisor(sign_in)
    address = reverse("scheduling:closure_reopening", args=[closure.pk])
    page = client.get(address).content.decode()
    assert "Art group" in page and episode.patient.full_name in page and page.count("checked") == 2
    assert AuditEvent.objects.filter(verb="replanning.read").exists()
    after = client.post(address, ticked(session), follow=True).content.decode()
    assert "1 session put back, 0 sessions of weekly groups made." in after
    session.refresh_from_db()
    assert (session.status, session.booked_seats) == ("scheduled", 1)


def test_what_is_in_the_way_is_said_before_and_after_and_the_ticks_are_kept(sign_in: Any) -> None:
    taken, free = (make.session(day=in_days(3), title=title) for title in ("Art group", "DBT skills"))
    who = make.booking(free, make.episode())
    closure, client = closed(in_days(3)), supervisor(sign_in)
    make.absence(taken.lead, in_days(3))
    address = reverse("scheduling:closure_reopening", args=[closure.pk])
    page = client.get(address).content.decode()
    assert "is away" in page and page.count("checked") == 2
    answer = client.post(address, ticked(taken, free, **{f"seat-{free.pk}": []}))
    page = answer.content.decode()
    assert answer.status_code == 409 and "1 session is not settled yet" in page and "is away" in page
    assert page.count("checked") == 2 and f'value="{who.pk}">' in page
    free.refresh_from_db()
    closure.refresh_from_db()
    assert free.status == "cancelled" and closure.reopened_at is None


def test_one_session_is_put_back_from_its_own_page(sign_in: Any) -> None:
    session, stays, comes = make.session(day=in_days(3)), make.episode(), make.episode()
    make.booking(session, stays)
    seat = make.booking(session, comes)
    cancelled(session)
    client = sign_in(role=Role.FRONT_DESK)
    address = reverse("scheduling:session_return", args=[session.pk])
    assert address in client.get(reverse("scheduling:session", args=[session.pk])).content.decode()
    assert comes.patient.full_name in client.get(address).content.decode()
    after = client.post(address, ticked(session, **{f"seat-{session.pk}": [seat.pk]}), follow=True)
    assert "is on again" in after.content.decode()
    assert [one.episode for one in session.bookings.active()] == [comes]


@pytest.mark.parametrize("typed", [{}, {"back": ["x"]}, {"back": ["99999999999999999999"]}])
def test_nothing_chosen_or_nonsense_is_refused_in_words(sign_in: Any, typed: Post) -> None:
    session = cancelled(make.session(day=in_days(3)))
    answer = sign_in(role=Role.FRONT_DESK).post(
        reverse("scheduling:session_return", args=[session.pk]), typed
    )
    assert answer.status_code == 409 and "not settled" in answer.content.decode()


def test_a_session_of_the_past_or_one_that_is_on_has_nothing_to_put_back(sign_in: Any) -> None:
    client = sign_in(role=Role.FRONT_DESK)
    for session in (make.session(day=in_days(-3), status="cancelled"), make.session(day=in_days(3))):
        address = reverse("scheduling:session_return", args=[session.pk])
        assert "It stays as it is" in client.get(address).content.decode()
        assert address not in client.get(reverse("scheduling:session", args=[session.pk])).content.decode()


def test_another_closures_session_is_not_put_back_by_this_one(sign_in: Any) -> None:
    session = cancelled(make.session(day=in_days(3)))
    closure = make.closure(day=in_days(4))
    answer = supervisor(sign_in).post(
        reverse("scheduling:closure_reopening", args=[closure.pk]), ticked(session)
    )
    assert answer.status_code == 409 and "changed meanwhile" in answer.content.decode()
