"""In the browser: the whole path from referral to discharge for three people, with what a reviewer asks for.

An adult with depression and pain, an adolescent with an eating disorder, an adult with alcohol use and
PTSD. Every step goes through the page and the role that does it; only most of the weeks in between are made.
"""

import pytest

from tests.browser import june_alvarez, mira_solano, sam_delgado
from tests.browser.clinic_moves import Opens, paper_pictures  # noqa: F401
from tests.browser.conftest import Eyes
from tests.browser.leaving_moves import reviewers_table

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("paper_pictures"),
]

# Days after the first call, the document, who signed it and how.
OF_MIRA = """
3 Bill the payer: Mira Solano, in the portal
3 Privacy notice received: Mira Solano, on paper
3 Treatment: Mira Solano, on the clinic’s screen
4 Level: 3: Theo Quill, LCSW
7 Certification: Mara Oduya, MD
7 Safety plan: Mira Solano (patient)
7 Safety plan: Theo Quill, LCSW (clinician)
7 Treatment plan: Mara Oduya, MD (prescriber)
7 Treatment plan: Mira Solano (patient)
7 Treatment plan: Theo Quill, LCSW (clinician)
8 Biopsychosocial assessment: Theo Quill, LCSW (clinician)
9 Medication review: Mara Oduya, MD
35 Plan review: Theo Quill (clinician)
42 Level: 2: Theo Quill, LCSW
54 Continuing-care plan: Cal Reeve (clinician)
54 Continuing-care plan: Mira Solano (patient)
54 Safety plan: Mira Solano (patient)
54 Safety plan: Theo Quill, LCSW (clinician)
57 Discharge summary: Theo Quill, LCSW (clinician)
"""
OF_JUNE = """
3 Family sessions with this person: Elena Alvarez, on paper
3 Privacy notice received: Elena Alvarez, on paper
3 Treatment: Elena Alvarez, on the clinic’s screen
3 Video sessions: June Alvarez, in the portal
4 Level: IOP: Ivy Sands, LAC
7 Safety plan: Elena Alvarez (guardian)
7 Safety plan: Ivy Sands, LAC (clinician)
7 Safety plan: June Alvarez (patient)
7 Safety plan: Sol Barrow, LCSW (supervisor)
7 Treatment plan: Elena Alvarez (guardian)
7 Treatment plan: Ivy Sands, LAC (clinician)
7 Treatment plan: June Alvarez (patient)
7 Treatment plan: Mara Oduya, MD (prescriber)
7 Treatment plan: Sol Barrow, LCSW (supervisor)
8 Biopsychosocial assessment: Ivy Sands, LAC (clinician)
8 Biopsychosocial assessment: Sol Barrow, LCSW (supervisor)
9 Medication review: Mara Oduya, MD
35 Plan review: Ivy Sands (clinician)
42 Level: OP: Ivy Sands, LAC
54 Continuing-care plan: Cal Reeve (clinician)
54 Continuing-care plan: June Alvarez (patient)
54 Safety plan: Elena Alvarez (guardian)
54 Safety plan: Ivy Sands, LAC (clinician)
54 Safety plan: June Alvarez (patient)
54 Safety plan: Sol Barrow, LCSW (supervisor)
57 Discharge summary: Ivy Sands, LAC (clinician)
57 Discharge summary: Sol Barrow, LCSW (supervisor)
"""
OF_SAM = """
3 Privacy notice received: Sam Delgado, on paper
3 Release of information: Sam Delgado, in the portal
3 Treatment: Sam Delgado, on the clinic’s screen
3 Treatment, payment and operations: Sam Delgado, on the clinic’s screen
4 Level: 2.1: Theo Quill, LCSW
7 Certification: Mara Oduya, MD
7 Safety plan: Sam Delgado (patient)
7 Safety plan: Theo Quill, LCSW (clinician)
7 Treatment plan: Mara Oduya, MD (prescriber)
7 Treatment plan: Sam Delgado (patient)
7 Treatment plan: Theo Quill, LCSW (clinician)
8 Biopsychosocial assessment: Theo Quill, LCSW (clinician)
9 Medication review: Mara Oduya, MD
35 Plan review: Theo Quill (clinician)
42 Level: 1.5: Theo Quill, LCSW
53 Relapse-prevention plan: Sam Delgado (patient)
53 Relapse-prevention plan: Theo Quill, LCSW (clinician)
54 Continuing-care plan: Cal Reeve (clinician)
54 Continuing-care plan: Sam Delgado (patient)
54 Safety plan: Sam Delgado (patient)
54 Safety plan: Theo Quill, LCSW (clinician)
57 Discharge summary: Theo Quill, LCSW (clinician)
"""


def test_an_adult_with_depression_and_pain(person: Opens, eyes: Eyes) -> None:
    walk = mira_solano.walk_of(person, eyes)
    for day in mira_solano.DAYS:
        day(walk)
    assert reviewers_table(walk) == OF_MIRA.strip().splitlines()


def test_an_adolescent_with_an_eating_disorder(person: Opens, eyes: Eyes) -> None:
    walk = june_alvarez.walk_of(person, eyes)
    for day in june_alvarez.DAYS:
        day(walk)
    assert reviewers_table(walk) == OF_JUNE.strip().splitlines()


def test_an_adult_with_alcohol_use_and_ptsd(person: Opens, eyes: Eyes) -> None:
    walk = sam_delgado.walk_of(person, eyes)
    for day in sam_delgado.DAYS:
        day(walk)
    assert reviewers_table(walk) == OF_SAM.strip().splitlines()
