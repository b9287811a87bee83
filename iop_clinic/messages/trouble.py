"""What a mail server's answer means, in words for the desk: try again, or give up (RFC 5321, 4.2.1)."""

import smtplib
from dataclasses import dataclass


@dataclass(frozen=True)
class Trouble:
    """Why a message did not go out. `server_gone` ends the round: nobody else would get through."""

    words: str
    permanent: bool = False
    server_gone: bool = False


NO_ADDRESS = Trouble("There is no e-mail address.", permanent=True)


def trouble_of(error: Exception) -> Trouble:
    """The trouble behind an exception of a send."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return _by_code(max(code for code, _ in error.recipients.values()), "the address")
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return Trouble("The mail server did not accept the clinic's sign-in.", server_gone=True)
    if isinstance(error, smtplib.SMTPConnectError | smtplib.SMTPHeloError | smtplib.SMTPServerDisconnected):
        return Trouble("The mail server hung up.", server_gone=True)
    if isinstance(error, smtplib.SMTPSenderRefused):
        return _by_code(error.smtp_code, "the sender")
    if isinstance(error, smtplib.SMTPResponseException):
        return _by_code(error.smtp_code, "the message")
    if isinstance(error, smtplib.SMTPException | UnicodeError | ValueError):
        return Trouble("The address cannot be used for e-mail.", permanent=True)
    if isinstance(error, OSError):
        return Trouble("The mail server could not be reached.", server_gone=True)
    return Trouble("Something unexpected stopped it.")


def _by_code(code: int, what: str) -> Trouble:
    if 500 <= code < 600:
        return Trouble(f"The mail server refused {what} ({code}).", permanent=True)
    return Trouble(f"The mail server asked to wait ({code}).", server_gone=code == 421)
