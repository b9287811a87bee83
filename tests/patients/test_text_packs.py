"""Text packs: whole or not at all, a sentence a faulty line, with the permission; the portal follows them."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse

from iop_clinic.audit.models import AuditEvent
from iop_clinic.refusal import Refused
from iop_clinic.roles import Role
from patients.checkin import due_checkins
from patients.models import TextPack, TextPackWithdrawal
from patients.offering import in_our_words, instrument_of, may_ask_in_portal
from patients.pack_reader import PackError, read_pack
from patients.scoring import load_instruments
from patients.text_packs import PackRefused, import_text_pack, withdraw_text_pack
from tests import make

ISI = load_instruments()["isi"]
pytestmark = pytest.mark.django_db


def csv_of(*lines: str) -> bytes:
    return "\n".join(["part,id,value,text", *lines]).encode()


WHOLE = csv_of(
    'lead,q1,,"In the last days"',
    *(f'item,q{n},,"Word {n}"' for n in range(1, 8)),
    *(f'answer,default,{n},"Answer {n}"' for n in range(5)),
)


def take(content: bytes = WHOLE, **fields: object) -> TextPack:
    said = {
        "actor": make.user(Role.DIRECTOR),
        "instrument_code": "isi",
        "is_json": False,
        "holder": "Marlow Clinics",
        "reference": "Letter of Jan 5",
        "permitted_on": make.MONDAY,
        "today": make.MONDAY,
    } | fields
    return import_text_pack(content=content, **said)  # type: ignore[arg-type]


def test_a_pack_gives_the_instrument_its_words_and_changes_nothing_that_counts() -> None:
    take()
    worded = in_our_words()["isi"]
    assert worded.items[2].text == "Word 3"
    assert (worded.items[0].lead, worded.items[6].lead) == ("In the last days", "In the last days")
    assert [option.text for option in worded.items[0].options] == [f"Answer {n}" for n in range(5)]
    assert worded.total == ISI.total
    assert may_ask_in_portal(worded) and not may_ask_in_portal(ISI)


def test_json_says_the_same() -> None:
    content = {
        "instrument": "isi",
        "leads": {"q1": "In the last days"},
        "items": {f"q{n}": f"Word {n}" for n in range(1, 8)},
        "answers": {"default": {str(n): f"Answer {n}" for n in range(5)}},
    }
    assert read_pack(ISI, json.dumps(content).encode(), is_json=True) == read_pack(ISI, WHOLE, is_json=False)


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("item,q8,,Words", "Line 15: the ISI has no question “q8”."),
        ("item,q1,,Again", "Line 15: “q1” comes twice."),
        ("item,q1,,", "Line 15: the text is empty."),
        ("item,q1", "Line 15: the text is empty."),
        ("title,q1,,Words", "Line 15: “title” is not a part. Use lead, item or answer."),
        ("answer,often,0,Never", "Line 15: the ISI has no answers “often”."),
        ("answer,default,5,More", "Line 15: the answers “default” have no value “5”."),
        ("answer,default,4,More", "Line 15: the value 4 of “default” comes twice."),
        (f"lead,q2,,{'x' * 1001}", "Line 15: the text is longer than 1000 characters."),
        ("item,q1,,Wo\x00rd", "Line 15: the text holds characters that cannot be used."),
        ("item,q1,,Words,and more", "Line 15: a text with commas must stand in quotes."),
        ('item,q1,,"open', "Line 15: this is not CSV (unexpected end of data)."),
    ],
)
def test_a_faulty_line_is_named_and_nothing_is_imported(line: str, fault: str) -> None:
    with pytest.raises(PackRefused) as no:
        take(WHOLE + b"\n" + line.encode())
    assert no.value.faults == [fault]
    assert not TextPack.objects.exists()


def test_every_faulty_line_has_its_own_sentence() -> None:
    with pytest.raises(PackError) as no:
        read_pack(ISI, csv_of("item,q9,,x", "item,q1,,", "item,q2,,fine"), is_json=False)
    assert no.value.faults == ["Line 2: the ISI has no question “q9”.", "Line 3: the text is empty."]


def test_a_question_without_words_is_named() -> None:
    with pytest.raises(PackError) as no:
        read_pack(ISI, csv_of(*(f"item,q{n},,x" for n in range(1, 7))), is_json=False)
    assert no.value.faults == ["Question 7 (“q7”) has no words."]


def test_no_more_faults_are_listed_than_one_can_read() -> None:
    with pytest.raises(PackError) as no:
        read_pack(ISI, csv_of(*["item,q9,,x"] * 100), is_json=False)
    assert (len(no.value.faults), no.value.faults[-1]) == (31, "And 70 more.")


@pytest.mark.parametrize(
    ("content", "is_json"),
    [
        (b"", False),
        (b"\xff\xfe\x00", False),
        (b"id,text\nq1,x", False),
        (b"", True),
        (b"[]", True),
        (b"{", True),
        (b'{"items": [1]}', True),
        (b'{"items": {"q1": 3}}', True),
        (b'{"items": {"q1": "\\u0000"}}', True),
        (b'{"items": {"q1": "\\ud800"}}', True),
        (b'{"answers": {"default": []}}', True),
        (b'{"title": "x"}', True),
        (b'{"instrument": "wsas"}', True),
        (b"[" * 100_000, True),
    ],
)
def test_what_is_no_pack_is_refused_in_a_sentence(content: bytes, is_json: bool) -> None:
    with pytest.raises(PackRefused) as no:
        take(content, is_json=is_json)
    assert no.value.status == 422 and all(fault.endswith(".") for fault in no.value.faults)


@pytest.mark.parametrize("code", ["phq9", "nothing"])
def test_only_an_instrument_without_words_takes_a_pack(code: str) -> None:
    with pytest.raises(Refused, match="ships without its wording"):
        take(instrument_code=code)


def test_a_permission_of_tomorrow_is_none() -> None:
    with pytest.raises(Refused, match="dated today or before"):
        take(permitted_on=make.MONDAY + timedelta(days=1))


def test_the_newest_pack_counts_and_its_withdrawal_ends_all() -> None:
    old, new = make.text_pack(), take()
    assert list(TextPack.objects.in_force()) == [new]
    withdraw_text_pack(actor=make.user(Role.DIRECTOR), pack=new, reason="Licence ended")
    assert not TextPack.objects.in_force().exists(), "the older one does not come back"
    assert instrument_of("isi") == ISI and old.pk
    with pytest.raises(Refused, match="already"):
        withdraw_text_pack(actor=make.user(Role.DIRECTOR), pack=new, reason="Again")
    assert AuditEvent.objects.filter(verb="patients.withdraw_text_pack").count() == 1


def test_the_words_of_an_earlier_version_are_not_shown() -> None:
    make.text_pack(instrument_version="2020.1")
    assert instrument_of("isi") == ISI


@pytest.mark.parametrize(
    "verb", ["UPDATE patients_textpack SET holder = 'x'", "DELETE FROM patients_textpack"]
)
def test_a_pack_cannot_be_changed_or_removed(verb: str) -> None:
    make.text_pack()
    with (
        pytest.raises(DatabaseError, match="append_only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(verb)
    assert TextPack.objects.get().holder == "Marlow Clinics"


def test_a_withdrawal_cannot_be_taken_back() -> None:
    withdraw_text_pack(actor=make.user(), pack=make.text_pack(), reason="Ended")
    with pytest.raises(DatabaseError, match="append_only"), transaction.atomic():
        TextPackWithdrawal.objects.all().delete()
    assert not TextPack.objects.in_force().exists()


# --- in the portal


def test_a_measure_without_words_is_not_in_the_portal(sign_in: Callable[..., Client]) -> None:
    with time_machine.travel(make.NOW, tick=False):
        asked = make.response(make.portal_patient(), "isi")
        client, url = sign_in(asked.patient.user), reverse("portal:question", args=[asked.public_id, 1])
        assert not due_checkins(asked.patient, make.NOW.date())
        assert client.get(url).status_code == 404
        assert client.post(url, {"answer": 3}).status_code == 404
        pack = make.text_pack()
        assert [one.name for one in due_checkins(asked.patient, make.NOW.date())] == ["Sleep check-in"]
        page = client.get(url).text
        assert "Word 1" in page and "Over the last days" in page
        withdraw_text_pack(actor=make.user(), pack=pack, reason="Ended")
        assert client.post(url, {"answer": 3}).status_code == 404
    asked.refresh_from_db()
    assert asked.answers == {}


# --- the pages


def upload(client: Client, content: bytes = WHOLE, name: str = "isi.csv", **fields: str) -> object:
    said = {
        "instrument_code": "isi",
        "holder": "Marlow Clinics",
        "reference": "Letter of Jan 5, folder 12",
        "permitted_on": "2026-01-05",
        "attested": "on",
    } | fields
    return client.post(
        reverse("patients:text_pack_new"), {**said, "words": SimpleUploadedFile(name, content)}
    )


@pytest.mark.parametrize("role", [Role.DIRECTOR, Role.ADMINISTRATOR])
def test_a_director_or_administrator_imports_and_withdraws(
    role: Role, sign_in: Callable[..., Client]
) -> None:
    client = sign_in(role=role)
    assert upload(client).status_code == 302
    pack = TextPack.objects.get()
    page = client.get(reverse("patients:instruments")).text
    assert "Letter of Jan 5, folder 12" in page and pack.attested_by.full_name in page
    url = reverse("patients:text_pack_withdrawal", args=[pack.pk])
    assert "Withdraw the words of the ISI?" in client.get(url).text
    assert client.post(url, {"reason": ""}).status_code == 422
    assert client.post(url, {"reason": "Licence ended"}).status_code == 302
    assert client.post(url, {"reason": "Licence ended"}).status_code == 409
    assert not TextPack.objects.in_force().exists()


@pytest.mark.parametrize("role", [Role.CLINICIAN, Role.SUPERVISOR, Role.FRONT_DESK, Role.PRIVACY_OFFICER])
def test_nobody_else_does(role: Role, sign_in: Callable[..., Client]) -> None:
    client, pack = sign_in(role=role), make.text_pack()
    url = reverse("patients:text_pack_withdrawal", args=[pack.pk])
    assert [client.get(url).status_code, client.post(url, {"reason": "x"}).status_code] == [403, 403]
    assert upload(client).status_code == 403
    assert TextPack.objects.in_force().get() == pack


def test_a_faulty_file_comes_back_with_its_lines_and_what_was_typed(sign_in: Callable[..., Client]) -> None:
    reply = upload(sign_in(role=Role.DIRECTOR), csv_of("item,q9,,x", "item,q1,,"))
    assert reply.status_code == 422
    for words in (
        "Nothing was imported",
        "Line 2: the ISI has no question “q9”.",
        "Line 3: the text is empty.",
    ):
        assert words in reply.text
    assert "Letter of Jan 5, folder 12" in reply.text
    assert not TextPack.objects.exists()


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"attested": ""}, "Tick the box if you hold the permission."),
        ({"holder": ""}, "Fill this in."),
        ({"permitted_on": "2999-01-01"}, "That date is too far away."),
        ({"permitted_on": "2099-01-01"}, "The permission must be dated today or before."),
        ({"instrument_code": "phq9"}, "Select a valid choice"),
        ({"name": "isi.xlsx"}, "must end in .csv or .json"),
    ],
)
def test_without_the_permission_nothing_is_imported(
    fields: dict[str, str], sentence: str, sign_in: Callable[..., Client]
) -> None:
    reply = upload(sign_in(role=Role.DIRECTOR), **fields)  # type: ignore[arg-type]
    assert reply.status_code == 422 and sentence in reply.text
    assert not TextPack.objects.exists()


def test_the_list_of_instruments_asks_the_same_few_queries_however_many_packs(
    sign_in: Callable[..., Client], django_assert_max_num_queries: Callable[..., object]
) -> None:
    for code in ("isi", "wsas", "cssrs", "isi"):
        make.text_pack(code)
    client = sign_in(role=Role.DIRECTOR)
    client.get(reverse("patients:instruments"))
    with django_assert_max_num_queries(12):  # type: ignore[attr-defined]
        assert client.get(reverse("patients:instruments")).text.count("Text pack") == 3
