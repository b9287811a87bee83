"""The demo's releases: who may be told what, what waits for a signature, and what left the house."""

from datetime import date, datetime, time, timedelta

from iop_clinic.accounts.demo import House, Moment, chance
from patients.consent_words import VERSION, Terms, shown_for
from patients.consenting import content_hash
from patients.demo_chart import Chart
from patients.disclosing import NOTICE_VERSION
from patients.models import Consent, Disclosure, DisclosureReview
from patients.models.consent_terms import Basis, Purpose, Recipient, Scope

DOCTORS = ("Dr. Paul Ito, Millbrook Family Medicine", "Dr. Salma Reyes, Falls Primary Care")
STROKES = "M60 140 88 60 112 138 130 96 150 134M170 132 190 90 214 130 232 92 262 128 300 104 352 118"
_CARE = Terms(
    kind=Consent.Kind.TPO,
    discloser="Marlow Street",
    scopes=(Scope.EVERYTHING,),
    recipient_classes=(Recipient.PROVIDER, Recipient.PAYER, Recipient.OPERATIONS),
    purpose=Purpose.TPO,
)
_LETTER = Terms(
    kind=Consent.Kind.RELEASE,
    discloser="Marlow Street",
    scopes=(Scope.ATTENDANCE,),
    scope_words="days and hours only",
    recipient_names=("Ms. Okafor, Delaware Freight",),
    purpose=Purpose.PATIENT_REQUEST,
    purpose_words="time off work",
    ends_with_treatment=True,
)


def add_releases(charts: list[Chart], house: House, moment: Moment) -> None:
    """One consent to care for each substance-use record, a doctor here and there, and what was sent."""
    rows = [row for chart in charts for row in _releases(chart, house, moment)]
    Consent.objects.bulk_create(rows)
    _disclose(charts, {row.patient_id: row for row in rows if row.kind == Consent.Kind.TPO}, house, moment)


def _releases(chart: Chart, house: House, moment: Moment) -> list[Consent]:
    admitted_at = moment.no_later(moment.at(chart.episode.admitted_on, time(8, 40)))
    draw = chance("release", chart.person.name)
    rows = [_signed(chart, _CARE, admitted_at, house)] if chart.episode.is_part2 else []
    may_draw = chart.person.track != "teen" and draw.random() < 0.2
    if chart.person.has("amara") or may_draw:
        doctor = _doctor(draw.choice(DOCTORS), chart.episode.admitted_on)
        rows.append(_signed(chart, doctor, admitted_at, house))
        if draw.random() < 0.2:
            rows[-1].revoked_at = moment.no_later(admitted_at + timedelta(days=9))
            rows[-1].revoked_how, rows[-1].revoked_by = Consent.RevokedHow.WRITTEN, house.staff["bea"]
    if chart.person.has("amara"):
        rows.append(_asked(chart, _LETTER, house))
    return rows


def _doctor(name: str, day: date) -> Terms:
    return Terms(
        kind=Consent.Kind.RELEASE,
        discloser="Marlow Street",
        scopes=(Scope.DIAGNOSIS, Scope.PLAN, Scope.MEDICATION, Scope.DISCHARGE_SUMMARY),
        recipient_names=(name,),
        purpose=Purpose.TREATMENT,
        expires_on=day + timedelta(days=365),
    )


def _asked(chart: Chart, terms: Terms, house: House) -> Consent:
    given = {name: list(value) if isinstance(value, tuple) else value for name, value in vars(terms).items()}
    return Consent(
        public_id=chart.uuid("consent", terms.kind, *terms.recipient_names),
        patient=chart.patient,
        wording_version=VERSION,
        shown=shown_for(terms, chart.patient.full_name),
        way="",
        recorded_by=house.staff["dana"],
        **given,
    )


def _signed(chart: Chart, terms: Terms, at: datetime, house: House) -> Consent:
    row = _asked(chart, terms, house)
    row.signed_on, row.signed_at, row.way = chart.episode.admitted_on, at, Consent.Way.ON_SCREEN
    row.signed_name, row.drawing = chart.patient.full_name, STROKES
    row.content_sha256 = content_hash(row)
    return row


def _disclose(charts: list[Chart], care: dict[int, Consent], house: House, moment: Moment) -> None:
    """A review packet to the payer for everyone in the substance-use program, and two emergencies."""
    running = [chart for chart in charts if chart.patient.pk in care and chart.episode.ended_on is None]
    packets = [_packet(chart, care[chart.patient.pk], house, moment) for chart in running]
    emergencies = [
        _emergency(chart, days, house, moment) for chart, days in zip(running, (2, 12), strict=False)
    ]
    Disclosure.objects.bulk_create(packets + emergencies)
    DisclosureReview.objects.bulk_create(
        DisclosureReview(
            disclosure=row,
            note="It was an emergency, and only the drug list was told.",
            by=house.staff["nadia"],
            at=moment.at(moment.day(-11), time(9)),
        )
        for row in emergencies[1:]
    )


def _packet(chart: Chart, consent: Consent, house: House, moment: Moment) -> Disclosure:
    return Disclosure(
        patient=chart.patient,
        site=chart.patient.site,
        is_part2=True,
        recipient=chart.person.payer,
        recipient_kind=Recipient.PAYER,
        purpose=Purpose.PAYMENT,
        scopes=[Scope.ATTENDANCE, Scope.DIAGNOSIS, Scope.PLAN, Scope.MEASURES],
        what="Review packet",
        basis=Basis.CONSENT,
        consent=consent,
        notice_version=NOTICE_VERSION,
        by=house.staff["bea"],
        at=moment.no_later(moment.at(chart.episode.admitted_on + timedelta(days=6), time(11, 20))),
    )


def _emergency(chart: Chart, days: int, house: House, moment: Moment) -> Disclosure:
    return Disclosure(
        patient=chart.patient,
        site=chart.patient.site,
        is_part2=True,
        recipient="Dr. Vale, emergency department, Millbrook Falls Hospital",
        recipient_kind=Recipient.PROVIDER,
        purpose=Purpose.TREATMENT,
        scopes=[Scope.MEDICATION],
        what="Drug list, by phone",
        basis=Basis.EMERGENCY,
        reason="Brought in unconscious. They needed the drug list before giving anything.",
        notice_version=NOTICE_VERSION,
        by=chart.clinician,
        at=moment.at(moment.day(-days), time(19, 5)),
    )
