"""Weekly groups as people plan them: a whole series is looked at before anything of it is saved.

Sessions that have begun are history. A date that is left out stands as a cancelled session with its
reason, so that nothing makes it later.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.db.models import Q

from iop_clinic.accounts.models import User
from iop_clinic.audit.trail import record
from iop_clinic.clock import local_day
from iop_clinic.refusal import Refused
from scheduling.calendar import materialise
from scheduling.choices import Choices, Clashing
from scheduling.clashes import refused_in_words, session_clash, span_of
from scheduling.evaluation import Rule
from scheduling.group_days import GroupDay, dates_of, look_at
from scheduling.group_override import standing_after
from scheduling.group_shape import GroupShape, refusal, require_shape, require_words
from scheduling.models import CoFacilitator, Facilitation, Group, Override, TherapySession, Track
from scheduling.overrides import allow
from scheduling.pattern_days import days_of, horizon, session_of
from scheduling.turns import keep_open, lock_group, lock_people_and_rooms, taking_turns
from scheduling.words import day_words

PLANNED_WITHOUT = "Left out when the group was planned."
_STATUS = TherapySession.Status
_DAY = timedelta(days=1)


@taking_turns
def add_group(
    *,
    actor: User,
    track: Track,
    shape: GroupShape,
    choices: Choices | None = None,
    reason: str = "",
    lasting: bool = False,
    now: datetime,
) -> Group:
    """A weekly group and every session of its first weeks, or none of it.

    `choices` are ways round clashes by date, `reason` is for those that go ahead anyway; with `lasting` the
    weeks made later go ahead too. Clashing 409
    holds every clash that is left; 422 names the field; 403 to go ahead without the right.
    """
    keep_open(track.site_id)
    track = Track.objects.select_for_update(of=("self",), no_key=True).select_related("site").get(pk=track.pk)
    if not track.is_active:
        raise Refused(f"{track.name} is switched off.")
    require_shape(track, shape, now)
    group, helpers = shape.as_row(track), shape.co_facilitators
    today = local_day(now, track.site.time_zone)
    first_on = max(shape.from_on, today)
    _make_neighbours(group, helpers, today, horizon(first_on), now)
    _lock(group, helpers, choices)
    days = look_at(group, dates_of(group, first_on), helpers, choices)
    if not days:
        raise refusal("The group would not meet once between its days.", "to_on")
    override = _settle(actor, group, days, reason)
    group.override = override if lasting else None
    group.save(force_insert=True)
    CoFacilitator.objects.bulk_create(CoFacilitator(group=group, staff=person) for person in helpers)
    _write(group, days, override, helpers, now)
    record(actor, "scheduling.add_group", group, site_id=track.site_id, sessions=len(days))
    return group


@taking_turns
def change_group(
    *,
    actor: User,
    group: Group,
    name: str,
    curriculum: str,
    minimum_size: int,
    to_on: date | None,
    choices: Choices | None = None,
    reason: str = "",
    lasting: bool = False,
    now: datetime,
) -> Group:
    """Name (of coming sessions too), curriculum, fewest people, a later last day or none.

    Days that are added are looked at as in `add_group`. An earlier last day is `end_group`'s: 422 while
    sessions stand after it.
    """
    keep_open(group.track.site_id)
    group = lock_group(group.pk)
    require_words(name, minimum_size, group.capacity)
    was, today = group.name, local_day(now, group.track.site.time_zone)
    first_on = _first_added(group, to_on, today)
    group.name, group.curriculum = name.strip(), curriculum.strip()
    group.minimum_size, group.to_on = minimum_size, to_on
    added = _days_added(group, first_on, today, choices) if first_on else []
    override = _settle(actor, group, added, reason)
    group.override = standing_after(group, (), override if lasting else None)
    group.save(update_fields=["name", "curriculum", "minimum_size", "to_on", "override"])
    coming = group.sessions.filter(status=_STATUS.SCHEDULED, starts_at__gt=now, title=was)
    coming.update(title=group.name)
    _write(group, added, override, helpers_of(group), now)
    record(actor, "scheduling.change_group", group, site_id=group.track.site_id, sessions=len(added))
    return group


@taking_turns
def skip_dates(
    *, actor: User, group: Group, dates: Iterable[date], reason: str, now: datetime
) -> list[TherapySession]:
    """Leave these days of the pattern out for good: days not made yet. 422 for any other day."""
    group, wanted = lock_group(group.pk), sorted(set(dates))
    if not wanted:
        raise refusal("Choose at least one date.", "dates")
    if not reason.strip():
        raise refusal("Say why, in a few words.", "reason")
    for day in wanted:
        if not group.meets_on(day) or session_of(group, day).starts_at <= now:
            raise refusal(f"{group.name} does not meet on {day_words(day)}.", "dates")
    with refused_in_words():
        made = [_left_out(group, day, reason.strip()) for day in wanted]
    record(actor, "scheduling.skip_dates", group, site_id=group.track.site_id, sessions=len(made))
    return made


def helpers_of(group: Group) -> list[User]:
    """Who leads the group beside its lead, by name."""
    return list(group.co_facilitators.all())


def _make_neighbours(
    group: Group, helpers: Iterable[User], today: date, last_on: date, now: datetime
) -> None:
    """Sessions of groups that share its room or people, as far ahead as its own: they were here first."""
    people = [group.lead, *helpers]
    beside = Q(lead__in=people) | Q(co_facilitators__in=people)
    if group.room is not None:
        beside |= Q(room=group.room)
    groups = Group.objects.filter(beside, Q(to_on__isnull=True) | Q(to_on__gte=today)).distinct()
    materialise(day=today, weeks=(last_on - today).days // 7 + 1, groups=groups, now=now)


def _lock(group: Group, helpers: Iterable[User], choices: Choices | None) -> None:
    chosen = (choices or {}).values()
    people = {group.lead, *helpers, *(one.lead for one in chosen if one.lead)}
    rooms = {group.room, *(one.room for one in chosen)} - {None}
    lock_people_and_rooms({person.pk for person in people}, {room.pk for room in rooms if room})


def _settle(actor: User, group: Group, days: list[GroupDay], reason: str) -> Override | None:
    """The reasoned choice for all days that go ahead, or None; Clashing while anything else is in the way."""
    left = [clash for day in days for clash in day.left]
    if left:
        raise Clashing(left)
    ahead = [clash for day in days for clash in day.ahead]
    return allow(actor=actor, site=group.track.site, clashes=ahead, reason=reason)


def _write(
    group: Group, days: list[GroupDay], override: Override | None, helpers: Iterable[User], now: datetime
) -> None:
    """Rows for the days left out and those of their own kind; the calendar makes the others."""
    for day in days:
        if day.choice.skip:
            _left_out(group, day.on, day.found[0].sentence if day.found else PLANNED_WITHOUT)
    own = [_own(group, day, override) for day in days if day.is_own]
    Facilitation.objects.bulk_create(
        Facilitation(session=one, during=span_of(one), status=one.status, staff=person)
        for one in own
        for person in helpers
        if person.pk != one.lead_id
    )
    if days:
        materialise(day=days[0].on, groups=[group], now=now)
        _require_made(group, days)


def _left_out(group: Group, day: date, reason: str) -> TherapySession:
    row = session_of(group, day)
    row.status, row.cancel_reason = _STATUS.CANCELLED, reason[:200]
    row.save(force_insert=True)
    return row


def _own(group: Group, day: GroupDay, override: Override | None) -> TherapySession:
    """A day with another room or lead than the others, or against a rule."""
    row, choice = session_of(group, day.on), day.choice
    row.room, row.lead = day.wanted.room, day.wanted.lead
    row.own = [name for name, chosen in (("lead", choice.lead), ("room", choice.room)) if chosen]
    if choice.room:
        row.override, row.shares_room = None, False
    if day.ahead:
        row.override = override
        row.shares_room |= any(clash.rule == Rule.ROOM_TAKEN for clash in day.ahead)
    with refused_in_words(lambda constraint: session_clash(row, constraint)):
        row.save(force_insert=True)
    return row


def _require_made(group: Group, days: list[GroupDay]) -> None:
    """The calendar leaves a day out when someone was quicker; then nothing of the series is saved."""
    there = set(group.sessions.values_list("pattern_on", flat=True))
    missing = [day for day in days if day.on not in there and not day.closed]
    if missing:
        raise Refused(f"Someone was quicker on {day_words(missing[0].on)}. Nothing was saved. Try again.")


def _first_added(group: Group, to_on: date | None, today: date) -> date | None:
    """The first day that a new last day adds, or None. 422 when sessions stand after it."""
    if to_on is not None:
        if to_on < group.from_on:
            raise refusal("The last day is before the first.", "to_on")
        later = group.sessions.filter(status=_STATUS.SCHEDULED, occurs_on__gt=to_on).count()
        if later:
            said = f"{later} session{'s' if later > 1 else ''} would be cancelled. Use “End group” for that."
            raise refusal(said, "to_on")
    if group.to_on is None or (to_on is not None and to_on <= group.to_on):
        return None
    return max(group.to_on + _DAY, today)


def _days_added(group: Group, first_on: date, today: date, choices: Choices | None) -> list[GroupDay]:
    """Those within the horizon; the calendar makes later ones when their time comes."""
    helpers = helpers_of(group)
    _lock(group, helpers, choices)
    there = set(group.sessions.values_list("pattern_on", flat=True))
    dates = [day for day in days_of(group, first_on, horizon(today)) if day not in there]
    return look_at(group, dates, helpers, choices)
