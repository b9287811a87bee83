"""A patient's own visits with one clinician: once, every week or every two weeks.

A series is evaluated whole before any of it is saved. Family visits with the patient are 90847, without
90846, and need the patient's consent for each relative (domain reference 7.4).
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from iop_clinic.accounts.models import User
from iop_clinic.audit.trail import record
from iop_clinic.clock import at_local, zone
from iop_clinic.refusal import Refused
from patients.models import Episode, RelatedPerson
from scheduling.choices import AS_ASKED, Choice, Choices, going_ahead
from scheduling.clashes import refused_in_words, session_clash
from scheduling.evaluation import Clash, Rule, Wanted, clashes_of
from scheduling.models import Override, Room, Series, SeriesRelative, TherapySession
from scheduling.models.group import Kind, Mode
from scheduling.overrides import allow
from scheduling.seats import require_in_care, take_seats
from scheduling.session_shape import require_leads, require_shape
from scheduling.turns import keep_open, lock_episode, lock_people_and_rooms, taking_turns

VISIT_KINDS = (Kind.INDIVIDUAL, Kind.FAMILY, Kind.MEDICATION, Kind.ASSESSMENT)
MOST_TIMES = 26


@taking_turns
def book_visit(
    *,
    actor: User,
    episode: Episode,
    kind: str,
    starts_at: datetime,
    minutes: int,
    lead: User,
    room: Room | None = None,
    mode: str = Mode.IN_PERSON,
    times: int = 1,
    every_weeks: int = 1,
    patient_present: bool = True,
    relatives: Iterable[RelatedPerson] = (),
    choices: Choices | None = None,
    reason: str = "",
    now: datetime,
) -> Series:
    """A patient's own hour at the same wall-clock time, `times` times: every date of it or none.

    `choices` are ways round clashes by local date; `reason` is for those that go ahead anyway. Clashing
    409 holds every clash that is left; 422 for what was typed; 403 to go ahead without the right.
    """
    chosen, people = dict(choices or {}), tuple(relatives)
    keep_open(episode.site_id)
    episode = lock_episode(episode.pk)
    _require_visit(kind, starts_at, times, every_weeks, now)
    series = _series(
        actor, episode, starts_at, times, every_weeks,
        kind=kind, minutes=minutes, mode=mode, room=room, lead=lead, patient_present=patient_present,
    )  # fmt: skip
    _require_relatives(series, people)
    wanted = visits_of(series, people, chosen)
    _require_sound(wanted)
    lock_people_and_rooms({one.lead.pk for one in wanted}, {one.room.pk for one in wanted if one.room})
    ahead = _settle(series, clashes_of(wanted), chosen)
    override = allow(actor=actor, site=episode.site, clashes=ahead, reason=reason)
    series.save(force_insert=True)
    SeriesRelative.objects.bulk_create(SeriesRelative(series=series, person=one) for one in people)
    _save(actor, series, [_session_of(series, one, ahead, override) for one in wanted], now)
    skipped = len(series.days) - len(wanted)
    record(actor, "scheduling.book_visit", series, visits=len(wanted), skipped=skipped)
    return series


def _series(
    actor: User, episode: Episode, starts_at: datetime, times: int, every_weeks: int, **said: Any
) -> Series:
    """Not saved: the wall-clock pattern that starts at this instant."""
    wall = starts_at.astimezone(zone(episode.site.time_zone))
    return Series(
        site=episode.site,
        episode=episode,
        first_on=wall.date(),
        last_on=wall.date() + timedelta(weeks=(times - 1) * every_weeks),
        every_weeks=every_weeks,
        starts=wall.time(),
        created_by=actor,
        **said,
    )


def visits_of(
    series: Series, relatives: tuple[RelatedPerson, ...] = (), choices: Choices | None = None
) -> list[Wanted]:
    """The dated visits a series asks for, with what was chosen for single dates; skipped ones left out."""
    chosen: Mapping[date, Choice] = choices or {}
    visits = []
    for day in series.days:
        starts_at = at_local(day, series.starts, series.site.time_zone)
        visit = Wanted(
            site=series.site,
            kind=series.kind,
            mode=series.mode,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(minutes=series.minutes),
            lead=series.lead,
            room=series.room,
            patients=(series.episode.patient,),
            patients_present=series.patient_present,
            relatives=relatives,
        )
        choice = chosen.get(day, AS_ASKED)
        visits += [] if choice.skip else [choice.of(visit)]
    return visits


def _settle(series: Series, clashes: list[Clash], choices: Choices) -> list[Clash]:
    """The clashes that were chosen to go ahead with; Clashing when any other is left.

    A right or a consent that is missing on every date is about the visit, not about a date: 422.
    """
    agreed = "relatives" if series.kind == Kind.FAMILY else "mode"
    for rule, field in ((Rule.CREDENTIAL, "lead"), (Rule.LICENSE, "lead"), (Rule.CONSENT, agreed)):
        broken = [clash for clash in clashes if clash.rule == rule]
        if len({clash.wanted.occurs_on for clash in broken}) == len(series.days):
            raise Refused(broken[0].sentence, status=422, **{field: broken[0].sentence})
    return going_ahead(clashes, choices)


def _session_of(
    series: Series, visit: Wanted, ahead: list[Clash], override: Override | None
) -> TherapySession:
    """Not saved. Hours count for a patient who is there; going ahead names its reason."""
    rules = {clash.rule for clash in ahead if clash.wanted is visit}
    return TherapySession(
        site=series.site,
        series=series,
        occurs_on=visit.occurs_on,
        pattern_on=visit.occurs_on,
        kind=visit.kind,
        title=visit.named,
        starts_at=visit.starts_at,
        ends_at=visit.ends_at,
        counts_toward_hours=series.patient_present,
        mode=visit.mode,
        room=visit.room,
        lead=visit.lead,
        override=override if rules else None,
        shares_room=Rule.ROOM_TAKEN in rules,
        own=[name for name in ("lead", "room") if getattr(visit, name) != getattr(series, name)],
    )


def _save(actor: User, series: Series, made: list[TherapySession], now: datetime) -> None:
    """The visits, and the patient's seat in each unless they stay away."""

    def name_it(constraint: str) -> str:
        return next((said for one in made if (said := session_clash(one, constraint))), "")

    for session in made:
        require_in_care(series.episode, session)
    with refused_in_words(name_it):
        TherapySession.objects.bulk_create(made)
    if not series.patient_present:
        return
    for booking in take_seats(actor=actor, sessions=made, episode=series.episode, now=now):
        record(actor, "scheduling.book", booking, site_id=series.site_id, session_id=booking.session_id)


