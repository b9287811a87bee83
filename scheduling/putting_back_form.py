"""Which cancelled sessions are put back, and whose seats with them: ticked unless something is in the way."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from scheduling.coming_back import Return
from scheduling.models import Booking, TherapySession
from scheduling.putting_back import Chosen
from scheduling.replanning_forms import SettlingForm, typed


@dataclass(frozen=True)
class Line:
    """A cancelled session on the page: whether it is ticked, its seats, and what is in its way."""

    session: TherapySession
    is_ticked: bool
    seats: list[tuple[Booking, bool]]
    staying: list[tuple[Booking, str]]
    problems: list[str]


class PutBackForm(SettlingForm):
    """`back` ticks a session, `seat-1` the bookings of session 1, `version-1` is how it was shown."""

    @property
    def said(self) -> QueryDict | None:
        return self.data if isinstance(self.data, QueryDict) and self.is_bound else None

    @property
    def chosen(self) -> dict[int, Chosen]:
        said = self.said or QueryDict()
        backs = _numbers(said.getlist("back"))
        versions = {pk: _numbers(said.getlist(f"version-{pk}")) for pk in backs}
        return {
            pk: Chosen(max(versions[pk], default=0), frozenset(_numbers(said.getlist(f"seat-{pk}"))))
            for pk in backs
        }

    def lines(self, backs: Sequence[Return]) -> list[Line]:
        return [self._line(back) for back in backs]

    def _line(self, back: Return) -> Line:
        session, problems = back.session, self.problems.get(back.session.pk, [])
        if self.said is None or not typed(self.said, "version", session):
            ticked, seats = not back.in_the_way, {booking.pk for booking in back.coming}
        else:
            ticked = str(session.pk) in self.said.getlist("back")
            seats = _numbers(self.said.getlist(f"seat-{session.pk}"))
        return Line(
            session=session,
            is_ticked=ticked,
            seats=[(booking, booking.pk in seats) for booking in back.coming],
            staying=back.staying,
            problems=list(dict.fromkeys([*back.in_the_way, *problems])),
        )


def _numbers(said: Sequence[Any]) -> set[int]:
    return {int(one) for one in said if one.isdecimal() and len(one) < 10}
