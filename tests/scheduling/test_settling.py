"""A clash of the board is settled for that day alone, by whoever is first; else nothing changes."""

from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from iop_clinic.clock import at_local, local_day
from iop_clinic.refusal import Refused
from iop_clinic.roles import Role
from scheduling.calendar import materialise
from scheduling.choices import Choice, Clashing
from scheduling.fixes import Trouble, trouble_of
from scheduling.models import Absence, Booking, CoFacilitator, Group, Override, Room, TherapySession
from scheduling.settling import place_session
from tests import make
from tests.race import race

TZ = "America/New_York"
THURSDAY = make.MONDAY + timedelta(days=3)


class Clash:
    """The parents' group at 4:40 and Evening process at 5:30, both in Birch on Thursday."""

    def __init__(self, day: date = THURSDAY, starts: time = time(17, 30)) -> None:
        self.day, self.birch = day, make.room(name="Birch", seats=14)
        self.lead = make.clinician(given_name="Marcus", family_name="Tell")
        self.other = make.session(
            title="Evening process", day=day, starts=starts, room=self.birch, capacity=12
        )
        self.group: Group = make.group(
            name="Parents’ group", weekday=day.weekday(), starts=time(16, 40), room=self.birch, lead=self.lead
        )

    def enroll(self, people: int = 2) -> list[Any]:
        episodes = [make.episode(admitted_on=self.day - timedelta(days=20)) for _ in range(people)]
        for episode in episodes:
            make.enrollment(episode, self.group)
        return episodes

    @property
    def session(self) -> TherapySession:
        return self.group.sessions.get(pattern_on=self.day)

    def place(self, **how: Any) -> TherapySession:
        said: dict[str, Any] = {"group": self.group, "day": self.day, "now": make.NOW}
        if "actor" not in how:
            said["actor"] = make.user(Role.SUPERVISOR)
        return place_session(**(said | how))

    def trouble(self, now: datetime = make.NOW) -> Trouble:
        return trouble_of(
            Group.objects.select_related("track__site", "room", "lead").get(), self.day, make.NOW
        )

    def ways(self) -> dict[str, str]:
        return {fix.title: fix.cost for fix in self.trouble().fixes}


@pytest.mark.django_db
class TestTheWaysRound:
    def test_each_says_what_it_costs(self) -> None:
        clash = Clash()
        clash.enroll(9)
        Room.objects.filter(name="Cedar").update(seats=16)
        assert clash.ways() == {
            "Move Parents’ group to Cedar": "Free 4:40 to 5:40 pm, 16 seats, 9 needed",
            "End Parents’ group at 5:25 pm": "9 people would have 15 min less",
            "Leave this date out": "9 people would have 60 min less",
            "Share Birch this once": "Asks for a reason, kept in the log",
        }
        assert clash.trouble().heading == "Birch is taken on Thu 10/22"

    def test_rooms_that_are_taken_small_or_out_of_use_are_not_offered(self) -> None:
        clash = Clash()
        make.room(name="Closet", seats=4)
        make.room(name="Old", seats=30)
        Room.objects.filter(name="Old").update(is_active=False)
        taken = make.room(name="Cedar", seats=16)
        make.session(day=THURSDAY, starts=time(16), room=taken)
        assert not any(title.startswith("Move") for title in clash.ways())

    def test_ending_early_is_no_way_when_most_of_it_would_go(self) -> None:
        assert not any(title.startswith("End") for title in Clash(starts=time(17)).ways())
        Group.objects.all().delete()
        TherapySession.objects.all().delete()
        assert not any(title.startswith("End") for title in Clash(starts=time(16, 30)).ways())

    def test_a_busy_lead_is_stood_in_for_by_someone_free_and_there(self) -> None:
        clash = Clash(starts=time(19))
        nina = make.clinician(given_name="Nina", family_name="Free")
        away = make.clinician(given_name="Away")
        make.session(day=THURSDAY, starts=time(16), minutes=90, lead=clash.lead)
        Absence.objects.create(
            staff=away,
            starts_at=at_local(THURSDAY, time(0), TZ),
            ends_at=at_local(THURSDAY, time(23), TZ),
            kind="sick",
            recorded_by=away,
        )
        ways = clash.ways()
        assert "Let Nina Free lead it" in ways and not any("Away" in title for title in ways)
        assert "Share Birch this once" not in ways
        session = clash.place(choice=Choice(lead=nina))
        assert (session.lead, session.own) == (nina, ["lead"])

    def test_who_knows_the_patients_is_named_first_and_then_who_leads_less_that_week(self) -> None:
        clash = Clash(starts=time(19))
        person = clash.enroll(2)[0]
        make.session(day=THURSDAY, starts=time(16), minutes=90, lead=clash.lead)
        for name, hour in (("Abe", 9), ("Zoe", 10)):
            knows = make.clinician(given_name=name, family_name="Known")
            lately = make.session(day=make.MONDAY - timedelta(days=6), starts=time(hour), lead=knows)
            make.booking(lately, person)
            make.session(day=THURSDAY, starts=time(hour), minutes=30 if name == "Zoe" else 60, lead=knows)
        leads = [(fix.title, fix.cost) for fix in clash.trouble().fixes if fix.choice.lead]
        cost = "Has led 1 of 2 of them, free 4:40 to 5:40 pm, this once"
        assert leads == [("Let Zoe Known lead it", cost), ("Let Abe Known lead it", cost)]

    def test_ten_clinicians_cost_as_many_statements_as_two(self) -> None:
        clash = Clash(starts=time(19))
        clash.enroll(3)
        make.session(day=THURSDAY, starts=time(16), minutes=90, lead=clash.lead)

        def statements() -> int:
            with CaptureQueriesContext(connection) as asked:
                clash.trouble()
            return len(asked)

        make.license_of(make.clinician())
        few = statements()
        for _ in range(8):
            make.license_of(make.clinician())
        assert statements() == few

    def test_what_is_only_waiting_can_be_placed_at_once(self) -> None:
        clash = Clash(starts=time(19))
        assert list(clash.ways()) == ["Place it as the pattern says"]
        assert clash.place().own == []


