"""The room's bell: follow-ups nobody closed put higher up, files without a row."""

from celery import shared_task
from django.utils import timezone

from iop_clinic.filestore import sweep
from patients.escalating import escalate_overdue
from patients.filing import with_rows


@shared_task(name="patients.escalate_follow_ups")
def escalate_follow_ups() -> int:
    """Every minute; each step is a row that can be there once, so repeating it changes nothing."""
    return escalate_overdue(now=timezone.now())


@shared_task(name="patients.sweep_files")
def sweep_files() -> int:
    """Files a crash left without their row; safe to repeat, so it needs no retry rule."""
    return sweep(with_rows, timezone.now())
