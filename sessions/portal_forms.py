"""What a patient may tell the clinic: that they cannot come, and why in a word; or another time they want."""

from typing import Any

from django import forms

from sessions.another_time import Choice
from sessions.cannot_come import ONE, Way

REASONS = (
    ("Not feeling well", "I am not feeling well"),
    ("Work or school", "Work or school"),
    ("Family or child care", "Family or child care"),
    ("No ride", "I have no ride"),
    ("Something else", "Something else"),
)


class CannotComeForm(forms.Form):
    """The desk needs to know whether to worry, not more: one of five reasons, no free text."""

    which = forms.ChoiceField(
        label="Which sessions?",
        widget=forms.RadioSelect,
        initial=ONE,
        required=False,
        error_messages={"invalid_choice": "Choose which sessions you mean."},
    )
    reason = forms.ChoiceField(
        label="What is the reason?",
        choices=REASONS,
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choose the reason that fits best.",
            "invalid_choice": "Choose one of the reasons below.",
        },
    )

    def __init__(self, *args: Any, ways: list[Way], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ways = {way.key: way for way in ways}
        field = self.fields["which"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(way.key, way.title) for way in ways]

    @property
    def way(self) -> Way:
        """What was chosen; the one session where nothing was."""
        return self.ways[self.cleaned_data["which"] or ONE]


class MakeUpForm(forms.Form):
    """One of the other times offered; the best one is chosen beforehand."""

    way = forms.ChoiceField(
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choose one of these times.",
            "invalid_choice": "That time is not open any more. Choose one of these.",
        },
    )

    def __init__(self, *args: Any, choices: list[Choice], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offered = {choice.key: choice for choice in choices}
        field = self.fields["way"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(choice.key, choice.way.session.title) for choice in choices]
        self.initial.setdefault("way", choices[0].key if choices else "")

    @property
    def first(self) -> Choice | None:
        return next(iter(self.offered.values()), None)

    @property
    def rows(self) -> list[tuple[Any, Choice]]:
        return list(zip(self["way"], self.offered.values(), strict=True))

    @property
    def chosen(self) -> Choice:
        return self.offered[self.cleaned_data["way"]]
