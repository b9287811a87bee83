"""A clinician's week is saved as a whole, and asked before anything new is put on the calendar."""

from datetime import time, timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from iop_clinic.audit.models import AuditEvent
from iop_clinic.clock import local_day
from iop_clinic.refusal import Refused
from iop_clinic.roles import Role
from scheduling.models import WorkingHours
from scheduling.working_hours import Span, hours_of, joined, sessions_outside, set_working_hours
from tests import make

pytestmark = pytest.mark.django_db
MORNING, AFTERNOON = Span(0, time(9), time(12)), Span(0, time(13), time(17))


def save(*spans: Span, **fields: Any) -> Any:
    how = {"actor": make.user(Role.SUPERVISOR), "staff": make.clinician(), "site": make.site()} | fields
    return set_working_hours(**how, spans=spans)


def test_a_week_replaces_the_one_before_and_the_same_again_changes_nothing() -> None:
    theo, site = make.clinician(), make.site()
    save(MORNING, AFTERNOON, staff=theo)
    rows = set(WorkingHours.objects.values_list("pk", flat=True))
    save(AFTERNOON, MORNING, staff=theo)
    assert set(WorkingHours.objects.values_list("pk", flat=True)) == rows
    assert AuditEvent.objects.filter(verb="scheduling.set_working_hours").count() == 1
    save(Span(4, time(8), time(12)), staff=theo)
    assert hours_of(theo, site) == [Span(4, time(8), time(12))]


@pytest.mark.parametrize(
    "spans",
    [
        [Span(0, time(12), time(9))],
        [Span(0, time(9), time(9))],
        [MORNING, Span(0, time(11), time(14))],
        [MORNING, AFTERNOON, Span(0, time(18), time(19))],
        [Span(7, time(9), time(10))],
    ],
)
def test_impossible_hours_change_nothing(spans: list[Span]) -> None:
    theo = make.clinician()
    save(Span(2, time(9), time(17)), staff=theo)
    with pytest.raises(Refused) as found:
        save(*spans, staff=theo)
    assert found.value.status == 422
    assert hours_of(theo, make.site()) == [Span(2, time(9), time(17))]


def test_hours_are_only_for_who_works_at_the_site() -> None:
    with pytest.raises(Refused, match="does not work at"):
        save(MORNING, staff=make.clinician(make.other_site()))


def test_rows_that_meet_are_one_stretch_of_work() -> None:
    assert joined([Span(0, time(12), time(17)), MORNING]) == [Span(0, time(9), time(17))]
    assert len(joined([MORNING, AFTERNOON])) == 2


def test_coming_sessions_outside_the_hours_are_told_and_stay() -> None:
    theo, site = make.clinician(), make.site()
    inside = make.session(day=make.MONDAY + timedelta(days=7), starts=time(10), lead=theo)
    outside = make.session(day=make.MONDAY + timedelta(days=7), starts=time(12), lead=theo)
    assert sessions_outside(theo, site, make.NOW) == []
    save(MORNING, AFTERNOON, staff=theo)
    assert sessions_outside(theo, site, make.NOW) == [outside]
    inside.refresh_from_db()
    assert inside.status == "scheduled"


def test_hours_at_another_site_only_mean_none_here() -> None:
    theo, orchard = make.clinician(), make.other_site()
    theo.sites.add(orchard)
    session = make.session(day=make.MONDAY + timedelta(days=7), lead=theo)
    save(MORNING, staff=theo, site=orchard)
    assert sessions_outside(theo, make.site(), make.NOW) == [session]


def test_a_supervisor_edits_the_week_as_one_table(sign_in: Any) -> None:
    client, theo = sign_in(role=Role.SUPERVISOR), make.clinician(given_name="Theo", family_name="Oak")
    day = local_day(timezone.now(), "America/New_York") + timedelta(days=7)
    make.session(day=day, starts=time(20), lead=theo, title="Late group")
    url = reverse("scheduling:working_hours", args=[theo.pk])
    typed = {"starts_0_0": "09:00", "ends_0_0": "12:00", "starts_0_1": "13:00", "ends_0_1": "17:00"}
    assert client.post(url, typed).status_code == 302
    assert hours_of(theo, make.site()) == [MORNING, AFTERNOON]
    page = client.get(url).content.decode()
    assert 'value="13:00"' in page and "Late group" in page
    listed = client.get(reverse("scheduling:staff_hours")).content.decode()
    assert '9:00 am to</span> <span class="nowrap">12:00 pm' in listed


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"starts_0_0": "09:00"}, "Monday needs both times"),
        ({"starts_0_0": "12:00", "ends_0_0": "09:00"}, "Monday ends before it starts"),
        ({"starts_2_0": "09:00", "ends_2_0": "12:00", "starts_2_1": "11:00", "ends_2_1": "13:00"}, "overlap"),
        ({"starts_0_0": "soon", "ends_0_0": "12:00"}, "Enter a valid time"),
    ],
)
def test_a_day_that_cannot_be_is_said_at_that_day(sign_in: Any, typed: dict[str, str], said: str) -> None:
    theo = make.clinician()
    answer = sign_in(role=Role.DIRECTOR).post(reverse("scheduling:working_hours", args=[theo.pk]), typed)
    assert answer.status_code == 422 and said in answer.content.decode()
    assert not WorkingHours.objects.exists()


@pytest.mark.parametrize("role", [Role.CASE_MANAGER, Role.CLINICIAN, Role.FRONT_DESK])
def test_only_supervisors_and_directors_set_hours(sign_in: Any, role: Role) -> None:
    theo, client = make.clinician(), sign_in(role=role)
    assert client.get(reverse("scheduling:staff_hours")).status_code == 403
    assert client.post(reverse("scheduling:working_hours", args=[theo.pk]), {}).status_code == 403


def test_someone_who_leads_nothing_has_no_hours_page(sign_in: Any) -> None:
    desk = make.user(Role.FRONT_DESK)
    url = reverse("scheduling:working_hours", args=[desk.pk])
    assert sign_in(role=Role.DIRECTOR).get(url).status_code == 404
