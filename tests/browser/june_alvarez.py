"""June Alvarez, 15: an eating disorder. Her mother signs with her, and Ivy, who leads, signs under Sol."""

from typing import Any

from tests import make
from tests.browser import care_moves as care
from tests.browser import clinic_words as words
from tests.browser import document_moves as documents
from tests.browser import intake_moves as intake
from tests.browser import leaving_moves as leaving
from tests.browser.clinic_moves import Clinic, Opens, Walk
from tests.browser.conftest import Eyes

PAYER = "Northfield Family Care"
MOTHER = "Elena Alvarez"
SAID = [
    "Ate lunch with the table and told one joke.",
    "Wrote down the thought instead of leaving for the bathroom.",
    "Let her father plate the dinner twice this week.",
]
FLUOXETINE = {"drug": "Fluoxetine", "dose": "20 mg", "schedule": "every morning", "reason": "Mood"}


def calls(walk: Walk) -> None:
    with walk.at(0):
        intake.refer(
            walk, "June", "Alvarez", born_on="2011-05-20", phone="609-555-0160", urgency="routine",
            email="june.alvarez@home.example", received_on=walk.day(0).isoformat(), source="school",
            source_name="Trenton North High", reason="Fainted at practice, skips lunch, has lost weight.",
        )  # fmt: skip
    with walk.at(1, 10):
        intake.reach(walk)
        intake.cover(walk, PAYER, "NF-2210", policy_holder=MOTHER)


def signs_consents(walk: Walk) -> None:
    mother = {"signed_as": "guardian", "signed_authority": "Mother"}
    with walk.at(3):
        intake.sign_on_the_pad(walk, intake.prepare(walk, "treatment"), MOTHER, **mother)
        intake.note_paper(walk, "privacy_notice", MOTHER)
        intake.open_the_portal(walk)
        intake.sign_in_the_portal(walk, intake.prepare(walk, "telehealth"), walk.name)
        intake.bring_a_relative(walk, MOTHER, "Mother")


def is_assessed(walk: Walk) -> None:
    with walk.at(3, 10):
        intake.move(intake.referral_page(walk), "assessment")
        intake.measure(walk, "scoff", [1, 1, 1, 0, 1], "4")
        intake.measure(walk, "gad7", [1, 2, 2, 1, 1, 2, 1], "moderate")
        intake.crisis(walk, [1, 2, 2, 2, 2, 2, 1, 1, 1, 1])
    with walk.at(4, 11):
        why = "Visits to a dietitian did not stop the loss. Pulse and labs allow care by day."
        intake.determine(walk, "admission", "judgement", "IOP", why)


def is_admitted(walk: Walk) -> None:
    with walk.at(7):
        label = "Anorexia nervosa, restricting type, moderate"
        intake.admit(walk, "6", diagnosis_code="F50.011", diagnosis_label=label)
        intake.diagnose(walk, "F32.1", "Depression, single episode, moderate", "winter 2025")
        care.list_medication(walk, [FLUOXETINE], None)


def writes_the_plans(walk: Walk) -> None:
    with walk.at(7, 10):
        safety = documents.write(walk, "safety_plan", words.TEEN_SAFETY)
        documents.sign(walk, safety)
        documents.cosign(walk, safety)
        documents.patient_signs_here(walk, safety, MOTHER, part="guardian")
        documents.patient_signs_at_home(walk, safety, walk.name)
    with walk.at(7, 13):
        plan = documents.plan(walk, problems(walk), discharge_criteria="Three meals a day for two weeks.")
        documents.plan_signed_by_all(walk, plan, walk.name, guardian=MOTHER)
    with walk.at(8, 13):
        assessment = documents.write(walk, "biopsychosocial", words.JUNE)
        documents.sign(walk, assessment)
        documents.cosign(walk, assessment)


def problems(walk: Walk) -> list[dict[str, Any]]:
    by = walk.day(49).isoformat()
    group = {"kind": "group", "group_name": care.GROUP, "times": 3, "minutes": 120, "who": walk.lead.pk}
    family = {"kind": "family", "times": 1, "often": "2-week", "minutes": 60, "who": walk.lead.pk}
    meals = {
        "statement": "Eats what her parents plate", "unit": "meals a day", "baseline": "1", "target": "3",
        "target_on": by,
    }  # fmt: skip
    mood = {
        "statement": "Names one feeling a day to someone", "instrument_code": "phq9", "baseline": "14",
        "target": "7", "target_on": by,
    }  # fmt: skip
    return [
        {
            "statement": "Restricts and purges", "evidence": "Lost 9 kg in seven months, SCOFF 4.",
            "goal": "I want to run again in spring.", "objective": meals, "services": [group, family],
        },
        {
            "statement": "Low mood", "evidence": "PHQ-9 14, sits alone at lunch.",
            "goal": "I want people to stop asking.", "objective": mood, "services": [group], "diagnosis": 2,
        },
    ]  # fmt: skip


