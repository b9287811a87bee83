"""The demo's mailbox: what the local mail sink kept, as a Maildir of the standard library."""

import mailbox
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

MOST_SHOWN = 200


class KeepMail:
    """What the SMTP server does with a message: keep it, with the envelope's receivers."""

    def __init__(self, folder: Path) -> None:
        for part in ("tmp", "new", "cur"):  # the library makes them in a folder of its own making only
            (folder / part).mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder = mailbox.Maildir(folder)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        head = f"X-Arrived-For: {', '.join(envelope.rcpt_tos)}\r\n".encode()
        self.folder.add(head + envelope.content)
        return "250 Kept"


@dataclass(frozen=True)
class Letter:
    """One message that arrived. `number` names it in addresses."""

    number: uuid.UUID
    arrived_at: datetime
    to: str
    sender: str
    subject: str
    text: str


def letters(folder: Path) -> list[Letter]:
    """The newest two hundred, newest first; an empty list before the first one."""
    if not (folder / "new").is_dir():
        return []
    files = sorted((folder / "new").iterdir(), key=lambda path: path.stat().st_mtime_ns, reverse=True)
    return [_read(path) for path in files[:MOST_SHOWN]]


def letter(folder: Path, number: uuid.UUID) -> Letter | None:
    return next((one for one in letters(folder) if one.number == number), None)


def _read(path: Path) -> Letter:
    mail = message_from_bytes(path.read_bytes(), policy=policy.default)
    assert isinstance(mail, EmailMessage)
    body = mail.get_body(("plain", "html"))
    return Letter(
        number=uuid.uuid5(uuid.NAMESPACE_OID, path.name),
        arrived_at=datetime.fromtimestamp(path.stat().st_mtime, UTC),
        to=str(mail.get("X-Arrived-For") or mail.get("To", "")),
        sender=str(mail.get("From", "")),
        subject=str(mail.get("Subject", "")),
        text=body.get_content() if body is not None else "",
    )
