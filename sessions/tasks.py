"""The room's bell: the long parts of an import, and its end. A task carries a number, the rows the rest."""

from celery import shared_task
from django.utils import timezone

from sessions.importing.runs import check_run, clear_forgotten, load_run

LIMITS = {"soft_time_limit": 1700, "time_limit": 1800}


@shared_task(name="sessions.check_import", **LIMITS)
def check_import(run_pk: int) -> None:
    check_run(run_pk=run_pk, now=timezone.now())


@shared_task(name="sessions.load_import", **LIMITS)
def load_import(run_pk: int) -> None:
    """Safe to repeat: a second load finds the rows of the first."""
    load_run(run_pk=run_pk, now=timezone.now())


@shared_task(name="sessions.clear_forgotten_imports")
def clear_forgotten_imports() -> None:
    """Safe to repeat, so it needs no retry rule."""
    clear_forgotten(now=timezone.now())
