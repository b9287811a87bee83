"""A place with a last day goes on: every session from then is booked, or what is in the way is listed."""

from datetime import date, time, timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from iop_clinic.audit.models import AuditEvent
from iop_clinic.clock import local_day
from iop_clinic.refusal import Refused
from iop_clinic.roles import Role
from patients.models import Episode
from scheduling.calendar import materialise
from scheduling.choices import Choice, Clashing
from scheduling.enrolling import enroll
from scheduling.models import Booking, Enrollment, Group
from scheduling.prolonging import prolong_enrollment
from tests import make
from tests.race import race

MON = [make.MONDAY + timedelta(weeks=n) for n in range(9)]


def planned(**fields: Any) -> Group:
    group = make.group(**fields)
    materialise(day=make.NOW.date(), weeks=8, groups=[group], now=make.NOW)
    return group


def placed(group: Group, who: Episode | None = None, until: date = MON[2]) -> Enrollment:
    said = {"actor": make.user(), "group": group, "from_on": make.NOW.date(), "now": make.NOW}
    return enroll(episode=who or make.episode(), to_on=until, **said)


def prolonged(place: Enrollment, to_on: date | None, **said: Any) -> Enrollment:
    asked = {"actor": make.user(), "enrollment": place, "to_on": to_on, "now": make.NOW} | said
    return prolong_enrollment(**asked)


def booked() -> list[date]:
    rows = Booking.objects.active().filter(session__title="Process group")
    return sorted(rows.values_list("session__occurs_on", flat=True))


@pytest.mark.django_db
class TestProlonging:
    def test_the_sessions_between_are_booked_and_no_more(self) -> None:
        place = placed(planned())
        assert booked() == MON[1:3]
        assert prolonged(place, MON[4]).to_on == MON[4] and booked() == MON[1:5]
        assert AuditEvent.objects.get(verb="scheduling.prolong_enrollment").patient_id

    def test_without_a_last_day_every_coming_session_is_booked_and_twice_is_once(self) -> None:
        place = placed(planned())
        for _ in range(2):
            assert prolonged(place, None).to_on is None
        assert booked() == MON[1:9]
        assert AuditEvent.objects.filter(verb="scheduling.prolong_enrollment").count() == 1

    def test_one_date_in_the_way_books_none_and_may_be_skipped(self) -> None:
        who = make.episode()
        place = placed(planned(), who)
        make.booking(make.session(day=MON[3], starts=time(9, 30), title="Individual"), who)
        with pytest.raises(Clashing, match="Ana has Individual, Mon 11/9 at 9:30 am at that time already"):
            prolonged(place, MON[4])
        place.refresh_from_db()
        assert place.to_on == MON[2] and booked() == MON[1:3]
        prolonged(place, MON[4], choices={MON[3]: Choice(skip=True)})
        assert booked() == [MON[1], MON[2], MON[4]]

    def test_going_ahead_names_its_reason_on_the_seats_it_is_about(self) -> None:
        who = make.episode()
        place = placed(planned(), who)
        make.unavailable(who.patient, weekday=0, from_on=MON[4])
        said = {"choices": {MON[4]: Choice(anyway=True)}, "reason": "Agreed with work"}
        with pytest.raises(Refused) as refused:
            prolonged(place, MON[4], **said)
        assert refused.value.status == 403
        prolonged(place, MON[4], actor=make.user(Role.SUPERVISOR), **said)
        went = Booking.objects.filter(override__isnull=False)
        assert [one.session.occurs_on for one in went] == [MON[4]]

    def test_a_full_session_is_in_the_way(self) -> None:
        group = planned(capacity=1)
        place = placed(group)
        make.booking(group.sessions.get(occurs_on=MON[4]), make.episode())
        with pytest.raises(Clashing, match=r"is full on Mon 11/16 \(1 of 1 seats\)"):
            prolonged(place, None)

    def test_a_seat_that_is_promised_is_not_kept_from_who_waits(self) -> None:
        group = planned(capacity=1)
        place = placed(group)
        make.offer(make.waiting(make.episode(), group), from_on=MON[3])
        with pytest.raises(Refused, match="The free seat in Process group is promised"):
            prolonged(place, MON[4])

    def test_a_later_place_of_the_same_person_is_named(self) -> None:
        who, group = make.episode(), planned()
        place = placed(group, who)
        make.enrollment(who, group, from_on=MON[5])
        with pytest.raises(Refused, match=r"Ana has another place in Process group from Mon 11/23"):
            prolonged(place, None)
        assert prolonged(place, MON[4]).to_on == MON[4]

    @pytest.mark.parametrize(
        ("until", "to_on", "sentence"),
        [
            (MON[2], MON[1], "lasts until Mon 11/2 already"),
            (make.NOW.date(), MON[2], ""),
            (None, MON[2], "has no last day"),
        ],
    )
    def test_only_a_later_day_prolongs(self, until: Any, to_on: date, sentence: str) -> None:
        place = placed(planned(), until=until)
        if not sentence:
            assert prolonged(place, to_on).to_on == to_on
            return
        with pytest.raises(Refused, match=sentence):
            prolonged(place, to_on)

    def test_a_place_that_is_over_or_past_the_group_or_the_stay_is_not_prolonged(self) -> None:
        over = make.enrollment(make.episode(), make.group())
        Enrollment.objects.filter(pk=over.pk).update(to_on=make.MONDAY)
        with pytest.raises(Refused, match="ended on Mon 10/19. Take a new one"):
            prolonged(over, MON[3])
        place = placed(planned(name="Ends", starts=time(13), to_on=MON[2]))
        with pytest.raises(Refused, match="Ends ended on Mon 11/2"):
            prolonged(place, MON[4])


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("no_connection_left")
def test_ten_prolong_into_one_last_seat_and_one_gets_it() -> None:
    group, fay = planned(capacity=10), make.user()
    places = [placed(group) for _ in range(10)]
    for _ in range(9):
        make.booking(group.sessions.get(occurs_on=MON[3]), make.episode())
    answers = race(
        [lambda p=p: prolong_enrollment(actor=fay, enrollment=p, to_on=MON[3], now=make.NOW) for p in places]
    )
    assert not [a for a in answers if isinstance(a, Exception) and not isinstance(a, Refused)], answers
    assert sum(isinstance(one, Enrollment) for one in answers) == 1
    assert Enrollment.objects.filter(to_on=MON[3]).count() == 1
    assert group.sessions.get(occurs_on=MON[3]).booked_seats == 10


