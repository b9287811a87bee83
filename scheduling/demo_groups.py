"""The demo's weekly pattern: rooms, three tracks, their groups as in the pictures, and standing visits."""

from datetime import time, timedelta

from iop_clinic.accounts.demo import House, Moment
from scheduling.models import Group, Room, Track
from scheduling.models.group import Kind, Mode

ROOMS = (("Cedar", 35), ("Birch", 14), ("Office 1", 3), ("Office 2", 3))
WILLOW = "Willow"
TRACKS = (
    ("am", "Adult Morning", False, 18, None),
    ("eve", "Evening SUD", True, 18, None),
    ("teen", "Adolescent Afternoon", False, 13, 17),
)
VIDEO = None
G, E, F, A = Kind.GROUP, Kind.PSYCHOEDUCATION, Kind.FAMILY, Kind.ACTIVITY
# track, weekday, start, minutes, name, kind, lead, room (None is video), seats
GROUPS = (
    ("am", 0, time(9), 60, "Process group", G, "ruth", "Cedar", 12),
    ("am", 0, time(10, 5), 60, "DBT skills", G, "ruth", "Cedar", 12),
    ("am", 0, time(10, 5), 60, "CBT skills", G, "joon", "Birch", 10),
    ("am", 0, time(11, 10), 60, "Sleep and mood", E, "joon", "Cedar", 16),
    ("am", 2, time(9), 60, "Process group", G, "ruth", "Cedar", 12),
    ("am", 2, time(10, 5), 60, "DBT skills", G, "ruth", "Cedar", 12),
    ("am", 2, time(10, 5), 60, "CBT skills", G, "joon", "Birch", 10),
    ("am", 2, time(11, 10), 60, "Sleep and mood", E, "joon", "Cedar", 16),
    ("am", 2, time(12, 30), 50, "Family education", F, "marcus", VIDEO, 15),
    ("am", 4, time(9), 60, "Process group", G, "ruth", "Cedar", 12),
    ("am", 4, time(10, 5), 60, "DBT skills", G, "ruth", "Cedar", 12),
    ("am", 4, time(10, 5), 60, "CBT skills", G, "joon", "Birch", 10),
    ("am", 4, time(11, 10), 60, "Moving your body", A, "ruth", "Cedar", 16),
    ("am", 4, time(12, 30), 40, "Worry workshop", E, "joon", VIDEO, 15),
    ("am", 5, time(10), 90, "Make-up group", G, "joon", "Cedar", 12),
    ("eve", 0, time(17, 30), 60, "Evening process", G, "ines", "Birch", 12),
    ("eve", 0, time(18, 35), 60, "Relapse prevention", G, "ines", "Birch", 12),
    ("eve", 0, time(19, 40), 60, "Recovery skills", G, "sunniva", "Cedar", 16),
    ("eve", 1, time(17, 30), 60, "Evening process", G, "ines", "Birch", 12),
    ("eve", 1, time(18, 35), 60, "Relapse prevention", G, "ines", "Birch", 12),
    ("eve", 1, time(19, 40), 60, "Mindful recovery", G, "sunniva", "Cedar", 12),
    ("eve", 3, time(17, 30), 60, "Evening process", G, "ines", "Birch", 12),
    ("eve", 3, time(18, 35), 60, "Relapse prevention", G, "sunniva", "Birch", 12),
    ("eve", 3, time(19, 40), 60, "Multi-family night", F, "ines", "Cedar", 35),
    ("teen", 1, time(15, 30), 60, "Adolescent process", G, "marcus", "Cedar", 10),
    ("teen", 1, time(16, 40), 60, "DBT skills", G, "sunniva", "Cedar", 10),
    ("teen", 2, time(15, 30), 60, "Adolescent process", G, "marcus", "Cedar", 10),
    ("teen", 2, time(16, 40), 60, "Expressive arts", A, "sunniva", "Cedar", 12),
    ("teen", 3, time(15, 30), 60, "Adolescent process", G, "marcus", "Cedar", 10),
    ("teen", 3, time(16, 40), 60, "Parents’ group", F, "marcus", "Cedar", 12),
)
# What a group follows, and how few people it still meets with; two where nothing is said.
CURRICULA = {
    "CBT skills": "Thoughts, feelings, actions: 12 sessions",
    "DBT skills": "Four skills modules, one a month",
    "Evening process": "Open process group",
    "Mindful recovery": "Eight weeks of mindfulness practice",
    "Multi-family night": "Families and recovery: 6 evenings",
    "Process group": "Open process group",
    "Recovery skills": "Early recovery skills: 8 sessions",
    "Relapse prevention": "Triggers, plans and slips: 12 sessions",
    "Sleep and mood": "Sleep, movement and mood: 8 sessions",
}
FEWEST = {"Process group": 4, "Evening process": 4, "Make-up group": 1, "Worry workshop": 1}
MAKE_UPS = ("Make-up group", "Worry workshop")
# Standing weekly visits: track, weekday, start, minutes, lead, room, kind, story (or "" for the next person)
VISITS = (
    ("am", 0, time(12, 30), 50, "ruth", "Office 1", Kind.INDIVIDUAL, ""),
    ("am", 0, time(13, 30), 50, "ruth", "Office 1", Kind.INDIVIDUAL, ""),
    ("am", 0, time(12, 30), 50, "joon", "Office 2", Kind.INDIVIDUAL, ""),
    ("am", 2, time(13, 30), 50, "ruth", "Office 1", Kind.INDIVIDUAL, ""),
    ("am", 2, time(13, 30), 50, "joon", "Office 2", Kind.INDIVIDUAL, ""),
    ("am", 4, time(13, 30), 50, "ruth", "Office 1", Kind.INDIVIDUAL, ""),
    ("am", 4, time(13, 30), 50, "wen", "Office 2", Kind.INDIVIDUAL, ""),
    ("eve", 0, time(16, 30), 50, "ines", "Office 1", Kind.INDIVIDUAL, ""),
    ("eve", 0, time(16, 30), 50, "tomas", "Office 2", Kind.INDIVIDUAL, ""),
    ("eve", 1, time(16, 30), 50, "ines", "Office 1", Kind.INDIVIDUAL, ""),
    ("eve", 1, time(16, 30), 50, "tomas", "Office 2", Kind.INDIVIDUAL, ""),
    ("eve", 3, time(16, 30), 50, "ines", "Office 1", Kind.INDIVIDUAL, ""),
    ("eve", 3, time(16, 30), 50, "tomas", "Office 2", Kind.INDIVIDUAL, ""),
    ("teen", 1, time(14, 30), 50, "marcus", "Office 1", Kind.INDIVIDUAL, ""),
    ("teen", 1, time(14, 30), 50, "wen", "Office 2", Kind.INDIVIDUAL, ""),
    ("teen", 2, time(14, 30), 50, "marcus", "Office 1", Kind.INDIVIDUAL, ""),
    ("teen", 3, time(14, 30), 50, "marcus", "Office 1", Kind.INDIVIDUAL, ""),
    ("teen", 3, time(14, 30), 50, "wen", "Office 2", Kind.INDIVIDUAL, ""),
    ("am", 0, time(14), 20, "osei", "Office 2", Kind.MEDICATION, "amara"),
    ("eve", 2, time(10), 20, "osei", "Office 2", Kind.MEDICATION, "checkout"),
    ("eve", 2, time(10, 20), 20, "osei", "Office 2", Kind.MEDICATION, "finishing"),
    ("eve", 2, time(10, 40), 20, "osei", "Office 2", Kind.MEDICATION, "authorization_ended"),
    ("eve", 2, time(11), 20, "osei", "Office 2", Kind.MEDICATION, "risk_past"),
    ("teen", 6, time(16), 50, "marcus", VIDEO, Kind.FAMILY, "sunday"),
)
NO_STANDING_VISIT = {"amara", "gone", "short45", "short60", "excused_today", "left2"}


