"""Opening a closed day and putting cancelled sessions back: who has a seat again, what is in the way."""

from datetime import time, timedelta
from typing import Any

import pytest

from iop_clinic.clock import day_span
from iop_clinic.messages.models import Message
from iop_clinic.refusal import Refused
from iop_clinic.roles import Role
from scheduling.booking import book, cancel
from scheduling.calendar import materialise
from scheduling.closures import Closing, close, hit_by
from scheduling.coming_back import returns_of
from scheduling.enrolling import enroll
from scheduling.makeups import make_up
from scheduling.models import Booking, Closure, CoFacilitator, Facilitation, TherapySession
from scheduling.moving import cancel_session
from scheduling.putting_back import Chosen, put_back
from scheduling.reopening import Reopened, called_off_for, reopen
from scheduling.replanning import Answer, Deed, Unsettled
from scheduling.substitutes import with_people
from scheduling.visits import book_visit
from tests import make

pytestmark = pytest.mark.django_db
THURSDAY = make.NOW.date() + timedelta(days=1)


def closed() -> Closure:
    """Thursday, with everything in it called off."""
    site, closing = make.site(), Closing("Snow", "closure", *day_span(THURSDAY, "America/New_York"))
    answers = {one.pk: Answer(Deed.CANCEL, one.version) for one in hit_by(site, [closing], make.NOW)}
    said = {"actor": make.user(Role.DIRECTOR), "site": site, "closings": [closing], "answers": answers}
    return close(**said, now=make.NOW)[0]


def chosen_of(*sessions: TherapySession) -> dict[int, Chosen]:
    """Everyone who could come back, as the page ticks them."""
    rows = with_people(TherapySession.objects.filter(pk__in=[one.pk for one in sessions]))
    return {
        back.session.pk: Chosen(back.session.version, frozenset(one.pk for one in back.coming))
        for back in returns_of(list(rows.order_by("starts_at", "pk")))
    }


def reopened(closure: Closure, *sessions: TherapySession) -> Reopened:
    return reopen(actor=make.user(), closure=closure, chosen=chosen_of(*sessions), now=make.NOW)


def returned(session: TherapySession, chosen: Chosen | None = None) -> TherapySession:
    chosen = chosen or chosen_of(session)[session.pk]
    made = put_back(actor=make.user(), session=session, chosen=chosen, now=make.NOW)
    made.refresh_from_db()
    return made


def why(session: TherapySession) -> list[str]:
    with pytest.raises(Unsettled) as refused:
        returned(session)
    assert refused.value.status == 409
    session.refresh_from_db()
    assert session.status == "cancelled" and not session.bookings.active().exists()
    return refused.value.by_session[session.pk]


def off(session: TherapySession) -> TherapySession:
    return cancel_session(actor=make.user(), session=session, reason="Lead ill", now=make.NOW)


def test_a_closed_day_is_not_made_and_comes_back_when_the_site_reopens() -> None:
    group, episode = make.group(weekday=3), make.episode()
    enroll(actor=make.user(), episode=episode, group=group, from_on=THURSDAY, now=make.NOW)
    closure = closed()
    materialise(day=make.NOW.date(), weeks=2, now=make.NOW)
    assert list(TherapySession.objects.values_list("occurs_on", flat=True)) == [THURSDAY + timedelta(days=7)]
    assert reopened(closure) == Reopened(0, 1)
    assert reopened(closure) == Reopened(0, 0)
    day = TherapySession.objects.get(occurs_on=THURSDAY)
    assert Booking.objects.active().filter(session=day, patient=episode.patient).exists()


def test_what_is_not_chosen_stays_cancelled_when_the_site_reopens() -> None:
    session = make.session(day=THURSDAY, group=make.group(weekday=3), pattern_on=THURSDAY)
    closure = closed()
    assert reopened(closure) == Reopened(0, 0)
    session.refresh_from_db()
    assert session.status == "cancelled"
    assert not TherapySession.objects.scheduled().filter(occurs_on=THURSDAY).exists()


def test_a_closure_that_is_over_is_not_reopened() -> None:
    with pytest.raises(Refused, match="is over"):
        reopened(make.closure())


