"""A patient takes one of the ways that were offered: its seats become bookings, the others go back.

Each booking makes up a cancelled one of that week where there is one. The rules are asked again.
"""

from datetime import datetime

from iop_clinic.accounts.models import User
from iop_clinic.audit.trail import record
from iop_clinic.clock import Week
from iop_clinic.refusal import Refused
from scheduling.clashes import refused_in_words
from scheduling.lost_time import lost_of, to_make_up
from scheduling.make_up_offers import ANSWER, close, locked, require_standing
from scheduling.models import Booking, HeldSeat, MakeUpOffer
from scheduling.place_rules import clashes_of_place
from scheduling.seats import require_in_care, take_seats
from scheduling.turns import lock_sessions, taking_turns
from scheduling.words import day_words


@taking_turns
def accept_make_ups(*, actor: User, offer: MakeUpOffer, way: int, now: datetime) -> list[Booking]:
    """The seats of one way, by time; all of them or none. Sent twice they are the same bookings.

    Refused 409 for an offer that has ended or another way chosen, a session begun, moved or cancelled since,
    and with what is in this person's way by now; the offer then stays as it is.
    """
    offer = locked(offer)
    seats = list(offer.seats.filter(ways__contains=[way]).select_related("booking", "session"))
    if not seats:
        raise Refused("Choose one of these.", status=422)
    if offer.answer == ANSWER.ACCEPTED and offer.accepted_way == way:
        return [seat.booking for seat in seats if seat.booking]
    require_standing(offer)
    for seat in seats:
        _require_possible(offer, seat, now)
    close(offer, ANSWER.ACCEPTED, way)
    booked = _take(actor, offer, seats, now)
    record(
        actor, "scheduling.accept_make_ups", offer,
        site_id=offer.episode.site_id, bookings=sorted(booking.pk for booking in booked),
    )  # fmt: skip
    return booked


def _require_possible(offer: MakeUpOffer, seat: HeldSeat, now: datetime) -> None:
    session = seat.session
    require_in_care(offer.episode, session)
    if session.has_begun(now):
        raise Refused(f"{session.title} on {day_words(session.occurs_on)} has begun already.")
    if not seat.is_possible(now):
        raise Refused(f"{session.title} was moved to another time.")


def _take(actor: User, offer: MakeUpOffer, seats: list[HeldSeat], now: datetime) -> list[Booking]:
    """Book the seats that were just freed under the sessions' locks: nobody else can have them."""
    sessions, episode = lock_sessions(seat.session_id for seat in seats), offer.episode
    if clashes := clashes_of_place(episode.patient, sessions):
        raise Refused(clashes[0].sentence)
    take_seats(actor=actor, sessions=sessions, episode=episode, now=now)
    rows = Booking.objects.active().filter(session__in=sessions, patient=episode.patient_id)
    booked = {booking.session_id: booking for booking in rows.select_related("session__site")}
    lost = iter(_lost_in_week(offer))
    for seat in seats:
        seat.booking = booking = booked[seat.session_id]
        if booking.makes_up_id is None and (made_up := next(lost, None)) is not None:
            booking.makes_up = made_up
            with refused_in_words():
                booking.save(update_fields=["makes_up"])
        seat.save(update_fields=["booking"])
    return [booked[seat.session_id] for seat in seats]


def _lost_in_week(offer: MakeUpOffer) -> list[Booking]:
    """Cancelled bookings of the week that nothing makes up yet, by time."""
    week = Week(offer.week_starts_on)
    rows = Booking.objects.filter(
        episode=offer.episode, session__occurs_on__range=(week.starts_on, week.ends_on)
    )
    lost = {lost_of(row).pk: lost_of(row) for row in to_make_up(rows)}
    return sorted(lost.values(), key=lambda row: (row.session.starts_at, row.pk))
