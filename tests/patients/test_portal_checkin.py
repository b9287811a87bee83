"""A check-in in the portal: one question a page, each answer kept, help before thanks, no score by halves."""

import re
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from iop_clinic.roles import Role
from patients.checkin import due_checkins
from patients.models import Episode, FollowUp, Response
from patients.portal_words import by_when
from patients.scoring import load_instruments
from tests import make

NOW = datetime(2026, 10, 21, 13, 12, tzinfo=UTC)
END = 11
LINES = ('href="tel:988"', 'href="sms:988"', 'href="tel:911"')
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def wednesday_morning() -> object:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def ana() -> Episode:
    return make.episode(make.portal_patient())


@pytest.fixture
def client(ana: Episode, sign_in: Callable[..., Client]) -> Client:
    return sign_in(ana.patient.user)


@pytest.fixture
def asked(ana: Episode) -> Response:
    return make.response(ana.patient)


def question(response: Response, number: int) -> str:
    return reverse("portal:question", args=[response.public_id, number])


def answer(client: Client, response: Response, *values: int, first: int = 1) -> object:
    """Answer the questions in order from `first`; the last page's answer comes back."""
    last = None
    for number, value in enumerate(values, first):
        last = client.post(question(response, number), {"answer": value})
        assert last.status_code == 302, last.content
    response.refresh_from_db()
    return last


def test_each_answer_is_kept_as_it_is_given(client: Client, asked: Response) -> None:
    answer(client, asked, 2, 1)
    assert asked.answers == {"q1": 2, "q2": 1}
    assert (asked.state, asked.mode, asked.total) == ("started", "portal", None)


def test_a_question_leads_to_the_next(client: Client, asked: Response) -> None:
    reply = client.post(question(asked, 3), {"answer": 0})
    assert reply.url == question(asked, 4)


def test_a_check_in_is_taken_up_where_it_was_left(client: Client, asked: Response) -> None:
    answer(client, asked, 1, 1, 1)
    page = client.get(reverse("portal:checkins")).content.decode()
    assert question(asked, 4) in page
    assert "3 of 9 answered" in page


def test_going_back_shows_the_answer_given_before(client: Client, asked: Response) -> None:
    answer(client, asked, 2)
    page = client.get(question(asked, 1)).content.decode()
    assert re.search(r'<input[^>]*value="2"[^>]*checked', page)


def test_save_and_leave_keeps_the_answer_on_the_page(client: Client, asked: Response) -> None:
    reply = client.post(question(asked, 1), {"answer": 3, "leave": "1"})
    asked.refresh_from_db()
    assert (reply.url, asked.answers) == (reverse("portal:checkins"), {"q1": 3})


def test_leaving_without_an_answer_keeps_nothing(client: Client, asked: Response) -> None:
    reply = client.post(question(asked, 1), {"leave": "1"})
    asked.refresh_from_db()
    assert (reply.url, asked.answers, asked.state) == (reverse("portal:checkins"), {}, "due")


def test_all_zeros_finish_without_the_question_on_difficulty(client: Client, asked: Response) -> None:
    reply = answer(client, asked, *[0] * 9)
    assert reply.url == question(asked, END)
    assert (asked.state, asked.total, asked.band) == ("complete", 0, "minimal")
    page = client.get(reply.url).content.decode()
    assert "<h1>Thank you</h1>" in page


def test_a_total_above_zero_asks_how_difficult_it_was(client: Client, asked: Response) -> None:
    reply = answer(client, asked, *[1] * 8, 0)
    assert (reply.url, asked.state) == (question(asked, 10), "started")
    assert "how difficult have these problems made it" in client.get(reply.url).content.decode()
    answer(client, asked, 2, first=10)
    assert (asked.state, asked.total, asked.answers["difficulty"]) == ("complete", 8, 2)


def test_difficulty_is_not_asked_before_there_is_a_total(client: Client, asked: Response) -> None:
    answer(client, asked, 1)
    assert client.get(question(asked, 10)).url == question(asked, 2)
    assert client.post(question(asked, 10), {"answer": 1}).url == question(asked, 2)
    asked.refresh_from_db()
    assert "difficulty" not in asked.answers


def test_a_missing_answer_leads_back_to_its_question(client: Client, asked: Response) -> None:
    answer(client, asked, 1, 1)
    reply = answer(client, asked, 0, 0, 0, 0, 0, 0, first=4)
    assert reply.url == question(asked, 3)
    assert (asked.state, asked.total, asked.finished_at) == ("started", None, None)
    assert client.get(question(asked, END)).url == question(asked, 3)


