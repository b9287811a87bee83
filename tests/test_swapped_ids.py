"""Ids swapped inside a form one may open: rows of other sites and patients are refused, nothing changes."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from iop_clinic.roles import Role
from patients.models import Referral
from tests import make
from tests.test_access import digest

pytestmark = pytest.mark.django_db


class Clinic:
    """One patient of this site in a running week, and everything of another site or patient to swap in."""

    def __init__(self) -> None:
        self.day = timezone.now().date()
        self.site, self.elsewhere = make.site(), make.other_site()
        self.lead, self.stranger = make.clinician(self.site), make.clinician(self.elsewhere)
        self.front_desk, self.biller = make.user(at=self.site), make.user(Role.BILLER, self.site)
        admitted_on = self.day - timedelta(days=30)
        self.patient = make.patient(self.site)
        make.consents(self.patient, self.lead)
        self.episode = make.episode(self.patient, admitted_on=admitted_on, lead=self.lead)
        self.other = make.episode(make.patient(self.site), admitted_on=admitted_on, lead=self.lead)
        self.new = make.patient(self.site)
        make.consents(self.new, self.lead, on=admitted_on)
        make.plan(self.episode)
        self.other_objective = make.objective_of(make.plan(self.other))
        self.coming = make.session(self.site, day=self.day + timedelta(days=2), lead=self.lead)
        self.room = make.room(self.elsewhere, "Their room")
        self.group = make.group(make.track(self.elsewhere, "Their track"), lead=self.stranger)
        self.held = make.booking(
            make.session(self.site, day=self.day - timedelta(days=1), lead=self.lead), self.episode
        )
        make.attendance(self.held)
        self.follow_up = make.follow_up(self.patient, self.lead)


Swap = Callable[[Clinic], tuple[Any, str, dict[str, Any]]]


def visit(c: Clinic, **swapped: Any) -> tuple[Any, str, dict[str, Any]]:
    said = {"kind": "individual", "on": c.day + timedelta(days=3), "starts_at": "15:00", "minutes": 50}
    said |= {"repeat": "0", "times": 1, "mode": "in_person", "lead": c.lead.pk}
    said["room"] = make.room(c.site, "Oak").pk
    return c.lead, reverse("scheduling:visit", args=[c.patient.pk]), said | swapped


def admission(c: Clinic, **swapped: Any) -> tuple[Any, str, dict[str, Any]]:
    said = {"level": make.level().pk, "admitted_on": c.day, "primary_clinician": c.lead.pk, "hours": 9}
    said |= {"days_a_week": 3, "diagnosis_code": "F33.1", "diagnosis_label": "Depression"}
    return c.lead, reverse("patients:admission", args=[c.new.pk]), said | swapped


SWAPS: dict[str, Swap] = {
    "a clinician of another site in a visit": lambda c: visit(c, lead=c.stranger.pk),
    "the front desk as clinician": lambda c: visit(c, lead=c.front_desk.pk),
    "a room of another site in a visit": lambda c: visit(c, room=c.room.pk),
    "a room of another site in a move": lambda c: (
        c.lead,
        reverse("scheduling:session_edit", args=[c.coming.pk]),
        {"on": c.day + timedelta(days=3), "at": "10:00", "room": c.room.pk, "version": c.coming.version},
    ),
    "a group of another site": lambda c: (
        c.lead,
        reverse("scheduling:enrollment", args=[c.patient.pk]),
        {"from_on": c.day, "groups": [c.group.pk], "enroll": "1"},
    ),
    "a clinician of another site in an admission": lambda c: admission(c, primary_clinician=c.stranger.pk),
    "the front desk as primary clinician": lambda c: admission(c, primary_clinician=c.front_desk.pk),
    "an owner of another site": lambda c: (
        c.lead,
        reverse("patients:follow_up_owner", args=[c.follow_up.pk]),
        {"owner": c.stranger.pk},
    ),
    "an owner who sees no follow-ups": lambda c: (
        c.lead,
        reverse("patients:follow_up_owner", args=[c.follow_up.pk]),
        {"owner": c.biller.pk},
    ),
    "an objective of another patient in a note": lambda c: (
        c.lead,
        reverse("sessions:note", args=[c.held.pk]),
        {
            "objective": c.other_objective.pk,
            "participation": "active",
            "risk": "none",
            "text": "x",
            "version": 0,
        },
    ),
    "a relative of another patient in a consent": lambda c: (
        c.front_desk,
        reverse("patients:consent_new", args=[c.patient.pk]) + "?kind=family",
        {"related_person": make.relative(c.other.patient, agreed=False).pk},
    ),
    "a chart of another site in a referral": lambda c: (
        c.front_desk,
        reverse("patients:referral_new"),
        {
            "given_name": "Ana", "family_name": "Elsewhere", "born_on": "1992-02-03", "source": "hospital",
            "received_on": c.day, "reason": "Low mood",
            "chart": make.patient(c.elsewhere, family_name="Elsewhere").pk,
        },
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", SWAPS)
def test_a_swapped_id_is_refused_and_changes_nothing(what: str, sign_in: Any) -> None:
    clinic = Clinic()
    who, url, said = SWAPS[what](clinic)
    client = sign_in(who)
    client.get(reverse("home"))
    if "referral" in what:
        answer = client.post(url, said)
        assert not Referral.objects.filter(patient_id=said["chart"]).exists()
        assert answer.status_code in {302, 422}
        return
    before = digest()
    assert client.post(url, said).status_code in {404, 409, 422}
    assert digest() == before


@pytest.mark.parametrize("what", ["visit", "admission"])
def test_the_same_form_with_its_own_ids_goes_through(what: str, sign_in: Any) -> None:
    """So that a refusal above is about the id and not about the rest of the form."""
    who, url, said = {"visit": visit, "admission": admission}[what](Clinic())
    answer = sign_in(who).post(url, said)
    assert answer.status_code == 302, answer.content.decode()[-3000:]


def test_someone_elses_public_id_opens_nothing_in_the_portal(sign_in: Any) -> None:
    clinic = Clinic()
    booking = make.booking(clinic.coming, clinic.other)
    response = make.response(clinic.other.patient, due_on=clinic.day)
    asked, given = make.waiting_release(clinic.other.patient), make.release(clinic.other.patient)
    client = sign_in(make.portal_patient().user)
    client.get(reverse("home"))
    before = digest()
    for name, kwargs, said in (
        ("portal:session", {"public_id": booking.public_id}, {}),
        ("portal:confirm", {"public_id": booking.public_id}, {}),
        ("portal:cancel", {"public_id": booking.public_id}, {"which": "this", "reason": "sick"}),
        ("portal:late", {"public_id": booking.public_id}, {"until": "10"}),
        ("portal:question", {"public_id": response.public_id, "number": 1}, {"answer": 3}),
        ("portal:consent", {"public_id": asked.public_id}, {"signed_name": "Ana", "agree": "on"}),
        ("portal:consent_revocation", {"public_id": given.public_id}, {}),
    ):
        url = reverse(name, kwargs=kwargs)
        assert client.post(url, said).status_code in {404, 405}, name
        assert client.get(url).status_code in {404, 405}, name
    assert digest() == before
