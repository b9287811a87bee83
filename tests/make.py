"""Plain factory functions: a small cast of invented people, each call one coherent piece of a clinic.

Ana is the patient, Theo the therapist, Bea the biller, Fay at the front desk, Otto of another site.
"""

from __future__ import annotations

import hashlib
import itertools
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db.models.functions import Now

from billing.models import PayerRule
from iop_clinic.accounts.models import License, Site, StaffProfile, User
from iop_clinic.clock import at_local, week_of
from iop_clinic.filestore import keep_file
from iop_clinic.roles import Role
from patients.documents.reader import load_documents
from patients.models import (
    AftercareAppointment,
    Allergy,
    Authorization,
    BenefitVerification,
    Certification,
    ClinicalDocument,
    Consent,
    Coverage,
    Diagnosis,
    Disclosure,
    Episode,
    FollowUp,
    Goal,
    GoodFaithEstimate,
    Intervention,
    KeptApart,
    LevelDetermination,
    LevelOfCare,
    LevelOfCareStay,
    MedicationReport,
    MedicationStatement,
    Objective,
    ObjectiveReview,
    OnCall,
    Patient,
    Payer,
    PayerClock,
    PlanReview,
    Problem,
    ReconciledLine,
    Reconciliation,
    Referral,
    ReferralSource,
    RelatedPerson,
    Response,
    TextPack,
    ToxLine,
    ToxScreen,
    TreatmentPlan,
    Upload,
)
from patients.scoring import load_instruments
from scheduling.models import (
    Absence,
    Booking,
    Closure,
    Enrollment,
    Group,
    HeldSeat,
    MakeUpOffer,
    PlanRun,
    Room,
    SeatOffer,
    TherapySession,
    Track,
    UnavailableHours,
    WaitlistEntry,
)
from sessions.models import Attendance, ProgressNote

# A Monday without a clock change near it; 13:00 UTC is 9:00 in New York.
MONDAY = date(2026, 10, 19)
NOW = datetime(2026, 10, 21, 13, 12, tzinfo=UTC)
PASSWORD = "correct horse battery staple"

# A safety plan with every needed answer.
SAFETY_PLAN: dict[str, Any] = {
    "warning_signs": [{"sign": "I stop answering the phone"}],
    "alone": [{"thing": "Walk the dog"}],
    "places": [{"who": "The library", "phone": ""}],
    "people": [{"who": "My sister", "phone": "609-555-0142"}],
    "professionals": [{"who": "The clinic", "phone": "609-555-0100"}],
    "access": "none",
    "surroundings": [{"what": "Pills locked away", "who": "My sister"}],
}

# Enough of a PDF for whoever reads the first bytes.
PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"

_number = itertools.count(1)


def site(name: str = "Marlow Street", **fields: Any) -> Site:
    defaults = {
        "street": "14 Marlow Street",
        "city": "Trenton",
        "state_code": "NJ",
        "zip_code": "08608",
        "phone": "609-555-0100",
        "time_zone": "America/New_York",
    }
    found, _ = Site.objects.get_or_create(name=name, defaults=defaults | fields)
    return found


def other_site() -> Site:
    return site("Orchard Row", street="2 Orchard Row", phone="609-555-0200")


def user(role: Role = Role.FRONT_DESK, at: Site | None = None, **fields: Any) -> User:
    n = next(_number)
    fields = {
        "email": f"{role.value}{n}@clinic.example",
        "given_name": "Fay",
        "family_name": f"Number{n}",
        "is_staff": role == Role.ADMINISTRATOR,
        "is_superuser": role == Role.ADMINISTRATOR,
    } | fields
    made = User.objects.create_user(role=role, password=PASSWORD, **fields)
    if role not in (Role.PATIENT, Role.ADMINISTRATOR):
        made.sites.add(at or site())
    return made


def clinician(
    at: Site | None = None, credential: str = "LCSW", role: Role = Role.CLINICIAN, **fields: Any
) -> User:
    made = user(role, at, **({"given_name": "Theo"} | fields))
    StaffProfile.objects.create(user=made, credential=credential)
    return made