def _require_visit(kind: str, starts_at: datetime, times: int, every_weeks: int, now: datetime) -> None:
    if kind not in VISIT_KINDS:
        said = "Choose individual, family, medication or assessment."
        raise Refused(said, status=422, kind="Choose one.")
    if starts_at <= now:
        raise Refused("That time has passed.", status=422, starts_at="This time has passed.")
    if not 1 <= times <= MOST_TIMES:
        said = f"Choose 1 to {MOST_TIMES} visits."
        raise Refused(said, status=422, times=said)
    if every_weeks not in (1, 2):
        said = "Choose every week or every two weeks."
        raise Refused(said, status=422, repeat=said)


def _require_relatives(series: Series, relatives: tuple[RelatedPerson, ...]) -> None:
    """Family visits name who takes part, of this patient; other visits name nobody."""

    def no(sentence: str) -> Refused:
        return Refused(sentence, status=422, relatives=sentence)

    if series.kind == Kind.FAMILY and not relatives:
        raise no("Choose who takes part in the family visit.")
    if series.kind != Kind.FAMILY and (relatives or not series.patient_present):
        raise no("Only a family visit has relatives in it, or goes on without the patient.")
    if any(person.patient_id != series.episode.patient_id for person in relatives):
        raise no("Choose someone of this patient.")


def _require_sound(wanted: list[Wanted]) -> None:
    """Something is left to book, with rooms and clinicians of this site."""
    if not wanted:
        raise Refused("Every date is skipped. Nothing is left to book.", status=422)
    for one in wanted:
        require_shape(one)
    require_leads(wanted[0].site, (one.lead for one in wanted))
