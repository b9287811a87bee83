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
from patients.blank_measure import blank_measure_sheet
from patients.consent_words import VERSION, Terms, shown_for
from patients.consenting import REQUIRED_FOR_ADMISSION
from patients.measure_forms import intake_forms
from patients.models import Coverage, Patient
from patients.models.consent_terms import ConsentKind
from patients.packet_words import BRING, CONTENTS, FEES, FEES_WORDS, PAYING_YOURSELF, RIGHTS, RIGHTS_WORDS
from patients.paper import day_in_words, sheet_of

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
    """Every sheet of the packet in the order they are worked through; five queries at most."""
    today = local_day(now, patient.site.time_zone)
    coverage = patient.coverages.in_force_on(today).select_related("payer").first()
    sheets = (
        _cover(patient, now),
        _details(patient, coverage, now),
        *(_consent(patient, kind, now) for kind in REQUIRED_FOR_ADMISSION),
        *(blank_measure_sheet(patient, one, now=now) for one in intake_forms(patient, today)),
        sheet_of(patient, title="Your rights here", sections=(_rights(),), now=now),
        _fees(patient, coverage, now),
    )
    return Bundle(f"Intake packet, chart {patient.record_number}", sheets)


def _consent(patient: Patient, kind: str, now: datetime) -> Sheet:
    """A consent that admission needs, to read and to sign; the desk records what was signed."""
    shown = shown_for(Terms(kind=kind), patient.full_name)
    return sheet_of(
        patient,
        title=f"Consent: {ConsentKind(kind).label.lower()}",
        sections=(
            *(Section(part["title"], (Words(part["words"]),)) for part in shown),
            Section("Signature", (SIGNATURE,)),
        ),
        facts=(("Wording", VERSION),),
        now=now,
    )


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


def _rights() -> Section:
    return Section("You have the right", (Points(RIGHTS), Words(RIGHTS_WORDS)))


def _fees(patient: Patient, coverage: Coverage | None, now: datetime) -> Sheet:
    services = Table(("Service", "Fee"), tuple((name, "") for name in FEES), widths=(3, 1))
    sections = (
        Section("What we charge", (services,)),
        Section("Your share with insurance", (_share(coverage), Words(FEES_WORDS))),
        Section("If you pay yourself", (Words(PAYING_YOURSELF),)),
        Section("I have read this and had it explained", (SIGNATURE,)),
    )
    return sheet_of(patient, title="Fees", sections=sections, now=now)


def _share(coverage: Coverage | None) -> Fields:
    """What the payer said of copay, coinsurance and deductible, where it said it."""
    last = coverage.verifications.first() if coverage else None
    copay = coinsurance = deductible = asked = ""
    if last is not None:
        asked = day_in_words(last.verified_on)
        if last.copay_cents is not None:
            copay = f"{dollars(last.copay_cents)} {last.get_copay_per_display()}"
        if last.coinsurance_percent is not None:
            coinsurance = f"{last.coinsurance_percent} percent"
        if last.deductible_cents is not None and last.deductible_met_cents is not None:
            deductible = dollars(max(last.deductible_cents - last.deductible_met_cents, 0))
    return Fields(
        (
            ("Your copay", copay),
            ("Your coinsurance", coinsurance),
            ("Deductible still to pay", deductible),
            ("We asked your plan on", asked),
        )
    )
