"""The demo clinic's people, every one invented: who they are, which track, which payer, what their story is.

A story is a word the rooms act on, for instance `short80` (80 minutes short this week).
"""

from dataclasses import dataclass, field

from iop_clinic.accounts.demo import chance

BLUESTONE, COBALT = "Bluestone Health", "Cobalt Plan"
MERIDIAN, NORTHWIND = "Meridian Care", "Northwind Mutual"
# Weekdays of each track (0 is Monday).
TRACK_DAYS = {"am": (0, 2, 4), "eve": (0, 1, 3), "teen": (1, 2, 3), "orchard": (0, 2, 4)}
PAYERS = (BLUESTONE, COBALT, MERIDIAN, NORTHWIND)


@dataclass(frozen=True)
class Person:
    """Someone in the program, or someone who was. `weeks` is how long ago the week of admission began."""

    name: str
    track: str
    payer: str
    weeks: int
    stories: frozenset[str] = field(default_factory=frozenset)
    pronouns: str = ""
    stayed_weeks: int | None = None

    @property
    def given_name(self) -> str:
        return self.name.split(" ", 1)[0]

    @property
    def family_name(self) -> str:
        return self.name.split(" ", 1)[1]

    def has(self, story: str) -> bool:
        return story in self.stories


def _rows(track: str, rows: tuple[tuple[str, str, int, str], ...]) -> tuple[Person, ...]:
    return tuple(
        Person(name, track, payer, weeks, frozenset(stories.split()), pronouns=_pronouns(name))
        for name, payer, weeks, stories in rows
    )


def _pronouns(name: str) -> str:
    return chance("pronouns", name).choice(["she/her", "he/him", "they/them", ""])


ADULTS = _rows(
    "am",
    (
        ("Camila Brightwater", BLUESTONE, 3, "risk late_today call_first"),
        ("Jonas Thistlewick", COBALT, 6, "texted_today"),
        ("Felix Stonewhistle", MERIDIAN, 4, "late9_today family"),
        ("Amara Willowby", BLUESTONE, 5, "amara steady short80 review left4"),
        ("Bashir Fernhollow", NORTHWIND, 7, "family makeup review_late"),
        ("Dmitri Oakensea", COBALT, 2, "family makeup"),
        ("Eun-ji Palefern", MERIDIAN, 5, "consent_ended family"),
        ("Hamza Reedmere", BLUESTONE, 1, "checkout makeup interim"),
        ("Imani Duskwell", NORTHWIND, 6, "draft_note measure_due"),
        ("Keala Windermoor", COBALT, 3, "family makeup"),
        ("Lucía Fairbramble", MERIDIAN, 8, "finishing family"),
        ("Grace Moonbeck", BLUESTONE, 4, "excused_today family"),
    ),
)
EVENING = _rows(
    "eve",
    (
        ("Viktor Rainhollow", MERIDIAN, 5, "checkout"),
        ("Oskar Pinefield", MERIDIAN, 4, "draft_note"),
        ("Quentin Ashgrove", NORTHWIND, 6, "authorization_ended"),
        ("Ximena Copperleaf", MERIDIAN, 3, "draft_note last_note"),
        ("Noor Silverquay", COBALT, 7, "short45"),
        ("Soren Blackthistle", BLUESTONE, 2, "gone"),
        ("Malik Emberlane", MERIDIAN, 14, "draft_note from_php"),
        ("Paloma Driftmoor", COBALT, 14, "from_php"),
        ("Rosalind Tidewell", BLUESTONE, 8, "finishing"),
        ("Tamsin Greymoss", COBALT, 1, "late_today"),
        ("Uma Cloverhithe", BLUESTONE, 6, "left2 review_next"),
        ("Wren Castlebay", NORTHWIND, 3, "risk_past"),
    ),
)
TEENS = _rows(
    "teen",
    (
        ("Hana Quietwood", BLUESTONE, 4, "consent_ended"),
        ("Elias Frostmead", MERIDIAN, 5, "short60"),
        ("Aiko Hazelbrook", BLUESTONE, 3, ""),
        ("Bram Nettlefield", COBALT, 6, "sunday"),
        ("Chidi Everglen", MERIDIAN, 2, "draft_note measure_due"),
        ("Dahlia Skyharrow", NORTHWIND, 7, "risk_past"),
        ("Fatima Petalstone", MERIDIAN, 4, "draft_note"),
        ("Gus Marbleton", COBALT, 5, "late_today"),
        ("Ivo Snowberry", NORTHWIND, 3, "texted_today"),
        ("Juniper Lakesong", BLUESTONE, 1, "plan_draft"),
    ),
)
AT_ORCHARD = _rows(
    "orchard",
    (
        ("Theodora Marshglow", NORTHWIND, 14, "from_php"),
        ("Leopold Sandhaven", COBALT, 2, "late_today"),
    ),
)
ACTIVE = ADULTS + EVENING + TEENS + AT_ORCHARD

