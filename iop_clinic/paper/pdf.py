"""Sheets made into a tagged PDF by typst; the words travel as data, so they cannot be markup."""

import json
from pathlib import Path

import typst

from iop_clinic.paper.sheet import Bundle, Sheet

_FOLDER = Path(__file__).parent
_TEMPLATE = _FOLDER / "sheet.typ"


def pdf_of(made: Sheet | Bundle) -> bytes:
    """The PDF's bytes, about 30 ms a sheet; typst.TypstError when the template itself is broken.

    It meets PDF/UA-1 wherever the fonts at hand have every character; where one is missing it stands as an
    empty box, and the file is tagged without that claim.
    """
    sheets = made.sheets if isinstance(made, Bundle) else (made,)
    data = json.dumps({"title": made.title, "sheets": [sheet.as_plain() for sheet in sheets]})
    try:
        return _compiled(data, accessible=True)
    except typst.TypstError:
        return _compiled(data, accessible=False)


def _compiled(data: str, *, accessible: bool) -> bytes:
    made = typst.compile(
        input=str(_TEMPLATE),
        root=str(_FOLDER),
        format="pdf",
        sys_inputs={"data": data},
        pdf_standards="ua-1" if accessible else None,
    )
    return made
