"""What scarce things should cost while a week is put together, so that who could come at any time leaves the
evening to who cannot. From how many people want each thing, or from the shadow prices of the bound."""

from itertools import accumulate

from scheduling.planner.left import runs
from scheduling.planner.options import Prices
from scheduling.planner.problem import DAYS, TICK, TICKS, Mode, Patient, Problem
from scheduling.planner.search import Search

SEAT, HOUR = 60.0, 60.0  # points for a seat, or for an hour, that twice as many want as there are


def scarcity(problem: Problem, searches: dict[int, Search]) -> Prices:
    """By how much more of each seat and hour is wanted than there is."""
    seats = {one.id: 0.0 for one in problem.sections}
    hours = {(one.id, day): [0.0] * TICKS for one in problem.clinicians for day in range(DAYS)}
    for patient in problem.patients:
        _want_seats(patient, searches[patient.id], seats)
        _want_hours(problem, patient, hours)
    return Prices(
        seats={one.id: SEAT * _over(seats[one.id], one.seats) for one in problem.sections},
        clinicians={
            key: [0.0, *accumulate(HOUR * _over(wanted, 1.0) * TICK / 60 for wanted in row)]
            for key, row in hours.items()
        },
        offices={},
    )


def _over(wanted: float, there: float) -> float:
    return max(0.0, wanted / max(there, 0.5) - 0.6)


def _want_seats(patient: Patient, search: Search, seats: dict[int, float]) -> None:
    """Each person wants their hours, spread over everything they could come to."""
    fitting = [pk for day in search.days for node in day.nodes for pk in node.sections]
    minutes = sum(search.problem.by_section[pk].minutes for pk in fitting)
    need = max(0, patient.goal_minutes - patient.credit_minutes) / max(minutes, 1)
    for pk in fitting:
        seats[pk] += min(1.0, need)


def _want_hours(problem: Problem, patient: Patient, hours: dict[tuple[int, int], list[float]]) -> None:
    """Each session that is due is wanted once, spread over every hour in which it could be."""
    for due in patient.due:
        length = -(-due.minutes // TICK)
        able = [one for one in problem.clinicians if due.kind in one.kinds]
        video = Mode.IN_PERSON not in patient.modes
        able = [one for one in able if not video or patient.state in one.states]
        spots = []
        for one in able:
            share = 3.0 if one.id == patient.primary else 1.0
            for day in range(DAYS):
                starts = runs(patient.free[day] & one.free[day], length)
                if starts:
                    spots.append((one.id, day, starts, share))
        total = sum(share * starts.bit_count() for _, _, starts, share in spots)
        for pk, day, starts, share in spots:
            row = hours[pk, day]
            weight = share * length / total
            while starts:
                low = starts & -starts
                row[low.bit_length() - 1] += weight
                starts ^= low