def test_what_the_closure_cancelled_is_put_back_with_its_people_who_are_told_once() -> None:
    morning, noon = make.session(day=THURSDAY), make.session(day=THURSDAY, title="Noon")
    both, gone = make.episode(make.portal_patient()), make.episode(make.portal_patient())
    booking = make.booking(morning, both)
    given_up = make.booking(morning, gone)
    cancel(actor=make.user(), booking=given_up, reason="Ill", by_patient=False, now=make.NOW)
    other = off(make.session(day=THURSDAY))
    closure = closed()
    Message.objects.all().delete()
    assert set(called_off_for(closure, make.NOW)) == {morning, noon}
    assert reopened(closure, morning, noon) == Reopened(2, 0)
    for row in (morning, booking, given_up, other):
        row.refresh_from_db()
    assert (morning.status, morning.version, morning.revision) == ("scheduled", 3, 2)
    assert morning.called_off_for is None and morning.booked_seats == 1
    assert (booking.status, booking.version, booking.cancelled_at) == ("booked", 2, None)
    assert (given_up.status, other.status) == ("cancelled_by_clinic", "cancelled")
    owed = Message.objects.filter(state="pending")
    assert owed.get(kind="reminder").subject_id == booking.pk
    assert "takes place after all. Sign in" in owed.get(kind="change").body


def test_several_put_back_for_one_person_are_one_message() -> None:
    episode = make.episode(make.portal_patient())
    sessions = [make.session(day=THURSDAY, starts=time(hour)) for hour in (9, 11)]
    for session in sessions:
        make.booking(session, episode)
    reopened(closed(), *sessions)
    told = Message.objects.get(kind="change", state="pending")
    assert "your appointments from Thu 10/22 at 9:00 AM on take place after all" in told.body


def test_a_room_or_a_clinician_taken_meanwhile_is_in_the_way_and_nothing_is_saved() -> None:
    first, second = (make.session(day=THURSDAY, starts=time(hour)) for hour in (9, 11))
    closure = closed()
    Closure.objects.filter(pk=closure.pk).update(reopened_at=make.NOW)
    make.session(day=THURSDAY, room=first.room, title="DBT skills")
    make.session(day=THURSDAY, lead=first.lead, title="Art", starts=time(9, 30))
    Closure.objects.filter(pk=closure.pk).update(reopened_at=None, starts_at=closure.starts_at)
    with pytest.raises(Unsettled) as refused:
        reopened(closure, first, second)
    assert refused.value.by_session == {
        first.pk: [
            f"{first.lead.short_name} already leads Art, Thu 10/22 at 9:30 am.",
            f"{first.room.name} is taken by DBT skills, Thu 10/22 at 9:00 am.",
        ]
    }
    second.refresh_from_db()
    closure.refresh_from_db()
    assert second.status == "cancelled" and closure.reopened_at is None


def test_leave_of_the_lead_a_closure_and_a_changed_pattern_are_in_the_way() -> None:
    away, shut = off(make.session(day=THURSDAY)), off(make.session(day=THURSDAY + timedelta(days=1)))
    make.absence(away.lead, THURSDAY)
    make.closure(day=THURSDAY + timedelta(days=1))
    ended = make.group(weekday=3, to_on=make.MONDAY)
    late = off(make.session(day=THURSDAY, group=ended, pattern_on=THURSDAY))
    assert "is away Thu 10/22" in why(away)[0]
    assert "is closed on Fri 10/23: Snow" in why(shut)[0]
    assert why(late) == ["Process group does not meet on Thu 10/22 any more."]


def test_who_is_elsewhere_has_made_it_up_or_has_left_keeps_what_they_have() -> None:
    group = make.group(weekday=3)
    session = make.session(day=THURSDAY, group=group, pattern_on=THURSDAY)
    again = make.session(day=THURSDAY, starts=time(13), title="DBT skills")
    people = [make.episode() for _ in range(5)]
    for episode in people:
        make.booking(session, episode)
    busy, made, discharged, left, back = people
    make.enrollment(left, group)
    off(session)
    make.booking(make.session(day=THURSDAY, title="Art"), busy)
    lost = session.bookings.get(episode=made)
    make_up(actor=make.user(), booking=lost, session=again, now=make.NOW)
    type(discharged).objects.filter(pk=discharged.pk).update(ended_on=make.NOW.date())
    group.enrollments.update(to_on=make.NOW.date())
    (found,) = returns_of(list(with_people(TherapySession.objects.filter(pk=session.pk))))
    assert [one.episode for one in found.coming] == [back] and not found.in_the_way
    said = {one.episode_id: sentence for one, sentence in found.staying}
    assert said == {
        busy.pk: "Ana has Art, Thu 10/22 at 9:00 am at that time already.",
        made.pk: "Ana makes it up: DBT skills, Thu 10/22 at 1:00 pm.",
        discharged.pk: "Ana is not in the program on Thu 10/22.",
        left.pk: "Ana has left the group.",
    }
    assert returned(session).booked_seats == 1
    with_made = Booking.objects.active().filter(episode=made)
    assert [one.session for one in with_made] == [again]