@pytest.mark.parametrize("typed", [{}, {"answer": ""}, {"answer": "4"}, {"answer": "-1"}, {"answer": "two"}])
def test_an_answer_the_question_does_not_offer_is_refused(
    typed: dict[str, str], client: Client, asked: Response
) -> None:
    reply = client.post(question(asked, 2), typed)
    asked.refresh_from_db()
    assert reply.status_code == 422
    assert 'role="alert"' in reply.content.decode()
    assert (asked.answers, asked.state) == ({}, "due")


@pytest.mark.parametrize("value", [1, 2, 3])
def test_item_nine_opens_one_follow_up_and_the_next_page_is_help(
    value: int, client: Client, asked: Response, ana: Episode
) -> None:
    reply = answer(client, asked, *[0] * 8, value)
    follow_up = FollowUp.objects.get(response=asked)
    assert (follow_up.owner, follow_up.kind) == (ana.primary_clinician, "risk")
    page = client.get(reply.url).content.decode()
    assert "You do not have to carry this alone" in page
    assert "Thank you" not in page
    assert follow_up.owner.full_name in page
    for line in (*LINES, 'href="tel:609-555-0100"'):
        assert line in page


def test_finishing_after_item_nine_shows_help_and_no_thanks(client: Client, asked: Response) -> None:
    answer(client, asked, *[0] * 8, 2)
    reply = answer(client, asked, 3, first=10)
    page = client.get(reply.url).content.decode()
    assert (asked.state, asked.total) == ("complete", 2)
    assert "by 10:12 am today" in page
    assert "Thank you" not in page
    assert FollowUp.objects.filter(patient=asked.patient).count() == 1


def test_the_crisis_page_names_what_is_still_to_answer(client: Client, asked: Response) -> None:
    reply = answer(client, asked, *[0] * 8, 1)
    page = client.get(reply.url).content.decode()
    assert "One question is left" in page
    assert question(asked, 10) in page


def test_leaving_after_a_risk_answer_passes_the_crisis_page(client: Client, asked: Response) -> None:
    reply = client.post(question(asked, 9), {"answer": 1, "leave": "1"})
    assert reply.url == question(asked, END)
    assert FollowUp.objects.filter(response=asked).count() == 1
    assert client.post(question(asked, 3), {"leave": "1"}).url == question(asked, END)


def test_a_risk_answer_with_others_missing_still_asks_for_a_person(client: Client, asked: Response) -> None:
    client.post(question(asked, 9), {"answer": 3})
    asked.refresh_from_db()
    assert (asked.total, asked.state) == (None, "started")
    assert FollowUp.objects.get(response=asked).level == "high"


def test_sending_the_last_answer_twice_is_harmless(client: Client, asked: Response) -> None:
    answer(client, asked, *[0] * 8, 1)
    answer(client, asked, 1, first=10)
    finished_at = asked.finished_at
    reply = client.post(question(asked, 10), {"answer": 3})
    asked.refresh_from_db()
    assert reply.url == question(asked, END)
    assert (asked.answers["difficulty"], asked.finished_at) == (1, finished_at)
    assert FollowUp.objects.count() == 1


def test_a_finished_check_in_cannot_be_answered_again(client: Client, asked: Response) -> None:
    answer(client, asked, *[0] * 9)
    assert client.post(question(asked, 1), {"answer": 3}).url == question(asked, END)
    asked.refresh_from_db()
    assert asked.total == 0
    assert "<h1>Thank you</h1>" in client.get(question(asked, 4)).content.decode()


def test_without_anyone_to_follow_up_a_risk_answer_still_gets_help(sign_in: Callable[..., Client]) -> None:
    asked = make.response(make.portal_patient())
    reply = sign_in(asked.patient.user).post(question(asked, 9), {"answer": 2})
    assert reply.status_code == 409
    page = reply.content.decode()
    assert all(line in page for line in LINES)
    assert "could not be passed on" in page


@pytest.mark.parametrize("number", range(1, 10))
def test_every_question_says_that_nobody_watches_and_where_help_is(
    number: int, client: Client, asked: Response
) -> None:
    page = client.get(question(asked, number)).content.decode()
    assert "Nobody watches this live." in page
    assert all(line in page for line in LINES)
    assert load_instruments()["phq9"].items[number - 1].text in page


def test_a_get_changes_no_answer(client: Client, asked: Response) -> None:
    for number in range(1, END + 1):
        client.get(question(asked, number), {"answer": 3})
        client.head(question(asked, number))
    asked.refresh_from_db()
    assert (asked.answers, asked.state) == ({}, "due")


