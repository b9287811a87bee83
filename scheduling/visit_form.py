"""What may be typed to book a visit, the ways chosen round its clashes, and the table of those left."""

from datetime import date
from typing import Any

from django import forms

from iop_clinic.accounts.models import User
from iop_clinic.clock import at_local
from iop_clinic.forms import DayField, WallTimeField
from patients.models import Patient, RelatedPerson
from scheduling.days_form import DaysForm
from scheduling.forms import clinicians_of
from scheduling.models import Room
from scheduling.models.group import Kind, Mode
from scheduling.session_shape import LONGEST_MINUTES, SHORTEST_MINUTES
from scheduling.visits import MOST_TIMES, VISIT_KINDS

ONCE = "0"
REPEATS = [(ONCE, "Once"), ("1", "Every week"), ("2", "Every two weeks")]
TAKEN = ("kind", "minutes", "lead", "room", "mode", "relatives", "reason")


class RelativesField(forms.ModelMultipleChoiceField):
    """A patient's related persons; those without a consent to family sessions say so."""

    def label_from_instance(self, person: RelatedPerson) -> str:
        agreed = any(
            consent.signed_on is not None and consent.revoked_at is None for consent in person.consents.all()
        )
        return f"{person.name}, {person.relationship}{'' if agreed else ' (no consent on file)'}"


class VisitForm(DaysForm):
    unsettled = "Nothing is booked yet: choose a way round below, or change the visit."
    kind = forms.ChoiceField(
        label="Kind", choices=[(kind.value, kind.label) for kind in VISIT_KINDS], widget=forms.RadioSelect
    )
    on = DayField(label="First day")
    starts_at = WallTimeField(label="Starts at")
    minutes = forms.IntegerField(
        label="Minutes", min_value=SHORTEST_MINUTES, max_value=LONGEST_MINUTES, initial=50
    )
    repeat = forms.ChoiceField(label="How often", choices=REPEATS, initial=ONCE, widget=forms.RadioSelect)
    times = forms.IntegerField(
        label="How many visits",
        min_value=1,
        max_value=MOST_TIMES,
        initial=1,
        help_text=f"For a repeat, 2 to {MOST_TIMES}.",
    )
    lead = forms.ModelChoiceField(
        User.objects.none(),
        label="With",
        empty_label="Choose a clinician",
        error_messages={"required": "Choose a clinician."},
    )
    mode = forms.ChoiceField(
        label="Where", choices=Mode.choices, initial=Mode.IN_PERSON, widget=forms.RadioSelect
    )
    room = forms.ModelChoiceField(
        Room.objects.none(), required=False, empty_label="No room", help_text="Needed in person."
    )
    relatives = RelativesField(
        RelatedPerson.objects.none(),
        label="Who takes part",
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    present = forms.ChoiceField(
        label="The patient", choices=[("yes", ""), ("no", "")], initial="yes", widget=forms.RadioSelect
    )

    def __init__(self, data: Any = None, *, patient: Patient, day: date) -> None:
        super().__init__(data, site=patient.site, initial={"on": day, "kind": Kind.INDIVIDUAL})
        self.patient = patient
        self.fields["lead"].queryset = clinicians_of(patient.site)  # type: ignore[attr-defined]
        self.fields["room"].queryset = Room.objects.filter(site=patient.site, is_active=True)  # type: ignore[attr-defined]
        self.fields["relatives"].queryset = patient.related_persons.prefetch_related("consents")  # type: ignore[attr-defined]
        self.fields["present"].choices = [  # type: ignore[attr-defined]
            ("yes", f"{patient.called} takes part (90847)"),
            ("no", f"Without {patient.called} (90846)"),
        ]
        self.fields["present"].required = self.data.get("kind", Kind.FAMILY) == Kind.FAMILY

    @property
    def asked(self) -> dict[str, Any]:
        """What `book_visit` takes. Refused 422 for a choice that was never on offer."""
        said = self.cleaned_data
        family, once = said["kind"] == Kind.FAMILY, said["repeat"] == ONCE
        asked = {name: said[name] for name in TAKEN}
        asked |= {
            "starts_at": at_local(said["on"], said["starts_at"], self.patient.site.time_zone),
            "times": 1 if once else said["times"],
            "every_weeks": 1 if once else int(said["repeat"]),
            "patient_present": not family or said["present"] == "yes",
            "relatives": tuple(said["relatives"]) if family else (),
            "choices": self.choices,
        }
        return asked

    @property
    def may_skip(self) -> bool:
        return bool(self.data.get("repeat", ONCE) != ONCE)
