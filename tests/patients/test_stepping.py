"""Determined, signed, stepped: a level changes from a day on, rests on what was found, and past days stay."""

from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest

from iop_clinic.audit.models import AuditEvent
from iop_clinic.paper.pdf import pdf_of
from iop_clinic.refusal import Refused
from iop_clinic.roles import Role
from patients.admitting import admit
from patients.determining import (
    Finding,
    current_of,
    draft_determination,
    draft_of,
    sign_determination,
)
from patients.level_paper import determination_sheet
from patients.level_story import story_of
from patients.levels import SCHEMES
from patients.models import Episode, LevelDetermination, LevelOfCare, LevelOfCareStay
from patients.prescribing import prescribe
from patients.stepping import change_level
from tests import make
from tests.make import NOW
from tests.race import race

pytestmark = pytest.mark.django_db
TODAY, DAY = date(2026, 10, 21), timedelta(days=1)
RATED = {f"d{n}": {"rating": "2", "why": "Cravings after work"} for n in range(1, 7)}
ASAM = Finding(
    kind="transfer",
    scheme="asam3",
    decided_on=TODAY,
    recommended="2.5",
    actual="2.5",
    rationale="Not safe between sessions.",
    ratings=RATED,
)


def level(code: str, kind: str, minutes: int, teen: int | None = None) -> LevelOfCare:
    return LevelOfCare.objects.create(
        code=code,
        name=code,
        kind=kind,
        adult_minutes=minutes,
        adolescent_minutes=minutes if teen is None else teen,
    )


def php() -> LevelOfCare:
    return level("PHP", "php", 1200)


def determined(of: Episode, actual: str = "PHP", **fields: Any) -> LevelDetermination:
    said = {"kind": "transfer", "recommended": actual, "actual": actual, "decided_on": TODAY} | fields
    return make.determination(of.patient, of.primary_clinician, **said)


def stepped(of: Episode, to: LevelOfCare, on: LevelDetermination, **fields: Any) -> LevelOfCareStay:
    said = {"from_on": TODAY, "prescribed_minutes": 1200, "days_a_week": 5, "now": NOW} | fields
    return change_level(actor=of.primary_clinician, episode=of, level=to, determination=on, **said)


def held(of: Episode) -> list[tuple[str, date, date | None, int]]:
    rows = of.stays.order_by("from_on")
    return list(rows.values_list("level__code", "from_on", "to_on", "prescribed_minutes"))


def drafted(of: Episode, finding: Finding = ASAM, **fields: Any) -> LevelDetermination:
    found = replace(finding, **fields)
    return draft_determination(actor=of.primary_clinician, patient=of.patient, finding=found, now=NOW)


def test_a_determination_is_drafted_once_signed_once_and_supersedes_the_last() -> None:
    ana = make.episode()
    first = drafted(ana)
    assert drafted(ana, rationale="Said better.").pk == first.pk
    signed = sign_determination(actor=ana.primary_clinician, determination=first, now=NOW)
    again = sign_determination(actor=ana.primary_clinician, determination=first, now=NOW)
    assert (again.pk, signed.rationale, signed.credential) == (first.pk, "Said better.", "LCSW")
    assert draft_of(ana.patient) is None
    with pytest.raises(Refused, match="signed already"):
        sign_determination(actor=make.clinician(), determination=first, now=NOW)
    newer = sign_determination(actor=ana.primary_clinician, determination=drafted(ana), now=NOW)
    assert newer.supersedes == first
    assert current_of(ana.patient) == newer
    verbs = AuditEvent.objects.filter(patient_id=ana.patient_id).values_list("verb", flat=True)
    assert list(verbs.order_by("pk"))[-1] == "patients.sign_determination"


def test_signing_keeps_the_license_of_the_state_and_needs_a_credential() -> None:
    ana = make.episode()
    make.license_of(ana.primary_clinician)
    ana.primary_clinician.licenses.update(number="44SC1")
    signed = sign_determination(actor=ana.primary_clinician, determination=drafted(ana), now=NOW)
    assert signed.license_number == "44SC1"
    with pytest.raises(Refused, match="credential is not on file"):
        sign_determination(actor=make.user(Role.CLINICIAN), determination=drafted(ana), now=NOW)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"scheme": "tarot"}, "by which scheme"),
        ({"kind": "holiday"}, "what is decided"),
        ({"decided_on": TODAY + DAY}, "not come yet"),
        ({"actual": "IOP"}, "level of this scheme"),
        ({"actual": "2.1"}, "why the levels differ"),
        ({"actual": "2.1", "difference": "other"}, "in words"),
        ({"difference": "legal"}, "why the levels differ"),
        ({"ratings": {}}, "Every dimension"),
        ({"ratings": RATED | {"d4": {"rating": "9", "why": "x"}}}, "Choose a rating"),
        ({"ratings": RATED | {"d4": {"rating": "2", "why": " "}}}, "rests on"),
        ({"rationale": " "}, "Say why"),
    ],
)
def test_what_is_not_whole_is_refused_in_words(fields: dict[str, Any], said: str) -> None:
    ana = make.episode()
    with pytest.raises(Refused, match=said):
        drafted(ana, **fields)
    assert not LevelDetermination.objects.exists()


