"""One line per log record, without values that may name a patient.

Arguments of a message and the text of an exception are left out: PostgreSQL repeats row values in
its error details. What remains is the message template, the exception's class and where it rose.
"""

import json
import logging
import traceback
from datetime import UTC, datetime

TRUSTED_LOGGERS = ("celery", "gunicorn", "iop_clinic.stack", "iop_clinic.jobs")


class LineFormatter(logging.Formatter):
    """A JSON line: instant (UTC), level, logger, event, and for an exception its class and frames."""

    def format(self, record: logging.LogRecord) -> str:
        trusted = record.name.startswith(TRUSTED_LOGGERS) and not record.exc_info
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage() if trusted else str(record.msg),
        }
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__qualname__
            if task := (getattr(record, "data", None) or {}).get("name"):
                line["task"] = task
            frames = traceback.extract_tb(record.exc_info[2])
            line["where"] = " < ".join(
                f"{f.filename.rsplit('/', 1)[-1]}:{f.lineno}" for f in reversed(frames[-6:])
            )
        return json.dumps(line)
