"""The demo's progress notes: one for each attended session, signed soon after, a few still open."""

from datetime import datetime, timedelta

from iop_clinic.accounts.demo import Moment, chance
from iop_clinic.accounts.models import StaffProfile
from patients.demo_cast import Person
from patients.demo_chart import Chart, last_track_day
from scheduling.models import Booking
from sessions.models import Attendance, ProgressNote, Signature
from sessions.notes import hash_of_signed

OPENINGS = (
    "Came in quiet and warmed up after the first round.",
    "Arrived tense, used the breathing exercise before sharing.",
    "Spoke early and stayed with the topic.",
    "Listened for most of the hour, then named one thing that stood out.",
    "Was restless at first, asked for a short pause and came back.",
    "Said the week had been heavy and stayed anyway.",
)
MIDDLES = (
    "Worked on spotting the thought before the urge and wrote two examples down.",
    "Practiced saying no in a role play and got useful feedback.",
    "Went through last night hour by hour and found where it could have turned.",
    "Tried the skill from last time at home once and told how it went.",
    "Planned the difficult part of the coming evening in three small steps.",
    "Compared what helped this week with what did not.",
)
CLOSINGS = (
    "Left calmer than on arrival.",
    "Can name the next step.",
    "Asked a good question at the end.",
    "Tired, and glad to have come.",
)
NEXT_STEPS = (
    "Try the skill once before the next group.",
    "Bring the worksheet back.",
    "Call someone before it gets late.",
    "Look at the plan again next time.",
)
MOODS = ("calm", "low", "anxious", "tired", "lighter than last time", "irritable at first", "hopeful")


# The session of the last day whose note is still a draft, by track, or the last of the evening.
OPEN_TITLES = {
    "am": {"Sleep and mood", "Moving your body"},
    "eve": {"Relapse prevention"},
    "teen": {"Adolescent process"},
    "last": {"Recovery skills", "Mindful recovery", "Multi-family night"},
}


def add_notes(attended: list[tuple[Chart, Booking, Attendance]], moment: Moment) -> None:
    """Draft or signed, as far as the clock and the story have come."""
    notes: list[ProgressNote] = []
    times: dict[int, tuple[Attendance, datetime | None]] = {}
    for chart, booking, came in attended:
        ended_at = booking.session.ends_at
        if ended_at + timedelta(minutes=6) > moment.now:
            continue
        signed_at = _signed_at(chart, booking, came, moment)
        written_at = ended_at + timedelta(minutes=5) if signed_at is None else signed_at
        if signed_at is None and _is_not_begun(chart, booking, moment):
            continue
        notes.append(_note(chart, booking, moment.no_later(written_at)))
        times[booking.pk] = (came, signed_at)
    ProgressNote.objects.bulk_create(notes, batch_size=1000)
    credentials = dict(StaffProfile.objects.values_list("user", "credential"))
    Signature.objects.bulk_create(
        [
            _signature(note, came, signed_at, credentials)
            for note in notes
            for came, signed_at in [times[note.booking_id]]
            if signed_at is not None
        ],
        batch_size=1000,
    )


def _is_not_begun(chart: Chart, booking: Booking, moment: Moment) -> bool:
    if _left_open(chart.person, booking, moment):
        return False
    return chance("begun", chart.person.name, booking.session.starts_at).random() < 0.5


def _signed_at(chart: Chart, booking: Booking, came: Attendance, moment: Moment) -> datetime | None:
    """Ten minutes to an hour and a half after the end, or not yet."""
    lag_minutes = chance("lag", chart.person.name, booking.session.starts_at).randint(10, 90)
    signed_at = booking.session.ends_at + timedelta(minutes=lag_minutes)
    unready = came.left_at is None or not chart.objectives_on(booking.session.occurs_on)
    if unready or signed_at > moment.now or _left_open(chart.person, booking, moment):
        return None
    return signed_at


def _left_open(person: Person, booking: Booking, moment: Moment) -> bool:
    """The unsigned notes of the last day: one session of each person whose story it is."""
    if not person.has("draft_note"):
        return False
    on_last_day = booking.session.occurs_on == last_track_day(person.track, moment)
    titles = OPEN_TITLES["last" if person.has("last_note") else person.track]
    return on_last_day and booking.session.title in titles


def _note(chart: Chart, booking: Booking, saved_at: datetime) -> ProgressNote:
    draw = chance("note", chart.person.name, booking.session.starts_at)
    objectives = chart.objectives_on(booking.session.occurs_on)
    named = draw.choice(objectives) if objectives else None
    return ProgressNote(
        booking=booking,
        goal=named.goal if named else None,
        objective=named,
        participation=draw.choice(["active", "active", "some", "some", "little"]),
        affect=draw.choice(MOODS),
        text=f"{draw.choice(OPENINGS)} {draw.choice(MIDDLES)} {draw.choice(CLOSINGS)}",
        plan=draw.choice(NEXT_STEPS),
        author=booking.session.lead,
        started_at=booking.session.ends_at,
        saved_at=saved_at,
    )


def _signature(
    note: ProgressNote, came: Attendance, signed_at: datetime, credentials: dict[int, str]
) -> Signature:
    return Signature(
        note=note,
        signed_by=note.author,
        credential=credentials[note.author_id],
        signed_at=signed_at,
        arrived_at=came.arrived_at,
        left_at=came.left_at,
        content_sha256=hash_of_signed(note, came.arrived_at, came.left_at),
    )
