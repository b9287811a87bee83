"""The demo's diagnoses: one primary for everyone, a second for some."""

from iop_clinic.accounts.demo import chance
from patients.demo_chart import Chart
from patients.models import Diagnosis

DIAGNOSES = {
    "am": (
        ("F33.1", "Depression, recurrent, moderate"),
        ("F32.1", "Depression, single episode, moderate"),
        ("F41.1", "Generalized anxiety"),
        ("F43.10", "Post-traumatic stress, unspecified"),
        ("F31.81", "Bipolar II"),
    ),
    "eve": (
        ("F10.20", "Alcohol dependence, uncomplicated"),
        ("F11.20", "Opioid dependence, uncomplicated"),
        ("F14.20", "Cocaine dependence, uncomplicated"),
        ("F12.20", "Cannabis dependence, uncomplicated"),
    ),
    "teen": (
        ("F32.1", "Depression, single episode, moderate"),
        ("F41.1", "Generalized anxiety"),
        ("F43.23", "Adjustment, with anxiety and low mood"),
        ("F40.10", "Social anxiety"),
    ),
}
DIAGNOSES["orchard"] = DIAGNOSES["am"]
ALSO = {
    "am": ("G89.4", "Chronic pain syndrome"),
    "orchard": ("G89.4", "Chronic pain syndrome"),
    "eve": ("F43.10", "Post-traumatic stress, unspecified"),
    "teen": ("F50.82", "Avoidant/restrictive food intake disorder"),
}


def diagnoses_of(chart: Chart) -> list[Diagnosis]:
    """The primary one, and a second for one person in four."""
    rows = [_diagnosis(chart)]
    code, label = ALSO[chart.person.track]
    if chance("also", chart.person.name).random() < 0.25 or chart.person.has("amara"):
        since_on = chart.episode.admitted_on
        rows.append(
            Diagnosis(episode=chart.episode, code=code, label=label, is_primary=False, since_on=since_on)
        )
    return rows


def _diagnosis(chart: Chart) -> Diagnosis:
    options = DIAGNOSES[chart.person.track]
    picked = (
        options[0] if chart.person.has("amara") else chance("diagnosis", chart.person.name).choice(options)
    )
    code, label = picked
    return Diagnosis(episode=chart.episode, code=code, label=label, since_on=chart.episode.admitted_on)
