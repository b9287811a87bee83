"""One session as staff read it: its people, its words, what may still be done to it."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from iop_clinic.accounts.models import User
from iop_clinic.clock import Week, week_of
from iop_clinic.wall import wall
from scheduling.models import Absence, Booking, Enrollment, Remark, TherapySession
from scheduling.seating import without_seat
from scheduling.sizes import enrolled_on, enrolled_words


def sessions_at_sites_of(user: User) -> QuerySet[TherapySession]:
    """Sessions of the sites this staff member works at."""
    rows = TherapySession.objects.filter(site__in=user.sites.all())
    return rows.select_related("site", "room", "lead", "group__track")


@dataclass(frozen=True)
class SessionPage:
    """A session with its roster, booked first, at one moment."""

    session: TherapySession
    roster: list[Booking]
    now: datetime

    @property
    def booked(self) -> list[Booking]:
        return [booking for booking in self.roster if booking.is_active]

    @property
    def cancelled(self) -> list[Booking]:
        return [booking for booking in self.roster if not booking.is_active]

    @property
    def remarks(self) -> list[Remark]:
        return list(self.session.remarks.select_related("written_by"))

    @property
    def few(self) -> str:
        """ "2 of at least 4 enrolled" for a coming group with too few people, else empty."""
        group = self.session.group
        if group is None or not self.may_change:
            return ""
        return enrolled_words(enrolled_on(group, self.session.occurs_on), group.minimum_size)

    @property
    def without_seat(self) -> list[tuple[Enrollment, str]]:
        """Who has a place in the group that day and no seat in this coming session, and why."""
        return without_seat(self.session) if self.may_change else []

    @property
    def lead_is_away(self) -> str:
        """ "Ruth A. is away then." for a coming session that needs a substitute, else empty."""
        lead, then = self.session.lead, (self.session.starts_at, self.session.ends_at)
        away = Absence.objects.standing().filter(staff=lead, during__overlap=then)
        return f"{lead.short_name} is away then." if self.may_change and away.exists() else ""

    @property
    def is_cancelled(self) -> bool:
        return self.session.status == TherapySession.Status.CANCELLED

    @property
    def may_change(self) -> bool:
        """A session that has begun, or is cancelled, stays as it is."""
        return not self.is_cancelled and not self.session.has_begun(self.now)

    @property
    def may_return(self) -> bool:
        """A cancelled session can be put back until it would have begun."""
        return self.is_cancelled and not self.session.has_begun(self.now)

    @property
    def takes_someone(self) -> bool:
        """Someone may be added this once."""
        return self.may_change and self.session.takes_several

    @property
    def times(self) -> str:
        tz_name = self.session.site.time_zone
        starts, ends = (wall(at, tz_name) for at in (self.session.starts_at, self.session.ends_at))
        return f"{starts} to {ends}"

    @property
    def week(self) -> Week:
        return week_of(self.session.occurs_on, self.session.site.week_starts_weekday)


def page_of(session: TherapySession, now: datetime) -> SessionPage:
    roster = session.bookings.select_related("patient", "episode", "override__allowed_by").order_by(
        "cancelled_at", "patient__family_name", "patient__given_name"
    )
    return SessionPage(session, sorted(roster, key=lambda booking: not booking.is_active), now)
