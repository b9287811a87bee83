"""An import in the browser: upload, check in the worker, confirm, load in the worker.

Rows carry everything; a task carries a number. A worker that dies gives its lock back, and waking the
run again continues it: what was loaded is found as already there.
"""

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, OuterRef
from django.db.models.functions import Now
from kombu.exceptions import OperationalError as BrokerDown

from iop_clinic.accounts.models import User
from iop_clinic.audit.trail import record
from iop_clinic.refusal import Refused
from sessions.importing.columns import BY_NAME
from sessions.importing.load import book_ahead, check, import_files
from sessions.models import ImportFile, ImportRun

log = logging.getLogger(__name__)
MOST_BYTES = 10_000_000
LOCK = 7_420_002
KEPT = timedelta(days=1)
BROKEN = "Something broke while reading the files. Nothing was loaded."
Wake = Callable[[int], Any]


@transaction.atomic
def start_run(*, actor: User, files: Mapping[str, bytes], wake: Wake) -> ImportRun:
    """Keep the files and have them checked. Refused 422 for other names, none, or too much."""
    unknown = sorted(set(files) - set(BY_NAME))
    if not files or unknown:
        wanted = f"Choose files called {', '.join(BY_NAME)}."
        said = f"“{unknown[0][:60]}” is not one of them. {wanted}" if unknown else wanted
        raise Refused(said, status=422, csv_files=said)
    if sum(map(len, files.values())) > MOST_BYTES:
        said = (
            f"The files are larger than {MOST_BYTES // 1_000_000} MB together. Use import_clinic for those."
        )
        raise Refused(said, status=422, csv_files=said)
    run = ImportRun.objects.create(started_by=actor)
    ImportFile.objects.bulk_create(
        ImportFile(run=run, name=name, content=content) for name, content in files.items()
    )
    record(actor, "sessions.start_import", run, files=len(files))
    _wake_later(wake, run)
    return run


@transaction.atomic
def confirm_run(*, actor: User, run: ImportRun, wake: Wake) -> ImportRun:
    """Have a clean run loaded. Pressing twice loads once; Refused 409 while a row is faulty."""
    held = ImportRun.objects.select_for_update().get(pk=run.pk)
    if held.state in (ImportRun.State.LOADING, ImportRun.State.DONE):
        return held
    if held.state == ImportRun.State.DISCARDED:
        raise Refused("The files are gone. Upload them again.")
    if held.state != ImportRun.State.CHECKED or held.report.get("fault_count"):
        raise Refused("Only files without faults can be loaded. Check them again first.")
    held.state, held.doing, held.done_count = ImportRun.State.LOADING, "Waiting for the worker", 0
    held.save(update_fields=["state", "doing", "done_count"])
    record(actor, "sessions.confirm_import", held)
    _wake_later(wake, held)
    return held


@transaction.atomic
def discard_run(*, actor: User, run: ImportRun) -> ImportRun:
    """Throw the uploaded files away. What is loaded stays loaded."""
    held = ImportRun.objects.select_for_update().get(pk=run.pk)
    if held.state == ImportRun.State.LOADING:
        raise Refused("It is being loaded. Wait until that has ended.")
    return _discard(actor, held)


@transaction.atomic
def clear_forgotten(*, now: datetime) -> int:
    """Discard every upload that nobody had loaded within a day; how many there were."""
    rows = ImportRun.objects.select_for_update(skip_locked=True)
    kept = Exists(ImportFile.objects.filter(run=OuterRef("pk")))
    rows = rows.filter(kept, created_at__lt=now - KEPT).exclude(state=ImportRun.State.LOADING)
    return len([_discard(None, run) for run in rows])


def _discard(actor: User | None, held: ImportRun) -> ImportRun:
    held.files.all().delete()
    if held.state != ImportRun.State.DONE:
        held.state, held.report = ImportRun.State.DISCARDED, {}
        held.save(update_fields=["state", "report"])
    record(actor, "sessions.discard_import", held)
    return held


def _wake_later(wake: Wake, run: ImportRun) -> None:
    """After the commit; with the broker down the row waits, and its page offers to try again."""

    def knock() -> None:
        try:
            wake(run.pk)
        except BrokerDown:
            log.warning("import %s waits: the broker does not answer", run.pk)

    transaction.on_commit(knock)


def check_run(*, run_pk: int, now: datetime) -> None:
    """The worker's first part: the dry run, its report kept on the row."""
    with _only_here(run_pk, ImportRun.State.CHECKING) as run, Teller(run_pk) as tell:
        if run is None:
            return
        report = check(files=_files(run), now=now, progress=tell).report
        _end(run, state=ImportRun.State.CHECKED, report=report.as_json())


def load_run(*, run_pk: int, now: datetime) -> None:
    """The worker's second part: everything or nothing, then the weeks ahead."""
    with _only_here(run_pk, ImportRun.State.LOADING) as run, Teller(run_pk) as tell:
        if run is None:
            return
        try:
            report = import_files(files=_files(run), actor=run.started_by, now=now, progress=tell)
        except Refused as refusal:
            _end(run, state=ImportRun.State.FAILED, sentence=refusal.sentence)
            return
        run.files.all().delete()
        _end(run, state=ImportRun.State.DONE, report=report.as_json(), finished_at=now)
        book_ahead(now=now)


def _files(run: ImportRun) -> dict[str, bytes]:
    return {file.name: bytes(file.content) for file in run.files.all()}


def _end(run: ImportRun, **changed: Any) -> None:
    ImportRun.objects.filter(pk=run.pk).update(**changed, doing="", moved_at=Now())


@contextmanager
def _only_here(run_pk: int, state: str) -> Iterator[ImportRun | None]:
    """The run in that state under a lock that ends with this connection; None when another has it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [LOCK, run_pk])
        is_ours = cursor.fetchone()[0]
    try:
        runs = ImportRun.objects.select_related("started_by").filter(pk=run_pk, state=state)
        yield runs.first() if is_ours else None
    except Exception:
        ImportRun.objects.filter(pk=run_pk).update(
            state=ImportRun.State.FAILED, sentence=BROKEN, doing="", moved_at=Now()
        )
        raise
    finally:
        if is_ours:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [LOCK, run_pk])


class Teller:
    """Progress for the page, at most once a second, over a connection of its own: the load's is busy."""

    def __init__(self, run_pk: int) -> None:
        self.run_pk, self._told_at, self._doing = run_pk, 0.0, ""
        self._connection = connection.copy()

    def __enter__(self) -> "Teller":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def __call__(self, doing: str, done: int, total: int) -> None:
        if doing == self._doing and time.monotonic() - self._told_at < 1:
            return
        self._told_at, self._doing = time.monotonic(), doing
        with self._connection.cursor() as cursor:
            cursor.execute(
                "UPDATE iop_sessions_importrun SET doing = %s, done_count = %s, total_count = %s,"
                " moved_at = now() WHERE id = %s",
                [doing, done, total, self.run_pk],
            )
