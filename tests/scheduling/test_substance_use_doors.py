"""42 CFR Part 2: nobody is in a substance-use program while their stay is not marked as such a record."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from iop_clinic.accounts.models import User
from iop_clinic.audit.models import AuditEvent
from iop_clinic.refusal import Refused
from iop_clinic.roles import Role
from patients.models import Episode
from patients.protecting import mark_substance_use
from scheduling.booking import book
from scheduling.enrolling import enroll
from scheduling.makeups import make_up, ways_for
from scheduling.models import Booking, Enrollment, Group, SeatOffer, WaitlistEntry
from scheduling.offers import accept_offer
from scheduling.protecting import unmark_substance_use
from scheduling.tracks import change_track
from scheduling.waitlist import add_to_waitlist
from tests import make

pytestmark = pytest.mark.django_db
SENTENCE = "Evening SUD is a substance-use program. Mark the stay as a substance-use record first."
SignIn = Callable[..., Client]


@pytest.fixture
def desk() -> User:
    return make.user()


@pytest.fixture
def evening() -> Group:
    return make.group(make.track(name="Evening SUD", tone="eve", is_part2=True), name="Relapse prevention")


@pytest.fixture
def ana() -> Episode:
    return make.episode(make.patient(given_name="Ana"))


def waits(desk: User, of: Episode, into: Group) -> WaitlistEntry:
    return add_to_waitlist(actor=desk, episode=of, group=into, priority=3, reason="Wants it", now=make.NOW)


def doors(desk: User, of: Episode, into: Group) -> list[Callable[[], Any]]:
    coming = make.session(group=into, day=make.MONDAY.replace(day=26), title="Relapse prevention")
    offer = make.offer(make.waiting(of, into))
    lost = make.booking(make.session(day=make.MONDAY.replace(day=22)), of)
    Booking.objects.filter(pk=lost.pk).update(status="cancelled_by_patient", cancelled_at=make.NOW)
    now = make.NOW
    return [
        lambda: enroll(actor=desk, episode=of, group=into, from_on=now.date(), now=now),
        lambda: book(actor=desk, session=coming, episode=of, now=now),
        lambda: accept_offer(actor=desk, offer=offer, now=now),
        lambda: make_up(actor=desk, booking=lost, session=coming, now=now),
    ]


def test_every_door_is_shut_with_a_sentence_until_the_stay_is_marked(
    desk: User, ana: Episode, evening: Group
) -> None:
    with pytest.raises(Refused, match=SENTENCE):
        waits(desk, ana, evening)
    *said, making_up = doors(desk, ana, evening)
    for door in said:
        with pytest.raises(Refused) as refused:
            door()
        assert (refused.value.sentence, refused.value.status) == (SENTENCE, 409)
    with pytest.raises(Refused):
        making_up()
    assert not Enrollment.objects.exists() and not Booking.objects.active().exists()
    lost = Booking.objects.get(episode=ana)
    assert ways_for(lost, make.NOW) == []
    mark_substance_use(actor=desk, episode=ana)
    assert [way.session.group for way in ways_for(lost, make.NOW)] == [evening]
    said[2]()
    assert SeatOffer.objects.get().answer == "accepted"


def test_a_marked_stay_gets_in_line_and_a_place(desk: User, ana: Episode, evening: Group) -> None:
    mark_substance_use(actor=desk, episode=ana)
    waits(desk, ana, evening)
    assert enroll(actor=desk, episode=ana, group=evening, from_on=make.NOW.date(), now=make.NOW).pk


def test_marking_is_on_the_trail_once_and_not_for_a_stay_that_has_ended(desk: User, ana: Episode) -> None:
    for _ in range(2):
        assert mark_substance_use(actor=desk, episode=ana).is_part2
    assert AuditEvent.objects.filter(verb="patients.mark_substance_use", object_id=ana.pk).count() == 1
    over = make.episode(make.patient(), ended_on=make.MONDAY)
    with pytest.raises(Refused, match="has ended"):
        mark_substance_use(actor=desk, episode=over)


def test_the_mark_comes_off_for_a_reason_and_not_with_a_place_a_seat_or_a_wait(
    desk: User, ana: Episode, evening: Group
) -> None:
    def off(reason: str = "Wrong chart") -> Episode:
        return unmark_substance_use(actor=desk, episode=ana, reason=reason, now=make.NOW)

    mark_substance_use(actor=desk, episode=ana)
    with pytest.raises(Refused) as refused:
        off(" ")
    assert refused.value.status == 422
    place = make.enrollment(ana, evening)
    with pytest.raises(Refused, match="Ana has a place in Evening SUD"):
        off()
    Enrollment.objects.filter(pk=place.pk).update(to_on=make.MONDAY)
    seat = make.booking(make.session(group=evening, day=make.MONDAY.replace(day=26)), ana)
    with pytest.raises(Refused, match="Ana has a place"):
        off()
    Booking.objects.filter(pk=seat.pk).update(status="cancelled_by_clinic", cancelled_at=make.NOW)
    entry = waits(desk, ana, evening)
    with pytest.raises(Refused, match="Ana has a place"):
        off()
    WaitlistEntry.objects.filter(pk=entry.pk).update(ended_at=make.NOW, outcome="removed")
    assert not off().is_part2
    ana.refresh_from_db()
    assert ana.part2_removed_because == "Wrong chart"
    assert AuditEvent.objects.filter(verb="patients.unmark_substance_use", object_id=ana.pk).exists()


def test_a_track_becomes_a_substance_use_program_when_everyone_in_it_is_marked(
    desk: User, ana: Episode
) -> None:
    track = make.track(name="Morning")
    make.enrollment(ana, make.group(track))

    def change() -> None:
        change_track(
            actor=desk, track=track, name="Morning", tone="am", is_part2=True, youngest_age=18,
            oldest_age=None, is_active=True, now=make.NOW,
        )  # fmt: skip

    with pytest.raises(Refused, match="1 person has a place in Morning"):
        change()
    mark_substance_use(actor=desk, episode=ana)
    change()
    track.refresh_from_db()
    assert track.is_part2


def test_pages_leave_such_groups_out_and_say_so(sign_in: SignIn, ana: Episode, evening: Group) -> None:
    staff = sign_in(role=Role.CLINICIAN)
    places = reverse("scheduling:enrollment", args=[ana.patient_id])
    waitlist = reverse("scheduling:waitlist_add", args=[ana.patient_id])
    page = staff.get(places).content.decode()
    assert "Relapse prevention" not in page and "are left out" in page
    assert reverse("patients:substance_use", args=[ana.patient_id]) in page
    assert "Relapse prevention" not in staff.get(waitlist).content.decode()
    make.enrollment(ana, evening)
    assert "Relapse prevention" in staff.get(places).content.decode()
    Episode.objects.update(is_part2=True)
    assert "are left out" not in staff.get(places).content.decode()
    assert "Relapse prevention" in staff.get(waitlist).content.decode()


def test_the_chart_marks_and_unmarks_and_each_role_has_its_own_part(sign_in: SignIn, ana: Episode) -> None:
    mark = reverse("patients:substance_use", args=[ana.patient_id])
    unmark = reverse("scheduling:substance_use_end", args=[ana.patient_id])
    clinician, supervisor = sign_in(role=Role.CLINICIAN), sign_in(role=Role.SUPERVISOR)
    consents = reverse("patients:consents", args=[ana.patient_id])
    assert mark in clinician.get(consents).content.decode()
    assert clinician.post(mark).status_code == 302
    page = clinician.get(consents).content.decode()
    assert "Part 2 record" in page and mark not in page and unmark not in page
    assert unmark in supervisor.get(consents).content.decode()
    assert clinician.post(unmark, {"reason": "Wrong chart"}).status_code == 403
    assert sign_in(role=Role.DIRECTOR).get(unmark).status_code == 200
    assert supervisor.post(unmark, {"reason": ""}).status_code == 422
    assert supervisor.post(unmark, {"reason": "Wrong chart"}).status_code == 302
    ana.refresh_from_db()
    assert not ana.is_part2


def test_a_stay_that_is_gone_or_held_is_said_on_the_page(sign_in: SignIn, evening: Group) -> None:
    nobody, held = make.patient(), make.episode(is_part2=True)
    make.enrollment(held, evening, from_on=timezone.now().date())
    supervisor = sign_in(role=Role.SUPERVISOR)
    for name in ("patients:substance_use", "scheduling:substance_use_end"):
        answer = supervisor.post(reverse(name, args=[nobody.pk]), {"reason": "x"})
        assert answer.status_code == 409 and "no open episode" in answer.content.decode()
    answer = supervisor.post(
        reverse("scheduling:substance_use_end", args=[held.patient_id]), {"reason": "Wrong"}
    )
    assert answer.status_code == 409 and "has a place in Evening SUD" in answer.content.decode()
