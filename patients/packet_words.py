"""The words of the intake packet that are the same for everyone. A clinic changes them here."""

BRING = (
    "A card with your photo",
    "Your insurance card, front and back",
    "A list of the medicine you take, or the bottles",
    "Names and phone numbers of your doctor and therapist",
    "The name and phone number of someone we may call in an emergency",
    "Papers from a hospital, a court or about custody, if there are any",
    "Glasses or a hearing aid, if you use them",
)
CONTENTS = (
    "About you: check what we know and add what is missing",
    "Consents: read them; we answer questions before you sign",
    "Questionnaires: how you have been; there are no wrong answers",
    "Your rights here",
    "Fees: what we charge and what your share is",
)
RIGHTS = (
    "To be treated with respect, and without discrimination.",
    "To hear in plain words what we offer, what it can do, its risks, and what else there is.",
    "To take part in your plan, to have a copy, and to ask for a review.",
    "To say no to a treatment, and to leave, without a penalty.",
    "To privacy: what we hold about you is shared only with your consent or where the law says so.",
    "To take back a consent. From then on it no longer holds.",
    "To read your record and to ask for a correction.",
    "To an interpreter, and to help with reading and writing, at no cost.",
    "To know who treats you, and which training and license they have.",
    "To know what it costs before you decide.",
    "To complain to us or to the state, without any harm to your care.",
)
RIGHTS_WORDS = (
    "If you have a complaint, tell anyone here or ask for the privacy officer. "
    "We write it down and answer it. You may also write to the U.S. Department of Health and Human Services, "
    "Office for Civil Rights."
)
FEES = (
    "First assessment",
    "A day in the program",
    "Individual session",
    "Family session",
    "Visit about medicine",
    "Missed visit",
)
FEES_WORDS = (
    "Your plan decides what it pays. What it told us is no promise. "
    "If it pays less than we expect, we talk with you before we go on."
)
PAYING_YOURSELF = (
    "You have the right to a written estimate of what your care will cost before it begins. "
    "Ask for it at any time. If you are billed 400 dollars or more above the estimate, you can dispute it."
)
