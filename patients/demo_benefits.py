"""What the demo's payers said about benefits, an estimate, and a few scanned cards."""

import hashlib
import struct
import zlib
from datetime import time

from iop_clinic.accounts.demo import House, Moment, chance
from iop_clinic.filestore import keep_file
from patients.demo_chart import Chart
from patients.demo_payers import payers
from patients.models import BenefitVerification, GoodFaithEstimate, Upload
from patients.verifying import ask_again_on

ASKED_FIELDS = {
    "product": "ppo",
    "relationship": "self",
    "in_network": "yes",
    "iop_covered": "yes",
    "telehealth_covered": "yes",
    "authorization_needed": "yes",
    "authorization_way": "Portal, answer within two days",
    "copay_per": "day",
    "deductible_cents": 150_000,
    "out_of_pocket_cents": 600_000,
    "coinsurance_percent": 20,
    "timely_filing_days": 90,
    "limit_count": 60,
    "limit_unit": "days",
}


def add_verifications(charts: list[Chart], house: House, moment: Moment) -> None:
    """Asked at admission and monthly since; one in nine is due again."""
    running = [chart for chart in charts if not chart.episode.ended_on]
    rows = [_answer(chart, house, moment) for chart in running]
    BenefitVerification.objects.bulk_create(rows)
    last = running[-1]
    GoodFaithEstimate.objects.create(
        patient=last.patient,
        asked_on=moment.day(-1),
        due_on=moment.day(2),
        recorded_by=house.staff["dana"],
    )


def _answer(chart: Chart, house: House, moment: Moment) -> BenefitVerification:
    draw = chance("benefits", chart.person.name)
    verified_on = moment.day(-40 if draw.random() < 0.11 else -draw.randint(2, 20))
    met = draw.randrange(0, 150_000, 2_500)
    return BenefitVerification(
        coverage=chart.coverage,
        verified_on=verified_on,
        source="phone",
        representative=draw.choice(("Dee", "Marco", "Ines", "Paul")),
        reference=f"CALL-{chart.patient.record_number}",
        group_number=f"G-{chart.patient.record_number % 900 + 100}",
        policy_holder=f"{chart.patient.given_name} {chart.patient.family_name}",
        deductible_met_cents=met,
        out_of_pocket_met_cents=met,
        copay_cents=draw.choice((2000, 2500, 3500)),
        payer_code=payers()[chart.person.payer].payer_code,
        next_due_on=ask_again_on(verified_on, 1),
        recorded_by=house.staff["dana"],
        recorded_at=moment.no_later(moment.at(verified_on, time(11, 20))),
        **ASKED_FIELDS,
    )


def add_files(charts: list[Chart], house: House, moment: Moment) -> None:
    """A card each for three people, drawn as plain colored pictures."""
    for number, chart in enumerate(charts[-3:]):
        content = _picture(number)
        Upload.objects.create(
            patient=chart.patient,
            kind=Upload.Kind.INSURANCE_CARD,
            title="Insurance card, front",
            content_type="image/png",
            byte_count=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
            stored_name=keep_file(content, chart.uuid("card").hex),
            uploaded_by=house.staff["dana"],
            uploaded_at=moment.at(chart.episode.admitted_on, time(8, 10)),
        )


def _picture(number: int) -> bytes:
    """A small PNG of one color."""
    width, height = 320, 200
    color = bytes((40 + 60 * number, 90, 150))
    raw = b"".join(b"\x00" + color * width for _ in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(raw)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in parts
    )