def test_the_fourth_edition_does_not_rate_what_the_person_prefers() -> None:
    ratings = RATED | {"d6": {"rating": "", "why": "Wants to sleep at home"}}
    made = drafted(make.episode(), scheme="asam4", ratings=ratings)
    assert made.actual_words == "2.5, high-intensity outpatient"
    labels = {scheme: [one.label for one in SCHEMES[scheme].dimensions] for scheme in ("asam3", "asam4")}
    assert "Readiness to change" in labels["asam3"]
    assert "Readiness to change" not in labels["asam4"]


def test_locus_keeps_a_result_and_no_scores() -> None:
    ana = make.episode()
    locus = replace(ASAM, scheme="locus", ratings={}, recommended="3", actual="3")
    with pytest.raises(Refused, match="between 7 and 35"):
        drafted(ana, locus)
    made = drafted(ana, locus, composite=18, instrument_version="20", rater="Theo T.")
    assert (made.composite, made.ratings) == (18, {})


def test_who_is_not_in_the_program_can_only_be_determined_for_admission() -> None:
    patient, theo = make.patient(), make.clinician()
    draft = partial(draft_determination, actor=theo, patient=patient, now=NOW)
    with pytest.raises(Refused, match="not in the program"):
        draft(finding=ASAM)
    assert draft(finding=replace(ASAM, kind="admission")).episode is None


def test_an_admission_rests_on_the_determination_before_it() -> None:
    patient, theo = make.patient(), make.clinician()
    make.consents(patient, theo)
    found = make.determination(patient, theo, episode=None)
    said = {"diagnosis_code": "F33.1", "diagnosis_label": "Depression", "admitted_on": TODAY, "now": NOW}
    made = admit(actor=theo, patient=patient, level=make.level(), primary_clinician=theo, **said)
    assert made.stays.get().determination == found


def test_a_step_ends_the_running_stay_and_what_was_planned_gives_way() -> None:
    ana = make.episode()
    prescribe(
        actor=ana.primary_clinician,
        episode=ana,
        prescribed_minutes=500,
        days_a_week=3,
        reason="No seats",
        from_on=TODAY,
        to_on=TODAY + 4 * DAY,
        now=NOW,
    )
    found = determined(ana)
    made = stepped(ana, php(), found, from_on=TODAY + 2 * DAY)
    assert made.determination == found
    assert held(ana) == [
        ("IOP", ana.admitted_on, TODAY - DAY, 540),
        ("IOP", TODAY, TODAY + DAY, 500),
        ("PHP", TODAY + 2 * DAY, None, 1200),
    ]


def test_a_whole_way_down_is_a_row_of_dated_stays() -> None:
    ana, iop, op = make.episode(), make.level(), level("OP", "op", 60)
    stepped(ana, php(), determined(ana))
    taper = determined(ana, "IOP")
    stepped(ana, iop, taper, from_on=TODAY + 14 * DAY, prescribed_minutes=900)
    stepped(ana, iop, taper, from_on=TODAY + 28 * DAY, prescribed_minutes=540, days_a_week=3)
    less = {"prescribed_minutes": 360, "days_a_week": 2, "reason": "Back at work, holds well"}
    stepped(ana, iop, taper, from_on=TODAY + 42 * DAY, **less)
    stepped(ana, op, determined(ana, "OP"), from_on=TODAY + 56 * DAY, prescribed_minutes=60, days_a_week=1)
    assert [code for code, *_ in held(ana)] == ["IOP", "PHP", "IOP", "IOP", "IOP", "OP"]
    assert ana.stays.get(prescribed_minutes=360).reason == "Back at work, holds well"


def test_a_step_on_the_first_day_of_a_stay_takes_its_place() -> None:
    ana = make.episode(admitted_on=TODAY)
    stepped(ana, php(), determined(ana))
    assert held(ana) == [("PHP", TODAY, None, 1200)]


def test_a_step_for_someone_who_starts_later_begins_with_them() -> None:
    bo = make.episode(admitted_on=TODAY + 5 * DAY)
    with pytest.raises(Refused, match="before the first day"):
        stepped(bo, php(), determined(bo))
    stepped(
        bo, LevelOfCare.objects.get(code="PHP"), LevelDetermination.objects.get(), from_on=TODAY + 5 * DAY
    )
    assert held(bo) == [("PHP", TODAY + 5 * DAY, None, 1200)]


