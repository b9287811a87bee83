"""Invented figures for the style guide: on Wednesday one patient is 80 minutes short."""

import tomllib
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from iop_clinic.pictures.burn_down import Day

Ledger = dict[str, Any]


def ledger(attended: int, booked: int, goal: int = 540, **more: Any) -> Ledger:
    return {"attended_minutes": attended, "booked_minutes": booked, "goal_minutes": goal, **more}


STANDINGS = [
    ("On track", ledger(180, 360)),
    ("Short", ledger(100, 360)),
    ("More than planned", ledger(165, 406)),
    ("Cannot reach", ledger(0, 180, at_most_minutes=180)),
    ("Done", ledger(540, 0)),
    ("Nothing yet", ledger(0, 540)),
    ("Adolescent, 6 h", ledger(60, 240, 360)),
]
AMARA = ledger(
    160,
    300,
    segments=[
        ("attended", "Mon 1 h 40", 100, "missed 80 min"),
        ("attended", "Now 1 h", 60, "10:05 and 11:10 groups left"),
        ("booked", "Today 2 h more", 120, ""),
        ("booked", "Fri 3 h", 180, "9:00 to 12:10"),
    ],
)
MADE = ledger(
    100,
    360,
    made_minutes=90,
    segments=[
        ("attended", "Mon 1 h 40", 100, ""),
        ("booked", "Wed 3 h", 180, ""),
        ("booked", "Fri 3 h", 180, ""),
        ("made", "Sat 90", 90, ""),
    ],
)
CLOSEST = ledger(
    0,
    500,
    segments=[
        ("booked", "Tue 50", 50, ""),
        ("booked", "Tue evening 3 h", 180, ""),
        ("booked", "Thu evening 3 h", 180, ""),
        ("booked", "Sat 1 h 30", 90, ""),
    ],
)
PORTAL = ledger(
    100,
    360,
    segments=[("attended", "", 100, ""), ("booked", "Today", 180, ""), ("booked", "Friday", 180, "")],
)
PORTAL_MADE = ledger(
    100,
    360,
    made_minutes=90,
    segments=[
        ("attended", "", 100, ""),
        ("booked", "Today", 180, ""),
        ("booked", "Friday", 180, ""),
        ("made", "Sat", 90, ""),
    ],
)
PHQ9 = [
    (date(2026, 9, 14), 20),
    (date(2026, 9, 21), 19),
    (date(2026, 9, 28), 17),
    (date(2026, 10, 5), 18),
    (date(2026, 10, 12), 15),
    (date(2026, 10, 19), 13),
]
GAD7 = [(on, score) for (on, _), score in zip(PHQ9, (17, 16, 14, 15, 12, 11), strict=True)]
PHQ9_BANDS = [(0, "Minimal"), (5, "Mild"), (10, "Moderate"), (15, "Mod. severe"), (20, "Severe")]
GAD7_BANDS = [(0, "Minimal"), (5, "Mild"), (10, "Moderate"), (15, "Severe")]
EPISODE = (date(2026, 9, 14), date(2026, 11, 13))
TODAY = date(2026, 10, 21)
AUTHORIZED = [
    Day(date(2026, 10, number), is_booked=number >= TODAY.day, counts=number != 19)
    for number in (5, 7, 9, 12, 14, 16, 19, 21, 23, 26, 28, 30)
]
WEEKS = [
    ("Sep 14", 558, 0),
    ("21", 546, 0),
    ("28", 492, 0),
    ("Oct 5", 540, 0),
    ("12", 588, 0),
    ("now", 102, 360),
]


class SampleForm(forms.Form):
    """One field of each shape, bound with two mistakes."""

    arrived = forms.CharField(label="Arrived")
    left = forms.CharField(label="Left")
    goal = forms.ChoiceField(label="Goal", choices=[("1", "1 Get through a workday again"), ("2", "2 Sleep")])
    topic = forms.CharField(
        label="Topic", required=False, widget=forms.TextInput(attrs={"placeholder": "What was it about?"})
    )
    note = forms.CharField(
        label="Their own note",
        help_text="At least one thing only this person said or did.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    may_text = forms.BooleanField(
        label="May text this number", required=False, help_text="Texts say only a time and a phone number."
    )
    reason = forms.ChoiceField(
        label="Reason",
        choices=[
            ("no_call", "No call"),
            ("ahead", "Called ahead"),
            ("sick", "Sick"),
            ("hospital", "Hospital"),
        ],
        widget=forms.RadioSelect,
    )
    did = forms.MultipleChoiceField(
        label="What we did",
        choices=[("process", "Process"), ("plan", "Activity planning"), ("record", "Thought record")],
        widget=forms.CheckboxSelectMultiple,
    )
    when = forms.ChoiceField(
        label="Prefers",
        choices=[("am", "Mornings"), ("pm", "Afternoons")],
        widget=forms.RadioSelect,
        required=False,
    )

    def clean_left(self) -> str:
        raise ValidationError("Before 9:09. Did you mean 9:45?")


