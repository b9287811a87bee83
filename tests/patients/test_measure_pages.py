"""Measures of every kind on the pages of a chart: asked by purpose, entered from paper, read, drawn."""

from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from iop_clinic.accounts.models import User
from patients.assessing import finish_measure
from patients.models import Episode, FollowUp, Response
from patients.reading import how_to_read, meaning_words, result_words
from patients.scoring import load_instruments
from tests import make
from tests.unguarded import unguarded

pytestmark = pytest.mark.django_db
BAM = {f"q{n}": 1 for n in range(1, 18) if n != 7} | {f"q7{letter}": 0 for letter in "abcdefg"} | {"q14": 4}


@pytest.fixture(autouse=True)
def wednesday_morning() -> object:
    with time_machine.travel(make.NOW, tick=False):
        yield


@pytest.fixture
def theo() -> User:
    return make.clinician()


@pytest.fixture
def ana(theo: User) -> Episode:
    return make.episode(lead=theo)


@pytest.fixture
def client(theo: User, sign_in: Callable[..., Client]) -> Client:
    return sign_in(theo)


def answered(of: Episode, code: str, answers: dict[str, Any], **fields: Any) -> Response:
    response = make.response(of.patient, code, **fields)
    by = of.primary_clinician
    return finish_measure(actor=by, response=response, answers=answers, mode="staff", now=make.NOW)


def page_of(client: Client, response: Response) -> str:
    return client.get(reverse("patients:measure", args=[response.pk])).text


def test_measures_are_listed_by_what_they_are_for(client: Client, ana: Episode, settings: Any) -> None:
    settings.INSTRUMENTS_OFF = ["audit_c"]
    page = client.get(reverse("patients:measures", args=[ana.patient_id])).text
    assert page.index('<optgroup label="Suicide risk">') < page.index('<optgroup label="Mood">')
    assert "ISI, entered by staff" in page and "AUDIT-C" not in page
    make.text_pack()
    page = client.get(reverse("patients:measures", args=[ana.patient_id])).text
    assert "ISI, entered by staff" not in page


@pytest.mark.parametrize(("code", "words"), [("peg", "It waits in the portal"), ("isi", "Enter it here.")])
def test_asking_says_where_it_waits(code: str, words: str, client: Client, ana: Episode) -> None:
    url = reverse("patients:measure_ask", args=[ana.patient_id])
    reply = client.post(url, {"instrument_code": code, "due_on": "2026-10-21"}, follow=True)
    assert words in reply.text
    assert Response.objects.get().instrument_code == code


def test_asking_someone_too_young_comes_back_with_the_reason(client: Client, theo: User) -> None:
    child = make.episode(make.patient(born_on=make.MONDAY.replace(year=2015)), lead=theo)
    url = reverse("patients:measure_ask", args=[child.patient_id])
    reply = client.post(url, {"instrument_code": "pcl5", "due_on": "2026-10-21"})
    assert reply.status_code == 422 and "The PCL-5 is for people from 18 years on." in reply.text


def test_a_measure_without_words_is_entered_from_its_paper_form(client: Client, ana: Episode) -> None:
    asked = make.response(ana.patient, "isi")
    page = page_of(client, asked)
    assert "Enter the answers from the paper form" in page and "Item 7" in page
    reply = client.post(
        reverse("patients:measure", args=[asked.pk]), {f"q{n}": "3" for n in range(1, 8)}, follow=True
    )
    assert "ISI 21, moderate" in reply.text
    assert "Item 1" in reply.text


def test_with_a_pack_staff_see_the_words_too(client: Client, ana: Episode) -> None:
    make.text_pack()
    page = page_of(client, make.response(ana.patient, "isi"))
    assert "1. Word 1" in page and "Over the last days" in page and "paper form" not in page


def test_a_question_left_out_by_another_is_not_missed(client: Client, ana: Episode) -> None:
    asked = make.response(ana.patient, "audit_c")
    url = reverse("patients:measure", args=[asked.pk])
    reply = client.post(url, {"q1": "2", "q2": "1"})
    assert reply.status_code == 422 and "1 question without an answer" in reply.text
    assert client.post(url, {"q1": "0"}).status_code == 302
    page = page_of(client, asked)
    assert "AUDIT-C 0" in page and page.count("Not asked") == 2


def test_a_number_outside_its_range_is_refused(client: Client, ana: Episode) -> None:
    asked = make.response(ana.patient, "edeq")
    url = reverse("patients:measure", args=[asked.pk])
    assert client.post(url, {"q13": "1000"}).status_code == 422
    assert client.post(url, {"q13": "few"}).status_code == 422


