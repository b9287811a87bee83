"""Why someone in line cannot take a seat: what `enroll` would refuse, looked at before it is offered.

Nothing of it is kept. Whoever is passed over stays in line and is looked at again with the next bell.
"""

from collections.abc import Sequence
from datetime import date, datetime

from iop_clinic.refusal import Refused
from scheduling.models import Group, TherapySession, WaitlistEntry
from scheduling.place_rules import clashes_of_places
from scheduling.seats import require_track_takes
from scheduling.wanted import Clash, Rule
from scheduling.words import day_words


def why_not(entries: Sequence[WaitlistEntry], group: Group, from_on: date, now: datetime) -> dict[int, str]:
    """By number of the entry, what keeps that person from a place from this day on; others are left out.

    At most six queries, however many wait, given `episode__patient` of the entries and the group's track.
    """
    found = {entry.pk: _outside(entry, group, from_on) for entry in entries}
    asked = [entry for entry in entries if not found[entry.pk]]
    coming = TherapySession.objects.scheduled().filter(group=group, starts_at__gt=now, occurs_on__gte=from_on)
    sessions = list(coming.select_related("site", "lead")) if asked else []
    clashes = clashes_of_places([(entry.episode.patient, sessions) for entry in asked])
    found |= {entry.pk: _words(row) for entry, row in zip(asked, clashes, strict=True)}
    return {pk: said for pk, said in found.items() if said}


def _outside(entry: WaitlistEntry, group: Group, from_on: date) -> str:
    """An age outside the track's, or a day before admission. Who is discharged is in no line."""
    episode = entry.episode
    if from_on < episode.admitted_on:
        return f"{episode.patient.called} is admitted from {day_words(episode.admitted_on)}."
    try:
        require_track_takes(episode, group.track, from_on)
    except Refused as refusal:
        return refusal.sentence
    return ""


def _words(clashes: list[Clash]) -> str:
    """The first, and how many more dates there are. Which seats are free is asked elsewhere."""
    personal = [clash for clash in clashes if clash.rule != Rule.FULL]
    if not personal:
        return ""
    more = len({clash.wanted.occurs_on for clash in personal}) - 1
    also = " 1 more date is in the way." if more == 1 else f" {more} more dates are in the way."
    return personal[0].sentence + (also if more else "")
