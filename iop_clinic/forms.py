"""What every form shares: it can take a verb's refusal, and its dates are dates a clinic can mean."""

from collections.abc import Callable
from datetime import date
from typing import Any, ClassVar

from django import forms

from iop_clinic.refusal import Refused

EARLIEST, LATEST = date(1900, 1, 1), date(2100, 1, 1)


class DayField(forms.DateField):
    """A date of this century or the last, with the browser's own picker."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        super().__init__(widget=widget, error_messages={"required": "Choose a day."}, **kwargs)

    def clean(self, value: Any) -> date | None:
        day = super().clean(value)
        if day is not None and not EARLIEST <= day < LATEST:
            raise forms.ValidationError("That date is too far away.")
        return day


class WallTimeField(forms.TimeField):
    """A time on the site's wall clock, whole minutes."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
        kwargs |= {"input_formats": ["%H:%M", "%I:%M %p"], "error_messages": {"required": "Choose a time."}}
        super().__init__(widget=widget, **kwargs)


# What an empty field is told where it has no sentence of its own; the first kind that fits.
_REQUIRED: tuple[tuple[type[forms.Field], str], ...] = (
    (forms.FileField, "Choose a file."),
    (forms.BooleanField, "Tick this to go on."),
    (forms.ChoiceField, "Choose one."),
    (forms.IntegerField, "Enter a number."),
    (forms.Field, "Fill this in."),
)


class ClinicForm(forms.Form):
    """A form that can take a verb's refusal: to the fields it names, else above them.

    `beside` starts the ids of its fields where several forms of a page ask for the same names.
    """

    beside: ClassVar[str] = "id"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **({"auto_id": f"{self.beside}_%s"} | kwargs))
        for field in self.fields.values():
            if field.error_messages["required"] == forms.Field.default_error_messages["required"]:
                said = next(words for kind, words in _REQUIRED if isinstance(field, kind))
                field.error_messages["required"] = said

    def refuse(self, refusal: Refused) -> int:
        """Show the sentence; answers the status for the response."""
        placed = {name: said for name, said in refusal.fields.items() if name in self.fields}
        for name, said in placed.items():
            self.add_error(name, said)
        if not placed:
            self.add_error(None, refusal.sentence)
        return refusal.status

    def attempt(self, deed: Callable[[dict[str, Any]], object]) -> int:
        """Do the deed with what was typed. 0 when it is done, else the status to answer with."""
        if not self.is_valid():
            return 422
        try:
            deed(self.cleaned_data)
        except Refused as refusal:
            return self.refuse(refusal)
        return 0
