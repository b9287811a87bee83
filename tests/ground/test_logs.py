"""A log line says where it broke, never whom it was about."""

import json
import logging
import sys
from typing import Any

import pytest

from iop_clinic.logs import LineFormatter

TOLD = 'duplicate key (given_name)=(Ana Testperson) at "/patients/search/?q=Testperson"'


def line_of(logger: str, message: str, *args: Any, **extra: Any) -> dict[str, Any]:
    try:
        raise ValueError(TOLD)
    except ValueError:
        found = logging.getLogger(logger).makeRecord(
            logger, logging.ERROR, __file__, 1, message, args, sys.exc_info(), extra=extra
        )
    said: dict[str, Any] = json.loads(LineFormatter().format(found))
    return said


@pytest.mark.parametrize(
    "logger", ["django.request", "celery.app.trace", "gunicorn.error", "iop_clinic.jobs"]
)
def test_what_an_error_repeats_of_a_record_stays_out_of_the_log(logger: str) -> None:
    """Celery and gunicorn put the exception or the address into the message itself."""
    said = line_of(logger, "It failed: %s", TOLD)
    assert "Testperson" not in json.dumps(said)
    assert said["error"] == "ValueError"
    assert said["where"].startswith("test_logs.py")


def test_a_failed_task_is_named() -> None:
    message, context = "Task %(name)s failed: %(exc)s", {"name": "scheduling.send_due_messages", "exc": TOLD}
    said = line_of("celery.app.trace", message, context, data=context)
    assert said["task"] == "scheduling.send_due_messages"
    assert "Testperson" not in json.dumps(said)
