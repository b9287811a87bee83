"""Text packs come in whole or not at all, with who holds the permission; the newest counts (6.1)."""

from datetime import date

from django.db import transaction

from iop_clinic.accounts.models import User
from iop_clinic.audit.trail import record
from iop_clinic.refusal import Refused
from patients.models import TextPack, TextPackWithdrawal
from patients.pack_reader import PackError, read_pack
from patients.scoring import load_instruments

MOST_BYTES = 1_000_000


class PackRefused(Refused):
    """The file is faulty: a sentence a line, and nothing of it was kept."""

    def __init__(self, faults: list[str]) -> None:
        sentence = "Nothing was imported. Correct these lines and choose the file again."
        super().__init__(sentence, status=422, words=sentence)
        self.faults = faults


@transaction.atomic
def import_text_pack(
    *,
    actor: User,
    instrument_code: str,
    content: bytes,
    is_json: bool,
    holder: str,
    reference: str,
    permitted_on: date,
    today: date,
) -> TextPack:
    """The new wording of an instrument that ships without. PackRefused names every faulty line."""
    instrument = load_instruments().get(instrument_code)
    if instrument is None or instrument.has_text:
        sentence = "Choose a measure that ships without its wording."
        raise Refused(sentence, status=422, instrument_code=sentence)
    if permitted_on > today:
        sentence = "The permission must be dated today or before."
        raise Refused(sentence, status=422, permitted_on=sentence)
    try:
        wording = read_pack(instrument, content, is_json=is_json)
    except PackError as error:
        raise PackRefused(error.faults) from error
    pack = TextPack.objects.create(
        instrument_code=instrument.id,
        instrument_version=instrument.version,
        wording=wording,
        holder=holder,
        reference=reference,
        permitted_on=permitted_on,
        attested_by=actor,
    )
    record(actor, "patients.import_text_pack", pack, items=len(wording["items"]))
    return pack


@transaction.atomic
def withdraw_text_pack(*, actor: User, pack: TextPack, reason: str) -> TextPackWithdrawal:
    """From now on the portal does not show this wording. Refused 409 when it was withdrawn before."""
    held = TextPack.objects.select_for_update(no_key=True).get(pk=pack.pk)
    if TextPackWithdrawal.objects.filter(pack=held).exists():
        raise Refused("This wording has been withdrawn already.")
    withdrawal = TextPackWithdrawal.objects.create(pack=held, reason=reason, by=actor)
    record(actor, "patients.withdraw_text_pack", held)
    return withdrawal