def test_a_result_of_subscales_names_each_and_what_needs_a_closer_look(client: Client, ana: Episode) -> None:
    answered(ana, "bam", BAM | {"q4": 3}, due_on=make.MONDAY.replace(day=12))
    later = answered(ana, "bam", BAM)
    page = page_of(client, later)
    assert "BAM: Use 3, Risk 6, Protective 9" in page
    assert "Protective, higher is better" in page
    assert page.count("</svg>needs a closer look") == 2


def test_a_result_that_is_a_word_stands_in_the_head(client: Client, ana: Episode) -> None:
    asked = answered(ana, "cssrs", {"q1": 0, "q2": 1, "q3": 0, "q4": 1, "q5": 0, "q6": 0})
    page = page_of(client, asked)
    assert "C-SSRS screener: high risk" in page
    assert "Do not leave alone" in page
    assert FollowUp.objects.get().get_level_display() == "Now, do not leave alone"


def test_answers_of_an_earlier_version_stay_readable(client: Client, ana: Episode) -> None:
    old = answered(ana, "phq9", {f"q{n}": 1 for n in range(1, 10)} | {"difficulty": 0})
    with unguarded("patients.Response:finished_stays"):
        Response.objects.filter(pk=old.pk).update(
            instrument_version="2020.1", band="very_mild", answers=old.answers | {"q1": 8, "old_one": 2}
        )
    page = page_of(client, old)
    assert "PHQ-9 9, very mild" in page
    assert "Answered with version 2020.1" in page and "A question of an earlier version" in page
    assert client.get(reverse("patients:measures", args=[ana.patient_id])).status_code == 200
    assert client.get(reverse("patients:chart", args=[ana.patient_id])).status_code == 200


def test_every_instrument_has_a_form_a_result_and_a_place_in_the_trends(client: Client, ana: Episode) -> None:
    for code, one in load_instruments().items():
        asked = make.response(ana.patient, code)
        assert one.title in page_of(client, asked)
        said = {item.id: item.options[-1].value for item in one.items}
        finish_measure(actor=ana.primary_clinician, response=asked, answers=said, mode="staff", now=make.NOW)
        assert one.name in page_of(client, asked)
    page = client.get(reverse("patients:measures", args=[ana.patient_id])).text
    for one in load_instruments().values():
        assert one.name in page


def test_a_scale_without_bands_is_drawn_between_its_ends(client: Client, ana: Episode) -> None:
    answered(ana, "peg", {"q1": 4, "q2": 5, "q3": 5})
    page = client.get(reverse("patients:measures", args=[ana.patient_id])).text
    assert 'aria-label="PEG. Scores by day. Oct 21: 4.7."' in page
    assert "<b>4.7</b>" in page


def test_the_measures_page_asks_the_same_queries_however_many_there_are(client: Client, ana: Episode) -> None:
    url = reverse("patients:measures", args=[ana.patient_id])
    answered(ana, "peg", {"q1": 1, "q2": 1, "q3": 1})
    client.get(url)
    with CaptureQueriesContext(
        connection,
    ) as few:
        client.get(url)
    for code in ("bam", "isi", "gad7", "whodas12"):
        one = load_instruments()[code]
        answered(ana, code, {item.id: item.options[0].value for item in one.items})
    with CaptureQueriesContext(connection) as many:
        client.get(url)
    assert len(many) == len(few)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("phq9", "0 to 27, lower is better. 10 or more needs a closer look. 6 points or more are a reliable"),
        ("whodas12", "0 to 48, lower is better. Simple sum."),
        ("peg", "0 to 10, lower is better. A fall by 30 % is a change that matters."),
        ("bam", "Protective: 0 to 24, higher is better. 12 or less needs a closer look."),
        ("cssrs", "Risk level."),
    ],
)
def test_every_instrument_says_how_to_read_it(code: str, words: str) -> None:
    assert words in how_to_read(load_instruments()[code])


def test_a_list_says_what_a_result_means(ana: Episode) -> None:
    said = {
        code: (result_words(load_instruments()[code], row), meaning_words(load_instruments()[code], row))
        for code, row in {
            "gad7": answered(ana, "gad7", {f"q{n}": 2 for n in range(1, 8)}),
            "audit_c": answered(ana, "audit_c", {"q1": 4, "q2": 1, "q3": 1}),
            "phq_panic": answered(ana, "phq_panic", {"q1": 0}),
        }.items()
    }
    assert said == {
        "gad7": ("14, moderate", "moderate"),
        "audit_c": ("6", "needs a closer look"),
        "phq_panic": ("no pattern of panic", "no pattern of panic"),
    }
