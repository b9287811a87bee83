"""The demo clinic: the same for everyone, true in every room, and nobody in it is real."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from io import StringIO
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.models import Count, F, Q

from billing.authorized import ending_at, in_force, reaches
from billing.closing import days_at, last_clinic_day
from billing.management.commands.demo_data import load
from billing.models import PayerRule, ServiceDay
from iop_clinic.accounts.demo import Moment, sign_ins
from iop_clinic.accounts.models import Site, StaffProfile, User
from iop_clinic.clock import week_of
from iop_clinic.roles import Role
from patients.models import Discharge, Episode, FollowUp, Patient, Referral, Response
from patients.models.referral import Stage
from scheduling.models import Booking, Facilitation, Group, TherapySession, Track, WorkingHours
from scheduling.working_hours import sessions_outside
from sessions.exporting import archive_of
from sessions.ledger import ledger_of
from sessions.models import Attendance, ProgressNote
from sessions.notes import content_hash
from tests import make
from tests.sessions.record_world import opened

WEDNESDAY_MORNING = datetime(2026, 10, 21, 13, 12, tzinfo=UTC)
SUNDAY_NOON = datetime(2026, 10, 25, 16, 0, tzinfo=UTC)
TODAY = date(2026, 10, 21)
LABELS = ("accounts", "iop_messages", "patients", "scheduling", "iop_sessions", "billing")


def load_at(now: datetime) -> Moment:
    """A load whose numbers begin where those of an empty database begin."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT setval(quote_ident(schemaname) || '.' || quote_ident(sequencename), start_value, false)"
            " FROM pg_sequences WHERE schemaname = 'public'"
        )
    moment = Moment(now)
    load(moment)
    return moment


def digest() -> dict[str, Any]:
    found = {}
    with connection.cursor() as cursor:
        for label in LABELS:
            for model in apps.get_app_config(label).get_models():
                table = model._meta.db_table
                cursor.execute(f"SELECT count(*), md5(string_agg(t::text, '' ORDER BY t.id)) FROM {table} t")
                found[table] = cursor.fetchone()
    return found


@pytest.fixture(scope="module")
def loads(django_db_setup: None, django_db_blocker: Any) -> Iterator[list[dict[str, Any]]]:
    """Two loads at the same instant; the second stays for the tests of this file."""
    with django_db_blocker.unblock():
        with transaction.atomic():
            load_at(WEDNESDAY_MORNING)
            first = digest()
            transaction.set_rollback(True)
        with transaction.atomic():
            load_at(WEDNESDAY_MORNING)
            yield [first, digest()]
            transaction.set_rollback(True)


@pytest.fixture
def demo(loads: list[dict[str, Any]]) -> Moment:
    return Moment(WEDNESDAY_MORNING)


def marlow() -> Site:
    return Site.objects.get(name="Marlow Street")


def episode_of(given_name: str) -> Episode:
    return Episode.objects.select_related("patient").get(patient__given_name=given_name, ended_on=None)


def test_two_loads_at_the_same_time_give_the_same_rows(loads: list[dict[str, Any]]) -> None:
    first, second = loads
    assert [table for table in first if first[table] != second[table]] == []


def test_the_clinic_has_the_size_the_readme_says(demo: Moment) -> None:
    assert Site.objects.count() == 2
    assert Track.objects.count() == 3
    assert StaffProfile.objects.filter(user__role=Role.CLINICIAN).count() == 8
    assert Episode.objects.active_on(TODAY).count() == 36
    assert Discharge.objects.count() == 60
    assert set(Referral.objects.values_list("stage", flat=True)) == set(Stage.values)
    assert {role for role, _ in sign_ins()} == {role.words for role in Role}


def test_nobody_in_it_can_be_reached(demo: Moment) -> None:
    addresses = [
        *User.objects.values_list("email", flat=True),
        *Patient.objects.values_list("email", flat=True),
    ]
    assert all(address.endswith(".example") for address in addresses if address)
    assert all("-555-0" in phone for phone in Patient.objects.values_list("phone", flat=True))


