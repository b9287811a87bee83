"""The field for one question of a measure: a set of answers, a row of numbers, or a number typed in."""

from django import forms

from patients.scoring import Item

MOST_IN_A_ROW = 11


def looks_of(item: Item) -> str:
    """ "words" for answers in words, "numbers" for a row of numbers, "typed" for a number of many."""
    if not item.is_number or all(option.text for option in item.options):
        return "words"
    return "numbers" if len(item.options) <= MOST_IN_A_ROW else "typed"


def ends_of(item: Item) -> tuple[str, str]:
    """What the lowest and the highest number mean; empty for answers in words."""
    return ("", "") if looks_of(item) == "words" else (item.options[0].text, item.options[-1].text)


def answer_field(item: Item, *, label: str, required: bool = False) -> forms.Field:
    """Cleans to the value of one of the item's answers, or None."""
    if looks_of(item) == "typed":
        low, high = item.options[0].value, item.options[-1].value
        return forms.IntegerField(
            label=label,
            required=required,
            min_value=low,
            max_value=high,
            widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
            error_messages={
                "required": f"Write a number from {low} to {high}.",
                "invalid": f"Write a whole number from {low} to {high}.",
            },
        )
    in_words = looks_of(item) == "words"
    return forms.TypedChoiceField(
        label=label,
        choices=[(o.value, o.text if in_words else str(o.value)) for o in item.options],
        coerce=int,
        empty_value=None,
        required=required,
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choose the answer that fits best.",
            "invalid_choice": "Choose one of the answers below.",
        },
    )
