"""A portal account is opened once, at the chart's own address, with an invitation that says nothing."""

from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from iop_clinic.messages.models import Message
from iop_clinic.refusal import Refused
from iop_clinic.roles import Role
from patients.inviting import invite_to_portal
from tests import make

pytestmark = pytest.mark.django_db


def invite(**fields: Any) -> Any:
    whom = make.patient(email="ana@home.example", **fields)
    return whom, invite_to_portal(actor=make.user(), patient=whom, now=timezone.now())


def test_the_account_is_a_patients_and_has_no_password() -> None:
    whom, account = invite()
    whom.refresh_from_db()
    assert (whom.user, account.role, account.has_usable_password()) == (account, Role.PATIENT, False)


def test_inviting_twice_opens_one_account_and_owes_one_message() -> None:
    whom, account = invite()
    assert invite_to_portal(actor=make.user(), patient=whom, now=timezone.now()) == account
    assert Message.objects.filter(kind="portal_invitation").count() == 1


def test_the_invitation_names_no_care() -> None:
    invite()
    message = Message.objects.get(kind="portal_invitation")
    for word in ("therapy", "treatment", "program", "patient", "group", "recovery", "Ana"):
        assert word not in message.subject_line + message.body


def test_a_chart_without_an_address_is_refused_with_what_to_do() -> None:
    with pytest.raises(Refused, match="address on the chart first"):
        invite_to_portal(actor=make.user(), patient=make.patient(), now=timezone.now())


def test_an_address_someone_else_signs_in_with_is_refused() -> None:
    staff = make.user(email="shared@home.example")
    whom = make.patient(email="Shared@home.example")
    with pytest.raises(Refused, match="Another account"):
        invite_to_portal(actor=staff, patient=whom, now=timezone.now())
    whom.refresh_from_db()
    assert whom.user is None


def test_the_desk_invites_from_the_chart_and_reads_what_is_missing(sign_in: Any) -> None:
    desk, whom = sign_in(role=Role.FRONT_DESK), make.patient()
    edit = desk.post(reverse("patients:portal_account", args=[whom.pk]), follow=True).content.decode()
    assert "Write the e-mail address on the chart first" in edit
    whom.email = "ana@home.example"
    whom.save(update_fields=["email"])
    edit = desk.post(reverse("patients:portal_account", args=[whom.pk]), follow=True).content.decode()
    assert "The invitation goes to ana@home.example" in edit
    assert "Signs in as" in edit