def patient(at: Site | None = None, **fields: Any) -> Patient:
    defaults = {"given_name": "Ana", "family_name": f"Testperson{next(_number)}", "born_on": date(1992, 2, 3)}
    return Patient.objects.create(site=at or site(), **(defaults | fields))


def portal_patient(**fields: Any) -> Patient:
    """A patient with a portal account and an address that takes reminders."""
    account = user(Role.PATIENT, given_name="Ana", family_name="Portal")
    defaults = {"user": account, "email": account.email, "email_reminders_ok": True}
    return patient(**(defaults | fields))


def license_of(whom: User, state_code: str = "NJ", expires_on: date | None = None) -> License:
    return License.objects.create(user=whom, state_code=state_code, expires_on=expires_on)


def consent(whom: Patient, kind: str = "telehealth", **fields: Any) -> Consent:
    """One consent in force; `related_person` for kind "family"."""
    defaults = {"signed_on": MONDAY - timedelta(days=30), "signed_name": whom.full_name}
    if "recorded_by" not in fields:
        fields["recorded_by"] = user()
    return Consent.objects.create(patient=whom, kind=kind, **(defaults | fields))


def release(whom: Patient, kind: str = "release", **fields: Any) -> Consent:
    """A release with every element, signed: diagnosis and plan to Bluestone Health for payment, a year."""
    defaults = {
        "discloser": "Marlow Street",
        "scopes": ["diagnosis", "plan"],
        "recipient_names": ["Bluestone Health"],
        "purpose": "payment",
        "expires_on": MONDAY + timedelta(days=365),
        "wording_version": "2026-12",
        "shown": [{"title": "Patient", "words": whom.full_name}],
    }
    return consent(whom, kind, **(defaults | fields))


def waiting_release(whom: Patient, **fields: Any) -> Consent:
    """The same before anyone has signed it."""
    return release(whom, signed_on=None, signed_name="", way="", **fields)


def disclosure(whom: Patient, **fields: Any) -> Disclosure:
    """An emergency at a hospital, written as the gate writes it."""
    defaults = {
        "site": whom.site,
        "is_part2": False,
        "recipient": "Dr. Vale, Trenton Hospital",
        "recipient_kind": "provider",
        "purpose": "treatment",
        "scopes": ["medication"],
        "basis": "emergency",
        "reason": "Unconscious, medication unknown",
        "at": NOW,
    }
    if "by" not in fields:
        fields["by"] = user()
    return Disclosure.objects.create(patient=whom, **(defaults | fields))


def relative(of: Patient, *, agreed: bool = True, **fields: Any) -> RelatedPerson:
    """Rosa, the patient's mother, with the patient's consent to family sessions unless told otherwise."""
    by = user()
    defaults = {"name": "Rosa Testperson", "relationship": "Mother", "recorded_by": by}
    made = RelatedPerson.objects.create(patient=of, **(defaults | fields))
    if agreed:
        consent(of, "family", related_person=made, recorded_by=by)
    return made


def kept_apart(one: Patient, other: Patient | None = None, **fields: Any) -> KeptApart:
    """Not to share a group with `other`, who is someone of the same site unless told."""
    first, second = sorted((one, other or patient(one.site)), key=lambda who: who.pk)
    said = {"reason": "Former couple", "recorded_by": user()} | fields
    return KeptApart.objects.create(first=first, second=second, **said)


def level(code: str = "IOP") -> LevelOfCare:
    found, _ = LevelOfCare.objects.get_or_create(
        code=code, defaults={"name": "Intensive outpatient", "adult_minutes": 540, "adolescent_minutes": 360}
    )
    return found


def consents(whom: Patient, by: User | None = None, on: date = MONDAY - timedelta(days=30)) -> None:
    for kind in (
        Consent.Kind.TREATMENT,
        Consent.Kind.PRIVACY_NOTICE,
        Consent.Kind.BILLING,
        Consent.Kind.REMINDERS,
    ):
        Consent.objects.create(
            patient=whom, kind=kind, signed_on=on, signed_name=whom.full_name, recorded_by=by or user()
        )


