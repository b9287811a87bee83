"""Public holidays of a site's state, as the `holidays` library lists them. Nothing closes by itself."""

from dataclasses import dataclass
from datetime import date

import holidays

from iop_clinic.accounts.models import Site

FIRST_YEAR, LAST_YEAR = 2020, 2060


@dataclass(frozen=True, order=True)
class PublicHoliday:
    on: date
    name: str


def public_holidays(site: Site, year: int) -> list[PublicHoliday]:
    """In order of the year; those of the nation only, where the state is not one the library knows."""
    state = site.state_code if site.state_code in holidays.US.subdivisions else None
    found = holidays.US(subdiv=state, years=year, language="en_US")
    return sorted(PublicHoliday(on, name) for on, name in found.items() if on.year == year)