@pytest.mark.django_db
class TestPlacing:
    def test_people_come_as_the_calendar_brings_them(self) -> None:
        clash = Clash()
        free, busy = clash.enroll(2)
        helper = make.clinician(given_name="Wen")
        CoFacilitator.objects.create(group=clash.group, staff=helper)
        make.booking(make.session(day=THURSDAY, starts=time(16)), busy)
        session = clash.place(choice=Choice(room=make.room(name="Cedar")))
        assert [b.patient for b in session.bookings.all()] == [free.patient]
        assert session.facilitations.filter(staff=helper, is_lead=False).exists()
        assert (session.place, session.own, session.pattern_on) == ("Cedar", ["room"], THURSDAY)

    def test_the_pattern_and_its_other_days_stay_as_they_are(self) -> None:
        clash = Clash()
        clash.place(choice=Choice(room=make.room(name="Cedar")))
        materialise(day=make.MONDAY, weeks=3, now=make.NOW)
        clash.group.refresh_from_db()
        later = clash.group.sessions.exclude(pattern_on=THURSDAY)
        assert clash.group.room == clash.birch and {s.room for s in later} == {clash.birch}

    def test_ending_early_keeps_the_start(self) -> None:
        clash = Clash()
        session = clash.place(ends_at=at_local(THURSDAY, time(17, 25), TZ))
        assert session.starts_at == at_local(THURSDAY, time(16, 40), TZ)
        assert (session.scheduled_minutes, session.own) == (45, ["time"])

    def test_the_same_place_stays_a_clash(self) -> None:
        with pytest.raises(Clashing, match="Birch is taken by Evening process"):
            Clash().place()
        assert not Booking.objects.exists()

    def test_sharing_the_room_needs_the_right_and_a_reason_and_names_both(self) -> None:
        clash = Clash()
        share: dict[str, Any] = {"choice": Choice(anyway=True)}
        with pytest.raises(Refused, match="may go ahead") as refusal:
            clash.place(actor=make.user(), reason="One evening", **share)
        assert refusal.value.status == 403
        with pytest.raises(Refused) as refusal:
            clash.place(reason=" ", **share)
        assert refusal.value.status == 422 and not Override.objects.exists()
        session = clash.place(reason="One evening", **share)
        assert session.shares_room and session.override is not None
        assert session.override.rules == ["room_taken"] and session.override.reason == "One evening"

    def test_a_busy_lead_is_never_gone_against(self) -> None:
        clash = Clash(starts=time(19))
        make.session(day=THURSDAY, starts=time(16), minutes=90, lead=clash.lead)
        with pytest.raises(Clashing, match="Marcus T. already leads"):
            clash.place(choice=Choice(anyway=True), reason="Please")

    def test_a_day_that_is_settled_or_none_of_its_days_is_refused(self) -> None:
        clash = Clash()
        cedar = Choice(room=make.room(name="Cedar"))
        clash.place(choice=cedar)
        for day in (THURSDAY, make.MONDAY, THURSDAY - timedelta(weeks=1)):
            with pytest.raises(Refused, match="nothing to settle"):
                clash.place(choice=cedar, day=day)

    def test_another_sites_room_is_refused(self) -> None:
        clash = Clash()
        with pytest.raises(Refused, match="not in use at this site"):
            clash.place(choice=Choice(room=make.room(make.other_site(), name="Willow")))


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("no_connection_left")
def test_twenty_who_settle_the_same_clash_make_one_session() -> None:
    clash = Clash()
    clash.enroll(2)
    rooms = [make.room(name=f"Room {n}") for n in range(20)]
    answers = race([partial(clash.place, choice=Choice(room=room)) for room in rooms])
    refused = [answer for answer in answers if isinstance(answer, Refused)]
    assert len(refused) == 19 and {one.status for one in refused} == {409}
    assert clash.session.booked_seats == 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("no_connection_left")