def test_a_seat_that_cannot_come_back_any_more_saves_nothing() -> None:
    session, episode = make.session(day=THURSDAY), make.episode()
    make.booking(session, episode)
    off(session)
    chosen = chosen_of(session)[session.pk]
    book(actor=make.user(), session=make.session(day=THURSDAY), episode=episode, now=make.NOW)
    with pytest.raises(Unsettled) as refused:
        returned(session, chosen)
    assert "at that time already" in refused.value.by_session[session.pk][0]


def test_a_visit_comes_back_with_its_patient_or_not_at_all() -> None:
    said: dict[str, Any] = {"actor": make.user(), "kind": "individual", "minutes": 50, "now": make.NOW}
    starts_at = make.NOW + timedelta(days=1)
    ana, ben = make.episode(), make.episode()
    for one in (ana, ben):
        place = {"lead": make.clinician(), "room": make.room(name=f"Office {one.pk}"), "starts_at": starts_at}
        book_visit(**said, **place, episode=one)
    mine, theirs = (Booking.objects.get(episode=one) for one in (ana, ben))
    cancel(actor=make.user(), booking=mine, reason="", by_patient=False, now=make.NOW)
    cancel(actor=make.user(), booking=theirs, reason="", by_patient=True, now=make.NOW)
    assert why(theirs.session) == ["Its patient would not come. Book a new visit instead."]
    assert returned(mine.session).booked_seats == 1
    off(mine.session)
    make.booking(make.session(day=THURSDAY, title="Art"), ana)
    assert why(mine.session) == ["Ana has Art, Thu 10/22 at 9:00 am at that time already."]


def test_a_co_facilitator_who_is_elsewhere_is_left_off() -> None:
    helper, group = make.clinician(), make.group(weekday=3)
    CoFacilitator.objects.create(group=group, staff=helper)
    materialise(day=make.NOW.date(), weeks=1, groups=[group], now=make.NOW)
    session = off(TherapySession.objects.get())
    make.session(day=THURSDAY, lead=helper)
    returned(session)
    assert Facilitation.objects.get(session=session).staff == group.lead


def test_putting_back_twice_changes_nothing_and_a_changed_one_is_looked_at_again() -> None:
    session = off(make.session(day=THURSDAY))
    chosen = chosen_of(session)[session.pk]
    assert returned(session, chosen).version == 3
    assert returned(session, chosen).version == 3
    off(session)
    with pytest.raises(Unsettled):
        returned(session, chosen)


def test_a_session_that_would_have_begun_stays_cancelled() -> None:
    session = make.session(day=make.MONDAY, status="cancelled")
    assert why(session) == ["It would have begun already."]


def test_the_make_up_of_a_lost_hour_is_still_one_after_it_was_put_back() -> None:
    lost, again = make.session(day=make.NOW.date(), starts=time(15)), make.session(day=THURSDAY)
    booking = make.booking(lost, make.episode())
    off(lost)
    made = make_up(actor=make.user(), booking=booking, session=again, now=make.NOW)
    off(again)
    returned(again)
    made.refresh_from_db()
    assert made.is_active and made.makes_up == booking


def test_a_day_of_many_is_looked_at_in_a_constant_number_of_queries(
    django_assert_max_num_queries: Any,
) -> None:
    for hour in (9, 11, 13):
        session = make.session(day=THURSDAY, starts=time(hour))
        for _ in range(3):
            make.booking(session, make.episode())
    closure = closed()
    with django_assert_max_num_queries(20):
        found = returns_of(list(with_people(called_off_for(closure, make.NOW))), without=closure)
    assert [len(one.coming) for one in found] == [3, 3, 3]