@pytest.mark.parametrize("number", [0, 12, 999999999])
def test_there_is_no_question_outside_the_measure(number: int, client: Client, asked: Response) -> None:
    assert client.get(question(asked, number)).status_code == 404
    assert client.post(question(asked, number), {"answer": 1}).status_code == 404


def test_another_patients_measure_is_not_there(client: Client) -> None:
    other = make.response(make.portal_patient())
    assert client.get(question(other, 1)).status_code == 404
    assert client.post(question(other, 9), {"answer": 3}).status_code == 404
    other.refresh_from_db()
    assert (other.answers, FollowUp.objects.count()) == ({}, 0)
    assert client.get(reverse("portal:question", args=[uuid.uuid4(), 1])).status_code == 404


@pytest.mark.parametrize("role", [Role.CLINICIAN, Role.FRONT_DESK, Role.ADMINISTRATOR])
def test_staff_answer_nothing_in_the_portal(
    role: Role, asked: Response, sign_in: Callable[..., Client]
) -> None:
    staff = sign_in(role=role)
    assert staff.get(reverse("portal:checkins")).status_code == 403
    assert staff.post(question(asked, 1), {"answer": 1}).status_code == 403


def test_only_the_newest_of_a_measure_is_asked_for(ana: Episode) -> None:
    today = NOW.date()
    make.response(ana.patient, due_on=make.MONDAY - timedelta(days=7))
    newest = make.response(ana.patient)
    make.response(ana.patient, due_on=today + timedelta(days=1))
    worry = make.response(ana.patient, "gad7")
    assert [c.response for c in due_checkins(ana.patient, today)] == [newest, worry]


def test_after_one_check_in_the_other_is_offered(client: Client, asked: Response) -> None:
    worry = make.response(asked.patient, "gad7")
    reply = answer(client, asked, *[0] * 9)
    page = client.get(reply.url).content.decode()
    assert question(worry, 1) in page
    assert "Worry check-in" in page


def test_the_help_page_gives_the_lines_the_phone_and_the_address(client: Client) -> None:
    page = client.get(reverse("portal:help")).content.decode()
    for words in (
        *LINES,
        "609-555-0100",
        "14 Marlow Street",
        "After hours nobody reads check-ins",
    ):
        assert words in page


@pytest.mark.parametrize("page", ["checkins", "help"])
def test_titles_are_neutral_and_hold_no_name(page: str, client: Client, ana: Episode) -> None:
    head = client.get(reverse(f"portal:{page}")).content.decode().split("</head>")[0]
    title = head.split("<title>")[1].split("</title>")[0]
    assert title in {"Check-in", "Help now"}
    assert ana.patient.family_name not in head
    assert ana.patient.given_name not in title


def test_a_clock_is_said_honestly() -> None:
    at = datetime(2026, 10, 21, 14, 12, tzinfo=UTC)
    midnight = datetime(2026, 10, 22, 4, 0, tzinfo=UTC)
    assert by_when(at, NOW, "America/New_York") == "by 10:12 am today"
    assert by_when(midnight, NOW, "America/New_York") == "by the end of today"
    assert by_when(at + timedelta(days=2), NOW, "America/New_York") == "by 10:12 am on Friday"


def test_what_a_finished_episode_left_open_is_not_asked_any_more(ana: Episode, asked: Response) -> None:
    today = NOW.date()
    Episode.objects.filter(pk=ana.pk).update(ended_on=today)
    assert due_checkins(ana.patient, today - timedelta(days=1)), "still in the program"
    assert not due_checkins(ana.patient, today)
    later = make.response(ana.patient, due_on=today + timedelta(days=30))
    assert [c.response for c in due_checkins(ana.patient, later.due_on)] == [later]


# --- instruments of other kinds


def test_numbers_are_chosen_from_a_row_and_give_a_mean(client: Client, ana: Episode) -> None:
    asked = make.response(ana.patient, "peg")
    page = client.get(question(asked, 1)).content.decode()
    assert page.count('class="number-choice"') == 11
    assert "Pain as bad as you can imagine" in page
    assert client.post(question(asked, 1), {"answer": 11}).status_code == 422
    reply = answer(client, asked, 4, 5, 5)
    assert (reply.url, str(asked.total)) == (question(asked, 4), "4.7")


def test_a_number_of_many_is_typed(client: Client, ana: Episode) -> None:
    make.text_pack("edeq")
    asked = make.response(ana.patient, "edeq")
    page = client.get(question(asked, 13)).content.decode()
    assert 'type="number"' in page
    assert client.post(question(asked, 13), {"answer": "1000"}).status_code == 422
    assert client.post(question(asked, 13), {"answer": "12"}).url == question(asked, 14)


