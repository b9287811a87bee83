"""What people speak, as they write it."""

from iop_clinic.languages import spoken


def test_languages_are_told_apart_however_they_are_written() -> None:
    assert spoken("English, yoruba;  Spanish, english") == ("English", "Yoruba", "Spanish")
    assert spoken(" , ") == ()
