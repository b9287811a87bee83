"""A measure asked for, and its answers entered by staff: every question on one page."""

from typing import Any

from django import forms

from iop_clinic.forms import ClinicForm, DayField
from patients.assessing import WEEKLY
from patients.models import Response
from patients.scoring import Instrument, load_instruments, score


class AskForm(ClinicForm):
    instrument_code = forms.ChoiceField(label="Measure", widget=forms.RadioSelect)
    due_on = DayField(label="Due on")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        instruments = load_instruments()
        codes = [*WEEKLY, *(code for code in instruments if code not in WEEKLY)]
        choices = [(code, instruments[code].name) for code in codes]
        self.fields["instrument_code"].choices = choices  # type: ignore[attr-defined]
        self.fields["instrument_code"].initial = choices[0][0]


class AnswersForm(ClinicForm):
    """One radio set a question. With questions left open it asks once whether to finish all the same."""

    finish_anyway = forms.BooleanField(
        label="Finish without these answers",
        required=False,
        help_text="There will be no score. Item 9 is followed up all the same.",
    )

    def __init__(self, data: Any = None, *, instrument: Instrument, response: Response) -> None:
        super().__init__(data, initial=response.answers)
        self.instrument = instrument
        self.missing: tuple[str, ...] = ()
        for item in instrument.all_items:
            options = [(option.value, option.text) for option in instrument.options_of(item)]
            self.fields[item.id] = forms.TypedChoiceField(
                label=f"{item.number}. {item.text}",
                choices=options,
                coerce=int,
                empty_value=None,
                required=False,
                widget=forms.RadioSelect,
            )

    @property
    def questions(self) -> list[forms.BoundField]:
        return [self[item.id] for item in self.instrument.all_items]

    @property
    def answers(self) -> dict[str, int | None]:
        return {item.id: self.cleaned_data.get(item.id) for item in self.instrument.all_items}

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if self.errors:
            return said
        self.missing = score(
            self.instrument, {i.id: said.get(i.id) for i in self.instrument.all_items}
        ).missing
        if self.missing and not said.get("finish_anyway"):
            for item_id in self.missing:
                self.add_error(item_id, "Not answered yet.")
        return said