def test_on_wednesday_amara_is_80_minutes_short(demo: Moment) -> None:
    ledger = ledger_of(episode=episode_of("Amara"), week=week_of(TODAY), now=demo.now)
    assert ledger.short_minutes == 80
    assert Patient.objects.get(given_name="Amara").record_number == 10482


def test_her_authorization_has_4_days_left_and_5_booked(demo: Moment) -> None:
    patient = episode_of("Amara").patient
    reach = in_force(reaches([patient], TODAY)[patient.pk])
    assert reach is not None
    assert (reach.words, reach.uncovered_words) == ("4 days left, 5 booked.", "Fri Oct 30 is not covered.")


def test_the_rail_names_those_whose_authorization_ends(demo: Moment) -> None:
    names = {reach.patient.given_name for reach in ending_at(marlow(), TODAY)}
    assert names == {"Amara", "Quentin", "Uma"}


def test_now_some_are_here_and_some_are_not_yet(demo: Moment) -> None:
    running = TherapySession.objects.get(
        site=marlow(), title="Process group", starts_at__lte=demo.now, ends_at__gt=demo.now
    )
    expected = Booking.objects.active().filter(session=running)
    here = Attendance.objects.filter(booking__in=expected, arrived_at__isnull=False).count()
    assert (expected.count(), here) == (12, 9)
    missing = expected.exclude(pk__in=Attendance.objects.values("booking"))
    assert set(missing.values_list("patient__given_name", flat=True)) == {"Camila", "Jonas"}


def test_every_clinician_has_hours_and_leads_within_them(demo: Moment) -> None:
    with_hours = set(WorkingHours.objects.values_list("staff", flat=True))
    assert with_hours == set(Facilitation.objects.values_list("staff", flat=True)) | with_hours
    for staff in User.objects.filter(pk__in=with_hours):
        for site in staff.sites.all():
            assert sessions_outside(staff, site, demo.now) == []


def test_groups_name_their_curriculum_and_one_is_led_by_two(demo: Moment) -> None:
    assert Group.objects.exclude(curriculum="").filter(minimum_size__gt=2).exists()
    assert Facilitation.objects.filter(is_lead=False, session__starts_at__gt=demo.now).exists()


def test_nothing_was_recorded_in_the_future(demo: Moment) -> None:
    later = Q(arrived_at__gt=demo.now) | Q(left_at__gt=demo.now) | Q(recorded_at__gt=demo.now)
    assert not Attendance.objects.filter(later).exists()
    assert not ProgressNote.objects.filter(
        Q(saved_at__gt=demo.now) | Q(signature__signed_at__gt=demo.now)
    ).exists()


def test_the_seats_are_counted_and_every_booking_lies_in_its_session(demo: Moment) -> None:
    booked = Count("bookings", filter=Q(bookings__status=Booking.Status.BOOKED))
    counted = TherapySession.objects.annotate(booked=booked)
    assert not counted.exclude(booked=F("booked_seats")).exists()
    assert not Booking.objects.exclude(during=F("session__during")).exists()


def test_tuesday_waits_for_the_biller_with_holds_first(demo: Moment) -> None:
    assert last_clinic_day(site=marlow(), before=TODAY) == date(2026, 10, 20)
    days = days_at(site=marlow(), day=date(2026, 10, 20), now=demo.now)
    verdicts = [day.decision.verdict for day in days]
    assert len(days) == 22
    assert all(day.closed is None for day in days)
    assert verdicts.count("hold") >= 5
    assert verdicts.count("not_billable") == 3
    assert {day.patient.given_name for day in days if day.decision.verdict == "not_billable"} == {
        "Noor",
        "Elias",
        "Soren",
    }


def test_closed_days_never_use_more_than_was_approved(demo: Moment) -> None:
    used = (
        ServiceDay.objects.filter(authorization__isnull=False)
        .values("authorization", "authorization__units_approved")
        .annotate(used=Count("pk"))
    )
    assert used
    assert all(row["used"] <= row["authorization__units_approved"] for row in used)


