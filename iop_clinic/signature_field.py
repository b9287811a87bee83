"""A signature drawn on a pad: strokes as compact path data, drawn by static/js/signature.js.

Show it with components/_signature_pad.html. A typed full name beside it works without script.
"""

import re
from typing import Any

from django import forms

WIDTH, HEIGHT = 600, 200
LONGEST = 20_000
# "M12 34 15 36 20 41M90 20 91 22": each stroke a move and the points after it, whole numbers in the box.
_STROKES = re.compile(r"(?:M\d{1,3} \d{1,3}(?: \d{1,3} \d{1,3})*)+")


class SignatureField(forms.CharField):
    """Path data or an empty string; anything else is refused, so it is safe to draw again."""

    def __init__(self, *, label: str = "Signature", required: bool = False, **kwargs: Any) -> None:
        widget = forms.HiddenInput()
        super().__init__(label=label, required=required, max_length=LONGEST, widget=widget, **kwargs)

    def clean(self, value: Any) -> str:
        strokes: str = super().clean(value)
        if strokes and not _STROKES.fullmatch(strokes):
            raise forms.ValidationError("The drawing did not arrive whole. Clear it and sign once more.")
        return strokes
