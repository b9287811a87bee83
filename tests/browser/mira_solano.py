"""Mira Solano, 42: depression and pain. Her way in, through care, and out, a function for each day."""

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
    "Planned a walk for tomorrow and said it out loud.",
    "Told the group about the bad night and stayed.",
    "Paced the dishes with a timer; the pain stayed at 4.",
]
SERTRALINE = {
    "drug": "Sertraline", "dose": "50 mg", "schedule": "every morning", "reason": "Depression",
    "prescriber": "Dr. Paul Ito",
}  # fmt: skip
IBUPROFEN = {
    "drug": "Ibuprofen", "dose": "400 mg", "schedule": "up to twice a day", "as_needed": True,
    "reason": "Pain", "prescriber": "Dr. Paul Ito",
}  # fmt: skip


def calls(walk: Walk) -> None:
    with walk.at(0):
        intake.refer(
            walk, "Mira", "Solano", born_on="1984-03-12", phone="609-555-0143",
            email="mira.solano@home.example", received_on=walk.day(0).isoformat(), urgency="urgent",
            source="hospital", source_name="Riverside ER", source_phone="609-555-0190",
            reason="Depression since spring, back pain, off work; weekly therapy does not hold.",
        )  # fmt: skip
    with walk.at(1, 10):
        intake.reach(walk)
        intake.cover(walk, PAYER, "BH-77120")
        intake.print_the_packet(walk)


def signs_consents(walk: Walk) -> None:
    with walk.at(3):
        intake.sign_on_the_pad(walk, intake.prepare(walk, "treatment"), walk.name)
        intake.note_paper(walk, "privacy_notice", walk.name)
        intake.open_the_portal(walk)
        intake.sign_in_the_portal(walk, intake.prepare(walk, "billing"), walk.name)


def is_assessed(walk: Walk) -> None:
    with walk.at(3, 10):
        intake.move(intake.referral_page(walk), "assessment")
        intake.measure(walk, "gad7", [2, 2, 1, 2, 2, 1, 0], "moderate")
        intake.measure(walk, "peg", [7, 6, 7], "6.7")
        intake.crisis(walk, [2, 3, 3, 3, 2, 2, 2, 1, 1, 2])
    with walk.at(4, 11):
        why = "Weekly therapy did not hold. Passive thoughts, but safe at home with a plan."
        rated = {"composite": 18, "instrument_version": "20", "rater": "Theo Quill"}
        intake.determine(walk, "admission", "locus", "3", why, **rated)


def is_admitted(walk: Walk) -> None:
    with walk.at(7):
        label = "Depression, recurrent, moderate"
        intake.admit(walk, "9", diagnosis_code="F33.1", diagnosis_label=label)
        intake.diagnose(walk, "M54.50", "Low back pain", "spring 2026")
        allergy = {"substance": "Penicillin", "reaction": "Rash", "severity": "moderate"}
        care.list_medication(walk, [SERTRALINE, IBUPROFEN], allergy)


def writes_the_plans(walk: Walk) -> None:
    with walk.at(7, 10):
        safety = documents.write(walk, "safety_plan", words.SAFETY)
        documents.sign(walk, safety)
        documents.patient_signs_at_home(walk, safety, walk.name)
    with walk.at(7, 13):
        plan = documents.plan(
            walk, problems(walk), discharge_criteria="Half days at work for two weeks, PHQ-9 9 or less.",
            strengths="Keeps appointments; loved her garden.", aftercare="Weekly therapy with Dr. Finn.",
        )  # fmt: skip
        documents.plan_signed_by_all(walk, plan, walk.name)
        documents.certify(walk, "Weekly therapy did not hold; without structure a hospital stay is likely.")
    with walk.at(8, 13):
        assessment = documents.write(walk, "biopsychosocial", words.MIRA)
        documents.sign(walk, assessment)


def problems(walk: Walk) -> list[dict[str, Any]]:
    by = walk.day(49).isoformat()
    group = {"kind": "group", "group_name": care.GROUP, "times": 3, "minutes": 180, "who": walk.lead.pk}
    alone = {"kind": "individual", "times": 1, "minutes": 60, "who": walk.lead.pk}
    mood = {
        "statement": "Does one planned thing outside the home every day", "instrument_code": "phq9",
        "baseline": "19", "target": "9", "target_on": by,
    }  # fmt: skip
    pain = {
        "statement": "Paces activity with a timer", "unit": "times a day", "baseline": "0", "target": "3",
        "target_on": by,
    }  # fmt: skip
    return [
        {
            "statement": "Low mood and withdrawal", "evidence": "PHQ-9 19, off work, sees nobody.",
            "goal": "I want to work half days again.", "objective": mood, "services": [group, alone],
        },
        {
            "statement": "Pain keeps her from moving", "evidence": "PEG 6.7; sits less than an hour.",
            "goal": "I want to sit through a film.", "objective": pain, "services": [group], "diagnosis": 2,
        },
    ]  # fmt: skip


