"""What may be typed to take places in groups and to end some, with the ways round what clashes.

A choice travels as text: "skip 17 2026-10-26" (group, date), "leave 17", "anyway 17".
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django import forms
from django.http import QueryDict

from iop_clinic.forms import ClinicForm, DayField
from iop_clinic.refusal import Refused
from scheduling.choices import STALE, Clashing, ClashRow, Way
from scheduling.enrolling import Place
from scheduling.evaluation import Clash
from scheduling.models import Enrollment, Group, TherapySession


class PlacesForm(ClinicForm):
    """`until_<group>` is the last day in that group: of a place held, or of one that is taken."""

    from_on = DayField(label="From")
    reason = forms.CharField(label="Why you go ahead", max_length=200, required=False)

    def __init__(
        self, data: Any, *, day: date, groups: Iterable[Group], held: Mapping[int, Enrollment]
    ) -> None:
        super().__init__(data, initial={"from_on": day})
        self.groups, self.held = {group.pk: group for group in groups}, held
        self.clashes: list[Clash] = []
        for pk, group in self.groups.items():
            until = DayField(label=f"Last day in {group.name}", required=False)
            until.widget.attrs["aria-label"] = f"Last day in {group.name}, {group.get_weekday_display()}"
            until.initial = held[pk].to_on if pk in held else None
            self.fields[f"until_{pk}"] = until

    @property
    def chosen(self) -> list[Group]:
        """The groups ticked, without those that were left out to settle a clash."""
        ticked = set(self._listed("groups"))
        left_out = {value.removeprefix("leave ") for value in self._sent() if value.startswith("leave ")}
        return [group for pk, group in self.groups.items() if str(pk) in ticked - left_out]

    def _listed(self, name: str) -> list[str]:
        return self.data.getlist(name) if isinstance(self.data, QueryDict) else []

    def _sent(self) -> list[str]:
        return [value for value in self._listed("do") if value]

    def _choices(self) -> tuple[set[tuple[int, date]], set[int]]:
        """Dates to skip by group, and groups to go ahead with. Refused 422 for what was never on offer."""
        skip: set[tuple[int, date]] = set()
        anyway: set[int] = set()
        for value in self._sent():
            try:
                verb, number, *day = value.split(" ")
                if verb == "skip":
                    skip.add((int(number), date.fromisoformat(day[0])))
                elif verb == "anyway":
                    anyway.add(int(number))
                elif verb != "leave":
                    raise ValueError(verb)
            except (ValueError, IndexError) as error:
                raise Refused(STALE, status=422) from error
        return skip, anyway

    @property
    def asked(self) -> dict[str, Any]:
        """What `change_places` takes."""
        said, (skip, anyway) = self.cleaned_data, self._choices()
        take = [
            Place(
                group=group,
                from_on=said["from_on"],
                to_on=said[f"until_{group.pk}"],
                skip=frozenset(day for pk, day in skip if pk == group.pk),
                anyway=group.pk in anyway,
            )
            for group in self.chosen
        ]
        return {"take": take, "ends": self._ends(), "reason": said["reason"]}

    def _ends(self) -> dict[Enrollment, date]:
        """Places held whose last day was written or changed."""
        typed = {pk: self.cleaned_data[f"until_{pk}"] for pk in self.held if pk in self.groups}
        return {self.held[pk]: day for pk, day in typed.items() if day and day != self.held[pk].to_on}

    def rows(self, *, may_override: bool) -> list[ClashRow]:
        """The dates in the way, group by group, and the dates skipped so far."""
        try:
            skip, anyway = self._choices()
        except Refused:
            skip, anyway = set(), set()
        of = self._groups_of_clashes()
        keys = {(of[clash.wanted.session_pk], clash.wanted.occurs_on) for clash in self.clashes}
        keys |= {(pk, day) for pk, day in skip if pk in self.groups}
        return [
            self._row(pk, day, of, skip, anyway, may_override)
            for pk, day in sorted(keys, key=lambda key: (key[1], key[0]))
        ]

    def _groups_of_clashes(self) -> dict[int | None, int]:
        pks = [clash.wanted.session_pk for clash in self.clashes if clash.wanted.session_pk is not None]
        rows = TherapySession.objects.filter(pk__in=pks).values_list("pk", "group_id")
        return {pk: group_pk for pk, group_pk in rows if group_pk is not None}

    def _row(
        self,
        pk: int,
        day: date,
        of: Mapping[int | None, int],
        skip: set[tuple[int, date]],
        anyway: set[int],
        may_override: bool,
    ) -> ClashRow:
        name = self.groups[pk].name
        found = [c for c in self.clashes if c.wanted.occurs_on == day and of[c.wanted.session_pk] == pk]
        kept = [Way(f"skip {pk} {day}", "No seat on this date")] if (pk, day) in skip else []
        kept += [Way(f"anyway {pk}", "Go ahead, for a reason")] if pk in anyway else []
        ways = []
        if found:
            ways = [Way(f"skip {pk} {day}", "No seat on this date"), Way(f"leave {pk}", f"Leave {name} out")]
        if may_override and pk not in anyway and any(clash.can_override for clash in found):
            ways.append(Way(f"anyway {pk}", "Go ahead on every date, for a reason"))
        return ClashRow(None, day, [clash.sentence for clash in found], kept, ways, about=name)

    def refuse(self, refusal: Refused) -> int:
        """A list of clashes goes into the table; above the form only how many dates they are of."""
        if not isinstance(refusal, Clashing):
            return super().refuse(refusal)
        self.clashes = refusal.clashes
        count = len({(clash.wanted.session_pk) for clash in refusal.clashes})
        said = "One date is in the way" if count == 1 else f"{count} dates are in the way"
        self.add_error(None, f"{said}. Nothing is saved yet: choose a way round below.")
        return refusal.status
