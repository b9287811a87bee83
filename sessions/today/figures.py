"""The three figures an hours bar draws: a ledger without its lines."""

from dataclasses import dataclass

from sessions.hours import Ledger


@dataclass(frozen=True)
class Figures:
    """Minutes of one person's week."""

    goal_minutes: int
    attended_minutes: int
    booked_minutes: int

    @property
    def short_minutes(self) -> int:
        return max(0, self.goal_minutes - self.attended_minutes - self.booked_minutes)


def figures_of(ledger: Ledger | None) -> Figures | None:
    """The ledger's figures; None where there is no ledger or nothing is prescribed."""
    if ledger is None or not ledger.goal_minutes:
        return None
    return Figures(ledger.goal_minutes, ledger.attended_minutes, ledger.booked_minutes)
