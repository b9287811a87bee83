"""Groups and enrolments: nobody and no room in two places at once, everyone inside their stay."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from scheduling.models import Enrollment, Group, Track
from sessions.importing.check_people import not_treating
from sessions.importing.columns import ENROLMENTS, GROUPS, PATIENTS
from sessions.importing.faults import Report
from sessions.importing.known import (
    GroupRef,
    Known,
    PatientRef,
    dates_overlap,
    group_ref,
    no_such_record,
    only_new,
)
from sessions.importing.reading import Row


def check_groups(rows: list[Row], known: Known, report: Report) -> list[Row]:
    new = only_new(GROUPS, rows, known, report)
    by_place, programs = _places(known), _programs()
    for row in new:
        site = known.site(row["site"])
        if site is None:
            reason = f"there is no site called “{row['site'][:40]}”. An administrator adds sites first."
            report.blame(GROUPS.name, row.line, "site", reason)
            continue
        reason = not_treating(row["lead"], site, known, report)
        if reason:
            report.blame(GROUPS.name, row.line, "lead", reason)
        _check_shape(row, report)
        _check_program(row, programs, report)
        ref = _ref(row, is_part2=programs[_track_of(row)][0])
        _check_places(row, ref, by_place, known, report)
        known.groups[ref.key] = ref
    return new


def _check_shape(row: Row, report: Report) -> None:
    if row["to"] is not None and row["to"] < row["from"]:
        report.blame(GROUPS.name, row.line, "to", "is before from.")
    if (row["break_minutes"] or 0) >= row["minutes"]:
        report.blame(GROUPS.name, row.line, "break_minutes", "is as long as the group.")


# Whether a track is a substance-use program, and the line that said so first; 0 is the clinic itself.
Programs = dict[tuple[str, str], tuple[bool, int]]


def _programs() -> Programs:
    rows = Track.objects.values_list("site__name", "name", "is_part2")
    return {(site.lower(), name): (is_part2, 0) for site, name, is_part2 in rows}


def _track_of(row: Row) -> tuple[str, str]:
    return row["site"].lower(), row["track"]


def _check_program(row: Row, programs: Programs, report: Report) -> None:
    """A track is a substance-use program for all of its groups; an empty cell leaves it as it is."""
    is_part2, line = programs.setdefault(_track_of(row), (bool(row["part2"]), row.line))
    if row["part2"] is not None and row["part2"] != is_part2:
        said = "is a substance-use track" if is_part2 else "is no substance-use track"
        where = f"in line {line}" if line else "in the clinic"
        report.blame(GROUPS.name, row.line, "part2", f"{row['track']} {said} {where}.")


def _ref(row: Row, *, is_part2: bool) -> GroupRef:
    return GroupRef(
        key=row["group_id"],
        name=row["name"],
        site=row["site"].lower(),
        weekday=row["weekday"],
        starts=row["starts"],
        minutes=row["minutes"],
        seats=row["seats"],
        from_on=row["from"],
        to_on=row["to"],
        lead=row["lead"],
        room=(row["room"] or "").lower(),
        track=row["track"],
        is_part2=is_part2,
    )


Places = dict[tuple[str, str], list[GroupRef]]


def _places(known: Known) -> Places:
    """The groups the clinic has, by lead and by room."""
    by_place: Places = defaultdict(list)
    staff = {ref.user_id: key for key, ref in known.staff.items() if ref.user_id is not None}
    keys = {ref.group_id: key for key, ref in known.groups.items()}
    for group in Group.objects.filter(track__is_active=True).select_related("track__site", "room"):
        _place(group_ref(keys.get(group.pk, ""), group, staff.get(group.lead_id, "")), by_place)
    return by_place


def _place(ref: GroupRef, by_place: Places) -> None:
    if ref.lead:
        by_place["lead", ref.lead].append(ref)
    if ref.room:
        by_place["room", f"{ref.site}|{ref.room}"].append(ref)


def _check_places(row: Row, ref: GroupRef, by_place: Places, known: Known, report: Report) -> None:
    for kind, column, place in (("lead", "lead", ref.lead), ("room", "room", f"{ref.site}|{ref.room}")):
        for other in by_place.get((kind, place), []):
            if ref.meets_at_the_time_of(other):
                who = (
                    known.staff[ref.lead].name
                    if kind == "lead" and ref.lead in known.staff
                    else f"“{row['room']}”"
                )
                reason = f"{who} has {other.name} at that time."
                report.blame(GROUPS.name, row.line, column, reason)
                break
    _place(ref, by_place)


def check_enrolments(rows: list[Row], known: Known, report: Report) -> list[Row]:
    new = only_new(ENROLMENTS, rows, known, report)
    places = _enrolled_before(known)
    by_person: dict[str, list[tuple[Row, GroupRef]]] = defaultdict(list)
    for row in new:
        person, group = known.patients.get(row["patient_id"]), known.groups.get(row["group_id"])
        if person is None or group is None or points_at_a_fault(row, report):
            _blame_unknown(ENROLMENTS.name, row, person, group, report)
            continue
        if not _check_dates(row, person, group, report):
            continue
        _check_own_time(row, group, by_person[row["patient_id"]], report)
        by_person[row["patient_id"]].append((row, group))
        places[group.key].append((row["from"], _last_day(row, person), row.line))
    _check_seats(places, known, report)
    return new


def _blame_unknown(
    file: str, row: Row, person: PatientRef | None, group: GroupRef | None, report: Report
) -> None:
    if person is None and not report.is_faulty(PATIENTS.name, row["patient_id"]):
        report.blame(file, row.line, "patient_id", "is not in patients.csv.")
    if group is None and not report.is_faulty(GROUPS.name, row["group_id"]):
        report.blame(file, row.line, "group_id", "is not in groups.csv.")


def points_at_a_fault(row: Row, report: Report) -> bool:
    """Whether the row's person or group has a fault of its own, so that nothing can be said of this row."""
    person, group = row["patient_id"], row["group_id"]
    return report.is_faulty(PATIENTS.name, person) or report.is_faulty(GROUPS.name, group)


