"""A rule of measures as the administration edits it; the database's own words say what does not fit."""

from typing import Any

from django import forms

from patients.scoring import load_instruments


class MeasureRuleForm(forms.ModelForm):
    """Measures by name; a code as it is written, in capitals."""

    instrument_code = forms.ChoiceField(label="Measure")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = sorted((one.name, one.id) for one in load_instruments().values())
        self.fields["instrument_code"].choices = [(code, name) for name, code in named]  # type: ignore[attr-defined]

    def clean_code_prefix(self) -> str:
        return str(self.cleaned_data["code_prefix"]).strip().upper()
