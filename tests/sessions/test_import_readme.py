"""The README's table of import columns is the one the reader of the files goes by."""

from pathlib import Path

from sessions.importing.samples import as_markdown

README = Path(__file__).resolve().parents[2] / "README.md"


def test_the_readme_documents_the_columns_as_they_are() -> None:
    text = README.read_text(encoding="utf-8")
    documented = text.split("<!-- import columns -->")[1].split("<!-- end of import columns -->")[0]
    assert documented.strip() == as_markdown().strip(), "run manage.py import_clinic --columns and paste it"