def episode(
    whom: Patient | None = None,
    *,
    admitted_on: date = MONDAY - timedelta(days=28),
    lead: User | None = None,
    prescribed_minutes: int = 540,
    **fields: Any,
) -> Episode:
    whom = whom or patient()
    lead = lead or clinician(whom.site)
    made = Episode.objects.create(
        site=whom.site,
        patient=whom,
        admitted_on=admitted_on,
        primary_clinician=lead,
        admitted_by=lead,
        **fields,
    )
    LevelOfCareStay.objects.create(
        episode=made,
        level=level(),
        prescribed_minutes=prescribed_minutes,
        standard_minutes=min(540, prescribed_minutes),
        from_on=admitted_on,
    )
    Diagnosis.objects.create(
        episode=made, code="F33.1", label="Depression, recurrent, moderate", since_on=admitted_on
    )
    return made


def plan(
    of: Episode, *, signed: bool = True, effective_on: date | None = None, **fields: Any
) -> TreatmentPlan:
    """A plan with one problem, goal, objective and service, signed unless told otherwise."""
    starts_on = effective_on or of.admitted_on
    made = TreatmentPlan.objects.create(
        episode=of, effective_on=starts_on, review_due_on=starts_on + timedelta(days=90), **fields
    )
    goal(made)
    if signed:
        signed_at = datetime.combine(starts_on, time(15), tzinfo=UTC)
        TreatmentPlan.objects.filter(pk=made.pk).update(signed_at=signed_at, signed_by=of.primary_clinician)
        made.refresh_from_db()
    return made


def document(whom: Patient, author: User, kind: str = "safety_plan", **fields: Any) -> ClinicalDocument:
    """A draft with nothing in it, unless fields say otherwise."""
    fields = {"episode": whom.episodes.first(), "started_at": NOW, "saved_at": NOW} | fields
    version = load_documents()[kind].version
    return ClinicalDocument.objects.create(
        patient=whom, kind=kind, form_version=version, author=author, **fields
    )


def determination(whom: Patient, author: User, *, signed: bool = True, **fields: Any) -> LevelDetermination:
    """Clinical judgment, intensive outpatient, unless fields say otherwise; no newer one is superseded."""
    said = {
        "episode": whom.episodes.first(),
        "kind": "admission",
        "scheme": "judgement",
        "decided_on": MONDAY,
        "recommended": "IOP",
        "actual": "IOP",
        "rationale": "Weekly therapy did not hold.",
        "saved_at": NOW,
    } | fields
    if signed:
        said |= {"signed_at": NOW, "signed_by": author, "credential": "LCSW", "content_sha256": "0" * 64}
    return LevelDetermination.objects.create(patient=whom, author=author, **said)


def payer_clock(by: Payer | None = None, **fields: Any) -> PayerClock:
    """As Medicare counts an IOP: certified by a physician, 60 days each time."""
    said = {
        "level_kind": "iop",
        "certifies": True,
        "physician_only": True,
        "first_days": 60,
        "every_days": 60,
        "from_on": date(2026, 1, 1),
    } | fields
    return PayerClock.objects.create(payer=by or payer(), **said)


def certification(of: Episode, under: TreatmentPlan, by: User | None = None, **fields: Any) -> Certification:
    """The first one, sixty days from the admission on."""
    said = {
        "level_kind": "iop",
        "kind": "first",
        "minutes_a_week": 540,
        "from_on": of.admitted_on,
        "to_on": of.admitted_on + timedelta(days=59),
        "statement": "I certify that this person needs it.",
        "need": "Risk of relapse without structure.",
        "signed_by": by or of.primary_clinician,
        "credential": "MD",
        "signed_on": of.admitted_on,
        "signed_at": NOW,
        "content_sha256": "0" * 64,
    } | fields
    return Certification.objects.create(episode=of, plan=under, **said)


def on_call(at: Site | None = None, who: User | None = None, **fields: Any) -> OnCall:
    """The whole day after MONDAY's week, unless fields say otherwise."""
    at = at or site()
    who = who or clinician(at)
    fields = {"from_at": NOW + timedelta(days=7), "to_at": NOW + timedelta(days=8)} | fields
    return OnCall.objects.create(site=at, user=who, set_by=who, **fields)


