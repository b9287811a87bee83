"""Sam Delgado, 38: alcohol and PTSD. 42 CFR Part 2 protects his record: what leaves has his consent."""

from typing import Any

from tests import make
from tests.browser import care_moves as care
from tests.browser import clinic_words as words
from tests.browser import document_moves as documents
from tests.browser import intake_moves as intake
from tests.browser import leaving_moves as leaving
from tests.browser.clinic_moves import Clinic, Opens, Walk
from tests.browser.conftest import Eyes

PAYER = "Bluestone Health"
SAID = [
    "Drove past the store and called Ray instead.",
    "Slept five hours after the breathing exercise.",
    "Told the group that the hearing frightens him.",
]
NALTREXONE = {"drug": "Naltrexone", "dose": "50 mg", "schedule": "with breakfast", "reason": "Cravings"}
SIX = [
    "No drink since August 2, no sign of withdrawal.", "Blood pressure and liver values are followed.",
    "Nightmares four nights a week, no acute risk.", "Cravings every evening, one call away from a drink.",
    "Wife supports care; brother keeps beer at home.", "Wants mornings after the night shift.",
]  # fmt: skip


def calls(walk: Walk) -> None:
    with walk.at(0):
        intake.refer(
            walk, "Sam", "Delgado", born_on="1988-02-01", phone="609-555-0170", urgency="urgent",
            email="sam.delgado@home.example", received_on=walk.day(0).isoformat(), source="hospital",
            source_name="Mercy Hospital", reason="Alcohol, out of detox on Friday; nightmares since 2012.",
        )  # fmt: skip
    with walk.at(1, 10):
        intake.reach(walk)
        intake.cover(walk, PAYER, "BH-40021")


def signs_consents(walk: Walk) -> None:
    """Care first; then what may leave: a TPO consent on the pad, and a release with every element of 2.31."""
    with walk.at(3):
        intake.sign_on_the_pad(walk, intake.prepare(walk, "treatment"), walk.name)
        intake.note_paper(walk, "privacy_notice", walk.name)
        intake.open_the_portal(walk)
        tpo = intake.prepare(walk, "tpo", scopes=["attendance", "diagnosis", "billing"])
        intake.sign_on_the_pad(walk, tpo, walk.name)
        release = intake.prepare(
            walk, "release", scopes=["assessment", "plan", "discharge_summary"], recipient_names=PAYER,
            purpose="payment", purpose_words="review of the stay", expires_on=walk.day(365).isoformat(),
        )  # fmt: skip
        intake.sign_in_the_portal(walk, release, walk.name)
        has = {part["title"] for part in release.shown}
        assert has >= leaving.ELEMENTS, has


def is_assessed(walk: Walk) -> None:
    with walk.at(3, 10):
        intake.move(intake.referral_page(walk), "assessment")
        intake.measure(walk, "audit_c", [4, 3, 4], "11")
        intake.measure(walk, "pcl5", [3, 3, 2, 3, 3, 3, 3, 1, 2, 3, 3, 2, 2, 2, 3, 1, 3, 3, 3, 4], "52")
        intake.measure(walk, "bam", {"q1": 2, "q2": 4, "q3": 3, "q4": 3, "q5": 3, "q8": 3, "q9": 2, "q10": 1})
        intake.measure(walk, "gad7", [2, 2, 2, 1, 2, 1, 1], "moderate")
        intake.crisis(walk, [2, 2, 3, 2, 1, 2, 1, 1, 1, 2])
    with walk.at(4, 11):
        why = "Relapse is likely within a week without structure; no withdrawal risk by now."
        intake.determine(walk, "admission", "asam4", "2.1", why, **rated("2"))


def rated(how: str) -> dict[str, str]:
    said = {f"d{number}_why": words for number, words in enumerate(SIX, start=1)}
    return said | {f"d{number}_rating": how for number in range(1, 6)}


def is_admitted(walk: Walk) -> None:
    with walk.at(7):
        intake.admit(walk, "9", diagnosis_code="F10.20", diagnosis_label="Alcohol dependence")
        intake.mark_as_substance_use(walk)
        intake.diagnose(walk, "F43.12", "PTSD, chronic", "2012")
        care.list_medication(walk, [NALTREXONE], None)


def writes_the_plans(walk: Walk) -> None:
    with walk.at(7, 10):
        safety = documents.write(walk, "safety_plan", words.SAFETY)
        documents.sign(walk, safety)
        documents.patient_signs_at_home(walk, safety, walk.name)
    with walk.at(7, 13):
        plan = documents.plan(walk, problems(walk), aftercare="Weekly therapy and two meetings.")
        documents.plan_signed_by_all(walk, plan, walk.name)
        documents.certify(walk, "A week out of detox, cravings daily; outpatient care failed twice.")
    with walk.at(8, 13):
        documents.sign(walk, documents.write(walk, "biopsychosocial", words.SAM))


