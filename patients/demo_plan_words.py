"""What the demo's plans say: problems, goals in their own words, objectives and services. All invented."""

from dataclasses import dataclass

# In their own words, and the problem behind it.
MOOD = {
    "am": "I want to get through a workday again.",
    "orchard": "I want to feel like myself at home again.",
    "eve": "I want evenings that do not scare me.",
    "teen": "I want to go back to school and stay there.",
}
EVIDENCE = {
    "am": "Missed nine workdays last month; wakes at four; PHQ-9 at intake.",
    "orchard": "House left undone, sees nobody; PHQ-9 at intake.",
    "eve": "Drank again after eight months; warned at work; shaky sleep.",
    "teen": "Twenty-two days absent this term; stomach aches on school mornings.",
}
LIFE = ("The days have lost their shape", "Stopped what used to give the week a frame; sleeps at odd hours.")


@dataclass(frozen=True)
class Aim:
    """A goal with its one objective: what they do, counted in what, from and to."""

    goal: str
    objective: str
    unit: str
    baseline: int
    target: int


MORE = (
    Aim(
        "Sleep without lying awake till three.",
        "Puts the phone away at ten and is asleep by midnight",
        "nights a week",
        1,
        5,
    ),
    Aim("Ask for help before it gets bad.", "Makes one support call a week", "weeks in a row", 0, 4),
    Aim("Cook for my family on Sundays.", "Plans and cooks a meal", "Sundays", 0, 6),
    Aim("Go two weeks without a drink.", "Uses the evening plan instead of drinking", "days in a row", 2, 14),
    Aim(
        "Stop fighting with my mother every night.",
        "Leaves the room for ten minutes first",
        "arguments a week",
        7,
        2,
    ),
    Aim("Walk outside without counting exits.", "Walks twenty minutes alone", "walks a week", 0, 4),
)
MORNING = Aim("", "Uses the morning plan before work", "days a week", 0, 4)

# By track, for the first objective and the others: kind, what is done, times, every, period, minutes, who.
Service = tuple[str, str, int, int, str, int, str]
SERVICES: dict[str, tuple[tuple[Service, ...], tuple[Service, ...]]] = {
    "am": (
        (
            ("group", "DBT skills and mood", 4, 1, "week", 60, "LCSW"),
            ("individual", "Review of the week", 1, 1, "week", 50, ""),
        ),
        (("psychoeducation", "Sleep, food, movement", 1, 1, "week", 60, "LPC"),),
    ),
    "eve": (
        (
            ("group", "Relapse prevention", 4, 1, "week", 60, "LCADC"),
            ("individual", "Cravings diary", 1, 1, "week", 50, ""),
        ),
        (("family", "Multi-family night", 1, 1, "week", 60, "LCADC"),),
    ),
    "teen": (
        (
            ("group", "Process and coping", 4, 1, "week", 60, "LMFT"),
            ("individual", "School plan", 1, 1, "week", 50, ""),
        ),
        (("family", "Evenings at home", 1, 1, "month", 50, "LMFT"),),
    ),
}
SERVICES["orchard"] = (
    (("group", "Morning block", 2, 1, "week", 60, "LCSW"),),
    (("group", "Morning block", 1, 1, "week", 60, "LCSW"),),
)
ABOUT = {
    "strengths": "Comes on time, speaks openly, has kept a job through worse.",
    "needs": "Structure in the day; skills for the hard hours.",
    "abilities": "Reads a lot, cooks, good with numbers.",
    "preferences": "Groups before one to one.",
    "barriers": "Child care until 2:30; the bus on Fridays.",
    "cultural_factors": "Sunday belongs to the family and to church.",
    "discharge_criteria": "Two weeks of steady sleep and work, safety plan in use, next appointment booked.",
    "aftercare": "Weekly therapy, support group, medication visit every month.",
}
REVIEW = {
    "significant": "Last score well under the first; the family says so too.",
    "moderate": "Better on most days, notes name the skill in use.",
    "some": "Tried it twice; the evenings are still hard.",
}
