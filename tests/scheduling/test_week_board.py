"""The week board: what is drawn where, filters as links, and the same few queries however full it is."""

from datetime import date, time, timedelta
from typing import Any

import pytest
from django.urls import reverse

from iop_clinic.clock import Week
from iop_clinic.roles import Role
from scheduling.blocks import Block
from scheduling.board import Board, draw
from scheduling.lanes import More, lanes
from scheduling.week_rows import rows_of
from scheduling.words import week_words
from tests import make

pytestmark = pytest.mark.django_db
TZ = "America/New_York"
WEEK = Week(make.MONDAY)
URL = reverse("scheduling:week")


def board() -> Board:
    return draw(rows_of(make.site(), WEEK), WEEK, TZ, make.NOW)


def blocks(drawn: Board) -> dict[str, tuple[int, int, str, str]]:
    """Title -> steps from the band's top, steps long, state, lane."""
    return {
        place.block.title: (place.at, place.steps, place.block.looks, place.block.lane)
        for band in drawn.bands
        for column in band.columns
        for place in column.places
        if place.block
    }


def test_past_is_outlined_now_is_solid_coming_is_filled() -> None:
    make.session(day=make.MONDAY, title="Past")
    make.session(day=make.MONDAY + timedelta(days=2), title="Now")
    make.session(day=make.MONDAY + timedelta(days=4), title="Coming")
    drawn = blocks(board())
    assert {title: place[2] for title, place in drawn.items()} == {
        "Past": "is-past",
        "Now": "is-now",
        "Coming": "",
    }


def test_blocks_stand_in_steps_of_five_minutes_from_the_bands_top() -> None:
    make.session(title="Nine")
    make.session(title="Ten", starts=time(10, 5), minutes=50)
    drawn = board()
    assert blocks(drawn) == {"Nine": (0, 12, "is-past", ""), "Ten": (13, 10, "is-past", "")}
    assert drawn.bands[0].steps == 23


def test_empty_hours_are_folded_and_named() -> None:
    make.session(starts=time(12, 30), minutes=50)
    make.session(starts=time(15, 30))
    first, fold, second = board().bands
    assert (first.steps, fold.fold, second.steps) == (10, "1:20 pm to 3:30 pm, no sessions", 12)


def test_overlapping_blocks_stand_beside_each_other() -> None:
    for title in ("DBT", "CBT"):
        make.session(title=title)
    make.session(title="Later", starts=time(10))
    lanes_of = {title: place[3] for title, place in blocks(board()).items()}
    assert lanes_of == {"DBT": "half-1", "CBT": "half-2", "Later": ""}


def test_more_than_four_at_once_end_in_one_link_to_the_list() -> None:
    found = lanes([Block(n, make.MONDAY, 540, 590, "", "/", "Group") for n in range(7)])
    assert [one for one in found if isinstance(one, More)] == [More(4, 540, 590)]
    assert len(found) == 4


def test_weekend_days_show_only_when_something_happens() -> None:
    make.session()
    assert len(board().days) == 5
    make.session(day=make.MONDAY + timedelta(days=5))
    assert [day.day.weekday() for day in board().days] == [0, 1, 2, 3, 4, 5]


def test_seats_and_full_groups_are_counted_without_cancelled_ones() -> None:
    session = make.session(capacity=2)
    for _ in range(2):
        make.booking(session, make.episode())
    make.session(day=make.MONDAY + timedelta(days=1), capacity=10)
    group = make.group(weekday=3)
    make.session(day=make.MONDAY + timedelta(days=3), capacity=10, status="cancelled", group=group)
    drawn = board()
    assert (drawn.groups, drawn.seats_taken, drawn.seats, drawn.full) == (2, 2, 12, 1)


def test_the_week_page_shows_the_groups_of_the_week_asked_for(sign_in: Any) -> None:
    make.session(title="Process group")
    make.session(day=make.MONDAY + timedelta(weeks=1), title="Next week")
    page = sign_in(role=Role.FRONT_DESK).get(URL, {"week": "2026-10-21"}).content.decode()
    assert "October 19–23, 2026" in page and "Process group" in page and "Next week" not in page
    assert "?week=2026-10-12" in page and "?week=2026-10-26" in page


def test_visits_show_when_asked_for(sign_in: Any) -> None:
    make.session(title="Individual", kind="individual", capacity=1)
    client = sign_in(role=Role.FRONT_DESK)
    assert "Individual" not in client.get(URL, {"week": "2026-10-19"}).content.decode()
    assert "Individual" in client.get(URL, {"week": "2026-10-19", "visits": 1}).content.decode()


@pytest.mark.parametrize("name", ["track", "lead", "room"])
def test_a_filter_leaves_the_others_out(sign_in: Any, name: str) -> None:
    track, other = make.track(), make.track(name="Evening SUD", tone="eve")
    first = make.session(title="Process group", group=make.group(track))
    make.session(title="Evening process", group=make.group(other), day=make.MONDAY + timedelta(days=1))
    value = {"track": track.pk, "lead": first.lead_id, "room": first.room_id}[name]
    page = sign_in(role=Role.DIRECTOR).get(URL, {"week": "2026-10-19", name: value}).content.decode()
    assert "Process group" in page and "Evening process" not in page


@pytest.mark.parametrize("visits", [0, 1])
def test_the_list_says_what_the_board_draws(sign_in: Any, visits: int) -> None:
    make.session(title="Process group", capacity=12)
    asked = {"week": "2026-10-19", "table": 1, "visits": visits}
    page = sign_in(role=Role.BILLER).get(URL, asked).content.decode()
    assert "Monday, October 19" in page and "0/12" in page


@pytest.mark.parametrize(
    "asked",
    [
        {"week": "yesterday"},
        {"week": "2026-02-30"},
        {"week": "0001-01-01"},
        {"week": "9999-12-31"},
        {"track": "1 OR 1=1"},
        {"lead": "-1"},
        {"visits": "2"},
    ],
)
def test_an_address_that_makes_no_sense_is_refused_in_words(sign_in: Any, asked: dict[str, str]) -> None:
    assert sign_in(role=Role.FRONT_DESK).get(URL, asked).status_code == 400


def test_a_filter_that_finds_nothing_says_so(sign_in: Any) -> None:
    page = sign_in(role=Role.FRONT_DESK).get(URL, {"room": "9" * 30})
    assert page.status_code == 200 and "Nothing is planned" in page.content.decode()


def test_another_sites_sessions_are_not_on_the_board(sign_in: Any) -> None:
    make.session(make.other_site(), title="Elsewhere")
    page = sign_in(role=Role.FRONT_DESK).get(URL, {"week": "2026-10-19"}).content.decode()
    assert "Elsewhere" not in page


def test_the_title_and_the_print_footer_name_the_year(sign_in: Any) -> None:
    client = sign_in(role=Role.CLINICIAN)
    page = client.get(reverse("scheduling:week"), {"week": "2026-12-28"}).content.decode()
    assert "<h1>December 28, 2026 – January 1, 2027</h1>" in page
    assert "week of December 28, 2026 – January 1, 2027" in page
    assert week_words(date(2026, 10, 26), date(2026, 11, 1)) == "October 26 – November 1, 2026"
