"""What administrators find of the week: staff hours to edit; who leads, overrides and remarks to read."""

from typing import Any

import pytest
from django.urls import reverse

from iop_clinic.roles import Role
from scheduling.models import Override, Remark, WorkingHours
from tests import make

pytestmark = pytest.mark.django_db


def test_working_hours_are_added_for_clinicians_only(sign_in: Any) -> None:
    client, theo, desk = sign_in(role=Role.ADMINISTRATOR), make.clinician(), make.user(Role.FRONT_DESK)
    url = reverse("admin:scheduling_workinghours_add")
    typed = {"site": make.site().pk, "weekday": 0, "starts": "09:00", "ends": "17:00"}
    assert client.post(url, typed | {"staff": desk.pk}).status_code == 200
    assert client.post(url, typed | {"staff": theo.pk, "ends": "08:00"}).status_code == 200
    assert not WorkingHours.objects.exists()
    assert client.post(url, typed | {"staff": theo.pk}).status_code == 302
    assert WorkingHours.objects.get().staff == theo


def test_who_leads_overrides_and_remarks_are_read_and_not_written(sign_in: Any) -> None:
    client, session = sign_in(role=Role.ADMINISTRATOR), make.session()
    Override.objects.create(rules=["room_taken"], reason="Private words", allowed_by=session.lead)
    Remark.objects.create(session=session, text="Private words", written_by=session.lead)
    for name in ("facilitation", "override", "remark"):
        rows = client.get(reverse(f"admin:scheduling_{name}_changelist"))
        assert rows.status_code == 200 and "1 " in rows.content.decode()
        assert "Private words" not in rows.content.decode()
        assert client.get(reverse(f"admin:scheduling_{name}_add")).status_code == 403
    override = Override.objects.get()
    page = client.get(reverse("admin:scheduling_override_change", args=[override.pk])).content.decode()
    assert "The room is shared" in page and "Private words" not in page
