"""What may be typed of a toxicology screen: a row for each usual substance, two more, and later results."""

from datetime import datetime
from typing import Any, cast

from django import forms

from iop_clinic.accounts.models import User
from iop_clinic.clock import at_local, local_day, zone
from iop_clinic.forms import ClinicForm, DayField, WallTimeField
from iop_clinic.refusal import Refused
from iop_clinic.roles import ALLOWED, Permission
from patients.forms.clinical import PersonChoice
from patients.models import Patient, ToxLine, ToxScreen
from patients.toxicology import PANEL, LineRead

MORE = 2
Result = ToxLine.Result


class ToxScreenForm(ClinicForm):
    """`rows` are the panel's bound fields: substance, result, expected."""

    on = DayField(label="Collected on")
    at = WallTimeField(label="At")
    kind = forms.ChoiceField(label="What", choices=ToxScreen.Kind.choices, widget=forms.RadioSelect)
    observed = forms.BooleanField(label="Collection was observed", required=False)
    ordered_by = PersonChoice(User.objects.none(), label="Ordered by", empty_label="Choose someone")
    note = forms.CharField(max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, data: Any = None, *, patient: Patient, now: datetime, user: User) -> None:
        self.tz_name = patient.site.time_zone
        here = now.astimezone(zone(self.tz_name))
        initial = {"on": local_day(now, self.tz_name), "at": here.time(), "kind": "urine", "ordered_by": user}
        super().__init__(data, initial=initial)
        staff = User.objects.filter(
            is_active=True, role__in=ALLOWED[Permission.RECORD_MEDICATION], sites=patient.site_id
        )
        self.fields["ordered_by"].queryset = staff.select_related("profile")  # type: ignore[attr-defined]
        for number, substance in enumerate((*PANEL, *[""] * MORE)):
            self.fields[f"substance-{number}"] = forms.CharField(
                label="Substance", max_length=60, required=False, initial=substance
            )
            self.fields[f"result-{number}"] = forms.ChoiceField(
                label="Result", choices=[("", "Not tested"), *Result.choices], required=False
            )
            self.fields[f"expected-{number}"] = forms.BooleanField(label="Prescribed", required=False)

    @property
    def rows(self) -> list[dict[str, Any]]:
        names = ("substance", "result", "expected")
        return [
            {"usual": number < len(PANEL), "name": (*PANEL, *[""] * MORE)[number]}
            | {name: self[f"{name}-{number}"] for name in names}
            for number in range(len(PANEL) + MORE)
        ]

    def clean(self) -> dict[str, Any]:
        """`collected_at` and `lines` as the verb takes them; a usual substance keeps its name."""
        said = super().clean() or {}
        lines = []
        for number in range(len(PANEL) + MORE):
            typed, result = said.pop(f"substance-{number}", ""), said.pop(f"result-{number}", "")
            expected = said.pop(f"expected-{number}", False)
            substance = PANEL[number] if number < len(PANEL) else typed.strip()
            if result and not substance:
                self.add_error(f"substance-{number}", "Write the substance.")
            elif substance and number >= len(PANEL) and not result:
                self.add_error(f"result-{number}", "Choose its result.")
            elif result:
                lines.append(LineRead(substance, result, expected))
        if "on" in said and "at" in said:
            said["collected_at"] = at_local(said.pop("on"), said.pop("at"), self.tz_name)
        return said | {"lines": lines}

    def refuse(self, refusal: Refused) -> int:
        """The verb speaks of the instant; the page asks for a day and a time."""
        fields = {"on" if name == "collected_at" else name: said for name, said in refusal.fields.items()}
        return super().refuse(Refused(refusal.sentence, status=refusal.status, **fields))


class ResultsForm(ClinicForm):
    """Results of pending lines, and the lab's word on positive ones; what has a word is not asked."""

    def __init__(self, data: Any = None, *, lines: list[ToxLine]) -> None:
        super().__init__(data)
        self.asked = []
        for line in lines:
            if line.result == Result.PENDING:
                name, choices = f"result-{line.pk}", Result.choices
            elif line.result == Result.POSITIVE and not line.confirmation:
                name = f"confirmation-{line.pk}"
                choices = [("", "No word from the lab"), *ToxLine.Confirmation.choices]
            else:
                continue
            self.fields[name] = forms.ChoiceField(label=line.substance, choices=choices, required=False)
            self.asked.append(name)

    @property
    def answers(self) -> list[Any]:
        return [self[name] for name in self.asked]

    def clean(self) -> dict[str, Any]:
        """`results` and `confirmations` by the number of the line."""
        said = super().clean() or {}
        found: dict[str, dict[int, str]] = {"result": {}, "confirmation": {}}
        for name, word in said.items():
            kind, _, number = name.partition("-")
            if word:
                found[kind][int(number)] = cast(str, word)
        return {"results": found["result"], "confirmations": found["confirmation"]}
