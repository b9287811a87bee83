"""Ways to make up time that are held for a patient, in the patient's words: choose one of these."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Model, OuterRef
from django.db.models.functions import JSONObject

from iop_clinic.accounts.models import User
from iop_clinic.clock import local_day
from iop_clinic.durations import duration
from patients.models import Episode
from patients.portal_words import day_words, wall
from scheduling.lost_time import countable_minutes
from scheduling.make_up_offers import ways_left
from scheduling.models import HeldSeat, MakeUpOffer, Room, TherapySession
from scheduling.portal_times import BY_VIDEO, place_words
from sessions.my_week import ONE_LINE, MyWeek, to_make_up

_OFFER = ("public_id", "week_starts_on", "short_minutes", "expires_at")
_SESSION = (
    "title", "occurs_on", "starts_at", "ends_at", "break_minutes", "counts_toward_hours", "mode", "status",
)  # fmt: skip


@dataclass(frozen=True)
class HeldWay:
    """One of the ways: its number, its sessions, and what the week becomes with it."""

    number: int
    sessions: Sequence[TherapySession]
    today: date
    reachable_minutes: int | None

    @property
    def title(self) -> str:
        """ "Skills group", "Skills group and Arts" """
        return " and ".join(session.title for session in self.sessions)

    @property
    def details(self) -> str:
        """ "Thursday, 9:00 am to 10:00 am, Cedar room, with Ruth. Then Friday, …" """
        return " Then ".join(self._told(session) for session in self.sessions)

    def _told(self, session: TherapySession) -> str:
        tz_name = session.site.time_zone
        times = f"{wall(session.starts_at, tz_name)} to {wall(session.ends_at, tz_name)}"
        where = place_words(session).replace(BY_VIDEO, BY_VIDEO.lower())
        day = day_words(session.occurs_on, self.today)
        return f"{day}, {times}, {where}, with {session.lead.given_name}."

    @property
    def days(self) -> str:
        """ "Thursday", "Thursday and Friday" """
        return " and ".join(dict.fromkeys(day_words(one.occurs_on, self.today) for one in self.sessions))

    @property
    def gain(self) -> str:
        """ "90 min. Your week becomes 9 h 10." """
        minutes = sum(map(countable_minutes, self.sessions))
        if self.reachable_minutes is None:
            return f"{minutes}{ONE_LINE}min"
        total = duration(self.reachable_minutes + minutes).replace(" ", ONE_LINE)
        return f"{minutes}{ONE_LINE}min. Your week becomes {total}."


@dataclass(frozen=True)
class HeldForMe:
    """One open offer with the ways that are left of it, at one moment."""

    offer: MakeUpOffer
    seats: Sequence[HeldSeat]
    now: datetime
    week: MyWeek | None = None

    @property
    def ways(self) -> list[HeldWay]:
        reachable = self.week.hours.ledger.reachable_minutes if self.week and self._is_of_week else None
        return [
            HeldWay(number, [seat.session for seat in seats], self.today, reachable)
            for number, seats in ways_left(self.seats, self.now).items()
        ]

    @property
    def _is_of_week(self) -> bool:
        return self.week is not None and self.offer.week_starts_on in self.week.week

    @property
    def today(self) -> date:
        return local_day(self.now, self.offer.episode.site.time_zone)

    @property
    def headline(self) -> str:
        """ "Make up 80 minutes" """
        return f"Make up {to_make_up(self.offer.short_minutes)}"

    @property
    def until(self) -> str:
        """ "tomorrow, 5:00 pm": inside a sentence."""
        tz_name = self.offer.episode.site.time_zone
        day = day_words(local_day(self.offer.expires_at, tz_name), self.today)
        day = day.lower() if day in ("Today", "Tomorrow") else day
        return f"{day}, {wall(self.offer.expires_at, tz_name)}"


def held_seats() -> dict[str, Any]:
    """What to annotate episodes with for `make_ups_of`: their open offers cost no statement of their own."""
    standing = MakeUpOffer.objects.standing().filter(episode=OuterRef(OuterRef("pk")))
    seats = HeldSeat.objects.filter(offer__in=standing, freed_at__isnull=True).order_by("starts_at", "pk")
    seen = JSONObject(
        ways="ways",
        held_for="starts_at",
        room="session__room__name",
        lead="session__lead__given_name",
        offer=JSONObject(**{name: f"offer__{name}" for name in _OFFER}),
        session=JSONObject(**{name: f"session__{name}" for name in _SESSION}),
    )
    return {"held_seats": ArraySubquery(seats.values(seen=seen))}


def make_ups_of(episode: Episode, now: datetime, week: MyWeek) -> list[HeldForMe]:
    """The offers that stand by the database's clock and still hold a way, of an episode with `held_seats`."""
    offers: dict[str, tuple[MakeUpOffer, list[HeldSeat]]] = {}
    for row in getattr(episode, "held_seats", ()):
        offer = MakeUpOffer(episode=episode, **_typed(MakeUpOffer, row["offer"]))
        offer, seats = offers.setdefault(row["offer"]["public_id"], (offer, []))
        seats.append(_seat(episode, row))
    held = [HeldForMe(offer, seats, now, week) for offer, seats in offers.values()]
    return [one for one in held if one.ways]


def _seat(episode: Episode, row: dict[str, Any]) -> HeldSeat:
    """The seat and its session as far as a page tells of them."""
    session = TherapySession(**_typed(TherapySession, row["session"]))
    session.site, session.lead = episode.site, User(given_name=row["lead"])
    session.room = Room(name=row["room"]) if row["room"] else None
    held = _typed(HeldSeat, {"starts_at": row["held_for"]})
    return HeldSeat(session=session, ways=row["ways"], **held)


def _typed(model: type[Model], row: dict[str, Any]) -> dict[str, Any]:
    """JSON values as the model's fields keep them."""
    fields = {field.name: field for field in model._meta.fields}
    return {name: fields[name].to_python(value) for name, value in row.items()}


def way_of(typed: str) -> int:
    """The number of a way as a form sends it; 0 for anything else, which no way has."""
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 4 else 0
