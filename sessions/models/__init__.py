"""What happened: attendance in real minutes, and the notes that say what was done."""

from sessions.models.attendance import Attendance, AttendanceCorrection
from sessions.models.ended import AttendedEpisode
from sessions.models.imports import ImportedRow, ImportFile, ImportRun
from sessions.models.note import Addendum, ProgressNote, Signature

__all__ = [
    "Addendum",
    "Attendance",
    "AttendanceCorrection",
    "AttendedEpisode",
    "ImportFile",
    "ImportRun",
    "ImportedRow",
    "ProgressNote",
    "Signature",
]