GIVEN_NAMES = """
Adaeze Alden Anouk Anselm Apolline Basil Beatrix Callum Cosima Cyrus Delphine Edda Emrys Esme Fiora
Florian Gaspard Giselle Hollis Ilse Ingram Isolde Jarek Kalina Kenji Lazlo Leonie Lior Magnus Marisol
Mirela Nadir Nerys Nikolai Octavia Odette Orla Pavel Petra Quilla Rafael Renata Rowena Saffron Salim
Selene Sixten Stellan Tadeo Thandi Tobias Ursel Valentin Veda Vesper Willa Xanthe Yara Yusuf Zephyr
"""
BEGINNINGS = """
Amber Bramble Candle Cloud Copper Dapple Ember Feather Gossamer Harbor Juniper Lantern Marble Meadow
Misty Nettle Opal Pebble Quill Russet Silver Thimble Velvet Winter
"""
ENDINGS = """
berry brook dell fern glow grove haven hollow lane mere moss quill reed shade song thorn vale wisp
"""


def invented(number: int) -> str:
    """A name for the number-th person who has left: 60 different ones, in no order."""
    draw = chance("name", number)
    given = GIVEN_NAMES.split()
    return f"{given[number % len(given)]} {draw.choice(BEGINNINGS.split())}{draw.choice(ENDINGS.split())}"


def discharged() -> tuple[Person, ...]:
    """Sixty who left: one before each active person in the same seat, the rest before the twelve weeks."""
    before = [_predecessor(number, person) for number, person in enumerate(ACTIVE)]
    older = [_long_ago(number) for number in range(len(ACTIVE), 60)]
    return tuple(before + older)


def _predecessor(number: int, person: Person) -> Person:
    draw = chance("before", number)
    gap = draw.choice([0, 0, 1])
    stayed = draw.choice([3, 6, 7, 8, 8, 9])
    weeks = person.weeks + gap + stayed
    return Person(
        name=invented(number),
        track=person.track,
        payer=draw.choice(PAYERS),
        weeks=weeks,
        pronouns=_pronouns(invented(number)),
        stayed_weeks=stayed,
    )


def _long_ago(number: int) -> Person:
    draw = chance("long ago", number)
    stayed = draw.choice([5, 7, 8, 9, 10])
    return Person(
        name=invented(number),
        track=draw.choice(["am", "eve", "teen"]),
        payer=draw.choice(PAYERS),
        weeks=14 + stayed + draw.randrange(0, 16),
        pronouns=_pronouns(invented(number)),
        stayed_weeks=stayed,
    )


# Still on the way in: name, stage, days since the first contact, who sent them, why.
ON_THE_WAY = (
    ("Theo Quillfeather", "assessment", 6, "hospital", "Discharged from an inpatient stay last week"),
    ("Marguerite Dawnmere", "screening", 3, "primary_care", "Panic attacks at work, off sick for two weeks"),
    ("Idris Larkhollow", "inquiry", 1, "self", "Drinking more since a separation, wants evenings"),
    ("Sanna Birchsong", "inquiry", 0, "family", "Daughter has stopped going to school"),
    ("Caspian Wetherglow", "waitlisted", 11, "therapist", "Weekly therapy is not enough at the moment"),
    ("Noemi Starbramble", "closed", 15, "payer", "Needs a higher level of care first"),
)
