"""Two people who are not to share a group: the same for both, with a reason, until it is ended."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from iop_clinic.audit.models import AuditEvent
from iop_clinic.refusal import Refused
from patients.keeping_apart import end_keeping_apart, keep_apart, kept_apart_from
from patients.models import KeptApart
from tests import make

pytestmark = pytest.mark.django_db


def test_it_holds_for_both_until_it_is_ended() -> None:
    ana, ben = make.patient(), make.patient(given_name="Ben")
    row = keep_apart(actor=make.user(), patient=ben, other=ana, reason=" Former couple ")
    assert kept_apart_from(ana) == {ben.pk} and kept_apart_from(ben) == {ana.pk}
    assert row.reason == "Former couple"
    end_keeping_apart(actor=make.user(), row=row, now=make.NOW)
    end_keeping_apart(actor=make.user(), row=row, now=make.NOW + timedelta(days=1))
    row.refresh_from_db()
    assert kept_apart_from(ana) == frozenset() and row.ended_at == make.NOW
    verbs = AuditEvent.objects.filter(verb__contains="apart").values_list("verb", flat=True)
    assert sorted(verbs) == ["patients.end_keeping_apart", "patients.keep_apart"]


def test_it_is_refused_for_oneself_for_another_site_without_a_reason_and_twice() -> None:
    ana, ben, actor = make.patient(), make.patient(given_name="Ben"), make.user()
    for other, reason in ((ana, "x"), (make.patient(make.other_site()), "x"), (ben, "  ")):
        with pytest.raises(Refused):
            keep_apart(actor=actor, patient=ana, other=other, reason=reason)
    keep_apart(actor=actor, patient=ana, other=ben, reason="x")
    with pytest.raises(Refused, match="kept apart already"):
        keep_apart(actor=actor, patient=ben, other=ana, reason="x")
    assert KeptApart.objects.count() == 1


def test_the_database_keeps_one_row_for_a_pair() -> None:
    row = make.kept_apart(make.patient())
    for first, second in ((row.second, row.first), (row.first, row.first)):
        with pytest.raises(IntegrityError, match="kept_apart_lower_number_first"), transaction.atomic():
            KeptApart.objects.create(first=first, second=second, reason="x", recorded_by=row.recorded_by)
    with pytest.raises(IntegrityError, match="kept_apart_once"), transaction.atomic():
        KeptApart.objects.create(first=row.first, second=row.second, reason="x", recorded_by=row.recorded_by)


def test_someone_is_found_by_a_posted_search_chosen_and_kept_apart() -> None:
    ana, ben = make.patient(), make.patient(given_name="Benedict", family_name="Oakley")
    client, url = Client(), f"/patients/{ana.pk}/kept-apart/"
    client.force_login(make.user())
    assert "Benedict Oakley" in client.post(url, {"q": "Benedict"}).content.decode()
    chosen = client.post(url, {"person": ben.pk})
    assert chosen.status_code == 200 and not KeptApart.objects.exists()
    assert client.post(url, {"person": ben.pk, "reason": ""}).status_code == 422
    assert client.post(url, {"person": ben.pk, "reason": "Brothers"}).status_code == 302
    assert "Brothers" in client.get(url).content.decode()
    row = KeptApart.objects.get()
    back = client.post(f"/kept-apart/{row.pk}/end/", {"of": str(ana.pk)})
    assert back.url == url and not KeptApart.objects.standing().exists()


def test_another_sites_patient_cannot_be_chosen() -> None:
    client, ana = Client(), make.patient()
    client.force_login(make.user())
    theirs = make.patient(make.other_site())
    assert client.post(f"/patients/{ana.pk}/kept-apart/", {"person": theirs.pk}).status_code == 404
