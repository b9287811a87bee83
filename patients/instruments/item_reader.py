"""Reads the sets of answers and the items of a definition file."""

from dataclasses import dataclass

from patients.instruments import clauses
from patients.instruments.definition import Item, Option
from patients.instruments.table import WORD, StrictTable

_MOST = 999


@dataclass(frozen=True, slots=True)
class _Answers:
    options: tuple[Option, ...]
    is_number: bool


def read_items(table: StrictTable, stem: str) -> tuple[tuple[Item, ...], frozenset[str]]:
    """The items in order, and the ids of those marked as not scored.

    The stem, and then each `lead`, is said before the items that follow, until another; an empty one ends
    it. A span of ids is a row of items that are alike.
    """
    listed = table.table("answers")
    sets = {name: _answers(listed, name) for name in listed.names()}
    listed.close()
    items: list[Item] = []
    unscored: set[str] = set()

    def read(row: StrictTable, _: int) -> None:
        made = _items(row, items, sets, stem)
        items.extend(made)
        if row.yes("unscored"):
            unscored.update(item.id for item in made)

    table.rows("items", read)
    return tuple(items), frozenset(unscored)


def _items(row: StrictTable, before: list[Item], sets: dict[str, _Answers], stem: str) -> list[Item]:
    ids = clauses.span(row.text("id"))
    lead = row.said("lead") if row.has("lead") else before[-1].lead if before else stem
    text = row.text("text") if len(ids) == 1 and row.has("text") else ""
    label, loinc = row.text_or_empty("label"), row.loinc_or_empty("loinc")
    answers = row.word("answers", sets) if row.has("answers") else "default"
    options = _reversed(sets[answers].options) if row.yes("reverse") else sets[answers].options
    known = [item.id for item in before]
    skip_if = clauses.conditions(row, "skip_if", known)
    made = []
    for number, item_id in enumerate(ids, len(before) + 1):
        if not WORD.fullmatch(item_id):
            raise row.fault("id", "must be a lower-case word")
        if item_id in known:
            raise row.fault("id", f"{item_id} comes twice")
        made.append(
            Item(
                id=item_id,
                number=number,
                label=label or str(number),
                text=text,
                lead=lead,
                loinc=loinc,
                answers=answers,
                options=options,
                is_number=sets[answers].is_number,
                skip_if=skip_if,
            )
        )
    return made


def _reversed(options: tuple[Option, ...]) -> tuple[Option, ...]:
    """The same answers with their points turned round."""
    points = [option.points for option in options if option.points is not None]
    turn = min(points) + max(points)
    return tuple(
        Option(o.value, o.text, o.loinc, None if o.points is None else turn - o.points) for o in options
    )


def _answers(listed: StrictTable, name: str) -> _Answers:
    """A list of answers, or a table: whole numbers from `low` to `high`, the two ends with words."""
    if listed.is_list(name):
        options = listed.rows(name, _option)
        listed.distinct(name, [option.value for option in options])
        return _Answers(options, is_number=False)
    table = listed.table(name)
    low = table.number("low", 0, _MOST)
    high = table.number("high", low + 1, _MOST)
    ends = {low: table.text_or_empty("low_text"), high: table.text_or_empty("high_text")}
    table.close()
    numbers = range(low, high + 1)
    return _Answers(tuple(Option(n, ends.get(n, ""), "", n) for n in numbers), is_number=True)


def _option(row: StrictTable, _: int) -> Option:
    value = row.number("value", 0, _MOST)
    points = row.number_or_none("points", 0, _MOST)
    return Option(
        value=value,
        text=row.text("text"),
        loinc=row.loinc_answer("loinc") if row.has("loinc") else "",
        points=None if row.yes("left_out") else value if points is None else points,
    )