def problem(of: TreatmentPlan, position: int = 1, **fields: Any) -> Problem:
    """The problem at that place: low mood, from the primary diagnosis."""
    defaults = {"statement": "Low mood", "diagnosis": of.episode.diagnoses.first()} | fields
    return Problem.objects.get_or_create(plan=of, position=position, defaults=defaults)[0]


def goal(of: TreatmentPlan, position: int = 1, **fields: Any) -> Goal:
    """A goal with one objective under the plan's first problem."""
    defaults = {"statement": "I want to get through a workday again."} | fields
    made = Goal.objects.create(plan=of, problem=problem(of), position=position, **defaults)
    objective(made)
    return made


def objective(of: Goal, position: int = 1, **fields: Any) -> Objective:
    """Ready to be signed: a number, a date and one service."""
    said = {
        "statement": "PHQ-9 from 20 to 9 or less",
        "unit": "points",
        "target": 9,
        "target_on": of.plan.review_due_on,
    } | fields
    made = Objective.objects.create(goal=of, position=position, **said)
    intervention(made)
    return made


def intervention(of: Objective, position: int = 1, **fields: Any) -> Intervention:
    said = {"kind": "group", "times": 3, "credential": "LCSW"} | fields
    return Intervention.objects.create(objective=of, position=position, **said)


def objective_of(plan: TreatmentPlan) -> Objective:
    """The only objective of a plan."""
    return Objective.objects.select_related("goal").get(goal__plan=plan)


def review(of: TreatmentPlan, *, signed: bool = True, on: date = MONDAY, **fields: Any) -> PlanReview:
    """A look back on MONDAY that found some progress everywhere."""
    by = of.episode.primary_clinician
    said = {"participants": "Ana, Theo", "next_review_on": on + timedelta(days=30), "author": by} | fields
    made = PlanReview.objects.create(plan=of, reviewed_on=on, **said)
    for row in Objective.objects.filter(goal__plan=of):
        ObjectiveReview.objects.create(
            review=made, objective=row, rating="some", status="in_progress", evidence="Says so"
        )
    if signed:
        PlanReview.objects.filter(pk=made.pk).update(signed_at=NOW, content_sha256="0" * 64)
        made.refresh_from_db()
    return made


def response(whom: Patient, code: str = "phq9", due_on: date = MONDAY, **fields: Any) -> Response:
    version = load_instruments()[code].version
    return Response.objects.create(
        patient=whom, instrument_code=code, instrument_version=version, due_on=due_on, **fields
    )


def text_pack(code: str = "isi", **fields: Any) -> TextPack:
    """Words for every question of a measure that ships without: "Word 1", "Word 2"."""
    instrument = load_instruments()[code]
    words = {item.id: f"Word {item.number}" for item in instrument.items}
    said = {
        "instrument_code": code,
        "instrument_version": instrument.version,
        "wording": {"leads": {instrument.items[0].id: "Over the last days"}, "items": words, "answers": {}},
        "holder": "Marlow Clinics",
        "reference": "Letter of Jan 5, folder 12",
        "permitted_on": MONDAY,
    } | fields
    if "attested_by" not in said:
        said["attested_by"] = user(Role.DIRECTOR)
    return TextPack.objects.create(**said)


def payer(name: str = "Bluestone Health") -> Payer:
    found, _ = Payer.objects.get_or_create(name=name)
    return found


def coverage(
    whom: Patient, by: Payer | None = None, from_on: date = MONDAY - timedelta(days=200)
) -> Coverage:
    return Coverage.objects.create(
        patient=whom, payer=by or payer(), plan_name="PPO", member_number=f"M{whom.pk}", from_on=from_on
    )


def authorization(of: Coverage, *, units: int = 10, **fields: Any) -> Authorization:
    defaults = {
        "number": f"BX-{of.pk}",
        "service_code": "S9480",
        "status": Authorization.Status.APPROVED,
        "units_requested": units,
        "units_approved": units,
        "from_on": MONDAY - timedelta(days=28),
        "to_on": MONDAY + timedelta(days=28),
    }
    return Authorization.objects.create(coverage=of, **(defaults | fields))


