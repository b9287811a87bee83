"""What the clinic knows before an import: its sites and levels, and what earlier imports became.

`StaffRef`, `PatientRef` and `GroupRef` stand for a person or group of the files, new or already there.
"""

import hashlib
from dataclasses import dataclass, field
from datetime import date, time

from iop_clinic.accounts.models import Site, User
from patients.models import Episode, LevelOfCare, Patient, Payer
from scheduling.models import Group
from sessions.importing.columns import File
from sessions.importing.faults import Report
from sessions.importing.reading import Row
from sessions.models import ImportedRow


@dataclass
class StaffRef:
    key: str
    name: str
    role: str
    sites: frozenset[str]
    user_id: int | None = None

    @property
    def pk(self) -> int:
        """Their account's number once it is written."""
        assert self.user_id is not None
        return self.user_id


@dataclass
class PatientRef:
    key: str
    site: str
    admitted_on: date | None
    ended_on: date | None
    is_part2: bool
    patient_id: int | None = None
    episode_id: int | None = None

    @property
    def pk(self) -> int:
        """The chart's number once it is written."""
        assert self.patient_id is not None
        return self.patient_id

    @property
    def episode_pk(self) -> int:
        assert self.episode_id is not None
        return self.episode_id

    def in_program_on(self, day: date) -> bool:
        return self.admitted_on is not None and self.admitted_on <= day <= (self.ended_on or day)


@dataclass
class GroupRef:
    key: str
    name: str
    site: str
    weekday: int
    starts: time
    minutes: int
    seats: int
    from_on: date
    to_on: date | None
    lead: str
    room: str
    track: str
    is_part2: bool
    group_id: int | None = None

    @property
    def pk(self) -> int:
        """Its number once it is written."""
        assert self.group_id is not None
        return self.group_id

    @property
    def start_minute(self) -> int:
        return self.starts.hour * 60 + self.starts.minute

    @property
    def end_minute(self) -> int:
        return self.start_minute + self.minutes

    def meets_at_the_time_of(self, other: "GroupRef") -> bool:
        """Both meet on one weekday, at overlapping times, in overlapping stretches of the calendar."""
        return (
            self.weekday == other.weekday
            and self.start_minute < other.end_minute
            and other.start_minute < self.end_minute
            and dates_overlap(self.from_on, self.to_on, other.from_on, other.to_on)
        )


def no_such_record(person: PatientRef, group: GroupRef) -> str:
    """Why a substance-use program does not take someone whose stay is not marked as such a record."""
    if not group.is_part2 or person.is_part2:
        return ""
    return f"{group.track} is a substance-use program; part2 of the person’s stay is not yes."


def dates_overlap(a_from: date, a_to: date | None, b_from: date, b_to: date | None) -> bool:
    return (b_to is None or a_from <= b_to) and (a_to is None or b_from <= a_to)


@dataclass
class Known:
    """Looked up once before the checks; the references grow as the files are read."""

    sites: dict[str, Site]
    levels: dict[str, LevelOfCare]
    payers: dict[str, Payer]
    imported: dict[tuple[str, str], ImportedRow]
    staff: dict[str, StaffRef] = field(default_factory=dict)
    patients: dict[str, PatientRef] = field(default_factory=dict)
    groups: dict[str, GroupRef] = field(default_factory=dict)

    def site(self, name: str) -> Site | None:
        return self.sites.get(name.strip().lower())

    def object_ids(self, kind: str) -> dict[str, int]:
        return {key: row.object_id for (of, key), row in self.imported.items() if of == kind}


def look_up() -> Known:
    """Ten queries, whatever the size of the files."""
    known = Known(
        sites={site.name.lower(): site for site in Site.objects.filter(is_active=True)},
        levels={level.code.upper(): level for level in LevelOfCare.objects.all()},
        payers={payer.name.lower(): payer for payer in Payer.objects.all()},
        imported={(row.kind, row.key): row for row in ImportedRow.objects.all()},
    )
    _recall_staff(known)
    _recall_patients(known)
    _recall_groups(known)
    return known


def _recall_staff(known: Known) -> None:
    ids = known.object_ids("staff")
    users = User.objects.prefetch_related("sites").in_bulk(ids.values())
    for key, pk in ids.items():
        user = users[pk]
        sites = frozenset(site.name.lower() for site in user.sites.all())
        known.staff[key] = StaffRef(key, user.full_name, user.role, sites, pk)


def _recall_patients(known: Known) -> None:
    ids = known.object_ids("patients")
    rows = Episode.objects.filter(patient__in=ids.values()).order_by("admitted_on")
    episodes = {row.patient_id: row for row in rows}
    charts = Patient.objects.select_related("site").in_bulk(ids.values())
    for key, pk in ids.items():
        row = episodes.get(pk)
        known.patients[key] = PatientRef(
            key=key,
            site=charts[pk].site.name.lower(),
            admitted_on=row.admitted_on if row else None,
            ended_on=row.ended_on if row else None,
            is_part2=row.is_part2 if row else False,
            patient_id=pk,
            episode_id=row.pk if row else None,
        )


def _recall_groups(known: Known) -> None:
    ids = known.object_ids("groups")
    groups = Group.objects.select_related("track__site", "room").in_bulk(ids.values())
    staff = {ref.user_id: key for key, ref in known.staff.items()}
    for key, pk in ids.items():
        known.groups[key] = group_ref(key, groups[pk], staff.get(groups[pk].lead_id, ""))


def group_ref(key: str, group: Group, lead: str) -> GroupRef:
    return GroupRef(
        key=key,
        name=group.name,
        site=group.track.site.name.lower(),
        weekday=group.weekday,
        starts=group.starts,
        minutes=group.minutes,
        seats=group.capacity,
        from_on=group.from_on,
        to_on=group.to_on,
        lead=lead,
        room=group.room.name.lower() if group.room else "",
        track=group.track.name,
        is_part2=group.track.is_part2,
        group_id=group.pk,
    )


def key_of(file: File, row: Row) -> str:
    return "|".join(str(row[name] or "") for name in file.key)


def digest_of(row: Row) -> str:
    return hashlib.sha256(repr(sorted(row.cells.items())).encode()).hexdigest()


def only_new(file: File, rows: list[Row], known: Known, report: Report) -> list[Row]:
    """Rows no earlier import has brought. One that says something else now is kept as it was."""
    new = []
    same = 0
    for row in rows:
        earlier = known.imported.get((file.kind, key_of(file, row)))
        if earlier is None:
            new.append(row)
            continue
        same += 1
        if earlier.digest != digest_of(row):
            report.keep(
                file.name, row.line, "differs from the row imported before. The clinic's record stays."
            )
    report.new[file.kind], report.same[file.kind] = len(new), same
    return new
