"""Minutes in words, the one way every page says them (design section 6): no rounding, whole minutes in."""

from typing import Any

WORDS_FROM_MINUTES = 100


def in_hours(minutes: int) -> str:
    """80 -> "1 h 20", 360 -> "6 h", 50 -> "50 min", 0 -> "0 min"."""
    hours, rest = divmod(abs(minutes), 60)
    if not hours:
        return f"{rest} min"
    return f"{hours} h {rest}" if rest else f"{hours} h"


def duration(minutes: int) -> str:
    """Under 100 minutes in minutes, else in hours: 80 -> "80 min", 60 -> "1 h", 130 -> "2 h 10"."""
    size = abs(minutes)
    if size < WORDS_FROM_MINUTES and size % 60:
        return f"{size} min"
    return in_hours(size)


def spoken(minutes: int) -> str:
    """For a screen reader: 100 -> "1 hour 40 minutes"."""
    hours, rest = divmod(abs(minutes), 60)
    parts = [counted(hours, "hour")] if hours else []
    if rest or not hours:
        parts.append(counted(rest, "minute"))
    return " ".join(parts)


def part(ledger: Any, name: str, default: Any = 0) -> Any:
    """One figure of a ledger, which may be an object or a dict."""
    value = ledger.get(name, default) if isinstance(ledger, dict) else getattr(ledger, name, default)
    return default if value is None else value


def short_minutes(ledger: Any) -> int:
    """Minutes short of the goal; negative when more than the goal is planned."""
    planned = part(ledger, "attended_minutes") + part(ledger, "booked_minutes") + part(ledger, "made_minutes")
    return int(part(ledger, "goal_minutes") - planned)


def short_words(ledger: Any) -> str:
    """ "80 min short", "31 min over", "" when on track; takes a ledger or the minutes short.

    A ledger that says `at_most_minutes` (all that could still be made up this week) below what is missing
    reads "6 h short, 3 h at most".
    """
    short = int(ledger) if isinstance(ledger, int | float) else short_minutes(ledger)
    if short == 0:
        return ""
    if short < 0:
        return f"{duration(short)} over"
    at_most = None if isinstance(ledger, int | float) else part(ledger, "at_most_minutes", None)
    if at_most is not None and at_most < short:
        return f"{duration(short)} short, {duration(at_most)} at most"
    return f"{duration(short)} short"


def standing_words(ledger: Any) -> str:
    """Like `short_words`, and says the quiet states too: "On track", "Done", "9 h booked"."""
    short = short_minutes(ledger)
    if short > 0:
        return short_words(ledger)
    if not part(ledger, "attended_minutes"):
        return f"{duration(part(ledger, 'booked_minutes'))} booked"
    if part(ledger, "attended_minutes") >= part(ledger, "goal_minutes"):
        return "Done"
    return "On track" if short == 0 else short_words(ledger)


def sentence(ledger: Any) -> str:
    """The text alternative of an hours bar (design section 6)."""
    attended, booked = part(ledger, "attended_minutes"), part(ledger, "booked_minutes")
    made, goal = part(ledger, "made_minutes"), part(ledger, "goal_minutes")
    said = [f"{spoken(attended)} attended", f"{spoken(booked)} booked"]
    if made:
        said.append(f"{spoken(made)} would be made up")
    short = short_minutes(ledger)
    end = f"Short by {spoken(short)}." if short > 0 else "On track."
    if short < 0:
        end = f"Over by {spoken(short)}."
    return f"{', '.join(said)}, of {spoken(goal)} this week. {end}"


def counted(count: int, what: str) -> str:
    """ "1 day", "3 days": `what` takes an s."""
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