def comes_for_weeks(walk: Walk) -> None:
    with walk.at(9, 15):
        more = {"dose": "100 mg", "adherence": "as_prescribed", "because": "No change after a month at 50 mg"}
        care.medication_visit(walk, Sertraline=more, Ibuprofen={"adherence": "sometimes_missed"})
    care.weeks(walk, walk.plan, range(7, 14), SAID)
    care.a_day_through_the_pages(walk, 14, "Named the Monday dread and called the physio from the hallway.")
    care.weeks(walk, walk.plan, range(15, 35), SAID)
    care.alone(walk, walk.plan, [10, 17, 24, 31], "individual", 60, "Sleep diary: bed at eleven, up at six.")


def is_reviewed(walk: Walk) -> None:
    with walk.at(35, 13):
        intake.measure(walk, "phq9", [1, 1, 2, 1, 1, 1, 1, 1, 0, 1])
        intake.measure(walk, "gad7", [1, 1, 1, 1, 1, 0, 0])
        intake.measure(walk, "peg", [4, 4, 5])
        care.see_the_weeks(walk, "The thread holds")
    with walk.at(35, 15):
        mood = {
            "rating": "moderate", "current": "9", "status": "in_progress",
            "evidence": "PHQ-9 9 after 19; goes out daily by her diary.",
        }  # fmt: skip
        pain = {
            "rating": "some", "current": "2", "status": "in_progress",
            "evidence": "Uses the timer twice a day.", "change": "Her physio joins the plan.",
        }  # fmt: skip
        documents.review(
            walk, walk.plan, [mood, pain], participants="Mira Solano, Theo Quill",
            summary="Half days from next week.", next_review_on=walk.day(56).isoformat(),
        )  # fmt: skip


def steps_down(walk: Walk) -> None:
    care.weeks(walk, walk.plan, range(35, 42), SAID)
    with walk.at(42):
        why = "Works half days, no risk, keeps what she gained with two hours a week."
        rated = {"composite": 13, "instrument_version": "20", "rater": "Theo Quill"}
        intake.determine(walk, "transfer", "locus", "2", why, **rated)
        care.step_down(walk, "2", 1, walk.day(42))
    care.alone(walk, walk.plan, [44, 51], "individual", 60, "Two mornings at work; slept six hours.")


def gets_ready_to_leave(walk: Walk) -> None:
    with walk.at(54, 10):
        intake.measure(walk, "phq9", [1, 0, 1, 1, 1, 0, 1, 0, 0, 0], "minimal|mild")
        intake.measure(walk, "gad7", [1, 0, 1, 0, 1, 0, 0])
        intake.measure(walk, "peg", [4, 3, 4])
        place = {"address": "8 Mill Road, Trenton", "phone": "609-555-0181"}
        leaving.appoint(walk, "Dr. Aldo Finn", 59, time="10:00", kind="therapy", **place)
        safety = documents.write(walk, "safety_plan", {}, begin="New version")
        documents.sign(walk, safety)
        documents.patient_signs_here(walk, safety, walk.name)
        going_on = documents.write(walk, "continuing_care", words.GOING_ON, by=walk.clinic.manager)
        documents.sign(walk, going_on, by=walk.clinic.manager)
        documents.patient_signs_at_home(walk, going_on, walk.name)


def leaves(walk: Walk) -> None:
    with walk.at(56, 12):
        done = [
            "Next appointment 3 days", "Continuing-care plan signed", "Safety plan reviewed",
            "Last measures answered", "Medication list gone through", "Consent to inform", "No follow-up",
        ]  # fmt: skip
        leaving.discharge(walk, done, destination="outpatient")
    with walk.at(57):
        summary = leaving.summary(walk, words.AT_THE_END, "Sertraline", "Dr. Aldo Finn", "Outpatient")
        documents.sign(walk, summary)


def is_asked_about(walk: Walk) -> None:
    """The payer's reviewer wants the whole record; a week later she is called."""
    with walk.at(58):
        leaving.give_out(walk, leaving.ALL_PARTS, PAYER)
    with walk.at(63, 11):
        leaving.first_call(walk, "Dr. Aldo Finn")
        leaving.accounting(walk, [PAYER], [])


DAYS = [
    calls, signs_consents, is_assessed, is_admitted, writes_the_plans, comes_for_weeks, is_reviewed,
    steps_down, gets_ready_to_leave, leaves, is_asked_about,
]  # fmt: skip


def walk_of(person: Opens, eyes: Eyes) -> Walk:
    """Theo leads; her payer asks for certifications. Every page on her way is looked at."""
    make.payer_clock(make.payer(PAYER))
    clinic = Clinic.opened()
    return Walk(clinic, person, eyes, lead=clinic.theo, name="Mira Solano", looks=True)
