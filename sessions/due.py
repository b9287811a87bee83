"""Everything the record owes by a day, in numbers: what the lists of two rooms below would show.

A line counts what its list lists, and how much of that is late. Each line is at most two statements.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from iop_clinic.accounts.models import Site, User
from iop_clinic.clock import week_of
from patients import care_due, documents_due, plans_due
from patients.medication_due import due_episodes
from patients.models.plan import clock_of

LATE = timedelta(days=-1)


@dataclass(frozen=True)
class DueLine:
    """One list: its words, its address, how many stand on it, and how many of them are late."""

    title: str
    url: str
    count: int
    late: int


@dataclass(frozen=True)
class DueKind:
    title: str
    lines: list[DueLine]


def due_kinds(site: Site, user: User, day: date, *, everyone: bool) -> list[DueKind]:
    """By kind of work; `everyone` counts the whole site, else what is this person's."""
    whose = None if everyone else user
    return [
        DueKind("Treatment plans", _plans(site, day, whose)),
        DueKind("Documents", _documents(site, user, day, whose)),
        DueKind("Level of care", _levels(site, day, whose)),
        DueKind("Medication visits", [_medication(site, day)]),
    ]


def _plans(site: Site, day: date, whose: User | None) -> list[DueLine]:
    clock = clock_of(site)
    write, review = plans_due.to_write, plans_due.to_review
    return [
        _line(
            "To write",
            _at("plans_due", "write", whose),
            write(site, day, clock, whose),
            write(site, day, clock, whose, LATE),
        ),
        _line(
            "To review",
            _at("plans_due", "review", whose),
            review(site, day, whose),
            review(site, day, whose, LATE),
        ),
        _line(
            "Signatures", _at("plans_due", "signatures", whose), plans_due.to_be_signed(site, clock, whose)
        ),
        _line("To co-sign", _at("plans_due", "cosign", whose), plans_due.to_cosign(site, whose)),
    ]


def _documents(site: Site, user: User, day: date, whose: User | None) -> list[DueLine]:
    due = documents_due.due_at_site
    return [
        _line("Due", _at("documents_due", "due", whose), due(site, day, whose), due(site, day, whose, LATE)),
        _line("My drafts", _at("documents_due", "drafts", whose), documents_due.drafts_of(user, site)),
        _line("To co-sign", _at("documents_due", "cosign", whose), documents_due.to_cosign(site, whose)),
    ]


def _levels(site: Site, day: date, whose: User | None) -> list[DueLine]:
    due = care_due.due_at_site
    return [
        _line(
            title,
            _at("care_due", key, whose),
            due(key, site, day, whose),
            due(key, site, day, whose, LATE),
        )
        for key, title in care_due.LISTS.items()
    ]


def _medication(site: Site, day: date) -> DueLine:
    week = week_of(day, site.week_starts_weekday)
    late = due_episodes(site, day + LATE)
    return _line("This week", reverse("scheduling:medication_due"), due_episodes(site, week.ends_on), late)


def _at(name: str, shown: str, whose: User | None) -> str:
    return reverse(f"patients:{name}", query={"list": shown, "whose": "mine" if whose else "all"})


def _line(title: str, url: str, rows: QuerySet[Any, Any], late: QuerySet[Any, Any] | None = None) -> DueLine:
    count = rows.order_by().count()
    return DueLine(title, url, count, late.order_by().count() if late is not None and count else 0)