def test_every_rule_says_that_it_is_an_example(demo: Moment) -> None:
    assert all("confirm with the payer" in rule.name for rule in PayerRule.objects.all())
    codes = set(PayerRule.objects.values_list("service_code", "revenue_code"))
    assert codes == {("H0015", "0906"), ("S9480", "0905")}


def test_every_item_nine_has_exactly_one_follow_up(demo: Moment) -> None:
    flagged = Response.objects.filter(instrument_code="phq9", answers__q9__gte=1)
    assert flagged.exists()
    of_it = Count("follow_ups", filter=Q(follow_ups__trigger_code__startswith="phq9.item9"))
    assert not flagged.annotate(opened=of_it).exclude(opened=1).exists()
    assert FollowUp.objects.open().filter(kind="risk").get().patient.given_name == "Camila"


def test_signed_notes_carry_the_hash_of_what_was_signed(demo: Moment) -> None:
    notes = ProgressNote.objects.filter(signature__isnull=False).select_related("booking", "signature")
    for note in notes.order_by("pk")[:5]:
        assert note.signature.content_sha256 == content_hash(note)
    assert ProgressNote.objects.filter(signature__isnull=True).exists()


def test_the_whole_record_of_someone_is_complete_and_about_them_alone(demo: Moment) -> None:
    patient = Patient.objects.select_related("site").get(given_name="Malik")
    made = opened(archive_of(patient, WEDNESDAY_MORNING))
    mine = {"booking__patient": patient}
    assert {name: len(made.table(name)) for name in ("appointments", "attendance", "notes", "measures")} == {
        "appointments": Booking.objects.filter(patient=patient).count(),
        "attendance": Attendance.objects.filter(**mine).count(),
        "notes": ProgressNote.objects.filter(**mine, signature__isnull=False).count(),
        "measures": patient.responses.filter(finished_at__isnull=False).count(),
    }
    assert (
        len(made.table("notes")) == len([r for r in made.resources("Composition") if "note-" in r["id"]]) > 20
    )
    assert len(made.table("billed-days")) == ServiceDay.objects.filter(patient=patient).count() > 0
    for other in Patient.objects.exclude(pk=patient.pk):
        for told in (other.full_name, other.email or other.full_name, f"chart {other.record_number}"):
            assert told not in made.text


def test_loading_again_changes_nothing(demo: Moment) -> None:
    before, said = digest(), StringIO()
    call_command("demo_data", "--if-empty", stdout=said)
    call_command("demo_data", stdout=said)
    assert "Nothing changed" in said.getvalue()
    assert digest() == before


def test_the_sign_ins_are_printed_one_for_each_role(demo: Moment) -> None:
    said = StringIO()
    call_command("demo_data", "--sign-ins", stdout=said)
    assert said.getvalue().count("@") == len(Role)


@pytest.mark.django_db
def test_another_clinic_is_never_mixed_with_the_demo() -> None:
    make.other_site()
    with pytest.raises(CommandError, match="empty"):
        call_command("demo_data")
    call_command("demo_data", "--if-empty")
    assert Patient.objects.count() == 0


@pytest.mark.django_db
def test_public_passwords_stay_out_of_a_real_clinic(settings: Any) -> None:
    settings.DEMO = settings.DEBUG = False
    with pytest.raises(CommandError, match="DEMO=1"):
        call_command("demo_data")


@pytest.mark.django_db
def test_on_sunday_there_is_still_something_to_see() -> None:
    moment = load_at(SUNDAY_NOON)
    assert TherapySession.objects.scheduled().filter(occurs_on=moment.today, booked_seats__gt=0).exists()
    assert ending_at(marlow(), moment.today)
    assert FollowUp.objects.open().exists()
    assert (
        ledger_of(episode=episode_of("Amara"), week=week_of(moment.today), now=moment.now).short_minutes == 80
    )