@pytest.mark.parametrize(("born_on", "needs"), [(date(1992, 2, 3), 540), (date(2010, 2, 3), 360)])
def test_a_taper_below_the_level_needs_a_reason(born_on: date, needs: int) -> None:
    """9 hours for an adult, 6 for an adolescent, whatever standard the clinic has set lower."""
    ana = make.episode(make.patient(born_on=born_on))
    light, found = level("IOP-L", "iop", 180), determined(ana, "IOP")
    less = {"prescribed_minutes": needs - 1, "days_a_week": 3}
    with pytest.raises(Refused, match="below this level") as no:
        stepped(ana, light, found, **less)
    assert "reason" in no.value.fields
    made = stepped(ana, light, found, **less, reason="Exams this month")
    assert (made.standard_minutes, made.reason) == (needs, "Exams this month")
    at = TODAY + DAY
    assert stepped(ana, light, found, prescribed_minutes=needs, from_on=at, reason="Unused").reason == ""


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"from_on": TODAY - DAY}, "days gone by"),
        ({"prescribed_minutes": 30, "reason": "x"}, "at least an hour"),
        ({"days_a_week": 8}, "1 to 7 days"),
    ],
)
def test_a_step_that_cannot_be_is_refused_and_changes_nothing(fields: dict[str, Any], said: str) -> None:
    ana, to = make.episode(), php()
    before, found = held(ana), determined(ana)
    with pytest.raises(Refused, match=said):
        stepped(ana, to, found, **fields)
    assert held(ana) == before


def test_a_step_rests_on_the_determination_that_stands_and_its_level() -> None:
    ana, to = make.episode(), php()
    old = determined(ana)
    with pytest.raises(Refused, match="determine anew"):
        stepped(ana, make.level(), old)
    newer = determined(ana, supersedes=old)
    with pytest.raises(Refused, match="Another determination stands"):
        stepped(ana, to, old)
    with pytest.raises(Refused, match="Another determination stands"):
        stepped(ana, to, determined(make.episode()))
    stepped(ana, to, newer)
    left = make.episode(ended_on=TODAY)
    with pytest.raises(Refused, match="has left"):
        stepped(left, to, determined(left))


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("no_connection_left")
def test_two_steps_at_once_leave_one_level_for_each_day() -> None:
    ana, to = make.episode(), php()
    found = determined(ana)
    deeds = [
        partial(stepped, ana, to, found, prescribed_minutes=1200 + n, from_on=TODAY + n * DAY)
        for n in (0, 1, 2, 1)
    ]
    broken = [one for one in race(deeds) if isinstance(one, Exception)]
    assert not broken
    spans = held(ana)
    assert [one for _, _, one, _ in spans[:-1]] == [first - DAY for _, first, _, _ in spans[1:]]
    assert spans[-1][2] is None


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("no_connection_left")
def test_signing_at_the_same_moment_signs_once() -> None:
    ana = make.episode()
    draft = drafted(ana)
    deed = partial(sign_determination, determination=draft, now=NOW)
    answers = race([partial(deed, actor=who) for who in (ana.primary_clinician, make.clinician())])
    assert sum(isinstance(one, Refused) for one in answers) == 1
    assert LevelDetermination.objects.signed().count() == 1


def test_the_story_tells_stays_hours_and_findings_as_one() -> None:
    ana = make.episode()
    first = make.determination(ana.patient, ana.primary_clinician, decided_on=ana.admitted_on)
    said = {"recommended": "RES", "actual": "PHP", "difference": "patient_choice", "supersedes": first}
    stepped(ana, php(), determined(ana, **said), prescribed_minutes=1000, reason="Childcare")
    make.certification(ana, make.plan(ana))
    told = story_of(ana.patient, ana, TODAY)
    assert [one.on for one in told] == sorted((one.on for one in told), reverse=True)
    words = " ".join(f"{one.strong} {one.words} {one.chip}" for one in told)
    for expected in (
        "RES, residential recommended, PHP, partial hospitalization given",
        "Patient’s choice",
        "16 h 40 a week, 5 days, since Oct 21. Childcare",
        "Below 20 h",
        "Superseded",
        "Certification",
    ):
        assert expected in words


def test_a_determination_goes_on_paper_with_its_signature() -> None:
    ana = make.episode()
    sheet = determination_sheet(drafted(ana), now=NOW)
    assert sheet.mark == "Draft" and sheet.signatures == ()
    signed = sign_determination(
        actor=ana.primary_clinician, determination=LevelDetermination.objects.get(), now=NOW
    )
    sheet = determination_sheet(signed, now=NOW)
    assert sheet.mark == "" and sheet.signatures[0].part == "Assessor, LCSW"
    assert pdf_of(sheet).startswith(b"%PDF")
