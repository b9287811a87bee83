"""Sessions that a clinician's leave or a closure hits, and what was chosen for each: all of it or nothing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet, TextChoices

from iop_clinic.accounts.models import User
from iop_clinic.refusal import Refused
from scheduling.models import Room, TherapySession
from scheduling.substitutes import with_people
from scheduling.turns import lock_sessions

CHANGED = "Not saved: the sessions changed meanwhile. Look at them below; your choices are kept."
LOOK_AGAIN = "New here, or changed meanwhile."


class Deed(TextChoices):
    SUBSTITUTE = "substitute", "Someone else leads it"
    WITHOUT = "without", "It goes on without them"
    MOVE = "move", "Move it"
    CANCEL = "cancel", "Cancel it"
    LEAVE = "leave", "Leave it open"


@dataclass(frozen=True)
class Answer:
    """What was chosen for the session as it was at `version`: by whom, or when (aware) and where."""

    deed: str
    version: int
    staff: User | None = None
    starts_at: datetime | None = None
    room: Room | None = None


Answers = Mapping[int, Answer]


class Unsettled(Refused):
    """Nothing was saved. `by_session` says what is in the way of which session, by its number."""

    def __init__(
        self, sentence: str, by_session: Mapping[int, list[str]], *, status: int = 409, reason: str = ""
    ) -> None:
        super().__init__(sentence, status=status)
        self.by_session = by_session
        self.fields = {"reason": reason} if reason else {}


def locked(rows: QuerySet[TherapySession]) -> list[TherapySession]:
    """Lock these sessions by number; those that are still among the rows then, by time, with their people."""
    pks = {session.pk for session in lock_sessions(rows.values_list("pk", flat=True))}
    return list(with_people(rows).filter(pk__in=pks).order_by("starts_at", "pk"))


def require_answers(sessions: Iterable[TherapySession], answers: Answers) -> None:
    """409 unless exactly these sessions were answered, each as it is now."""
    versions = {session.pk: session.version for session in sessions}
    answered = {pk: answer.version for pk, answer in answers.items()}
    if versions != answered:
        odd = [pk for pk, version in versions.items() if answered.get(pk) != version]
        raise Unsettled(CHANGED, {pk: [LOOK_AGAIN] for pk in odd})


def require_settled(problems: Mapping[int, list[str]], reason: str = "") -> None:
    """409 when something is still in the way of a session; `reason` is for that field."""
    if problems:
        count = "1 session is" if len(problems) == 1 else f"{len(problems)} sessions are"
        raise Unsettled(f"Not saved: {count} not settled yet. See below.", problems, reason=reason)