def rule(by: Payer | None = None, **fields: Any) -> PayerRule:
    defaults = {
        "name": "Example IOP day, confirm with the payer",
        "service_code": "S9480",
        "revenue_code": "0905",
        "minimum_minutes": 180,
        "rate_cents": 30500,
        "from_on": date(2026, 1, 1),
    }
    return PayerRule.objects.create(payer=by or payer(), level=level(), **(defaults | fields))


def referral(whom: Patient | None = None, **fields: Any) -> Referral:
    whom = whom or patient()
    received_on = fields.get("received_on", MONDAY - timedelta(days=9))
    received_at = at_local(received_on, time.min, whom.site.time_zone)
    defaults = {
        "received_on": received_on,
        "received_at": received_at,
        "see_by": received_at + timedelta(days=15),
        "source": "hospital",
        "reason": "Low mood since spring",
        "outcome": "declined" if fields.get("stage") == "closed" else "",
    }
    return Referral.objects.create(site=whom.site, patient=whom, **(defaults | fields))


def sender(at: Site | None = None, name: str = "Mercy Hospital", **fields: Any) -> ReferralSource:
    found, _ = ReferralSource.objects.get_or_create(
        site=at or site(), name=name, defaults={"kind": "hospital", "phone": "609-555-0170"} | fields
    )
    return found


def verification(of: Coverage, **fields: Any) -> BenefitVerification:
    verified_on = fields.pop("verified_on", MONDAY)
    defaults = {
        "source": "portal",
        "product": "ppo",
        "relationship": "self",
        "iop_covered": "yes",
        "next_due_on": verified_on + timedelta(days=30),
        "recorded_by": user(at=of.patient.site),
    }
    return BenefitVerification.objects.create(coverage=of, verified_on=verified_on, **(defaults | fields))


def estimate(whom: Patient, **fields: Any) -> GoodFaithEstimate:
    defaults = {"asked_on": MONDAY, "due_on": MONDAY + timedelta(days=3), "recorded_by": user(at=whom.site)}
    return GoodFaithEstimate.objects.create(patient=whom, **(defaults | fields))


def upload(whom: Patient, kind: str = "insurance_card", content: bytes = PDF, **fields: Any) -> Upload:
    """A row with its bytes where they belong."""
    defaults = {
        "title": "Card, front",
        "content_type": "application/pdf",
        "byte_count": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "stored_name": keep_file(content),
        "uploaded_by": user(at=whom.site),
    }
    return Upload.objects.create(patient=whom, kind=kind, **(defaults | fields))


def room(at: Site | None = None, name: str = "Cedar", seats: int = 12) -> Room:
    found, _ = Room.objects.get_or_create(site=at or site(), name=name, defaults={"seats": seats})
    return found


def track(at: Site | None = None, name: str = "Adult Morning", **fields: Any) -> Track:
    found, _ = Track.objects.get_or_create(site=at or site(), name=name, defaults={"tone": "am"} | fields)
    return found


def group(of: Track | None = None, *, lead: User | None = None, **fields: Any) -> Group:
    of = of or track()
    defaults = {
        "name": "Process group",
        "weekday": 0,
        "starts": time(9),
        "minutes": 60,
        "room": room(of.site),
        "capacity": 12,
        "from_on": MONDAY - timedelta(days=84),
    }
    return Group.objects.create(track=of, lead=lead or clinician(of.site), **(defaults | fields))


def session(
    at: Site | None = None,
    *,
    day: date = MONDAY,
    starts: time = time(9),
    minutes: int = 60,
    lead: User | None = None,
    capacity: int = 12,
    **fields: Any,
) -> TherapySession:
    at = at or site()
    starts_at = at_local(day, starts, at.time_zone)
    defaults = {"kind": "group", "title": "Process group", "mode": "in_person"}
    if fields.get("mode") != "video" and "room" not in fields:
        fields["room"] = room(at, name=f"Room {next(_number)}")
    return TherapySession.objects.create(
        site=at,
        occurs_on=day,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=minutes),
        lead=lead or clinician(at),
        capacity=capacity,
        **(defaults | fields),
    )


