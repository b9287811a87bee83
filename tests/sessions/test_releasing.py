"""Papers leave through the gate only: asked, written down, with the notice and the consent in the file."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from iop_clinic.paper.sheet import Bundle
from iop_clinic.refusal import Refused
from iop_clinic.roles import Role
from patients.models import Disclosure, Episode
from sessions import releasing
from sessions.release_parts import parts_of
from sessions.releasing import parts_in_words, release_papers
from tests import make
from tests.make import NOW, SAFETY_PLAN

pytestmark = pytest.mark.django_db
PAYER = {"recipient": "Bluestone Health", "recipient_kind": "payer", "purpose": "payment"}


@pytest.fixture
def episode() -> Episode:
    found = make.episode()
    make.document(found.patient, found.primary_clinician, answers=SAFETY_PLAN, signed_at=NOW)
    return found


def release(episode: Episode, *keys: str, **said: Any) -> Any:
    parts = [part for part in parts_of(episode.patient, episode, make.MONDAY) if not keys or part.key in keys]
    return release_papers(
        actor=episode.primary_clinician, patient=episode.patient, parts=parts, now=NOW, **(PAYER | said)
    )


def test_the_parts_are_what_the_record_has_each_with_its_scope(episode: Episode) -> None:
    parts = parts_of(episode.patient, episode, make.MONDAY)
    assert {part.key.partition("-")[0]: part.scope for part in parts} == {
        "document": "safety_plan",
        "medication": "medication",
        "measures": "measures",
        "attendance": "attendance",
        "notes": "notes",
    }


def test_plan_level_and_certification_are_parts_once_they_stand(episode: Episode) -> None:
    plan = make.plan(episode)
    make.determination(episode.patient, episode.primary_clinician)
    make.certification(episode, plan)
    made = {part.key.partition("-")[0]: part for part in parts_of(episode.patient, episode, make.MONDAY)}
    assert made["plan"].scope == "plan"
    assert made["certification"].scope == "assessment"
    sheet = made["plan"].make(now=NOW, notice="Of the law.")
    assert (sheet.title, sheet.notice) == ("Treatment plan", "Of the law.")


def test_what_left_is_written_down_with_its_size(episode: Episode) -> None:
    sent = release(episode, "attendance", "measures")
    row = Disclosure.objects.get()
    assert sent.content.startswith(b"%PDF")
    assert (row.content_bytes, row.scopes) == (len(sent.content), ["attendance", "measures"])
    assert row.what == "Measures and scores, Attendance and hours"


def test_nothing_of_a_substance_use_record_leaves_without_consent(episode: Episode) -> None:
    Episode.objects.update(is_part2=True)
    with pytest.raises(Refused):
        release(episode)
    assert not Disclosure.objects.exists()


def test_the_notice_and_the_consent_travel_with_the_papers(
    episode: Episode, monkeypatch: pytest.MonkeyPatch
) -> None:
    Episode.objects.update(is_part2=True)
    make.release(episode.patient, scopes=["attendance"])
    made: list[Bundle] = []
    monkeypatch.setattr(releasing, "pdf_of", lambda bundle: made.append(bundle) or b"%PDF")
    release(episode, "attendance")
    (bundle,) = made
    assert [sheet.title for sheet in bundle.sheets] == ["Attendance", "Consent to this disclosure"]
    assert all("42 CFR part 2" in sheet.notice for sheet in bundle.sheets)


def test_the_page_answers_with_a_file_nobody_caches(episode: Episode, sign_in: Callable[..., Client]) -> None:
    client = sign_in(make.user(Role.CASE_MANAGER))
    url = reverse("sessions:release", args=[episode.patient_id])
    assert client.post(url, PAYER).status_code == 422
    answer = client.post(url, PAYER | {"parts": ["attendance", "notes"]})
    assert answer["Content-Type"] == "application/pdf"
    assert (
        answer["Content-Disposition"] == f'attachment; filename="chart-{episode.patient.record_number}.pdf"'
    )
    assert "no-store" in answer["Cache-Control"]
    refused = client.post(url, PAYER | {"parts": ["attendance"], "recipient_kind": "employer"})
    assert refused.status_code == 409 and "Bluestone Health" in refused.content.decode()


def test_only_who_may_disclose_opens_the_page(episode: Episode, sign_in: Callable[..., Client]) -> None:
    url = reverse("sessions:release", args=[episode.patient_id])
    assert sign_in(make.user(Role.FRONT_DESK)).get(url).status_code == 403


def test_what_left_is_named_whole_or_counted_never_cut_in_a_word() -> None:
    few = ["Safety plan, version 2", "Certification to Oct 15, 2026"]
    assert parts_in_words(few) == "Safety plan, version 2, Certification to Oct 15, 2026"
    many = parts_in_words(few * 8)
    assert many.startswith("Safety plan, Certification, Safety plan") and len(many) <= 300
    most = parts_in_words(few * 20)
    assert most.endswith("Certification, and 20 more") and len(most) <= 300