FORM_VALUES = {
    "arrived": "9:09",
    "left": "8:45",
    "goal": "1",
    "note": "Named the Monday dread out loud for the first time.",
    "may_text": "on",
    "reason": "no_call",
    "did": ["process"],
}


class LateForm(forms.Form):
    when = forms.ChoiceField(
        label="About when will you be here?",
        choices=[("9:10", "9:10, 10 minutes late"), ("9:20", "9:20, 20 minutes late"), ("10:05", "10:05")],
        widget=forms.RadioSelect,
        initial="9:20",
    )


COLORS = {
    "canvas": "page",
    "surface": "panel",
    "sunken": "well",
    "hover": "row hover",
    "line": "hairline",
    "line-2": "button edge",
    "control": "field edge",
    "ink-3": "quiet",
    "ink-2": "second",
    "ink": "text",
    "accent": "act, attended",
    "accent-soft": "booked",
    "accent-mark": "booked edge",
    "accent-tint": "selected",
    "focus": "focus ring",
    "ok": "done",
    "ok-mark": "mark",
    "ok-tint": "tint",
    "warn": "needs you",
    "warn-mark": "mark",
    "warn-tint": "tint",
    "bad": "risk, stop",
    "bad-mark": "mark",
    "bad-tint": "tint",
    "am": "Morning",
    "eve": "Evening",
    "teen": "Adolescent",
}


class _Person:
    """Stands in for the signed-in user, so the guide needs no database."""

    full_name = "Dana Whitlock"
    role_words = "Front desk"
    theme = ""


def navigation(current: str) -> list[list[dict[str, Any]]]:
    """The front desk's links; `current` is lit."""
    groups = [
        [("Today", "calendar-check", 0), ("Week", "calendar-days", 0), ("Patients", "users", 0)],
        [("Referrals", "inbox", 4), ("Planner", "waypoints", 0), ("Messages", "message-square", 2)],
    ]
    return [[_link(*item, is_current=item[0] == current) for item in group] for group in groups]


def _link(label: str, icon: str, count: int, *, is_current: bool) -> dict[str, Any]:
    return {"url": "#", "label": label, "icon": icon, "count": count, "current": is_current}


@lru_cache(maxsize=1)
def patterns() -> dict[str, Any]:
    """Rows of the page patterns."""
    return tomllib.loads((Path(__file__).parent / "styleguide.toml").read_text())


CURRENT = {"today": "Today", "week": "Week", "chart": "Patients", "planner": "Planner", "room": "Today"}


def context_of(page: str) -> dict[str, Any]:
    """Everything a page of the guide shows."""
    form = SampleForm(FORM_VALUES)
    return {
        "nav": navigation(CURRENT.get(page, "")),
        "may_search": True,
        "site": {"name": "Marlow Street"},
        "clinic_name": "Marlow Street",
        "user": _Person(),
        "standings": STANDINGS,
        "amara": AMARA,
        "made": MADE,
        "closest": CLOSEST,
        "portal_ledger": PORTAL,
        "portal_made": PORTAL_MADE,
        "phq9": PHQ9,
        "phq9_values": [score for _, score in PHQ9],
        "gad7": GAD7,
        "phq9_bands": PHQ9_BANDS,
        "gad7_bands": GAD7_BANDS,
        "starts_on": EPISODE[0],
        "ends_on": EPISODE[1],
        "today": TODAY,
        "review_on": date(2026, 10, 23),
        "authorized": AUTHORIZED,
        "weeks": WEEKS,
        "form": form,
        "late_form": LateForm(),
        "colors": COLORS,
        "answers": ["Not at all", "Several days", "More than half the days", "Nearly every day"],
        **patterns(),
    }
