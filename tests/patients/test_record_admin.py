"""The administration of the record: every list opens, history is looked at and never changed."""

from collections.abc import Callable

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from iop_clinic.accounts.models import User
from iop_clinic.admin_site import ClinicAdmin
from iop_clinic.audit.models import AuditEvent
from iop_clinic.roles import Role
from patients.admin import ReadOnlyAdmin
from patients.models import Payer
from tests import make

SignIn = Callable[..., Client]
OURS = [model for model in admin.site._registry if model._meta.app_label == "patients"]


def filled() -> None:
    episode = make.episode()
    make.plan(episode)
    make.consents(episode.patient)
    make.authorization(make.coverage(episode.patient))
    make.follow_up(episode.patient, episode.primary_clinician)
    make.response(episode.patient)
    make.referral(episode.patient)


@pytest.mark.django_db
def test_the_lists_are_headed_as_one_says_them(sign_in: SignIn) -> None:
    page = sign_in(role=Role.ADMINISTRATOR).get(reverse("admin:index")).text
    assert "Levels of care" in page
    assert "Follow-ups" in page


@pytest.mark.django_db
@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.model_name)
def test_every_list_and_page_of_the_record_opens_and_can_be_searched(model: type, sign_in: SignIn) -> None:
    filled()
    client = sign_in(role=Role.ADMINISTRATOR)
    name = f"admin:patients_{model._meta.model_name}"  # type: ignore[attr-defined]
    assert client.get(reverse(f"{name}_changelist"), {"q": "1"}).status_code == 200
    row = model._default_manager.first()  # type: ignore[attr-defined]
    if row is not None:
        assert client.get(reverse(f"{name}_change", args=[row.pk])).status_code == 200


@pytest.mark.django_db
def test_history_cannot_be_added_changed_or_deleted_here(sign_in: SignIn) -> None:
    filled()
    client = sign_in(role=Role.ADMINISTRATOR)
    for model, page in admin.site._registry.items():
        if isinstance(page, ReadOnlyAdmin):
            name = f"admin:patients_{model._meta.model_name}"
            assert client.get(reverse(f"{name}_add")).status_code == 403
            row = model._default_manager.first()
            if row is not None:
                assert client.post(reverse(f"{name}_change", args=[row.pk]), {"x": "1"}).status_code == 403
                assert (
                    client.post(reverse(f"{name}_delete", args=[row.pk]), {"post": "yes"}).status_code == 403
                )


@pytest.mark.django_db
def test_a_payer_is_added_here_and_that_is_on_the_trail(sign_in: SignIn) -> None:
    client = sign_in(role=Role.ADMINISTRATOR)
    answer = client.post(reverse("admin:patients_payer_add"), {"name": "Meridian Care", "is_active": "on"})
    assert answer.status_code == 302
    assert Payer.objects.get().name == "Meridian Care"
    assert AuditEvent.objects.filter(verb="admin.payer.created").count() == 1


def test_every_page_of_the_record_writes_the_trail() -> None:
    assert all(isinstance(admin.site._registry[model], ClinicAdmin) for model in OURS)


@pytest.mark.django_db
def test_a_patient_s_account_is_found_by_chart_number_and_never_by_name(sign_in: SignIn) -> None:
    """A search in the administration stands in the address; so only staff are found that way."""
    client, ana, theo = sign_in(role=Role.ADMINISTRATOR), make.portal_patient(), make.clinician()
    for q in ("", ana.user.family_name, ana.user.email):  # type: ignore[union-attr]
        listed = client.get(reverse("admin:accounts_user_changelist"), {"q": q} if q else {}).text
        account = reverse("admin:accounts_user_change", args=[ana.user_id])
        assert account not in listed
    assert (
        reverse("admin:accounts_user_change", args=[theo.pk])
        in client.get(reverse("admin:accounts_user_changelist"), {"q": theo.email}).text
    )
    asked = {"app_label": "accounts", "model_name": "staffprofile", "field_name": "user", "term": "a"}
    offered = client.get(reverse("admin:autocomplete"), asked).json()["results"]
    assert str(ana.user_id) not in {row["id"] for row in offered}
    assert account in client.get(reverse("admin:patients_patient_change", args=[ana.pk])).text
    assert client.get(account).status_code == 200


@pytest.mark.django_db
def test_a_portal_account_is_made_on_a_chart_only(sign_in: SignIn) -> None:
    fields = {
        "email": "ana@mail.example", "given_name": "Ana", "family_name": "Reyes", "role": "patient",
        "is_active": "on", "profile-TOTAL_FORMS": 0, "profile-INITIAL_FORMS": 0,
    }  # fmt: skip
    answer = sign_in(role=Role.ADMINISTRATOR).post(reverse("admin:accounts_user_add"), fields)
    assert "Invite the patient from their chart." in answer.text
    assert not User.objects.filter(email="ana@mail.example").exists()
