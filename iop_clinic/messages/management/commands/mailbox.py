"""A mail server that keeps everything: `manage.py mailbox --port 1025 --dir var/mail` (demo and tests).

It speaks SMTP on this machine only, delivers nothing, and writes each message into a Maildir.
"""

import logging
import signal
import threading
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from iop_clinic.messages.maildir import KeepMail


class Command(BaseCommand):
    help = "Take in mail over SMTP and keep it in a folder; nothing is delivered."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=1025)
        parser.add_argument("--dir", type=Path, default=settings.MAILBOX_DIR)

    def handle(self, *args: Any, **options: Any) -> None:
        logging.getLogger("mail.log").setLevel(logging.WARNING)
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        server = Controller(KeepMail(options["dir"]), hostname="127.0.0.1", port=options["port"])
        try:
            server.start()
        except OSError as error:
            taken = f"The mailbox cannot listen on port {options['port']}. Choose another with --port."
            raise CommandError(taken) from error
        self.stdout.write(f"mailbox: listening on 127.0.0.1:{options['port']}")
        self.stdout.flush()
        stop.wait()
        server.stop()