@pytest.mark.django_db
def test_the_page_lists_what_is_in_the_way_and_prolongs_with_a_way_round(sign_in: Any) -> None:
    today = local_day(timezone.now(), "America/New_York")
    who = make.episode(admitted_on=today - timedelta(days=10))
    day = today + timedelta(days=2)
    group = make.group(weekday=day.weekday())
    materialise(day=today, weeks=4, groups=[group])
    place = enroll(actor=make.user(), episode=who, group=group, from_on=today, to_on=day, now=timezone.now())
    later = day + timedelta(weeks=1)
    make.booking(make.session(day=later, title="Individual"), who)
    url, client = (
        reverse("scheduling:enrollment_prolongation", args=[place.pk]),
        sign_in(role=Role.FRONT_DESK),
    )
    week = client.get(reverse("scheduling:patient_week", args=[who.patient_id])).content.decode()
    assert url in week and "New last day" in client.get(url).content.decode()
    typed = {"to_on": later}
    answer = client.post(url, typed)
    page = answer.content.decode()
    assert answer.status_code == 409 and "Ana has Individual" in page
    assert f'<option value="{later} skip">' in page and "anyway" not in page
    assert client.post(url, {"to_on": "soon"}).status_code == 422
    assert client.post(url, typed | {"do": f"{later} jump"}).status_code == 422
    assert client.post(url, typed | {"do": f"{later} skip"}).status_code == 302
    place.refresh_from_db()
    assert place.to_on == later and Booking.objects.active().filter(session__group=group).count() == 1
