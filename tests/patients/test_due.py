"""Due times in words: midnight ends a day, what is past is overdue, and the wall is the site's."""

from datetime import UTC, datetime

import pytest

from patients.due import due_tone, due_words

ZONE = "America/New_York"
NOW = datetime(2026, 10, 21, 13, 12, tzinfo=UTC)  # Wednesday, 9:12 in the morning


def at(day: int, hour: int, minute: int = 0, month: int = 10, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("due_at", "words", "tone"),
    [
        (at(21, 14, 12), "due by 10:12 am", "warn"),
        (at(22, 4), "due by the end of today", "warn"),
        (at(23, 4), "due by Oct 22", ""),
        (at(23, 20, 5), "due by Oct 23, 4:05 pm", ""),
        (at(1, 17, 0, month=1, year=2027), "due by Jan 1, 2027, 12:00 pm", ""),
        (at(21, 13, 12), "overdue since 9:12 am", "bad"),
        (at(21, 4), "overdue since Oct 20", "bad"),
        (at(20, 22, 30), "overdue since Oct 20, 6:30 pm", "bad"),
    ],
)
def test_a_due_time_is_said_on_the_wall_of_the_site(due_at: datetime, words: str, tone: str) -> None:
    assert due_words(due_at, NOW, ZONE) == words
    assert due_tone(due_at, NOW, ZONE) == tone
