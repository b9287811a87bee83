"""What should happen, and when: rooms, tracks, weekly groups, dated sessions and the seats in them."""

from scheduling.models.booking import Booking
from scheduling.models.group import Enrollment, Group, Track
from scheduling.models.room import Room
from scheduling.models.session import TherapySession

__all__ = ["Booking", "Enrollment", "Group", "Room", "TherapySession", "Track"]
