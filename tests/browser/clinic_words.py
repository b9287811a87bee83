"""What the documents of the three stories say, by question id of `patients/documents/`; invented people."""

from typing import Any

Answers = dict[str, Any]

# What every assessment says where nothing of note was found; each person's own words stand on top.
UNREMARKABLE: Answers = {
    "trauma": "none", "substance_use": "none", "withdrawal": "none", "eating": "none",
    "medical_clearance": "yes", "family_wish": "later", "living": "own", "home_safe": "yes",
    "legal_status": "none", "self_harm": "none", "violence": "none", "military": "no",
    "appearance": "Neatly dressed, eye contact comes and goes",
    "speech_thought": "Quiet, to the point, no odd ideas",
    "perception": "No voices, nothing seen that others do not see",
    "cognition": "Awake, oriented, loses the thread when tired",
    "insight": "Knows that it is an illness, judges daily matters well",
    "recommended": "iop",
    "first_steps": "Safety plan today, plan of care today, first group on Monday.",
}  # fmt: skip

MIRA: Answers = UNREMARKABLE | {
    "why_now": "“I lie awake, everything hurts, and I have stopped answering the phone.”",
    "since": "Since the car accident in spring; worse after the second leave from work",
    "symptoms": "Low mood most of the day, wakes at 3, no appetite, back pain 6 of 10 on most days.",
    "functioning": "Off work for five weeks, her sister does the shopping, sees nobody else.",
    "sought_before": "Eight sessions of weekly therapy; a first antidepressant at a low dose.",
    "goal_words": "Work half days again and sleep through",
    "treatment_history": [
        {"what": "Weekly therapy, Dr. Aldo Finn", "when": "May to July 2026", "result": "Helped for a while"},
        {"what": "Emergency room, Riverside", "when": "Aug 8, 2026", "result": "Sent here"},
    ],
    "diagnoses_before": "Depression, 2019",
    "hospital_count": 0,
    "conditions": "Chronic low back pain after a whiplash and a disc bulge; no surgery planned.",
    "pain_today": 6,
    "primary_care": "Dr. Paul Ito, seen in July",
    "sleep": "Four to five hours",
    "family_now": "Lives alone, one older sister nearby, parents in another state.",
    "family_history": "Mother treated for depression.",
    "work_school": "Bookkeeper, on leave since July 6",
    "money": "Short-term disability, drives herself",
    "relations": "Her sister Nell helps; two friends she avoids at the moment.",
    "strengths": "Keeps appointments, honest about how it is, used to love her garden.",
    "needs": "A day with a shape, pain skills, somebody to see her medication.",
    "abilities": "Books, numbers, plants.",
    "preferences": "Mornings. No homework on paper.",
    "barriers": "Sitting longer than an hour hurts.",
    "suicide": "passive",
    "risk_words": "Thinks that it would be easier not to wake up. No plan, no means at home.",
    "protective": "Her sister, the cat, wants to see the garden in spring.",
    "risk_level": "elevated",
    "risk_action": "Safety plan written today, sister told, follow-up every session.",
    "mood_affect": "Says “flat”; tearful when she speaks of work",
    "formulation": "Pain keeps her from moving, not moving keeps the mood low, and poor sleep feeds both. "
    "She does better with people around her and with small daily steps.",
    "diagnosis_basis": "F33.1 by history of one earlier episode and nine symptoms for weeks, PHQ-9 19. "
    "M54.50 from her primary care.",
    "why_this_level": "Weekly therapy did not hold; she cannot work and has passive thoughts. She is safe "
    "at home with a plan, so a hospital is not needed.",
}

SAFETY: Answers = {
    "warning_signs": [{"sign": "I stop answering the phone"}, {"sign": "I cancel the physio"}],
    "alone": [{"thing": "Water the plants"}, {"thing": "Warm bath, then the audiobook"}],
    "places": [{"who": "The library on Front Street", "phone": ""}],
    "people": [{"who": "Nell, my sister", "phone": "609-555-0144"}],
    "professionals": [{"who": "The clinic", "phone": "609-555-0100"}],
    "access": "none",
    "surroundings": [{"what": "Pain pills stay with Nell", "who": "Nell"}],
    "reason_to_live": "The garden, the cat, Nell’s children.",
}

GOING_ON: Answers = {
    "next_level": "outpatient", "next_provider": "Dr. Aldo Finn", "medications_checked": "agrees",
    "housing": "Stays in her apartment", "work_school": "Half days from October 12",
    "come_back": "Three nights without sleep, or I cancel two things in a row.",
    "share_next": "signed", "share_with": "Dr. Aldo Finn",
    "groups": [{"what": "Alumni evening", "when": "First Tuesday, 6 PM", "where": "Here, room Cedar"}],
}  # fmt: skip

AT_THE_END: Answers = {
    "course": "Began with three mornings a week. Behavioral activation and pain pacing came first, then "
    "sleep; by week five she was at half days. One bad week after a flare of pain, without risk.",
    "status": "Sleeps six hours, works half days, pain 4 of 10.",
    "risk": "low",
    "risk_words": "No thoughts since September; safety plan gone over on the last day.",
    "recommendations": "Weekly therapy, exercise twice a week, medication unchanged for 6 months.",
    "prognosis": "good",
    "prognosis_words": "Uses what she learned without being reminded",
    "patient_view": "“I have mornings again.”",
}

