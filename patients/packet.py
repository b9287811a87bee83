"""The intake packet: one print-out for the first visit, filled in as far as the chart knows the answers.

Consents, rights and fees are given at intake: domain reference 4.4.
"""

from datetime import datetime

from iop_clinic.accounts.models import User
from iop_clinic.audit.trail import record
from iop_clinic.clock import local_day
from iop_clinic.money import dollars
from iop_clinic.paper.pdf import pdf_of
from iop_clinic.paper.sheet import Block, Bundle, Fields, Lines, Points, Section, Sheet, Table, Ticks, Words
from patients.assessing import WEEKLY
from patients.document_paper import CRISIS_LINES, day_in_words, sheet_of
from patients.instruments.definition import Instrument, Item
from patients.models import Coverage, Patient
from patients.packet_words import BRING, CONTENTS, FEES, FEES_WORDS, PAYING_YOURSELF, RIGHTS, RIGHTS_WORDS
from patients.scoring import load_instruments

ADULT_AGE = 18
SIGNATURE = Fields(
    (("Signature", ""), ("Date", ""), ("Name in capitals", ""), ("If not the patient: who", ""))
)


def make_packet(*, actor: User, patient: Patient, now: datetime) -> bytes:
    """The packet as a PDF, for the desk to print; the making is on the trail."""
    made = pdf_of(packet_of(patient, now=now))
    record(actor, "patients.make_packet", patient)
    return made


def packet_of(patient: Patient, *, now: datetime) -> Bundle:
    """Every sheet of the packet in the order they are worked through; three queries."""
    coverage = (
        patient.coverages.in_force_on(local_day(now, patient.site.time_zone)).select_related("payer").first()
    )
    sheets = (
        _cover(patient, now),
        _details(patient, coverage, now),
        *consent_sheets(patient),
        *(_measure(patient, load_instruments()[code], now) for code in WEEKLY),
        sheet_of(patient, title="Your rights here", sections=(_rights(),), now=now),
        _fees(patient, coverage, now),
    )
    return Bundle(f"Intake packet, chart {patient.record_number}", sheets)


def consent_sheets(patient: Patient) -> list[Sheet]:
    """The consents to read and sign, one sheet each."""
    return []


def _blank(*labels: str) -> Fields:
    """Lines to write on."""
    return Fields(tuple((label, "") for label in labels))


def _cover(patient: Patient, now: datetime) -> Sheet:
    site = patient.site
    inside = (Words("Fill in what you can. We go through it together."), Points(CONTENTS))
    where = (Words(f"{site.name}\n{site.address}"), Words(site.phone, "If you are late or cannot come"))
    sections = (
        Section("Your first visit", (_blank("Day", "Time", "With", "Room or link"),)),
        Section("Where", where),
        Section("Please bring", (Points(BRING),)),
        Section("In this packet", inside),
    )
    return sheet_of(patient, title="Welcome", sections=sections, now=now)


def _details(patient: Patient, coverage: Coverage | None, now: datetime) -> Sheet:
    is_minor = patient.age_on(local_day(now, patient.site.time_zone)) < ADULT_AGE
    guardian = _blank("Name", "Phone", "Who has custody", "School and grade")
    emergency = _blank("Name", "Who they are to you", "Phone", "Second phone")
    medicine = (Lines("Medicine you take, with the dose", 4), Lines("Allergies", 1))
    sections = (
        Section("You", (_who(patient),)),
        Section("Reaching you", _reach(patient)),
        *([Section("Parent or guardian", (guardian,))] if is_minor else []),
        Section("In an emergency we may call", (emergency,)),
        Section("Doctors and medicine", (_blank("Primary care", "Psychiatrist or therapist"), *medicine)),
        Section("Who pays", (_payer(coverage),)),
    )
    return sheet_of(patient, title="About you", sections=sections, now=now)


def _who(patient: Patient) -> Fields:
    return Fields(
        (
            ("Legal name", f"{patient.given_name} {patient.family_name}"),
            ("Name you go by", patient.preferred_name),
            ("Date of birth", day_in_words(patient.born_on)),
            ("Pronouns", patient.pronouns),
            ("Languages", patient.languages),
            ("Do you need an interpreter", ""),
        )
    )


def _reach(patient: Patient) -> tuple[Block, ...]:
    known = (("Phone", patient.phone), ("E-mail", patient.email))
    return (
        Fields((*known, ("Street", ""), ("City, state, ZIP code", ""))),
        Ticks("May we leave a voicemail?", ("Yes", "No")),
        Ticks("May we send reminders by e-mail?", ("Yes", "No")),
    )


def _payer(coverage: Coverage | None) -> Block:
    if coverage is None:
        return _blank("Insurance", "Member number", "Group number", "Policy holder")
    last = coverage.verifications.first()
    return Fields(
        (
            ("Insurance", f"{coverage.payer.name} {coverage.plan_name}".strip()),
            ("Member number", coverage.member_number),
            ("Group number", last.group_number if last else ""),
            ("Policy holder", last.policy_holder if last else ""),
        )
    )


def _measure(patient: Patient, instrument: Instrument, now: datetime) -> Sheet:
    """A blank form with every question; the unscored last question has answers of its own."""
    shared = [item for item in instrument.all_items if not item.options]
    own = [item for item in instrument.all_items if item.options]
    blocks: list[Block] = [_grid(instrument, shared)] if shared else []
    blocks += [
        Ticks(f"{item.number}. {item.text}", tuple(option.text for option in item.options)) for item in own
    ]
    return sheet_of(
        patient,
        title=f"{instrument.title} ({instrument.name})",
        sections=(
            Section("Today", (_blank("Date", "Filled in by"),)),
            Section(instrument.stem, tuple(blocks)),
            *([CRISIS_LINES] if instrument.triggers else []),
            Section("Source", (Words(instrument.citation),)),
        ),
        now=now,
    )


def _grid(instrument: Instrument, items: list[Item]) -> Table:
    options = instrument.options
    return Table(
        heads=("", *(option.text for option in options)),
        rows=tuple((f"{item.number}. {item.text}", *("" for _ in options)) for item in items),
        boxes=tuple(range(1, len(options) + 1)),
        widths=(7, *(2 for _ in options)),
    )


def _rights() -> Section:
    return Section("You have the right", (Points(RIGHTS), Words(RIGHTS_WORDS)))


def _fees(patient: Patient, coverage: Coverage | None, now: datetime) -> Sheet:
    services = Table(("Service", "Fee"), tuple((name, "") for name in FEES), widths=(3, 1))
    signature = _blank("Signature", "Date", "Name in capitals", "If someone signs for the patient: who")
    sections = (
        Section("What we charge", (services,)),
        Section("Your share with insurance", (_share(coverage), Words(FEES_WORDS))),
        Section("If you pay yourself", (Words(PAYING_YOURSELF),)),
        Section("I have read this and had it explained", (signature,)),
    )
    return sheet_of(patient, title="Fees", sections=sections, now=now)


def _share(coverage: Coverage | None) -> Fields:
    """What the payer said of the copay and coinsurance, where it said it."""
    last = coverage.verifications.first() if coverage else None
    copay = coinsurance = asked = ""
    if last is not None:
        asked = day_in_words(last.verified_on)
        if last.copay_cents is not None:
            copay = f"{dollars(last.copay_cents)} {last.get_copay_per_display()}"
        if last.coinsurance_percent is not None:
            coinsurance = f"{last.coinsurance_percent} percent"
    return Fields(
        (
            ("Your copay", copay),
            ("Your coinsurance", coinsurance),
            ("Deductible still to pay", ""),
            ("We asked your plan on", asked),
        )
    )
