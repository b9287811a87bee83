"""A measure asked for, and its answers entered by staff: every question on one page."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms

from iop_clinic.forms import ClinicForm, DayField
from patients.assessing import WEEKLY
from patients.forms.answer import answer_field, ends_of, looks_of
from patients.instruments.definition import PURPOSES
from patients.models import Response
from patients.offering import may_ask_in_portal, offered
from patients.reading import how_to_read
from patients.scoring import Instrument, score


class AskForm(ClinicForm):
    """Measures by what they are for; one that patients cannot answer themselves says so."""

    instrument_code = forms.ChoiceField(label="Measure")
    due_on = DayField(label="Due on")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instruments = offered()
        groups: dict[str, list[tuple[str, str]]] = {}
        for code, instrument in self.instruments.items():
            where = "" if may_ask_in_portal(instrument) else ", entered by staff"
            groups.setdefault(PURPOSES[instrument.purpose], []).append((code, f"{instrument.name}{where}"))
        field = self.fields["instrument_code"]
        field.choices = list(groups.items())  # type: ignore[attr-defined]
        field.initial = next((code for code in WEEKLY if code in self.instruments), None)


@dataclass(frozen=True)
class Question:
    """One question on the page: its field, what is said before it where that is new, and how it looks."""

    field: forms.BoundField
    lead: str
    looks: str
    ends: str


class AnswersForm(ClinicForm):
    """One field a question. With questions left open it asks once whether to finish all the same."""

    finish_anyway = forms.BooleanField(
        label="Finish without these answers",
        required=False,
        help_text="There will be no score. An answer that shows a risk is followed up all the same.",
    )

    mode = forms.ChoiceField(
        label="How it was answered",
        choices=[(Response.Mode.STAFF, "In the room, with me"), (Response.Mode.PAPER, "From paper")],
        required=False,
        widget=forms.RadioSelect,
    )

    def __init__(self, data: Any = None, *, instrument: Instrument, response: Response) -> None:
        way = Response.Mode.STAFF if instrument.has_text else Response.Mode.PAPER
        super().__init__(data, initial={**response.answers, "mode": way})
        self.instrument = instrument
        self.missing: tuple[str, ...] = ()
        for item in instrument.items:
            label = f"{item.label}. {item.text}" if item.text else f"Item {item.label}"
            self.fields[item.id] = answer_field(item, label=label)

    @property
    def questions(self) -> Iterator[Question]:
        lead = self.instrument.stem
        for item in self.instrument.items:
            said, lead = (item.lead if item.lead != lead else ""), item.lead
            ends = [
                f"{option.value} is {words[0].lower()}{words[1:]}"
                for option, words in zip((item.options[0], item.options[-1]), ends_of(item), strict=True)
                if words
            ]
            yield Question(self[item.id], said, looks_of(item), ", ".join(ends))

    @property
    def how_to_read(self) -> str:
        return how_to_read(self.instrument)

    @property
    def has_skips(self) -> bool:
        return any(item.skip_if for item in self.instrument.items if item.id in self.instrument.needed)

    @property
    def answers(self) -> dict[str, int | None]:
        return {item.id: self.cleaned_data.get(item.id) for item in self.instrument.items}

    @property
    def way(self) -> str:
        """The mode that was chosen; what is not said was in the room."""
        return str(self.cleaned_data.get("mode") or Response.Mode.STAFF)

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if self.errors:
            return said
        self.missing = score(self.instrument, {i.id: said.get(i.id) for i in self.instrument.items}).missing
        if self.missing and not said.get("finish_anyway"):
            for item_id in self.missing:
                self.add_error(item_id, "Not answered yet.")
        return said
