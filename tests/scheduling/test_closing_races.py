"""Leave, closures and substitutes at the same instant: one wins, and no session slips into closed time.

Each guard of the database is also taken away for a moment, to see what it prevents.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Model

from iop_clinic.clock import day_span
from iop_clinic.refusal import Refused
from iop_clinic.roles import Role
from scheduling.absences import record_absence
from scheduling.calendar import materialise
from scheduling.closures import Closing, close, hit_by
from scheduling.models import Absence, Closure, Facilitation, TherapySession
from scheduling.placing import schedule_session
from scheduling.replanning import Answer, Deed
from scheduling.substitutes import substitute, uncovered
from scheduling.visits import book_visit
from tests import make
from tests.moves import move
from tests.race import bites, race
from tests.unguarded import unguarded

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_connection_left")]
WRITERS = 50
THURSDAY = make.NOW.date() + timedelta(days=1)
SPAN = day_span(THURSDAY, "America/New_York")
CLOSING = Closing("Snow", "closure", *SPAN)


def one_won(answers: list[Any], winners: int = 1) -> None:
    refused = [answer for answer in answers if isinstance(answer, Refused)]
    broken = [a for a in answers if isinstance(a, Exception) and not isinstance(a, Refused)]
    assert not broken, broken[:3]
    assert len(answers) - len(refused) == winners
    assert all(one.sentence.endswith(".") and one.status == 409 for one in refused)


def closer(by: Any, site: Any) -> Callable[[], Any]:
    """Closes the day with whatever is in it then: what one who looks again and again would do."""

    def close_it() -> Any:
        for _ in range(40):
            answers = {one.pk: Answer(Deed.CANCEL, one.version) for one in hit_by(site, [CLOSING], make.NOW)}
            try:
                return close(actor=by, site=site, closings=[CLOSING], answers=answers, now=make.NOW)
            except Refused as refused:
                last = refused
        raise last

    return close_it


def nothing_is_in_closed_time() -> None:
    closure = Closure.objects.get()
    inside = TherapySession.objects.scheduled().filter(during__overlap=closure.during)
    assert not inside.exists(), list(inside)


def test_fifty_close_the_same_day_and_it_is_closed_once() -> None:
    site, by = make.site(), make.user(Role.DIRECTOR)
    deed = {"actor": by, "site": site, "closings": [CLOSING], "answers": {}, "now": make.NOW}
    one_won(race([lambda: close(**deed)] * WRITERS))
    assert Closure.objects.count() == 1


def test_fifty_record_the_same_leave_and_it_is_recorded_once() -> None:
    staff, by = make.clinician(), make.user()
    said = {"starts_at": SPAN[0], "ends_at": SPAN[1], "kind": "sick", "answers": {}, "now": make.NOW}
    one_won(race([lambda: record_absence(actor=by, staff=staff, **said)] * WRITERS))
    assert Absence.objects.count() == 1


def test_fifty_hand_over_one_session_and_one_leads_it() -> None:
    session, fay = make.session(day=THURSDAY), make.user()
    people = [make.clinician() for _ in range(12)]
    deeds = [
        lambda p=people[n % 12]: substitute(
            actor=fay, session=session, staff=p, version=1, now=make.NOW
        )
        for n in range(WRITERS)
    ]  # fmt: skip
    one_won(race(deeds))
    assert Facilitation.objects.filter(session=session).count() == 1


def test_one_clinician_takes_over_one_of_fifty_sessions_at_the_same_hour() -> None:
    joon, fay = make.clinician(), make.user()
    sessions = [make.session(day=THURSDAY) for _ in range(WRITERS)]
    one_won(race([lambda s=s: substitute(actor=fay, session=s, staff=joon, now=make.NOW) for s in sessions]))
    assert TherapySession.objects.filter(lead=joon).count() == 1


def test_no_session_slips_into_a_day_that_closes() -> None:
    site, fay, by = make.site(), make.user(), make.user(Role.DIRECTOR)
    group = make.group(weekday=3)
    friday = [make.session(day=THURSDAY + timedelta(days=1)) for _ in range(6)]
    pairs = [(make.clinician(), make.room(name=f"Office {n}"), make.episode()) for n in range(8)]
    starts_at = make.NOW + timedelta(days=1)
    plan = {"actor": fay, "site": site, "kind": "group", "title": "Process group", "minutes": 60}
    deeds: list[Callable[[], Any]] = [closer(by, site)]
    deeds += [
        lambda le=le, r=r: schedule_session(**plan, starts_at=starts_at, lead=le, room=r, capacity=9)
        for le, r, _ in pairs[:4]
    ]
    visit = {"actor": fay, "kind": "individual", "starts_at": starts_at, "minutes": 50, "now": make.NOW}
    deeds += [
        lambda le=le, r=r, e=e: book_visit(**visit, lead=le, room=r, episode=e) for le, r, e in pairs[4:]
    ]
    deeds += [
        lambda s=s: move(
            actor=fay, session=s, starts_at=s.starts_at - timedelta(days=1), now=make.NOW
        )
        for s in friday
    ]  # fmt: skip
    deeds += [lambda: materialise(day=make.NOW.date(), weeks=2, groups=[group], now=make.NOW)] * 2
    answers = race(deeds)
    assert not [a for a in answers if isinstance(a, Exception) and not isinstance(a, Refused)], answers
    assert isinstance(answers[0], list), answers[0]
    nothing_is_in_closed_time()


def test_leave_and_a_visit_booked_at_the_same_instant_never_pass_each_other() -> None:
    staff, fay, episode = make.clinician(), make.user(), make.episode()
    said = {"starts_at": SPAN[0], "ends_at": SPAN[1], "kind": "sick", "answers": {}, "now": make.NOW}
    visit = {"starts_at": make.NOW + timedelta(days=1), "minutes": 50, "room": make.room(name="Office 1")}
    answers = race(
        [
            lambda: record_absence(actor=fay, staff=staff, **said),
            lambda: book_visit(
                actor=fay, kind="individual", lead=staff, episode=episode, now=make.NOW, **visit
            ),
        ]
    )  # fmt: skip
    one_won(answers)
    assert not uncovered(make.site()).exists()


def away_twice() -> None:
    staff = make.clinician()
    make.absence(staff, THURSDAY)
    make.absence(staff, THURSDAY)


def closed_twice() -> None:
    make.closure(day=THURSDAY)
    make.closure(day=THURSDAY)


GUARDS = [(Absence, "absence_once_at_a_time", away_twice), (Closure, "closure_once_at_a_time", closed_twice)]


@pytest.mark.parametrize(("model", "name", "double"), GUARDS, ids=[name for _, name, _ in GUARDS])
def test_each_guard_bites_and_without_it_time_is_taken_twice(
    model: type[Model], name: str, double: Callable[[], None]
) -> None:
    bites(model, name, double)


def test_without_the_trigger_a_session_slips_into_closed_time() -> None:
    make.closure(day=THURSDAY)
    with pytest.raises(IntegrityError, match="the site is closed then"), transaction.atomic():
        make.session(day=THURSDAY)
    with unguarded("scheduling.TherapySession:made_while_open"):
        make.session(day=THURSDAY)
    assert TherapySession.objects.count() == 1
