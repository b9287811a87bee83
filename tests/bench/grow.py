"""More of everything at the demo's first site: patients with a whole week each, written in bulk."""

import itertools
from datetime import date, datetime, time, timedelta

from django.urls import reverse
from django.utils import timezone

from iop_clinic.accounts.models import Site, StaffProfile, User
from iop_clinic.clock import at_local, local_day, week_of
from iop_clinic.roles import Role
from patients.models import Diagnosis, Episode, LevelOfCare, LevelOfCareStay, Patient
from scheduling.models import Booking, Room, TherapySession
from sessions.models import Attendance

GIVEN = [
    "Ada",
    "Bodil",
    "Cleo",
    "Dario",
    "Élise",
    "Farah",
    "Goran",
    "Hanne",
    "Ismael",
    "Juno",
    "Kaito",
    "Lior",
]
STEMS = [
    "Ash",
    "Birch",
    "Cedar",
    "Dawn",
    "Elm",
    "Fern",
    "Glen",
    "Hazel",
    "Iron",
    "Jade",
    "Kelp",
    "Larch",
    "Moss",
]
ENDS = ["bourne", "croft", "dale", "field", "gate", "hurst", "ley", "mere", "ridge", "stead", "ton", "wick"]
SEATS = 12


def people(site: Site, count: int, *, seed: int = 0) -> list[Patient]:
    """Patients with invented names, 1,872 combinations before a number is added."""
    names = itertools.cycle(itertools.product(GIVEN, STEMS, ENDS))
    rows = []
    for n, (given, stem, end) in zip(range(seed, seed + count), names, strict=False):
        born = date(1950, 1, 1) + timedelta(days=(n * 7919) % 20_000)
        family = f"{stem}{end}{n // 1872 or ''}"
        rows.append(Patient(site=site, given_name=given, family_name=family, born_on=born))
    return Patient.objects.bulk_create(rows, batch_size=2000)


def staff(site: Site, count: int, *, seed: int) -> list[User]:
    made = User.objects.bulk_create(
        [
            User(
                email=f"bench{seed + n}@clinic.example",
                given_name="Bench",
                family_name=f"Lead{seed + n}",
                role=Role.CLINICIAN,
                password="!",
            )
            for n in range(count)
        ]
    )
    StaffProfile.objects.bulk_create([StaffProfile(user=user, credential="LPC") for user in made])
    User.sites.through.objects.bulk_create(
        [User.sites.through(user_id=user.pk, site_id=site.pk) for user in made]
    )
    return made


def clinic(site: Site, count: int, *, seed: int) -> None:
    """`count` active patients in groups of 12, three sessions on three days, attended where past."""
    now = timezone.now()
    today = local_day(now, site.time_zone)
    level = LevelOfCare.objects.get(code="IOP")
    leads = staff(site, -(-count // SEATS), seed=seed)
    patients = people(site, count, seed=seed)
    episodes = Episode.objects.bulk_create(
        [
            Episode(
                site=site,
                patient=patient,
                admitted_on=today - timedelta(days=30),
                primary_clinician=leads[n // SEATS],
                admitted_by=leads[n // SEATS],
            )
            for n, patient in enumerate(patients)
        ]
    )
    LevelOfCareStay.objects.bulk_create(
        [
            LevelOfCareStay(
                episode=e, level=level, prescribed_minutes=540, standard_minutes=540, from_on=e.admitted_on
            )
            for e in episodes
        ]
    )
    Diagnosis.objects.bulk_create(
        [Diagnosis(episode=e, code="F33.1", label="Depression", since_on=e.admitted_on) for e in episodes]
    )
    week(site, episodes, leads, today, now, seed=seed)


def roster_of_twelve(site: Site) -> str:
    """Today's page with the first full group of `clinic` chosen, whatever day and hour it is."""
    today = local_day(timezone.now(), site.time_zone)
    full = TherapySession.objects.filter(site=site, occurs_on=today, booked_seats=SEATS)
    chosen = full.filter(lead__family_name__startswith="Lead").order_by("pk").first()
    assert chosen is not None
    return f"{reverse('sessions:today')}?session={chosen.pk}"


def week(
    site: Site, episodes: list[Episode], leads: list[User], today: date, now: datetime, *, seed: int
) -> None:
    days = sorted({today, *week_of(today).days[:5:2]})
    rooms = Room.objects.bulk_create([Room(site=site, name=f"Bench {seed + n}") for n in range(len(leads))])
    slots = [(day, hour, n) for day in days for hour in (9, 10, 11) for n in range(len(leads))]
    sessions = TherapySession.objects.bulk_create(
        [
            TherapySession(
                site=site,
                occurs_on=day,
                kind="group",
                title="Process group",
                starts_at=at_local(day, time(hour), site.time_zone),
                ends_at=at_local(day, time(hour + 1), site.time_zone),
                room=rooms[n],
                lead=leads[n],
                capacity=SEATS,
            )
            for day, hour, n in slots
        ]
    )
    bookings = []
    for session, (_, _, n) in zip(sessions, slots, strict=True):
        for episode in episodes[n * SEATS : (n + 1) * SEATS]:
            bookings.append(
                Booking(
                    session=session,
                    during=(session.starts_at, session.ends_at),
                    patient_id=episode.patient_id,
                    episode=episode,
                    booked_by=leads[n],
                )
            )
    Booking.objects.bulk_create(bookings, batch_size=2000)
    Attendance.objects.bulk_create(
        [
            Attendance(
                booking=b,
                arrived_at=b.session.starts_at,
                left_at=b.session.ends_at,
                recorded_by=b.session.lead,
            )
            for b in bookings
            if b.session.ends_at < now
        ],
        batch_size=2000,
    )
