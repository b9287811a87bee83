"""Signed progress notes of a stay on paper, with what was added later. Drafts are not in the record."""

from datetime import datetime

from iop_clinic.paper.sheet import Block, Fields, Section, Sheet, Words
from patients.models import Episode
from patients.paper import day_in_words, instant_in_words, sheet_of
from sessions.models import ProgressNote, Signature
from sessions.wall import wall

Heads = tuple[tuple[str, str], ...]


def notes_sheet(episode: Episode, *, now: datetime, notice: str = "") -> Sheet:
    """Every signed note, the oldest first; two queries."""
    notes = (
        ProgressNote.objects.filter(booking__episode=episode, signature__isnull=False)
        .select_related("booking__session", "signature__signed_by", "goal", "objective")
        .prefetch_related("addenda__author")
        .order_by("booking__session__starts_at")
    )
    tz_name = episode.patient.site.time_zone
    sections = tuple(_section(note, tz_name) for note in notes)
    return sheet_of(
        episode.patient,
        title="Progress notes",
        sections=sections or (Section("Notes", (Words("None signed yet."),)),),
        now=now,
        notice=notice,
    )


def _section(note: ProgressNote, tz_name: str) -> Section:
    session, signature = note.booking.session, note.signature
    facts: Heads = (
        ("Here", _times(signature, tz_name)),
        ("Session", session.get_kind_display()),
        ("Goal", note.goal.statement if note.goal else ""),
        ("Objective", note.objective.statement if note.objective else ""),
        ("Took part", note.get_participation_display()),
        ("Mood", note.affect),
        ("Risk", note.get_risk_display()),
        ("Next step", note.plan),
    )
    blocks: list[Block] = [Fields(tuple((label, words) for label, words in facts if words))]
    blocks.append(Words(note.text, "Note"))
    blocks += [
        Words(f"{row.text}\nWhy: {row.reason}", f"Added by {row.author.full_name}, {row.credential}")
        for row in note.addenda.all()
    ]
    signed = instant_in_words(signature.signed_at, tz_name)
    blocks.append(Words(f"Signed by {signature.signed_by.full_name}, {signature.credential}, {signed}"))
    return Section(f"{day_in_words(session.occurs_on)}, {session.title}", tuple(blocks))


def _times(signature: Signature, tz_name: str) -> str:
    """From when to when the person was there, as it was signed, and the minutes between; "" if unknown."""
    came, left = signature.arrived_at, signature.left_at
    if came is None or left is None:
        return ""
    minutes = int((left - came).total_seconds()) // 60
    return f"{wall(came, tz_name)} to {wall(left, tz_name)}, {minutes} min"