def problems(walk: Walk) -> list[dict[str, Any]]:
    by = walk.day(49).isoformat()
    group = {"kind": "group", "group_name": care.GROUP, "times": 3, "minutes": 180, "who": walk.lead.pk}
    alone = {"kind": "individual", "times": 1, "minutes": 60, "who": walk.lead.pk}
    drink = {
        "statement": "Calls Ray before he drives past the store", "unit": "days without a drink",
        "baseline": "10", "target": "50", "target_on": by,
    }  # fmt: skip
    nights = {
        "statement": "Uses the breathing exercise when he wakes", "instrument_code": "pcl5", "baseline": "52",
        "target": "33", "target_on": by,
    }  # fmt: skip
    return [
        {
            "statement": "Drinks to sleep", "evidence": "AUDIT-C 11, eight beers a night until August 2.",
            "goal": "I want to be sober at my daughter’s graduation.", "objective": drink,
            "services": [group, alone],
        },
        {
            "statement": "Nightmares and startling", "evidence": "PCL-5 52, four nights a week.",
            "goal": "I want to sleep in our bed.", "objective": nights, "services": [group], "diagnosis": 2,
        },
    ]  # fmt: skip


def comes_for_weeks(walk: Walk) -> None:
    with walk.at(9, 15):
        care.medication_visit(walk, Naltrexone={"adherence": "as_prescribed"})
    care.weeks(walk, walk.plan, range(7, 14), SAID)
    care.a_day_through_the_pages(walk, 14, "Drove past the store and called Ray instead.")
    care.weeks(walk, walk.plan, range(15, 35), SAID)
    care.alone(walk, walk.plan, [10, 17, 24, 31], "individual", 60, "Wrote the urge plan: wait, call.")


def is_reviewed(walk: Walk) -> None:
    with walk.at(35, 13):
        intake.measure(walk, "pcl5", [2, 2, 1, 2, 2, 2, 2, 1, 2, 2, 2, 2, 2, 2, 2, 1, 2, 2, 2, 3], "38")
        intake.measure(walk, "bam", {"q2": 2, "q3": 2, "q8": 1, "q9": 3, "q10": 3})
        care.see_the_weeks(walk, "The thread holds")
    with walk.at(35, 15):
        drink = {
            "rating": "significant", "current": "43", "status": "in_progress",
            "evidence": "43 days without a drink; BAM use score 0.",
        }  # fmt: skip
        nights = {
            "rating": "some",
            "current": "38",
            "status": "in_progress",
            "evidence": "PCL-5 38 after 52.",
        }
        documents.review(
            walk, walk.plan, [drink, nights], participants="Sam Delgado, Theo Quill",
            summary="Trauma work can begin after the step down.", next_review_on=walk.day(56).isoformat(),
        )  # fmt: skip


def steps_down(walk: Walk) -> None:
    care.weeks(walk, walk.plan, range(35, 42), SAID)
    with walk.at(42):
        intake.determine(
            walk, "transfer", "asam4", "1.5", "Sober for seven weeks, meetings, sponsor.", **rated("1")
        )
        care.step_down(walk, "2", 1, walk.day(42))
    care.alone(walk, walk.plan, [44, 51], "individual", 60, "First hour about the blast; slept after it.")


def gets_ready_to_leave(walk: Walk) -> None:
    with walk.at(53, 10):
        relapse = documents.write(walk, "relapse_prevention", words.RELAPSE)
        documents.sign(walk, relapse)
        documents.patient_signs_at_home(walk, relapse, walk.name)
    with walk.at(54, 10):
        intake.measure(walk, "phq9", [1, 0, 1, 1, 0, 0, 1, 0, 0, 0])
        intake.measure(walk, "gad7", [1, 0, 1, 0, 1, 0, 0])
        leaving.appoint(walk, "Dr. Ira Stone", 58, time="16:00", kind="therapy", phone="609-555-0183")
        safety = documents.write(walk, "safety_plan", {}, begin="New version")
        documents.sign(walk, safety)
        documents.patient_signs_here(walk, safety, walk.name)
        said = words.GOING_ON | {"next_provider": "Dr. Ira Stone", "share_with": "Dr. Ira Stone"}
        going_on = documents.write(walk, "continuing_care", said, by=walk.clinic.manager)
        documents.sign(walk, going_on, by=walk.clinic.manager)
        documents.patient_signs_at_home(walk, going_on, walk.name)


def leaves(walk: Walk) -> None:
    with walk.at(56, 12):
        done = ["Continuing-care plan signed", "Relapse-prevention plan signed", "Safety plan reviewed"]
        leaving.discharge(walk, done, destination="outpatient")
    with walk.at(57):
        summary = leaving.summary(walk, words.AT_THE_END, "Naltrexone", "Dr. Ira Stone", "Outpatient")
        documents.sign(walk, summary)


def is_asked_about(walk: Walk) -> None:
    """Notes are in no consent; plan and summary are, until he takes the release back."""
    plan = ["Treatment plan", "Discharge summary"]
    with walk.at(58):
        leaving.may_not_give(walk, [*plan, "Signed progress notes"], PAYER, "does not cover: progress notes")
        leaving.give_out(walk, [*plan, "Biopsychosocial assessment"], PAYER)
    with walk.at(60):
        leaving.take_back(walk, "Release")
        leaving.may_not_give(walk, plan, PAYER, "was taken back on Oct 9, 2026")
    with walk.at(63, 11):
        leaving.first_call(walk, "Dr. Ira Stone")
        leaving.accounting(walk, [PAYER], [PAYER])


DAYS = [
    calls, signs_consents, is_assessed, is_admitted, writes_the_plans, comes_for_weeks, is_reviewed,
    steps_down, gets_ready_to_leave, leaves, is_asked_about,
]  # fmt: skip


def walk_of(person: Opens, eyes: Eyes) -> Walk:
    make.payer_clock(make.payer(PAYER))
    clinic = Clinic.opened()
    return Walk(clinic, person, eyes, lead=clinic.theo, name="Sam Delgado")
