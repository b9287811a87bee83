"""The demo's mailbox: a mail server that keeps what arrives, and pages to read it; only in the demo."""

import smtplib
import uuid
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from django.test import Client
from django.urls import reverse

from iop_clinic.messages.admin import masked
from iop_clinic.messages.maildir import KeepMail, letters
from tests.messages.sink import free_port

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    settings.DEMO, settings.MAILBOX_DIR = True, tmp_path / "mail"
    return settings.MAILBOX_DIR


def posted(folder: Path, *texts: str) -> None:
    """Each text sent as a mail over real SMTP into the folder."""
    server = Controller(KeepMail(folder), hostname="127.0.0.1", port=free_port())
    server.start()
    with smtplib.SMTP("127.0.0.1", server.port) as client:
        for text in texts:
            mail = EmailMessage()
            mail["From"], mail["To"] = "Marlow Street <desk@marlow.example>", "ana@patients.example"
            mail["Subject"] = "Appointment reminder"
            mail.set_content(text)
            client.send_message(mail)
    server.stop()


def test_what_arrives_is_kept_and_listed_newest_first(folder: Path) -> None:
    posted(folder, "First", "Second, with <b>marks</b> and café")
    page = Client().get(reverse("mailbox:inbox")).content.decode()
    assert page.index("Second, with &lt;b&gt;marks") < page.index("First")
    newest = letters(folder)[0]
    page = Client().get(reverse("mailbox:message", args=[newest.number])).content.decode()
    assert "café" in page and "ana@patients.example" in page and "<b>marks" not in page


def test_a_folder_that_stands_there_empty_takes_mail_too(folder: Path) -> None:
    folder.mkdir()  # as `make run` leaves it
    posted(folder, "First")
    assert [letter.text.strip() for letter in letters(folder)] == ["First"]


def test_an_empty_mailbox_says_so(folder: Path) -> None:
    assert "No mail yet" in Client().get(reverse("mailbox:inbox")).content.decode()


def test_a_letter_that_is_not_there_is_not_found(folder: Path) -> None:
    posted(folder, "First")
    assert Client().get(reverse("mailbox:message", args=[uuid.uuid4()])).status_code == 404


def test_outside_the_demo_there_is_no_mailbox(folder: Path, settings: Any) -> None:
    posted(folder, "First")
    number = letters(folder)[0].number
    settings.DEMO = False
    for url in (reverse("mailbox:inbox"), reverse("mailbox:message", args=[number])):
        assert Client().get(url).status_code == 404


@pytest.mark.parametrize(
    ("address", "shown"), [("ana@patients.example", "a***@patients.example"), ("", "***@")]
)
def test_the_admin_masks_addresses(address: str, shown: str) -> None:
    assert masked(address) == shown
