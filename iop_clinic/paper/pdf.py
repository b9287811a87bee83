"""Sheets made into a tagged PDF by typst; the words travel as data, so they cannot be markup."""

import json
from datetime import datetime
from pathlib import Path

import typst

from iop_clinic.paper.sheet import Bundle, Sheet

_FOLDER = Path(__file__).parent
_TEMPLATE = _FOLDER / "sheet.typ"


def pdf_of(made: Sheet | Bundle, at: datetime | None = None) -> bytes:
    """The PDF's bytes, about 30 ms a sheet; typst.TypstError when the template itself is broken.

    It meets PDF/UA-1 wherever the fonts at hand have every character; where one is missing it stands as an
    empty box, and the file is tagged without that claim. `at` is when it says it was made, now if left out:
    the same sheets at the same instant are the same bytes.
    """
    sheets = made.sheets if isinstance(made, Bundle) else (made,)
    data = json.dumps({"title": made.title, "sheets": [sheet.as_plain() for sheet in sheets]})
    try:
        return _compiled(data, at, accessible=True)
    except typst.TypstError:
        return _compiled(data, at, accessible=False)


def _compiled(data: str, at: datetime | None, *, accessible: bool) -> bytes:
    made = typst.compile(
        input=str(_TEMPLATE),
        root=str(_FOLDER),
        format="pdf",
        sys_inputs={"data": data},
        pdf_standards="ua-1" if accessible else None,
        timestamp=int(at.timestamp()) if at else None,
    )
    return made
