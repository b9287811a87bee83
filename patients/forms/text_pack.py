"""The wording of a measure that ships without, who holds the permission for it, and its end."""

from typing import Any

from django import forms

from iop_clinic.forms import ClinicForm, DayField
from patients.scoring import load_instruments
from patients.text_packs import MOST_BYTES


class TextPackForm(ClinicForm):
    """One file and the permission it rests on; the person who ticks the box is named on it."""

    instrument_code = forms.ChoiceField(label="Measure")
    words = forms.FileField(
        label="File with the words",
        help_text="CSV or JSON, UTF-8, up to 1 MB.",
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.json,text/csv,application/json"}),
        error_messages={"required": "Choose a file.", "empty": "The file is empty."},
    )
    holder = forms.CharField(
        label="Who holds the permission", max_length=120, help_text="The clinic or company it was given to."
    )
    reference = forms.CharField(
        label="Document", max_length=200, help_text="License number, letter or e-mail, and where it is kept."
    )
    permitted_on = DayField(label="Dated")
    attested = forms.BooleanField(
        label="We hold the permission to show these words to our patients",
        error_messages={"required": "Tick the box if you hold the permission."},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        without = [(i.id, i.name) for i in load_instruments().values() if not i.has_text]
        choices = sorted(without, key=lambda choice: choice[1].lower())
        self.fields["instrument_code"].choices = choices  # type: ignore[attr-defined]

    def clean_words(self) -> Any:
        file = self.cleaned_data["words"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError("The file is larger than 1 MB.")
        if not file.name.lower().endswith((".csv", ".json")):
            raise forms.ValidationError("The file's name must end in .csv or .json.")
        return file


class WithdrawalForm(ClinicForm):
    reason = forms.CharField(
        label="Why", max_length=300, error_messages={"required": "Write why these words end."}
    )