def booking(into: TherapySession, of: Episode, by: User | None = None, **fields: Any) -> Booking:
    into.refresh_from_db()
    return Booking.objects.create(
        session=into,
        during=into.during,
        patient=of.patient,
        episode=of,
        booked_by=by or of.primary_clinician,
        **fields,
    )


def enrollment(of: Episode, into: Group, from_on: date | None = None) -> Enrollment:
    return Enrollment.objects.create(
        episode=of, group=into, from_on=from_on or of.admitted_on, enrolled_by=of.primary_clinician
    )


def unavailable(whom: Patient, **fields: Any) -> UnavailableHours:
    """Work on Thursdays from 9:00 to 17:00."""
    if "recorded_by" not in fields:
        fields["recorded_by"] = user()
    defaults = {"weekday": 3, "starts": time(9), "ends": time(17), "why": "work", "from_on": MONDAY}
    return UnavailableHours.objects.create(patient=whom, **(defaults | fields))


def waiting(of: Episode, into: Group, priority: int = 3, **fields: Any) -> WaitlistEntry:
    defaults = {"reason": "Asked for this time", "added_by": of.primary_clinician}
    return WaitlistEntry.objects.create(group=into, episode=of, priority=priority, **(defaults | fields))


def offer(to: WaitlistEntry, seat: int = 1, from_on: date = MONDAY, **fields: Any) -> SeatOffer:
    """Open for a day by the database's clock, which is not the clock of these stories."""
    defaults = {"expires_at": Now() + timedelta(hours=24)}
    made = SeatOffer.objects.create(
        entry=to, group=to.group, seat=seat, from_on=from_on, **(defaults | fields)
    )
    made.refresh_from_db()
    return made


def make_up_offer(to: Episode, *ways: list[TherapySession], **fields: Any) -> MakeUpOffer:
    """Open for a day by the database's clock, with a seat held in every session of these ways."""
    days = [session.occurs_on for way in ways for session in way]
    starts_on = week_of(min(days, default=MONDAY), to.site.week_starts_weekday).starts_on
    defaults = {
        "week_starts_on": starts_on,
        "short_minutes": 60,
        "offered_by": to.primary_clinician,
        "expires_at": Now() + timedelta(hours=24),
    }
    made = MakeUpOffer.objects.create(episode=to, **(defaults | fields))
    for one in {session.pk: session for way in ways for session in way}.values():
        numbers = [n for n, way in enumerate(ways, start=1) if one in way]
        HeldSeat.objects.create(offer=made, session=one, starts_at=one.starts_at, ways=numbers)
    made.refresh_from_db()
    return made


def absence(of: User, day: date = MONDAY, days: int = 1, **fields: Any) -> Absence:
    """Whole days of the site the clinician works at first."""
    tz_name = of.sites.all()[0].time_zone
    span = {
        "starts_at": at_local(day, time.min, tz_name),
        "ends_at": at_local(day + timedelta(days=days), time.min, tz_name),
    }
    defaults = span | {"kind": "vacation", "recorded_by": of}
    return Absence.objects.create(staff=of, **(defaults | fields))


def closure(at: Site | None = None, day: date = MONDAY, by: User | None = None, **fields: Any) -> Closure:
    """A whole day."""
    at = at or site()
    span = {
        "starts_at": at_local(day, time.min, at.time_zone),
        "ends_at": at_local(day + timedelta(days=1), time.min, at.time_zone),
    }
    defaults = span | {"name": "Snow", "closed_by": by or user(at=at)}
    return Closure.objects.create(site=at, **(defaults | fields))


def plan_run(at: Site | None = None, day: date = MONDAY, **fields: Any) -> PlanRun:
    """Done, without anything found."""
    at = at or site()
    defaults = {"seconds": 1, "state": "done", "asked_by": user(Role.SUPERVISOR, at)}
    week = week_of(day, at.week_starts_weekday)
    return PlanRun.objects.create(site=at, week_on=week.starts_on, **(defaults | fields))


