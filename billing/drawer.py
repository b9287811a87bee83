"""The drawer beside the table: one patient's day, each rule's verdict with its rows, and where to look."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from billing.days import RuleVerdict
from billing.patient_day import PatientDay, day_rule
from iop_clinic.accounts.models import Site
from iop_clinic.clock import zone
from iop_clinic.money import dollars

# Holds first: they need a person.
VERDICTS = (
    ("hold", "On hold", "circle-pause", "warn"),
    ("not_billable", "Not billable", "ban", ""),
    ("billable", "Billable", "circle-check", "ok"),
)
# Where a biller may look at the fact behind a rule: times and dates, never the words of a note.
LINKS = {
    "minutes": ("sessions:attendance", "See the times"),
    "checkouts": ("sessions:attendance", "See the times"),
    "authorization": ("patients:coverage", "Open authorizations"),
    "coverage": ("patients:coverage", "Open coverage"),
    "payer_rule": ("patients:coverage", "Open coverage"),
    "consent": ("patients:consents", "Open consents"),
}
MARKS = {True: ("circle-check", "icon-ok", "Holds"), None: ("circle-pause", "icon-warn", "Waits")}
FAILED = ("ban", "icon-bad", "Fails")


def wall(instant: datetime, site: Site) -> datetime:
    """The instant as the site's clock shows it, without a zone, for a template to print."""
    return instant.astimezone(zone(site.time_zone)).replace(tzinfo=None)


@dataclass(frozen=True)
class Rule:
    """One verdict, its mark, and the page that shows its fact."""

    verdict: RuleVerdict
    url: str
    link: str
    repeats: bool = False

    @property
    def mark(self) -> tuple[str, str, str]:
        """Icon, its class, and the word for it."""
        return FAILED if self.verdict.passed is False else MARKS[self.verdict.passed]

    @property
    def is_open(self) -> bool:
        return self.verdict.passed is not True

    @property
    def shows_rows(self) -> bool:
        """Minutes always show their sessions; the rest only where something is wrong."""
        wanted = self.is_open or self.verdict.key == "minutes"
        return bool(self.verdict.evidence) and wanted and not self.repeats

    @property
    def shows_fix(self) -> bool:
        return self.is_open and not self.repeats


@dataclass(frozen=True)
class Drawer:
    found: PatientDay
    site: Site
    rules: tuple[Rule, ...]
    title: str
    icon: str
    tone: str

    @property
    def words(self) -> str:
        """What decides the day, in a sentence or two."""
        shown = self.found.shown
        if shown.verdict == "billable":
            return f"Every rule holds. {shown.why} pays {dollars(shown.amount_cents)} for this day."
        said: list[str] = []
        for reason in shown.failed or shown.pending:
            if not any(reason.why in earlier for earlier in said):
                said.append(reason.why)
        return " ".join(f"{why}." for why in said)

    @property
    def rule_words(self) -> str:
        rule = self.found.shown_rule
        return day_rule(rule).words if rule else ""

    @property
    def closed_at(self) -> datetime | None:
        closed = self.found.closed
        return wall(closed.closed_at, self.site) if closed else None


def open_drawer(found: PatientDay, site: Site) -> Drawer:
    _, title, icon, tone = next(row for row in VERDICTS if row[0] == found.shown.verdict)
    return Drawer(found, site, tuple(_rules(found)), title, icon, tone)


def _rules(found: PatientDay) -> Iterator[Rule]:
    """In the order of the decision; one thing to do is offered once."""
    offered: set[str] = set()
    for verdict in found.shown.reasons:
        name, words = LINKS.get(verdict.key, ("patients:chart", "Open the chart"))
        url = reverse(name, args=[found.patient.pk])
        yield Rule(verdict, url, words, repeats=bool(verdict.fix) and verdict.fix in offered)
        offered.add(verdict.fix)
