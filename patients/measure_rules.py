"""Which measures the rules ask of one person at one moment. Pure but for the reading of the rules.

Domain reference 6.9 (schedule), 6.2 (age guard); an instrument the clinic has switched off is never asked.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from iop_clinic.accounts.models import Site
from iop_clinic.clock import age_on
from patients.models import MeasureRule
from patients.offering import is_off
from patients.scoring import load_instruments


@dataclass(frozen=True)
class Person:
    """What rules look at: the diagnoses in force, whether the stay is a substance-use record, the level."""

    born_on: date
    codes: Collection[str] = ()
    is_substance_use: bool = False
    level_id: int | None = None


@dataclass(frozen=True)
class Rule:
    """One rule in force at a site."""

    instrument_code: str
    moment: str
    asked_of: str = MeasureRule.AskedOf.EVERYONE
    code_prefix: str = ""
    level_id: int | None = None

    def is_about(self, person: Person) -> bool:
        """Whether the rule asks this person, whatever their age."""
        if self.asked_of == MeasureRule.AskedOf.DIAGNOSIS:
            return any(code.startswith(self.code_prefix) for code in person.codes)
        if self.asked_of == MeasureRule.AskedOf.SUBSTANCE_USE:
            return person.is_substance_use
        if self.asked_of == MeasureRule.AskedOf.LEVEL:
            return person.level_id is not None and person.level_id == self.level_id
        return True


Schedule = Mapping[str, Sequence[Rule]]


def rules_at(site: Site) -> Schedule:
    """The rules in force at a site by their moment; one query.

    Its own row stands in the place of everyone's for the same; what is switched off or has no file is out.
    """
    rows = MeasureRule.objects.filter(Q(site=None) | Q(site=site))
    held: dict[Rule, bool] = {}
    for row in sorted(rows, key=lambda row: row.site_id is not None):
        rule = Rule(row.instrument_code, row.moment, row.asked_of, row.code_prefix, row.level_id)
        held[rule] = row.is_active and row.instrument_code in load_instruments()
    found: dict[str, list[Rule]] = {}
    for rule, is_active in held.items():
        if is_active and not is_off(rule.instrument_code):
            found.setdefault(rule.moment, []).append(rule)
    return found


def codes_asked(rules: Iterable[Rule], person: Person, day: date) -> list[str]:
    """Instruments these rules ask of this person on that day, each once, in the order of the rules."""
    instruments, age = load_instruments(), age_on(person.born_on, day)
    fits = (rule.instrument_code for rule in rules if rule.is_about(person))
    return [code for code in dict.fromkeys(fits) if age >= (instruments[code].age_from or 0)]
