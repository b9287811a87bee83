"""What should happen, and when: rooms, tracks, weekly groups, dated sessions and the seats in them."""

from scheduling.models.availability import Absence, Closure, UnavailableHours, WorkingHours
from scheduling.models.booking import Booking
from scheduling.models.facilitation import Facilitation, Remark
from scheduling.models.feed import CalendarFeed
from scheduling.models.group import CoFacilitator, Enrollment, Group, Track
from scheduling.models.make_up_offer import HeldSeat, MakeUpOffer
from scheduling.models.override import Override
from scheduling.models.plan import PlanRun
from scheduling.models.room import Room
from scheduling.models.series import Series, SeriesRelative
from scheduling.models.session import TherapySession
from scheduling.models.waitlist import SeatOffer, WaitlistEntry
from scheduling.models.wish import ReferralWish

__all__ = [
    "Absence",
    "Booking",
    "CalendarFeed",
    "Closure",
    "CoFacilitator",
    "Enrollment",
    "Facilitation",
    "Group",
    "HeldSeat",
    "MakeUpOffer",
    "Override",
    "PlanRun",
    "ReferralWish",
    "Remark",
    "Room",
    "SeatOffer",
    "Series",
    "SeriesRelative",
    "TherapySession",
    "Track",
    "UnavailableHours",
    "WaitlistEntry",
    "WorkingHours",
]
