"""Who the person is, who sent them, and who pays."""

from decimal import Decimal

from iop_clinic.tables import Cell, Column, Table, table_of
from patients.models import (
    Authorization,
    BenefitVerification,
    ContactTry,
    Patient,
    ReferralStep,
)
from patients.models.referral import PRIVATE_SOURCES, Referral


def person_tables(patient: Patient) -> list[Table]:
    """Ten tables in nine queries."""
    return [
        _person(patient),
        table_of(
            "related-people",
            "People you named",
            patient.related_persons.order_by("name", "pk"),
            {"Name": "name", "Relationship": "relationship", "Phone": "phone"},
        ),
        *_way_in(patient),
        *_coverage(patient),
    ]


def _person(patient: Patient) -> Table:
    said: list[tuple[Cell, ...]] = [
        ("Chart number", patient.record_number),
        ("First name", patient.given_name),
        ("Last name", patient.family_name),
        ("Goes by", patient.preferred_name),
        ("Pronouns", patient.pronouns),
        ("Date of birth", patient.born_on),
        ("Phone", patient.phone),
        ("E-mail", patient.email),
        ("Home state", patient.state_code),
        ("Languages", patient.languages),
        ("Reminders by e-mail", patient.email_reminders_ok),
        ("Voicemail", patient.voicemail_ok),
        ("Clinic", patient.site.name),
    ]
    return Table("person", "About you", ("What", "In the record"), tuple(said))


def _sender(row: Referral) -> str:
    """Places by name; a person of the patient's own life is left out, as what is told of others is."""
    return "" if row.source in PRIVATE_SOURCES else row.sent_by_name


def _way_in(patient: Patient) -> list[Table]:
    rows = patient.referrals.select_related("sender", "payer").order_by("received_on", "pk")
    steps = ReferralStep.objects.filter(referral__patient=patient).select_related("by")
    tries = ContactTry.objects.filter(referral__patient=patient).select_related("by")
    return [
        table_of(
            "referrals",
            "Referrals",
            rows,
            {
                "Received": "received_on",
                "Urgency": "urgency",
                "Sent by": "source",
                "Place": _sender,
                "Why": "reason",
                "Payer": "payer.name",
                "Stands at": "stage",
                "Ended because": "outcome",
                "In words": "outcome_words",
            },
            ("Received", "Sent by", "Place", "Why", "Stands at"),
        ),
        table_of(
            "referral-steps",
            "Steps of a referral",
            steps.order_by("at", "pk"),
            {"At": "at", "Step": "stage", "Note": "note", "By": "by.full_name"},
        ),
        table_of(
            "contact-tries",
            "Tries to reach you",
            tries.order_by("at", "pk"),
            {
                "At": "at",
                "How": "channel",
                "What came of it": "outcome",
                "Note": "note",
                "By": "by.full_name",
            },
        ),
    ]


def _coverage(patient: Patient) -> list[Table]:
    authorizations = Authorization.objects.filter(coverage__patient=patient).select_related("coverage__payer")
    return [
        table_of(
            "coverage",
            "Health plans",
            patient.coverages.select_related("payer").order_by("from_on", "rank", "pk"),
            {
                "Payer": "payer.name",
                "Plan": "plan_name",
                "Member ID": "member_number",
                "Pays (1 is first)": "rank",
                "From": "from_on",
                "To": "to_on",
            },
        ),
        table_of(
            "authorizations",
            "Authorizations",
            authorizations.order_by("from_on", "pk"),
            {
                "Payer": "coverage.payer.name",
                "Number": "number",
                "Service code": "service_code",
                "Status": "status",
                "Units requested": "units_requested",
                "Units approved": "units_approved",
                "From": "from_on",
                "To": "to_on",
            },
            ("Payer", "Number", "Service code", "Status", "Units approved", "From", "To"),
        ),
        _benefits(patient),
        table_of(
            "estimates",
            "Good faith estimates",
            patient.estimates.order_by("asked_on", "pk"),
            {
                "Asked": "asked_on",
                "First service": "service_on",
                "Given": "given_on",
                "Amount in dollars": _dollars("amount_cents"),
            },
        ),
    ]


def _dollars(name: str) -> Column:
    def said(row: object) -> Cell:
        cents = getattr(row, name)
        return None if cents is None else Decimal(cents).scaleb(-2)

    return said


def _benefits(patient: Patient) -> Table:
    rows = BenefitVerification.objects.filter(coverage__patient=patient).select_related(
        "coverage__payer", "recorded_by"
    )
    return table_of(
        "benefits",
        "What payers said",
        rows.order_by("verified_on", "pk"),
        {
            "Asked on": "verified_on",
            "Payer": "coverage.payer.name",
            "Asked by": "source",
            "Who answered": "representative",
            "Reference": "reference",
            "Product": "product",
            "Group number": "group_number",
            "Policy holder is": "relationship",
            "In network": "in_network",
            "IOP covered": "iop_covered",
            "Video covered": "telehealth_covered",
            "Limit": "limit_count",
            "Limit is in": "limit_unit",
            "Authorization needed": "authorization_needed",
            "Deductible in dollars": _dollars("deductible_cents"),
            "Deductible met in dollars": _dollars("deductible_met_cents"),
            "Out-of-pocket maximum in dollars": _dollars("out_of_pocket_cents"),
            "Out-of-pocket met in dollars": _dollars("out_of_pocket_met_cents"),
            "Coinsurance percent": "coinsurance_percent",
            "Copay in dollars": _dollars("copay_cents"),
            "Copay is for": "copay_per",
            "Note": "note",
        },
        ("Asked on", "Payer", "IOP covered", "Authorization needed", "Copay in dollars", "Note"),
    )