def _check_dates(row: Row, person: PatientRef, group: GroupRef, report: Report) -> bool:
    first, last = row["from"], row["to"] or person.ended_on
    reasons = {
        "to": "is before from." if last is not None and last < first else "",
        "from": "" if person.in_program_on(first) else "the person is not in the program on that day.",
        "group_id": "" if person.site == group.site else "the group is at another site.",
    }
    if not reasons["group_id"] and not dates_overlap(first, last, group.from_on, group.to_on):
        reasons["group_id"] = "the group does not meet in that time."
    reasons["group_id"] = reasons["group_id"] or no_such_record(person, group)
    for column, reason in reasons.items():
        if reason:
            report.blame(ENROLMENTS.name, row.line, column, reason)
    return not any(reasons.values())


def _last_day(row: Row, person: PatientRef) -> date | None:
    return row["to"] or person.ended_on


def _check_own_time(
    row: Row, group: GroupRef, others: Iterable[tuple[Row, GroupRef]], report: Report
) -> None:
    for other_row, other in others:
        if not dates_overlap(row["from"], row["to"], other_row["from"], other_row["to"]):
            continue
        if other.key == group.key:
            reason = f"the person is in this group already, see line {other_row.line}."
        elif group.meets_at_the_time_of(other):
            reason = f"meets at the same time as the group in line {other_row.line}."
        else:
            continue
        report.blame(ENROLMENTS.name, row.line, "group_id", reason)
        return


Stretches = dict[str, list[tuple[date, date | None, int]]]


def _enrolled_before(known: Known) -> Stretches:
    """Dated places of groups the clinic has; line 0."""
    places: Stretches = defaultdict(list)
    keys = {ref.group_id: key for key, ref in known.groups.items() if ref.group_id is not None}
    rows = Enrollment.objects.filter(group__in=keys).values_list("group_id", "from_on", "to_on")
    for group_id, first, last in rows:
        places[keys[group_id]].append((first, last, 0))
    return places


def _check_seats(places: Stretches, known: Known, report: Report) -> None:
    """The first enrolment that would be one too many on some day of the group."""
    for key, stretches in places.items():
        seats = known.groups[key].seats
        held: list[date | None] = []
        for first, last, line in sorted(stretches, key=lambda one: one[0]):
            held = [end for end in held if end is None or end >= first]
            held.append(last)
            if len(held) > seats and line:
                reason = f"would be person {len(held)} in a group of {seats} seats."
                report.blame(ENROLMENTS.name, line, "group_id", reason)
                break