JUNE: Answers = UNREMARKABLE | {
    "why_now": "“I am fine, everyone else worries.” Her father: she skips lunch and faints at practice.",
    "since": "Since ninth grade; faster since the track season ended",
    "symptoms": "Two small meals a day, purging twice a week, counts every calorie, cold and tired.",
    "functioning": "Left the team, sits alone at lunch, grades from A to C.",
    "sought_before": "School counselor; three visits with a dietitian.",
    "goal_words": "Run again in spring",
    "conditions": "Resting pulse 54, no palpitations, labs of August 4 in range.",
    "primary_care": "Dr. Salma Reyes, weekly weight and pulse",
    "eating": "refer",
    "eating_words": "Lost 9 kg in seven months. Cleared by Dr. Reyes on August 11 with weekly vitals.",
    "sleep": "Nine hours, wakes tired",
    "family_now": "Lives with both parents and a younger brother.",
    "family_history": "An aunt with an eating disorder.",
    "development": "Milestones on time; perfectionist since grade school; periods stopped in May.",
    "family_wish": "wants",
    "living": "family",
    "work_school": "Tenth grade, Trenton North, from 8 to 2",
    "culture": "Speaks Spanish with her grandmother",
    "strengths": "Funny with her brother, stubborn in a good way, keeps promises.",
    "needs": "Supported meals, her parents in charge of eating for now.",
    "preferences": "Not to be weighed in front of others.",
    "suicide": "passive",
    "risk_words": "Sometimes thinks it would be easier not to be here. No plan.",
    "protective": "Her brother, running, a teacher she trusts.",
    "risk_level": "elevated",
    "risk_action": "Safety plan with both parents today.",
    "mood_affect": "“Annoyed”; smiles when her brother is named",
    "formulation": "Restriction calms worry for an hour and feeds it for a day. Family meals can break it.",
    "diagnosis_basis": "F50.012: low weight, fear of gaining, purging; body image. F32.1 by PHQ-9 14.",
    "why_this_level": "Outpatient visits did not stop the loss; pulse and labs allow care by day.",
}

SAM: Answers = UNREMARKABLE | {
    "why_now": "“I drank to sleep, now I drink to get up.” His wife asked him to leave in July.",
    "since": "Since he came back in 2012; every day since last winter",
    "symptoms": "Eight beers a night, nightmares four nights a week, startles, avoids crowds.",
    "functioning": "Lost two shifts, a warning at work, sleeps in the guest room.",
    "goal_words": "Sober at my daughter’s graduation",
    "treatment_history": [
        {"what": "Detox, Mercy Hospital", "when": "Aug 3 to 7, 2026", "result": "Completed, no seizure"}
    ],
    "trauma": "past",
    "trauma_words": "Roadside blast in 2011. Does not want to tell it in the group.",
    "substance_use": "present",
    "substances": [
        {
            "substance": "Alcohol",
            "frequency": "daily",
            "amount": "8 beers",
            "first_age": "15",
            "last_on": "2026-08-02",
        },
        {"substance": "Cannabis", "frequency": "past", "amount": "smoked", "first_age": "17"},
    ],
    "withdrawal": "mild",
    "overdose": "no",
    "substance_treatment": "Naltrexone since August 6; two meetings so far.",
    "tobacco_vaping": "Half a pack a day",
    "conditions": "Raised liver values in July, blood pressure 142 over 90.",
    "family_now": "Married, one daughter of 17; trial separation.",
    "family_history": "Father drank.",
    "work_school": "Warehouse lead, nights",
    "military": "yes",
    "legal_status": "pending",
    "legal_words": "Driving under the influence, hearing on November 3; the court asks for nothing yet.",
    "strengths": "Shows up early, looks after others, no drink for a week.",
    "needs": "Ways to sleep without a drink; trauma work once he is steady.",
    "preferences": "Mornings after the night shift.",
    "suicide": "passive",
    "risk_words": "“Better off without me” in July while drunk; none since. Rifle is with his brother.",
    "protective": "His daughter; the men of his unit.",
    "risk_level": "elevated",
    "risk_action": "Safety plan; his brother keeps the rifle.",
    "mood_affect": "Tense, warms up after a while",
    "formulation": "Drinking keeps the nights away and the days ruined; both need care at once.",
    "diagnosis_basis": "F10.20 by AUDIT-C 11 and seven criteria; F43.12 by PCL-5 52.",
    "why_this_level": "ASAM 2.1: relapse is likely in a week without structure; no withdrawal risk by now.",
}

TEEN_SAFETY: Answers = SAFETY | {
    "people": [{"who": "Dad", "phone": "609-555-0161"}, {"who": "Ms. Alder, art", "phone": ""}],
    "surroundings": [{"what": "Medicine cabinet is locked", "who": "Dad"}],
    "reason_to_live": "My brother. Spring track.",
}

RELAPSE: Answers = {
    "triggers": [{"kind": "times", "what": "After the night shift"}, {"kind": "feelings", "what": "Shame"}],
    "situations": [{"situation": "Beer at my brother’s", "plan": "Drive my own car, leave at eight"}],
    "early_signs": [{"sign": "I stop sleeping in our bed"}, {"sign": "I skip the Tuesday meeting"}],
    "coping": [{"skill": "Cold water, then walk the dog", "when": "At night"}],
    "urge_plan": "Wait ten minutes, call Ray, walk around the block, then eat.",
    "supports": [{"who": "Ray, my sponsor", "phone": "609-555-0177", "asked": "yes"}],
    "mutual_help": [{"meeting": "AA, Front Street", "when": "Tuesday 7 PM", "where": "St. Mark’s hall"}],
    "medications": [{"name": "Naltrexone 50 mg", "when": "With breakfast", "prescriber": "Mara Oduya"}],
    "naloxone": "not_needed",
    "after_lapse": "Stop, pour it out, tell Ray the same day, come to the next group.",
    "who_first": "Ray, by phone",
    "tolerance": "yes",
}
