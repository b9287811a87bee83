"""A looked-at week as a form sends it back: groups by number, visits as "individual 7 2 13:30 50 4"."""

from datetime import time
from typing import Any

from django.http import QueryDict

from iop_clinic.forms import ClinicForm
from iop_clinic.refusal import Refused
from scheduling.booking_weeks import VisitAsked
from scheduling.choices import STALE
from scheduling.models.group import Kind
from scheduling.pattern_problem import Pattern
from scheduling.week_ask import MINUTES


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
            raise Refused(STALE.replace("A choice below", "This week"), status=422) from error
        return {"groups": groups, "visits": visits, "from_on": self.pattern.ask.from_on}

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
