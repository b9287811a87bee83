"""Hostile and broken requests get a clear 4xx and change nothing, whatever page they aim at."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from iop_clinic.roles import Role
from tests import make
from tests.test_access import digest

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(sign_in: Any) -> Client:
    client: Client = sign_in(role=Role.FRONT_DESK)
    client.get(reverse("home"))
    return client


FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    "path",
    [
        "/patients/?page=%00",
        "/patients/%00/",
        "/%ed%a0%80/",
        "/patients/?page=%ff%fe",
        "/week/?week=%e2%80%ae",
    ],
)
def test_an_address_with_bytes_no_field_may_hold_is_refused(desk: Client, path: str) -> None:
    answer = desk.get(path, RAW_URI=path)
    assert answer.status_code == 400
    assert "characters that cannot be used" in answer.content.decode()


@pytest.mark.parametrize(
    "body",
    [b"given_name=A%00na", b"given_name=%ed%a0%80", b"given_name=%ff", b"given_name=%E2%80%AEana", b"%00=1"],
)
def test_a_form_with_nul_surrogates_or_broken_text_is_refused(desk: Client, body: bytes) -> None:
    before = digest()
    answer = desk.post(reverse("patients:referral_new"), body, content_type=FORM)
    assert answer.status_code == 400
    assert "Nothing was saved" in answer.content.decode()
    assert digest() == before


def test_nul_in_a_multipart_field_or_file_name_is_refused(desk: Client) -> None:
    assert desk.post(reverse("patients:referral_new"), {"given_name": "A\x00"}).status_code == 400


def test_a_ten_megabyte_form_is_refused_before_it_is_read(desk: Client) -> None:
    before = digest()
    answer = desk.post(reverse("patients:referral_new"), b"reason=" + b"x" * 10_000_000, content_type=FORM)
    assert answer.status_code == 413
    assert "Nothing was saved" in answer.content.decode()
    assert digest() == before


def test_three_thousand_fields_are_refused(desk: Client) -> None:
    body = "&".join(f"f{n}=1" for n in range(3000)).encode()
    assert desk.post(reverse("patients:referral_new"), body, content_type=FORM).status_code == 400


def test_a_length_that_is_not_a_number_is_refused(desk: Client) -> None:
    answer = desk.post(reverse("patients:referral_new"), b"", content_type=FORM, CONTENT_LENGTH="ten")
    assert answer.status_code == 400


def test_a_form_from_an_old_page_says_what_to_do() -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(make.user(Role.FRONT_DESK))
    answer = client.post(reverse("patients:referral_new"), {"given_name": "Ana"})
    assert answer.status_code == 403
    assert "reload" in answer.content.decode()


def test_missing_fields_are_named_and_nothing_is_saved(desk: Client) -> None:
    before = digest()
    answer = desk.post(reverse("patients:referral_new"), {"given_name": "Ana"})
    assert answer.status_code == 422
    assert "field-error" in answer.content.decode() or "error" in answer.content.decode()
    assert digest() == before


@pytest.mark.parametrize(
    "born", ["2026-02-30", "0001-01-01", "9999-12-31", "31/31/2000", "tomorrow", "1899-12-31"]
)
def test_an_impossible_birth_date_is_refused(desk: Client, born: str) -> None:
    before = digest()
    answer = desk.post(
        reverse("patients:referral_new"),
        {
            "given_name": "Ana",
            "family_name": "Testperson",
            "born_on": born,
            "received_on": "2026-10-19",
            "source": "self",
            "reason": "Low mood",
        },
    )
    assert answer.status_code == 422
    assert digest() == before


@pytest.mark.parametrize("week", ["0001-01-01", "9999-12-31", "2026-02-30", "next", "2026-10-19T00:00"])
def test_an_impossible_week_is_a_plain_4xx(desk: Client, week: str) -> None:
    assert desk.get(reverse("scheduling:week"), {"week": week}).status_code in {400, 404, 422}


@pytest.mark.parametrize("number", ["99999999999999999999999999", "0", "1e9", "-1", "٣"])
def test_a_number_no_row_has_is_a_404(desk: Client, number: str) -> None:
    assert desk.get(f"/patients/{number}/").status_code == 404


def test_another_sites_ids_inside_a_form_are_refused(sign_in: Any) -> None:
    elsewhere = make.clinician(make.other_site())
    person = make.clinician(role=Role.SUPERVISOR)
    whom = make.patient()
    make.consents(whom)
    client = sign_in(person)
    client.get(reverse("home"))
    before = digest()
    answer = client.post(
        reverse("patients:admission", args=[whom.pk]),
        {
            "level": make.level().pk,
            "admitted_on": "2026-10-19",
            "primary_clinician": elsewhere.pk,
            "diagnosis_code": "F33.1",
            "diagnosis_label": "Depression",
            "prescribed_minutes": 540,
            "days_a_week": 3,
        },
    )
    assert answer.status_code == 422
    after = digest()
    after["patients_levelofcare"] = before["patients_levelofcare"]
    assert after == before


def test_every_page_carries_the_strict_headers(desk: Client) -> None:
    answer = desk.get(reverse("patients:list"))
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy
    assert answer["Cache-Control"] == "no-store"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"


def test_a_log_line_never_holds_a_value() -> None:
    import logging

    from iop_clinic.logs import LineFormatter

    try:
        raise ValueError("Key (family_name)=(Testperson) already exists")
    except ValueError:
        import sys

        item = logging.LogRecord(
            "django.request", 40, "f.py", 1, "Error for %s", ("Testperson",), sys.exc_info()
        )
    line = LineFormatter().format(item)
    assert "Testperson" not in line
    assert "ValueError" in line and "test_bad_input.py" in line
