"""Search: by any part of a name, accents or not, birth dates as people write them, and chart numbers."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from iop_clinic.audit.models import AuditEvent
from patients.finding import read, search
from tests import make

FEB_3 = date(1992, 2, 3)


@pytest.mark.parametrize(
    "text",
    [
        "2/3/1992",
        "02-03-1992",
        "2.3.1992",
        "1992-02-03",
        "1992/2/3",
        "Feb 3, 1992",
        "february 3rd 1992",
        "3 Feb 1992",
        "02031992",
    ],
)
def test_a_birth_date_is_read_as_people_write_it(text: str) -> None:
    assert read(f"amara {text}").born_on == (FEB_3,)
    assert read(text).words == ()


def test_a_year_of_two_digits_is_looked_for_in_both_centuries() -> None:
    assert read("2/3/92").born_on == (FEB_3, date(2092, 2, 3))
    assert read("2/29/04").born_on == (date(1904, 2, 29), date(2004, 2, 29))


@pytest.mark.parametrize(
    ("text", "number"), [("10482", 10482), ("#10482", 10482), ("chart 10482", 10482), ("amara 10482", 10482)]
)
def test_a_chart_number_is_read_with_or_without_its_word(text: str, number: int) -> None:
    assert read(text).record_number == number


@pytest.mark.parametrize("text", ["", "   ", "%", "13/45/1992", "…"])
def test_nothing_to_look_for_finds_nothing(text: str) -> None:
    assert read(text).is_empty


@pytest.mark.django_db
@pytest.mark.parametrize(
    "text",
    [
        "amara",
        "WILLOWBY",
        "willowby amara",
        "zaz",
        "zázá",
        "Zázá Willow",
        "am",
        "wi",
        "2/3/92",
        "Feb 3 1992 will",
        "amarra willowbi",
    ],
)
def test_a_person_is_found_by_any_of_these(text: str) -> None:
    patient = make.patient(given_name="Amara", family_name="Willowby", preferred_name="Zàzá", born_on=FEB_3)
    make.patient(given_name="Otto", family_name="Oakensea", born_on=date(1991, 1, 1))
    hits = search(make.user(), text)
    assert [hit.pk for hit in hits] == [patient.pk]


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["lucia", "Lucía", "LUCIA", "orn", "ørn", "oern", "o'br", "vale"])
def test_accents_letters_of_other_alphabets_and_apostrophes_do_not_matter(text: str) -> None:
    names = {"oern": ("Ørn", "Œrnest")}.get(text, ("Lucía Ørn", "O'Brien-Vale"))
    patient = make.patient(given_name=names[0], family_name=names[1])
    assert [hit.pk for hit in search(make.user(), text)] == [patient.pk]


@pytest.mark.django_db
def test_a_chart_number_finds_its_chart_and_the_hit_tells_people_apart() -> None:
    patient = make.episode(
        make.patient(given_name="Amara", preferred_name="Mara", family_name="Willowby")
    ).patient
    patient.refresh_from_db()
    hit = search(make.user(), str(patient.record_number))[0]
    assert (hit.full_name, hit.legal_name, hit.status) == ("Mara Willowby", "Amara Willowby", "In program")


@pytest.mark.django_db
def test_charts_of_other_sites_are_not_found() -> None:
    make.patient(make.other_site(), given_name="Amara")
    assert search(make.user(), "amara") == []


@pytest.mark.django_db
def test_percent_signs_and_underscores_are_only_letters() -> None:
    make.patient(given_name="Amara")
    assert search(make.user(), "a%a") == search(make.user(), "a_a") == []


@pytest.mark.django_db
def test_which_charts_a_search_showed_is_recorded_but_not_what_was_typed() -> None:
    patient, user = make.patient(given_name="Amara"), make.user()
    search(user, "amara")
    event = AuditEvent.objects.get(verb="patients.search")
    assert (event.actor, event.detail) == (user, {"patients": [patient.pk]})


@pytest.mark.django_db
def test_names_that_start_so_come_first_and_the_list_ends() -> None:
    for family in ("Anders", "Brandt", "Andrews"):
        make.patient(given_name="Cora", family_name=family)
    make.patient(given_name="Andrea", family_name="Zimmer")
    assert search(make.user(), "and")[0].full_name == "Andrea Zimmer"
    assert len(search(make.user(), "and", limit=2)) == 2


@pytest.mark.django_db
@pytest.mark.parametrize(
    "text", ["zzzz", "élise ash", "a", "amarra willowbi", "bartholomew maximiliana christophersen wellington"]
)
def test_names_that_fit_and_names_that_are_near_are_found_through_the_index(text: str) -> None:
    user = make.user()
    with CaptureQueriesContext(connection) as caught:
        search(user, text)
    asked = [query["sql"] for query in caught if 'FROM "patients_patient"' in query["sql"]]
    assert len(asked) == (1 if text == "a" else 2)
    with connection.cursor() as cursor:  # a small table is read whole, or by its sites, unless told not to
        for way in ("seqscan", "indexscan", "nestloop"):
            cursor.execute(f"SET LOCAL enable_{way} = off")
        for sql in asked:
            cursor.execute(f"EXPLAIN {sql}")
            assert "Bitmap Index Scan on patient_by_name_part" in str(cursor.fetchall())


@pytest.mark.django_db
def test_a_new_name_is_in_the_index_at_once() -> None:
    """Names waiting to be sorted in make the index look dearer than reading every name."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT reloptions FROM pg_class WHERE relname = 'patient_by_name_part'")
        assert cursor.fetchone() == (["fastupdate=off"],)


@pytest.mark.django_db
def test_a_long_name_with_a_slip_in_it_is_found_too() -> None:
    patient = make.patient(given_name="Maximiliana", family_name="Featherstonehaugh-Willoughby")
    hits = search(make.user(), "Maximilianna Featherstonehaugh-Wiloughby")
    assert [hit.pk for hit in hits] == [patient.pk]