def comes_for_weeks(walk: Walk) -> None:
    with walk.at(9, 15):
        care.medication_visit(walk, Fluoxetine={"adherence": "as_prescribed", "side_effects": "Dry mouth"})
    care.weeks(walk, walk.plan, range(7, 14), SAID, minutes=120)
    care.a_day_through_the_pages(walk, 14, "Ate lunch with the table and told one joke.")
    care.weeks(walk, walk.plan, range(15, 35), SAID, minutes=120)
    care.alone(walk, walk.plan, [10, 24], "family", 60, "Parents plate dinner; June rates it.")


def is_reviewed(walk: Walk) -> None:
    with walk.at(35, 13):
        intake.measure(walk, "phq9", [1, 1, 1, 1, 2, 1, 1, 1, 0, 1])
        care.see_the_weeks(walk, "The thread holds")
    with walk.at(35, 15):
        meals = {
            "rating": "significant", "current": "3", "status": "in_progress",
            "evidence": "Three meals on 12 of 14 days by the family’s log.",
        }  # fmt: skip
        mood = {
            "rating": "moderate",
            "current": "9",
            "status": "in_progress",
            "evidence": "PHQ-9 9 after 14.",
        }
        documents.review(
            walk, walk.plan, [meals, mood], participants="June and Elena Alvarez, Ivy Sands",
            summary="Back at school full days from Monday.", next_review_on=walk.day(56).isoformat(),
        )  # fmt: skip


def steps_down(walk: Walk) -> None:
    care.weeks(walk, walk.plan, range(35, 42), SAID, minutes=120)
    with walk.at(42):
        intake.determine(walk, "transfer", "judgement", "OP", "Eats with her family; weight is coming back.")
        care.step_down(walk, "2", 1, walk.day(42))
    care.alone(walk, walk.plan, [44, 51], "individual", 60, "Packed her own lunch and ate it.")


def gets_ready_to_leave(walk: Walk) -> None:
    with walk.at(54, 10):
        intake.measure(walk, "phq9", [1, 0, 1, 1, 1, 0, 1, 0, 0, 0])
        intake.measure(walk, "scoff", [0, 1, 0, 0, 0])
        intake.measure(walk, "gad7", [1, 0, 1, 0, 1, 0, 0])
        leaving.appoint(walk, "Dr. Hana Weiss", 60, time="15:30", kind="therapy", phone="609-555-0182")
        safety = documents.write(walk, "safety_plan", {}, begin="New version")
        documents.sign(walk, safety)
        documents.cosign(walk, safety)
        documents.patient_signs_at_home(walk, safety, walk.name)
        documents.patient_signs_here(walk, safety, MOTHER, part="guardian")
        said = words.GOING_ON | {"next_provider": "Dr. Hana Weiss", "share_with": "Dr. Hana Weiss"}
        going_on = documents.write(walk, "continuing_care", said, by=walk.clinic.manager)
        documents.sign(walk, going_on, by=walk.clinic.manager)
        documents.patient_signs_at_home(walk, going_on, walk.name)


def leaves(walk: Walk) -> None:
    with walk.at(56, 12):
        done = ["Next appointment 4 days", "Continuing-care plan signed", "Last measures answered"]
        leaving.discharge(walk, done, destination="outpatient")
    with walk.at(57):
        summary = leaving.summary(walk, words.AT_THE_END, "Fluoxetine", "Dr. Hana Weiss", "Outpatient")
        documents.sign(walk, summary)
        documents.cosign(walk, summary)


def is_asked_about(walk: Walk) -> None:
    with walk.at(58):
        parts = [one for one in leaving.ALL_PARTS if one != "Certification"]
        leaving.give_out(walk, parts, PAYER)
    with walk.at(63, 11):
        leaving.first_call(walk, "Dr. Hana Weiss")
        leaving.accounting(walk, [PAYER], [])


DAYS = [
    calls, signs_consents, is_assessed, is_admitted, writes_the_plans, comes_for_weeks, is_reviewed,
    steps_down, gets_ready_to_leave, leaves, is_asked_about,
]  # fmt: skip


def walk_of(person: Opens, eyes: Eyes) -> Walk:
    make.payer(PAYER)
    clinic = Clinic.opened()
    return Walk(clinic, person, eyes, lead=clinic.ivy, name="June Alvarez")
