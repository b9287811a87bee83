"""What is in the way of one more person in sessions that are on the calendar already.

The sessions' own troubles (a room, a clinician's hours) are not asked about.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from patients.models import Patient
from scheduling.clashes import full_words
from scheduling.evaluation import broken_by_place
from scheduling.facts import Facts
from scheduling.models import TherapySession
from scheduling.place_facts import gather_for_places
from scheduling.wanted import Clash, Rule, Wanted


def clashes_of_place(patient: Patient, sessions: Iterable[TherapySession]) -> list[Clash]:
    """What is in this patient's way, by time, in sessions with `site` and `lead`. At most two statements."""
    return clashes_of_places([(patient, list(sessions))])[0]


def clashes_of_places(asked: Sequence[tuple[Patient, list[TherapySession]]]) -> list[list[Clash]]:
    """The same for several people, each alone; no more statements."""
    rows = [[(_wanted(patient, one), one) for one in sorted(there, key=_starts)] for patient, there in asked]
    every = [wanted for row in rows for wanted, _ in row]
    if not every:
        return [[] for _ in asked]
    facts = gather_for_places(every, {one.pk: one for row in rows for _, one in row}.values())
    return [list(_broken(row, facts)) for row in rows]


def _starts(session: TherapySession) -> datetime:
    return session.starts_at


def _wanted(patient: Patient, session: TherapySession) -> Wanted:
    return Wanted(
        site=session.site,
        kind=session.kind,
        mode=session.mode,
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        lead=session.lead,
        room=None,
        capacity=session.capacity,
        patients=(patient,),
        session_pk=session.pk,
        title=session.title,
    )


def _broken(row: list[tuple[Wanted, TherapySession]], facts: Facts) -> Iterator[Clash]:
    """Two of the sessions that are in each other's way are told at the later one."""
    for wanted, session in row:
        if session.is_full and not _is_booked(wanted, facts):
            yield Clash(wanted, Rule.FULL, full_words(session))
        for rule, sentence in broken_by_place(wanted, facts):
            yield Clash(wanted, rule, sentence)
        facts.take(wanted)


def _is_booked(wanted: Wanted, facts: Facts) -> bool:
    stored = facts.stored_of(wanted)
    return stored is not None and wanted.patients[0].pk in stored.patients
