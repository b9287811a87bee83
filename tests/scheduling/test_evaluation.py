"""The rules of the week over whole sets: each rule in a table of unsaved rows, the queries in a number."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from iop_clinic.accounts.models import License, Site, User
from iop_clinic.clock import at_local
from iop_clinic.roles import Role
from patients.models import Consent, Patient, RelatedPerson
from scheduling.evaluation import Rule, Wanted, broken_by
from scheduling.facts import Facts, Stored, Taken
from scheduling.models import Absence, Closure, Override, Room, UnavailableHours, WorkingHours
from tests import make

MARLOW = Site(pk=1, name="Marlow Street", state_code="NJ", time_zone="America/New_York")
THEO = User(pk=7, given_name="Theo", family_name="Birch", role=Role.CLINICIAN)
PIA = User(pk=8, given_name="Pia", family_name="Moss", role=Role.PRESCRIBER)
FAY = User(pk=9, given_name="Fay", family_name="Reed", role=Role.FRONT_DESK)
ANA = Patient(pk=5, given_name="Ana", family_name="Testperson", site=MARLOW)
BO = Patient(pk=6, given_name="Bo", family_name="Other", site=MARLOW, state_code="PA")
CEDAR = Room(pk=3, site=MARLOW, name="Cedar", seats=3)
MONDAY = make.MONDAY


def at(hour: int, minute: int = 0, day: date = MONDAY) -> datetime:
    return at_local(day, time(hour, minute), MARLOW.time_zone)


def wanted(**changes: Any) -> Wanted:
    """Ana with Theo in Cedar on Monday, 9:00 to 10:00."""
    visit = Wanted(
        site=MARLOW,
        kind="individual",
        mode="in_person",
        starts_at=at(9),
        ends_at=at(10),
        lead=THEO,
        room=CEDAR,
        patients=(ANA,),
    )
    return replace(visit, **changes)


def video(**changes: Any) -> Wanted:
    return wanted(mode="video", room=None, **changes)


def taken(start: int, end: int) -> list[Taken]:
    return [Taken(at(start), at(end), "Process group, Mon 10/19 at 9:00 am")]


def license_of(state: str, expires_on: date | None = None) -> License:
    return License(user=THEO, state_code=state, expires_on=expires_on)


def agreed(**fields: Any) -> list[Consent]:
    return [Consent(kind="telehealth", **({"signed_on": MONDAY} | fields))]


def hours(start: int, end: int, weekday: int = 0, **fields: Any) -> WorkingHours:
    site = fields.pop("site", MARLOW)
    return WorkingHours(staff=THEO, site=site, weekday=weekday, starts=time(start), ends=time(end))


def work(start: int, end: int, **fields: Any) -> list[UnavailableHours]:
    said = {"weekday": 0, "why": "work", "from_on": MONDAY - timedelta(days=70)} | fields
    return [UnavailableHours(starts=time(start), ends=time(end), **said)]


def closed(start: int, end: int) -> list[Closure]:
    return [Closure(site=MARLOW, name="Snow", starts_at=at(start), ends_at=at(end))]


def away(start: int, end: int) -> list[Absence]:
    return [Absence(staff=THEO, kind="sick", starts_at=at(start), ends_at=at(end))]


SOUND = [
    ("nothing known", wanted(), Facts()),
    ("they meet end to start", wanted(), Facts(staff={7: taken(8, 9)}, rooms={3: taken(10, 11)})),
    ("closed later", wanted(), Facts(closures={1: closed(10, 12)})),
    ("back by then", wanted(), Facts(absences={7: away(7, 9)})),
    ("hours that meet", wanted(), Facts(hours={7: [hours(8, 9), hours(9, 17)]})),
    ("work on another weekday", wanted(), Facts(unavailable={5: work(8, 17, weekday=1)})),
    ("work that ended", wanted(), Facts(unavailable={5: work(8, 17, to_on=MONDAY - timedelta(days=1))})),
    ("no license on file", wanted(), Facts()),
    ("video, licensed and agreed", video(), Facts(licenses={7: [license_of("NJ")]}, consents={5: agreed()})),
    ("a prescriber", wanted(kind="medication", lead=PIA), Facts()),
    (
        "not there, so not busy",
        wanted(kind="family", patients_present=False),
        Facts(patients={5: taken(9, 10)}, unavailable={5: work(8, 17)}),
    ),
]


@pytest.mark.parametrize(("planned", "facts"), [row[1:] for row in SOUND], ids=[row[0] for row in SOUND])
def test_a_session_in_nobodys_way_breaks_no_rule(planned: Wanted, facts: Facts) -> None:
    assert list(broken_by(planned, facts)) == []


BROKEN = [
    (
        wanted(),
        Facts(staff={7: taken(9, 11)}),
        Rule.STAFF_BUSY,
        "Theo B. already leads Process group, Mon 10/19 at 9:00 am.",
    ),
    (
        wanted(lead=PIA, co_facilitators=(THEO,)),
        Facts(staff={7: taken(8, 11)}),
        Rule.STAFF_BUSY,
        "Theo B. already leads",
    ),
    (
        wanted(),
        Facts(rooms={3: taken(9, 10)}),
        Rule.ROOM_TAKEN,
        "Cedar is taken by Process group, Mon 10/19 at 9:00 am.",
    ),
    (
        wanted(),
        Facts(patients={5: taken(9, 10)}),
        Rule.PATIENT_BUSY,
        "Ana has Process group, Mon 10/19 at 9:00 am at that time already.",
    ),
    (
        wanted(capacity=2, patients=(ANA, BO)),
        Facts(patients={6: taken(9, 10)}),
        Rule.PATIENT_BUSY,
        "Bo O. has Process group",
    ),
    (
        wanted(),
        Facts(closures={1: closed(8, 12)}),
        Rule.CLOSED,
        "Marlow Street is closed on Mon 10/19: Snow.",
    ),
    (wanted(), Facts(absences={7: away(8, 12)}), Rule.ABSENT, "Theo B. is away Mon 10/19 at 9:00 am."),
    (
        wanted(),
        Facts(hours={7: [hours(10, 15)]}),
        Rule.OUTSIDE_HOURS,
        "Theo B. works 10:00 am to 3:00 pm on Mon 10/19, not 9:00 am to 10:00 am.",
    ),
    (
        wanted(),
        Facts(hours={7: [hours(8, 17, weekday=2)]}),
        Rule.OUTSIDE_HOURS,
        "Theo B. does not work at Marlow Street on Mon 10/19.",
    ),
    (
        wanted(),
        Facts(hours={7: [hours(8, 17, site=Site(pk=2))]}),
        Rule.OUTSIDE_HOURS,
        "Theo B. does not work at Marlow Street",
    ),
    (
        wanted(),
        Facts(unavailable={5: work(9, 12)}),
        Rule.PATIENT_UNAVAILABLE,
        "Ana cannot come Mon 10/19 at 9:00 am (work, 9:00 am to 12:00 pm).",
    ),
    (
        wanted(kind="medication"),
        Facts(),
        Rule.CREDENTIAL,
        "A medication visit is with a prescriber; Theo B.’s role is clinician.",
    ),
    (
        wanted(lead=FAY),
        Facts(),
        Rule.CREDENTIAL,
        "A session is led by someone who may write its notes; Fay R.’s role is front desk.",
    ),
    (
        video(patients=(BO,)),
        Facts(consents={6: agreed()}, licenses={7: [license_of("NJ")]}),
        Rule.LICENSE,
        "Theo B. has no license for PA, where Bo is by video on Mon 10/19.",
    ),
    (
        video(),
        Facts(consents={5: agreed()}),
        Rule.LICENSE,
        "Theo B. has no license for NJ, where Ana is by video",
    ),
    (
        wanted(),
        Facts(licenses={7: [license_of("NJ", date(2026, 10, 1))]}),
        Rule.LICENSE,
        "Theo B.’s NJ license ends 10/1/2026, before Mon 10/19.",
    ),
    (
        video(),
        Facts(licenses={7: [license_of("NJ")]}),
        Rule.CONSENT,
        "Ana has no consent to video sessions in force on Mon 10/19.",
    ),
    (
        video(),
        Facts(
            licenses={7: [license_of("NJ")]},
            consents={5: agreed(signed_on=date(2026, 1, 1), expires_on=date(2026, 10, 18))},
        ),
        Rule.CONSENT,
        "Ana has no consent",
    ),
    (wanted(capacity=4), Facts(), Rule.ROOM_TOO_SMALL, "Cedar has 3 seats; Individual needs 4 on Mon 10/19."),
    (
        wanted(title="Process group", session_pk=1),
        Facts(stored={1: Stored(at(9), at(10), 3, 1, patients=frozenset({6}))}),
        Rule.FULL,
        "Process group is full on Mon 10/19 (1 of 1 seats).",
    ),
    (
        wanted(title="Process group", session_pk=1, capacity=2, patients=()),
        Facts(stored={1: Stored(at(9), at(10), 3, 3, patients=frozenset({1, 2, 3}))}),
        Rule.FULL,
        "3 people are booked in Process group on Mon 10/19; 2 seats are too few.",
    ),
]


@pytest.mark.parametrize(("planned", "facts", "rule", "sentence"), BROKEN)
def test_a_broken_rule_is_said_by_name_and_day(
    planned: Wanted, facts: Facts, rule: Rule, sentence: str
) -> None:
    ((broken, said),) = broken_by(planned, facts)
    assert broken == rule and said.startswith(sentence)


ASKED_ONCE = [
    (Facts(rooms={3: taken(9, 10)}), {"ends_at": at(11)}),
    (Facts(unavailable={5: work(9, 12)}), {"starts_at": at(9, 30)}),
    (Facts(hours={7: [hours(12, 17)]}), {"starts_at": at(9, 30)}),
    (Facts(), {"capacity": 5}),
]


@pytest.mark.parametrize(("facts", "change"), ASKED_ONCE)
def test_what_may_be_overridden_is_asked_again_only_when_it_rests_on_something_else(
    facts: Facts, change: dict[str, Any]
) -> None:
    as_it_is = wanted(session_pk=1, capacity=4)
    facts.stored = {1: Stored(at(9), at(10), 3, 4, staff=frozenset({7}), patients=frozenset({5}))}
    assert list(broken_by(as_it_is, facts)) == []
    (broken,) = broken_by(replace(as_it_is, **change), facts)
    assert broken[0] in Override.Rule.values


def test_only_what_policy_allows_can_be_overridden() -> None:
    clashing = Facts(rooms={3: taken(9, 10)}, staff={7: taken(9, 10)}, closures={1: closed(9, 10)})
    rules = {rule for rule, _ in broken_by(wanted(), clashing)}
    assert {rule for rule in rules if rule in Override.Rule.values} == {Rule.ROOM_TAKEN}
    assert set(Override.Rule.values) <= set(Rule.values)


def test_relatives_take_part_only_under_a_consent_in_force() -> None:
    rosa = RelatedPerson(pk=2, patient=ANA, name="Rosa Testperson")
    visit = wanted(kind="family", relatives=(rosa,))
    signed = Consent(kind="family", related_person=rosa, signed_on=MONDAY, expires_on=MONDAY)
    assert list(broken_by(visit, Facts(agreed={2: [signed]}))) == []
    later = replace(visit, starts_at=at(9, day=MONDAY + timedelta(days=7)))
    ((rule, said),) = broken_by(later, Facts(agreed={2: [signed]}))
    assert rule == Rule.CONSENT and "no consent to family sessions with Rosa Testperson" in said
