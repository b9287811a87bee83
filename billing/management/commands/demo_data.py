"""`demo_data`: an invented clinic, the same for everyone who loads it on the same day at the same time."""

import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction
from django.utils import timezone

from billing.demo import fill_billing
from iop_clinic.accounts.demo import MARLOW, PASSWORD, Moment, open_house, sign_ins
from iop_clinic.accounts.models import Site
from iop_clinic.audit.trail import record
from patients.demo import fill_charts
from scheduling.demo import fill_weeks
from sessions.demo import fill_attendance


class Command(BaseCommand):
    requires_system_checks: list[str] = []  # also run at every start, where the checks have just been
    help = "Load the demo clinic: synthetic people, twelve weeks behind and four ahead of today."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--if-empty", action="store_true", help="do nothing when there is a clinic")
        parser.add_argument("--sign-ins", action="store_true", help="only print who can sign in")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["sign_ins"]:
            self._print_sign_ins()
            return
        if Site.objects.exists():
            self._say_what_is_there(options["if_empty"])
            return
        if not (settings.DEMO or settings.DEBUG):
            raise CommandError("The demo's passwords are public. Set DEMO=1 to load it.")
        began = time.monotonic()
        counts = load(Moment(timezone.now()))
        took = time.monotonic() - began
        if options["verbosity"]:
            self.stdout.write(f"The demo clinic is loaded: {counts}, in {took:.0f} s.")

    def _say_what_is_there(self, quiet: bool) -> None:
        if quiet:
            return
        if not Site.objects.filter(name=MARLOW).exists():
            raise CommandError("There is a clinic in this database. The demo needs an empty one.")
        self.stdout.write("The demo clinic is already there. Nothing changed.")

    def _print_sign_ins(self) -> None:
        if not Site.objects.filter(name=MARLOW).exists():
            self.stdout.write("The demo clinic is not loaded: make demo-data")
            return
        self.stdout.write(f"Sign in with one of these addresses and the password {PASSWORD}")
        for role, address in sign_ins():
            self.stdout.write(f"  {role:<18} {address}")


@transaction.atomic
def load(moment: Moment) -> str:
    """Everything or nothing; the counts in words."""
    house = open_house(moment)
    charts = fill_charts(house, moment)
    calendar = fill_weeks(charts, house, moment)
    fill_attendance(calendar, house, moment)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # PostgreSQL should not plan the closing of days for empty tables
    fill_billing(charts, house, moment)
    record(None, "demo.loaded", site_id=house.marlow.pk, charts=len(charts))
    return f"{len(charts)} charts, {len(calendar.bookings)} bookings"