def add_pattern(house: House, moment: Moment) -> tuple[dict[str, Room], list[Group]]:
    """Rooms by name, and the groups in the order of `GROUPS`."""
    rooms = [
        Room(site=house.marlow, name=name, seats=seats, position=position)
        for position, (name, seats) in enumerate(ROOMS)
    ]
    rooms.append(Room(site=house.orchard, name=WILLOW, seats=8))
    Room.objects.bulk_create(rooms)
    tracks = {
        tone: Track(
            site=house.marlow,
            name=name,
            tone=tone,
            is_part2=is_part2,
            youngest_age=youngest,
            oldest_age=oldest,
        )
        for tone, name, is_part2, youngest, oldest in TRACKS
    }
    Track.objects.bulk_create(tracks.values())
    by_name = {room.name: room for room in rooms}
    from_on = moment.monday - timedelta(weeks=40)
    groups = [
        Group(
            track=tracks[tone],
            name=name,
            kind=kind,
            curriculum=CURRICULA.get(name, ""),
            minimum_size=FEWEST.get(name, 2),
            weekday=weekday,
            starts=starts,
            minutes=minutes,
            mode=Mode.IN_PERSON if room else Mode.VIDEO,
            room=by_name[room] if room else None,
            lead=house.staff[lead],
            capacity=seats,
            from_on=from_on,
        )
        for tone, weekday, starts, minutes, name, kind, lead, room, seats in GROUPS
    ]
    return by_name, Group.objects.bulk_create(groups)