def test_two_groups_that_move_to_the_same_room_leave_it_to_one() -> None:
    first, fay = Clash(), make.user(Role.SUPERVISOR)
    second = make.group(
        name="Family night", weekday=3, starts=time(16, 50), room=first.birch, lead=make.clinician()
    )
    cedar = Choice(room=make.room(name="Cedar"))
    said: dict[str, Any] = {"actor": fay, "day": THURSDAY, "choice": cedar, "now": make.NOW}
    answers = race([partial(place_session, group=one, **said) for one in (first.group, second)])
    (refused,) = [answer for answer in answers if isinstance(answer, Refused)]
    assert refused.status == 409 and "Cedar is taken by" in refused.sentence
    assert TherapySession.objects.filter(room__name="Cedar").count() == 1


@pytest.mark.django_db
class TestThePage:
    @pytest.fixture
    def clash(self) -> Clash:
        return Clash(local_day(timezone.now(), TZ) + timedelta(days=9))

    def address(self, clash: Clash, name: str = "clash", day: int = 0) -> str:
        return reverse(f"scheduling:{name}", args=[clash.group.pk, day or int(f"{clash.day:%Y%m%d}")])

    def text(self, answer: Any) -> str:
        return " ".join(answer.content.decode().split())

    @pytest.mark.parametrize("piece", [{}, {"HX-Request": "true"}])
    def test_it_names_what_is_in_the_way(self, clash: Clash, sign_in: Any, piece: Any) -> None:
        page = self.text(sign_in(role=Role.FRONT_DESK).get(self.address(clash), headers=piece))
        assert "Birch is taken by Evening process" in page and "Shorten" in page
        assert page.startswith("<aside") is bool(piece)

    def settle(self, client: Client, clash: Clash, **said: Any) -> Any:
        return client.post(self.address(clash, "clash_settlement"), said)

    def test_each_role_is_offered_what_it_may_do(self, clash: Clash, sign_in: Any) -> None:
        offered = {}
        for role in (Role.FRONT_DESK, Role.DIRECTOR, Role.BILLER):
            page = self.text(sign_in(role=role).get(self.address(clash)))
            offered[role] = ["Shorten" in page, "Leave out" in page, ">Allow<" in page]
        assert offered == {
            Role.FRONT_DESK: [True, False, False],
            Role.DIRECTOR: [True, True, True],
            Role.BILLER: [False, False, False],
        }
        assert self.settle(sign_in(role=Role.BILLER), clash, way="shorter").status_code == 403
        refused = self.settle(sign_in(role=Role.FRONT_DESK), clash, way="share", reason="Me too")
        assert refused.status_code == 409 and not clash.group.sessions.exists()

    def test_a_way_settles_it_and_leads_back_to_its_week(self, clash: Clash, sign_in: Any) -> None:
        client = sign_in(role=Role.FRONT_DESK)
        answer = self.settle(client, clash, way="shorter")
        assert answer.status_code == 302 and "?week=" in answer.url
        assert clash.session.scheduled_minutes == 45
        assert "is settled" in self.text(client.get(answer.url))
        assert "Open the session" in self.text(client.get(self.address(clash)))

    def test_leaving_the_date_out_keeps_the_calendar_from_making_it(self, clash: Clash, sign_in: Any) -> None:
        assert self.settle(sign_in(role=Role.DIRECTOR), clash, way="skip").status_code == 302
        assert clash.session.status == "cancelled" and "Birch is taken" in clash.session.cancel_reason

    def test_sharing_without_a_reason_asks_for_it(self, clash: Clash, sign_in: Any) -> None:
        client = sign_in(role=Role.DIRECTOR)
        answer = self.settle(client, clash, way="share", reason="")
        assert answer.status_code == 422 and "Say why" in self.text(answer)
        assert self.settle(client, clash, way="share", reason="One evening").status_code == 302
        assert clash.session.shares_room

    def test_a_way_that_has_gone_changes_nothing_and_shows_what_is_left(
        self, clash: Clash, sign_in: Any
    ) -> None:
        cedar, client = make.room(name="Cedar"), sign_in(role=Role.FRONT_DESK)
        assert f'value="room-{cedar.pk}"' in self.text(client.get(self.address(clash)))
        make.session(day=clash.day, starts=time(17), room=cedar)
        answer = self.settle(client, clash, way=f"room-{cedar.pk}")
        assert answer.status_code == 409 and "not open any more" in self.text(answer)
        assert not clash.group.sessions.exists()
        for way in ("", "room-999999", "nonsense"):
            assert self.settle(client, clash, way=way).status_code == 409

    @pytest.mark.parametrize("day", [20261399, 5, 999999999])
    def test_a_day_that_is_none_is_not_found(self, clash: Clash, sign_in: Any, day: int) -> None:
        assert sign_in(role=Role.DIRECTOR).get(self.address(clash, day=day)).status_code == 404
