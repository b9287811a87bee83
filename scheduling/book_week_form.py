"""A looked-at week as a form sends it back: groups by number, visits as "individual 7 2 13:30 50 4".

Who moves for it is sent as the number of the patient with both weeks, as JSON.
"""

import json
from datetime import time
from typing import Any

from django.http import QueryDict

from iop_clinic.forms import ClinicForm
from iop_clinic.refusal import Refused
from scheduling.booking_moves import GONE
from scheduling.booking_weeks import VisitAsked
from scheduling.choices import STALE
from scheduling.models.group import Kind
from scheduling.pattern_problem import Pattern
from scheduling.planner.problem import DAYS, PatientWeek
from scheduling.planner.written import from_ids
from scheduling.proposed import MOST_MOVED
from scheduling.week_ask import MINUTES

NOT_OFFERED = STALE.replace("A choice below", "This week")


class BookWeekForm(ClinicForm):
    """The words of a refusal, and what was looked at."""

    def __init__(self, data: QueryDict | None, *, pattern: Pattern) -> None:
        super().__init__(data)
        self.pattern = pattern

    @property
    def asked(self) -> dict[str, Any]:
        """What `book_week` takes. Refused 422 for what was never on offer."""
        sent = self.data
        try:
            groups = [self.pattern.rows.groups[int(pk)] for pk in sent.getlist("groups")]  # type: ignore[attr-defined]
            visits = [self._visit(value) for value in sent.getlist("visits")]  # type: ignore[attr-defined]
        except (KeyError, ValueError) as error:
            raise Refused(NOT_OFFERED, status=422) from error
        return {"groups": groups, "visits": visits}

    @property
    def moved(self) -> dict[int, tuple[PatientWeek, PatientWeek]]:
        """By patient, the weeks of those who would move as they were looked at. Refused as `asked`, and 409
        for someone who cannot move any more."""
        sent: list[str] = self.data.getlist("moved")  # type: ignore[attr-defined]
        try:
            found = [self._pair(*json.loads(value)) for value in sent]
            if len(found) > MOST_MOVED:
                raise ValueError(len(found))
        except (KeyError, TypeError, ValueError) as error:
            raise Refused(NOT_OFFERED, status=422) from error
        return dict(found)

    def _pair(self, pk: int, before: Any, after: Any) -> tuple[int, tuple[PatientWeek, PatientWeek]]:
        if pk not in self.pattern.rows.movable:
            raise Refused(GONE)
        return pk, (self._week(before), self._week(after))

    def _week(self, written: Any) -> PatientWeek:
        (week,) = from_ids({"0": written}).values()
        problem = self.pattern.problem
        for one in week.appointments:
            whole = isinstance(one.starts, int) and isinstance(one.ends, int) and one.day in range(DAYS)
            if not whole or not 0 <= one.starts < one.ends <= 24 * 60:
                raise ValueError(written)
            problem.by_clinician[one.clinician], Kind(one.kind)
            if one.office is not None:
                self.pattern.rows.rooms[one.office]
        if not all(pk in problem.by_section for pk in week.sections):
            raise ValueError(written)
        return week

    def _visit(self, value: str) -> VisitAsked:
        kind, lead, weekday, at, minutes, room = value.split(" ")
        hour, minute = at.split(":")
        if int(minutes) != MINUTES[Kind(kind)] or not 0 <= int(weekday) <= 6:
            raise ValueError(value)
        return VisitAsked(
            kind=str(Kind(kind)),
            lead=self.pattern.rows.staff[int(lead)],
            weekday=int(weekday),
            starts=time(int(hour), int(minute)),
            minutes=int(minutes),
            room=None if room == "video" else self.pattern.rows.rooms[int(room)],
            relatives=tuple(self.pattern.rows.relatives) if kind == Kind.FAMILY else (),
        )
