"""`import_clinic DIR`: a dry run by default, `--confirm` loads all of it or nothing."""

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from iop_clinic.accounts.models import User
from iop_clinic.refusal import Refused
from iop_clinic.roles import Role
from sessions.importing.columns import FILES
from sessions.importing.faults import SHOWN, Fault, Report
from sessions.importing.load import book_ahead, check, import_files
from sessions.importing.samples import as_markdown, sample

MOST_BYTES = 100_000_000


class Command(BaseCommand):
    help = "Load a clinic from CSV files: staff, patients, coverage, groups, enrolments, attendance."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", nargs="?", type=Path, help="where the CSV files are")
        parser.add_argument("--confirm", action="store_true", help="load after a clean check")
        parser.add_argument("--as", dest="address", default="", help="e-mail of the administrator")
        parser.add_argument("--samples", type=Path, metavar="DIR", help="write a sample of each file there")
        parser.add_argument("--columns", action="store_true", help="print the columns as Markdown")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["columns"]:
            self.stdout.write(as_markdown())
        elif options["samples"]:
            self._write_samples(options["samples"])
        elif options["folder"] is None:
            raise CommandError("Say where the CSV files are: import_clinic DIR")
        else:
            self._import(options["folder"], options["confirm"], options["address"])

    def _write_samples(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for file in FILES:
            (folder / file.name).write_text(sample(file), encoding="utf-8")
        self.stdout.write(f"Wrote {len(FILES)} sample files to {folder}/")

    def _import(self, folder: Path, confirm: bool, address: str) -> None:
        files = read_folder(folder)
        began, now = time.monotonic(), timezone.now()
        if not confirm:
            self._say(check(files=files, now=now, progress=self._progress).report)
            return
        try:
            report = import_files(files=files, actor=_actor(address), now=now, progress=self._progress)
        except Refused as refusal:
            if refusal.status == 422:
                self._say(check(files=files, now=now).report)
            raise CommandError(refusal.sentence) from refusal
        self._say_counts(report)
        self._progress("Booking the weeks ahead", 0, 0)
        book_ahead(now=now)
        self.stdout.write(f"Loaded in {time.monotonic() - began:.0f} s.")

    def _progress(self, doing: str, done: int, total: int) -> None:
        share = f" {done:,} of {total:,}" if total else ""
        self.stdout.write(f"  {doing}{share}")
        self.stdout.flush()

    def _say(self, report: Report) -> None:
        for fault in report.faults[:SHOWN]:
            self.stdout.write(str(fault))
        if len(report.faults) > SHOWN:
            self.stdout.write(f"and {len(report.faults) - SHOWN:,} more.")
        self._say_counts(report)
        if report.faults:
            raise CommandError(f"{report.fault_words}. Nothing was loaded.")
        self.stdout.write("No faults. Nothing was loaded yet: add --confirm to load it.")

    def _say_counts(self, report: Report) -> None:
        for file in FILES:
            new, same = report.new.get(file.kind, 0), report.same.get(file.kind, 0)
            if new or same:
                self.stdout.write(f"{file.name}: {new:,} new, {same:,} already there")
        kept: list[Fault] = report.differing
        for fault in kept[:SHOWN]:
            self.stdout.write(str(fault))


def read_folder(folder: Path) -> dict[str, bytes]:
    """The known files of a folder by name; a CommandError for a folder that is none, or far too much."""
    if not folder.is_dir():
        raise CommandError(f"There is no folder {folder}.")
    paths = [folder / file.name for file in FILES if (folder / file.name).is_file()]
    if sum(path.stat().st_size for path in paths) > MOST_BYTES:
        raise CommandError(
            f"The files are larger than {MOST_BYTES // 1_000_000} MB together. Load them in parts."
        )
    return {path.name: path.read_bytes() for path in paths}


def _actor(address: str) -> User:
    admins = User.objects.filter(is_active=True, role=Role.ADMINISTRATOR).order_by("pk")
    found = admins.filter(email=address.lower()).first() if address else admins.first()
    if found is None:
        raise CommandError("No such administrator. Make one first: manage.py createsuperuser")
    return found