def test_questions_left_out_by_an_answer_are_not_asked(client: Client, ana: Episode) -> None:
    asked = make.response(ana.patient, "pc_ptsd5")
    assert 'aria-label="Question 1 of 6"' in client.get(question(asked, 1)).content.decode()
    assert client.get(question(asked, 2)).url == question(asked, 1), "not before the first is answered"
    reply = client.post(question(asked, 1), {"answer": 0})
    asked.refresh_from_db()
    assert (reply.url, asked.state, asked.total) == (question(asked, 7), "complete", 0)


def test_an_answer_taken_back_takes_what_hung_on_it_along(client: Client, ana: Episode) -> None:
    asked = make.response(ana.patient, "audit_c")
    answer(client, asked, 3, 2)
    assert asked.answers == {"q1": 3, "q2": 2}
    client.post(question(asked, 1), {"answer": 0})
    asked.refresh_from_db()
    assert (asked.answers, asked.total, asked.state) == ({"q1": 0}, 0, "complete")


def test_going_on_and_back_passes_what_is_not_asked(client: Client, ana: Episode) -> None:
    asked = make.response(ana.patient, "bam")
    assert answer(client, asked, 0, 0, 0, 0).url == question(asked, 6), "no drinks, so no question on five"
    reply = answer(client, asked, 0, first=6)
    assert reply.url == question(asked, 14), "no drugs, so none by name"
    assert question(asked, 6) in client.get(question(asked, 14)).content.decode()
    reply = client.post(question(asked, 6), {"answer": 2})
    assert reply.url == question(asked, 7)
    assert "how many days did you use any of the following drugs:" in client.get(reply.url).content.decode()


def test_a_craving_is_passed_on_without_the_crisis_page(client: Client, ana: Episode) -> None:
    asked = make.response(ana.patient, "bam_iop")
    answer(client, asked, 0, 0, 0, 0)
    answer(client, asked, 0, first=6)
    reply = answer(client, asked, 4, first=14)
    assert reply.url == question(asked, 15)
    assert FollowUp.objects.get(response=asked).level == "watch"


def test_a_columbia_answer_opens_help_at_once_and_the_worse_one_again(client: Client, ana: Episode) -> None:
    make.text_pack("cssrs")
    asked = make.response(ana.patient, "cssrs")
    assert answer(client, asked, 1).url == question(asked, 7), "the page after the last is the crisis page"
    assert FollowUp.objects.get(response=asked).level == "elevated"
    assert "You do not have to carry this alone" in client.get(question(asked, 7)).content.decode()
    assert answer(client, asked, 1, 0, first=2).url == question(asked, 4)
    assert answer(client, asked, 1, first=4).url == question(asked, 7)
    follow_up = FollowUp.objects.get(response=asked)
    assert (follow_up.level, follow_up.due_at) == ("critical", NOW + timedelta(minutes=15))


@pytest.mark.parametrize("code", ["asq", "isi", "ciwa_ar"])
def test_what_is_asked_in_person_or_has_no_words_is_not_in_the_portal(
    code: str, client: Client, ana: Episode
) -> None:
    asked = make.response(ana.patient, code)
    assert not due_checkins(ana.patient, NOW.date())
    assert client.get(question(asked, 1)).status_code == 404


def test_a_measure_that_is_switched_off_leaves_the_portal(
    client: Client, ana: Episode, settings: Any
) -> None:
    asked = make.response(ana.patient, "audit_c")
    assert client.get(question(asked, 1)).status_code == 200
    settings.INSTRUMENTS_OFF = ["audit_c"]
    assert client.get(question(asked, 1)).status_code == 404
    assert not due_checkins(ana.patient, NOW.date())


@pytest.mark.parametrize("code", [code for code, one in load_instruments().items() if one.has_text])
def test_every_question_of_every_measure_with_words_can_be_answered(
    code: str, client: Client, ana: Episode
) -> None:
    if "portal" not in load_instruments()[code].modes:
        return
    asked = make.response(ana.patient, code)
    for item in load_instruments()[code].items:
        page = client.get(question(asked, item.number))
        if page.status_code == 200 and item.options[0].text != "Excellent":
            assert item.text.split("'")[0][:40] in page.content.decode()
        client.post(question(asked, item.number), {"answer": item.options[-1].value})
    asked.refresh_from_db()
    assert asked.state == "complete"
