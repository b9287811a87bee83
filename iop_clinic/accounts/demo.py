"""The demo clinic's ground: its clock, two sites and the staff, all invented, with one password for all."""

import random
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.contrib.auth.hashers import make_password

from iop_clinic.accounts.models import License, Site, StaffProfile, User
from iop_clinic.clock import as_utc, at_local, local_day, week_of
from iop_clinic.roles import Role

PASSWORD = "marlow-street-demo"
SALT = "demo" * 5
TIME_ZONE = "America/New_York"
MARLOW, ORCHARD = "Marlow Street", "Orchard Row"
SITES = {
    MARLOW: {"street": "14 Marlow Street", "phone": "609-555-0100"},
    ORCHARD: {"street": "220 Orchard Row", "phone": "609-555-0200"},
}
PLACE = {"city": "Millbrook Falls", "state_code": "NJ", "zip_code": "08000", "time_zone": TIME_ZONE}

# key, first name, last name, role, credential; clinicians first.
STAFF = (
    ("ruth", "Ruth", "Adeyemi-Vale", Role.CLINICIAN, "LCSW"),
    ("joon", "Joon", "Eastmoor", Role.CLINICIAN, "LPC"),
    ("marcus", "Marcus", "Tannery", Role.CLINICIAN, "LMFT"),
    ("ines", "Ines", "Calloway", Role.CLINICIAN, "LCADC"),
    ("sunniva", "Sunniva", "Brandt", Role.CLINICIAN, "LAC"),
    ("wen", "Wen", "Ashdown", Role.CLINICIAN, "LCSW"),
    ("tomas", "Tomas", "Larkspur", Role.CLINICIAN, "LPC"),
    ("odile", "Odile", "Fernsby", Role.CLINICIAN, "LCSW"),
    ("helena", "Helena", "Quarrie", Role.SUPERVISOR, "LCSW"),
    ("osei", "Abena", "Osei-Marsh", Role.PRESCRIBER, "MD"),
    ("dana", "Dana", "Whitlock", Role.FRONT_DESK, ""),
    ("bea", "Bea", "Holloway", Role.CASE_MANAGER, ""),
    ("tamar", "Tamar", "Hollins", Role.BILLER, ""),
    ("priscilla", "Priscilla", "Stonegate", Role.DIRECTOR, "PsyD"),
    ("nadia", "Nadia", "Frostwick", Role.PRIVACY_OFFICER, ""),
    ("alba", "Alba", "Thornfield", Role.ADMINISTRATOR, ""),
)
AT_ORCHARD_ONLY = {"odile"}
AT_BOTH = {"helena", "osei", "dana", "bea", "tamar", "priscilla", "nadia"}
SUPERVISED = {"sunniva": "helena"}
SPEAKS = {"joon": "English, Korean", "ines": "English, Spanish", "tomas": "English, Spanish"}
PATIENT_EMAIL = "amara.willowby@mail.example"


@dataclass(frozen=True)
class Moment:
    """When the demo is loaded: everything in it is relative to this instant at the site."""

    now: datetime

    @property
    def today(self) -> date:
        return local_day(self.now, TIME_ZONE)

    @property
    def monday(self) -> date:
        return week_of(self.today).starts_on

    def day(self, days: int) -> date:
        """So many days from today; the past is negative."""
        return self.today + timedelta(days=days)

    def at(self, day: date, wall_time: time) -> datetime:
        return at_local(day, wall_time, TIME_ZONE)

    def no_later(self, instant: datetime) -> datetime:
        return min(as_utc(instant), as_utc(self.now))


@dataclass(frozen=True)
class House:
    """The sites and the staff by their key."""

    marlow: Site
    orchard: Site
    staff: dict[str, User]


def chance(*words: object) -> random.Random:
    """A source of chance that says the same for the same words, on every machine."""
    return random.Random(":".join(map(str, ("demo", *words))))


def email_of(given: str, family: str) -> str:
    plain = f"{given}.{family}".lower().replace(" ", "").replace("’", "").replace("í", "i")
    return f"{plain}@marlow.example"


def open_house(moment: Moment) -> House:
    """Two sites, eight clinicians and everyone beside them."""
    opened_at = moment.at(moment.day(-400), time(9))
    sites = {name: Site.objects.create(name=name, **PLACE, **own) for name, own in SITES.items()}
    hashed = make_password(PASSWORD, salt=SALT)
    users = {
        key: User(
            email=email_of(given, family),
            given_name=given,
            family_name=family,
            role=role,
            password=hashed,
            is_staff=role == Role.ADMINISTRATOR,
            is_superuser=role == Role.ADMINISTRATOR,
            created_at=opened_at,
        )
        for key, given, family, role, _ in STAFF
    }
    User.objects.bulk_create(users.values())
    house = House(sites[MARLOW], sites[ORCHARD], users)
    _place(house)
    _give_credentials(house, moment)
    return house


def _place(house: House) -> None:
    """Who works where; an administrator works at no site and so sees no chart."""
    works = User.sites.through
    rows = []
    for key, user in house.staff.items():
        if user.role == Role.ADMINISTRATOR:
            continue
        sites = [house.orchard] if key in AT_ORCHARD_ONLY else [house.marlow]
        sites += [house.orchard] if key in AT_BOTH else []
        rows += [works(user_id=user.pk, site_id=site.pk) for site in sites]
    works.objects.bulk_create(rows)


def _give_credentials(house: House, moment: Moment) -> None:
    profiles = [
        StaffProfile(
            user=house.staff[key],
            credential=credential,
            supervisor=house.staff.get(SUPERVISED.get(key, "")),
            languages=SPEAKS.get(key, "English"),
        )
        for key, _, _, _, credential in STAFF
        if credential
    ]
    StaffProfile.objects.bulk_create(profiles)
    License.objects.bulk_create(
        License(
            user=house.staff[key],
            state_code="NJ",
            number=f"DEMO-{number:04}",
            expires_on=moment.day(300 + 7 * number),
        )
        for number, (key, _, _, _, credential) in enumerate(STAFF, start=1)
        if credential
    )


def open_portal_account(given: str, family: str, moment: Moment) -> User:
    """The one patient who can sign in."""
    return User.objects.create(
        email=PATIENT_EMAIL,
        given_name=given,
        family_name=family,
        role=Role.PATIENT,
        password=make_password(PASSWORD, salt=SALT),
        created_at=moment.at(moment.day(-30), time(15)),
    )


def sign_ins() -> list[tuple[str, str]]:
    """One e-mail address for each role: (the role in words, the address)."""
    first: dict[Role, str] = {}
    for _, given, family, role, _ in STAFF:
        first.setdefault(role, email_of(given, family))
    return [(role.words, address) for role, address in first.items()] + [(Role.PATIENT.words, PATIENT_EMAIL)]