def attendance(
    of: Booking, *, late_minutes: int = 0, left_early_minutes: int = 0, by: User | None = None
) -> Attendance:
    return Attendance.objects.create(
        booking=of,
        arrived_at=of.session.starts_at + timedelta(minutes=late_minutes),
        left_at=of.session.ends_at - timedelta(minutes=left_early_minutes),
        recorded_by=by or of.session.lead,
    )


def note(of: Booking, *, by: User | None = None, **fields: Any) -> ProgressNote:
    text = "Named the Monday dread out loud for the first time."
    defaults: dict[str, Any] = {"text": text, "saved_at": of.session.ends_at}
    named = fields.get("objective")
    if named is not None:
        defaults["goal"] = named.goal
    return ProgressNote.objects.create(booking=of, author=by or of.session.lead, **(defaults | fields))


def follow_up(whom: Patient, owner: User, **fields: Any) -> FollowUp:
    defaults = {
        "kind": FollowUp.Kind.RISK,
        "trigger_code": "phq9.item9",
        "summary": "Item 9 was 1",
        "due_at": NOW + timedelta(hours=8),
    }
    return FollowUp.objects.create(site=whom.site, patient=whom, owner=owner, **(defaults | fields))


def medication(whom: Patient, **fields: Any) -> MedicationStatement:
    """Sertraline every morning, since three weeks before that Monday."""
    if "recorded_by" not in fields:
        fields["recorded_by"] = clinician(whom.site)
    defaults = {
        "drug": "Sertraline", "dose": "50 mg", "schedule": "every morning", "source": "patient",
        "from_on": MONDAY - timedelta(days=21), "recorded_at": NOW - timedelta(days=21),
    }  # fmt: skip
    return MedicationStatement.objects.create(patient=whom, **(defaults | fields))


def reconciliation(whom: Patient, *lines: MedicationStatement, **fields: Any) -> Reconciliation:
    """Gone through with the patient on that Monday; each line continued as prescribed."""
    if "signed_by" not in fields:
        fields["signed_by"] = clinician(whom.site)
    defaults = {
        "on": MONDAY, "with_whom": "patient", "credential": "MD", "line_count": len(lines),
        "signed_at": NOW - timedelta(days=2),
    }  # fmt: skip
    made = Reconciliation.objects.create(patient=whom, **(defaults | fields))
    for line in lines:
        ReconciledLine.objects.create(
            reconciliation=made, statement=line, standing="continued", adherence="as_prescribed"
        )
    return made


def medication_report(whom: Patient, text: str = "I take only half now.", **fields: Any) -> MedicationReport:
    if "reported_by" not in fields:
        fields["reported_by"] = user()
    return MedicationReport.objects.create(patient=whom, text=text, **({"reported_at": NOW} | fields))


def allergy(whom: Patient, substance: str = "Penicillin", **fields: Any) -> Allergy:
    """An empty substance with `none_known` is the answer that none is known."""
    if "recorded_by" not in fields:
        fields["recorded_by"] = clinician(whom.site)
    return Allergy.objects.create(patient=whom, substance=substance, **({"recorded_at": NOW} | fields))


def tox_screen(whom: Patient, *lines: tuple[str, str], **fields: Any) -> ToxScreen:
    """Urine of that Monday; lines are (substance, result), opiates negative unless told."""
    if "ordered_by" not in fields:
        fields["ordered_by"] = clinician(whom.site)
    defaults = {
        "kind": "urine", "collected_at": NOW - timedelta(days=2), "recorded_at": NOW,
        "recorded_by": fields["ordered_by"],
    }  # fmt: skip
    made = ToxScreen.objects.create(patient=whom, **(defaults | fields))
    for substance, result in lines or [("Opiates", "negative")]:
        ToxLine.objects.create(screen=made, substance=substance, result=result)
    return made


def aftercare(of: Episode, at: datetime = NOW + timedelta(days=3), **fields: Any) -> AftercareAppointment:
    """Therapy with someone elsewhere."""
    defaults = {"kind": "therapy", "provider": "Dr. Lune", "recorded_by": of.primary_clinician}
    return AftercareAppointment.objects.create(episode=of, at=at, **(defaults | fields))
