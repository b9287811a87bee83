"""What of a week is still free: seats, clinicians' and offices' time. The one thing here that changes."""

from typing import Any

from scheduling.planner.problem import DAYS, PatientWeek, Problem, Week


def runs(mask: int, length: int) -> int:
    """The ticks from which `length` free ticks follow."""
    done = 1
    while done < length:
        step = min(done, length - done)
        mask &= mask >> step
        done += step
    return mask


class Left:
    """Seats by section, free masks by clinician and office, who is in which section.

    `known`, by day: what others worked out from it, forgotten when something on that day changes.
    """

    def __init__(self, problem: Problem, week: Week | None = None) -> None:
        self.seats = {one.id: one.seats for one in problem.sections}
        self.clinicians = {one.id: list(one.free) for one in problem.clinicians}
        self.offices = {one.id: list(one.free) for one in problem.offices}
        self.people: dict[int, set[int]] = {one.id: set() for one in problem.sections}
        self._runs: dict[tuple[int, int], dict[int, int]] = {}
        self._office_runs: dict[int, dict[int, int]] = {}
        self.known: list[dict[Any, Any]] = [{} for _ in range(DAYS)]
        for pk, mine in (week or {}).items():
            self.take(pk, mine)

    def copy(self) -> "Left":
        """The same, to try something out on."""
        other = Left.__new__(Left)
        other.seats = dict(self.seats)
        other.clinicians = {pk: list(free) for pk, free in self.clinicians.items()}
        other.offices = {pk: list(free) for pk, free in self.offices.items()}
        other.people = {pk: set(there) for pk, there in self.people.items()}
        other._runs, other._office_runs = dict(self._runs), dict(self._office_runs)
        other.known = [{} for _ in range(DAYS)]
        return other

    def take(self, patient: int, week: PatientWeek) -> None:
        self.reclaim(patient, week)
        self._forget(week)

    def give_back(self, patient: int, week: PatientWeek) -> None:
        self.lend(patient, week)
        self._forget(week)

    def lend(self, patient: int, week: PatientWeek) -> None:
        """As `give_back`, for a while: no search until it is reclaimed."""
        for pk in week.sections:
            self.seats[pk] += 1
            self.people[pk].discard(patient)
        for one in week.appointments:
            mask = one.mask
            self.clinicians[one.clinician][one.day] |= mask
            if one.office is not None:
                self.offices[one.office][one.day] |= mask

    def reclaim(self, patient: int, week: PatientWeek) -> None:
        """As `take`, of what was lent, or to be given back before the next search."""
        for pk in week.sections:
            self.seats[pk] -= 1
            self.people[pk].add(patient)
        for one in week.appointments:
            mask = one.mask
            self.clinicians[one.clinician][one.day] &= ~mask
            if one.office is not None:
                self.offices[one.office][one.day] &= ~mask

    def _forget(self, week: PatientWeek) -> None:
        for one in week.appointments:
            self._runs.pop((one.clinician, one.day), None)
            self.known[one.day].clear()
            if one.office is not None:
                self._office_runs.pop(one.day, None)

    def clinician_runs(self, clinician: int, day: int, length: int) -> int:
        """Ticks of the day at which the clinician is free for `length` ticks."""
        known = self._runs.setdefault((clinician, day), {})
        found = known.get(length)
        if found is None:
            found = known[length] = runs(self.clinicians[clinician][day], length)
        return found

    def office_runs(self, day: int, length: int) -> int:
        """Ticks of the day at which some office is free for `length` ticks."""
        known = self._office_runs.setdefault(day, {})
        found = known.get(length)
        if found is None:
            found = 0
            for free in self.offices.values():
                found |= runs(free[day], length)
            known[length] = found
        return found

    def office_at(self, day: int, mask: int) -> int | None:
        """The first office that is free then."""
        for pk, free in self.offices.items():
            if free[day] & mask == mask:
                return pk
        return None
