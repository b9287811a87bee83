"""Every address × every role × own, other site's and missing records, walked from the URLconf.

A view with no declared policy fails, an address with no row in `OBJECTS` fails, and a row with no
address fails, so a new page cannot escape. Rights come from `roles.ALLOWED`; 403 is a missing right,
404 a record outside one's scope.
"""

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from iop_clinic.access import policy_of
from iop_clinic.accounts.models import User
from iop_clinic.roles import Permission, Role, may
from tests import make

# What an address is about: the kind of record its `pk` names, or None for pages about no one record.
OBJECTS: dict[str, str | None] = {
    "home": None,
    "healthz": None,
    "icons_sprite": None,
    "stylesheet": None,
    "styleguide": None,
    "account_email": None,
    "mfa_activate_totp": None,
    "mfa_add_webauthn": None,
    "accounts:theme": None,
    "accounts:site": None,
    "accounts:presence": None,
    "audit:trail": None,
    "mailbox:inbox": None,
    "patients:list": None,
    "patients:search": None,
    "patients:chart": "patient",
    "patients:edit": "patient",
    "patients:referrals": None,
    "patients:referral_new": None,
    "patients:referral": "referral",
    "patients:referral_stage": "referral",
    "patients:referral_closure": "referral",
    "patients:referral_contact": "referral",
    "patients:referral_urgency": "referral",
    "patients:senders": None,
    "patients:sender": "sender",
    "patients:duplicates": "patient",
    "patients:packet": "patient",
    "patients:verify_again": None,
    "patients:verification_new": "coverage",
    "patients:verification": "verification",
    "patients:estimates": "patient",
    "patients:estimate_given": "estimate",
    "patients:files": "patient",
    "patients:file": "upload",
    "patients:file_in_error": "upload",
    "patients:admission": "patient",
    "patients:prescribed_hours": "patient",
    "patients:level_of_care": "patient",
    "patients:level_change": "patient",
    "patients:determination_draft": "patient",
    "patients:determination": "determination",
    "patients:determination_signature": "determination",
    "patients:certification_new": "patient",
    "patients:certification": "certification",
    "patients:care_due": None,
    "patients:diagnoses": "patient",
    "patients:diagnosis_primary": "diagnosis",
    "patients:diagnosis_ending": "diagnosis",
    "patients:substance_use": "patient",
    "patients:kept_apart": "patient",
    "patients:kept_apart_end": "kept_apart",
    "patients:portal_account": "patient",
    "patients:measures": "patient",
    "patients:measure_ask": "patient",
    "patients:measure": "response",
    "patients:check_in": "patient",
    "patients:check_in_paper": "patient",
    "patients:handover": "patient",
    "patients:missed_measures": None,
    "patients:outcomes": None,
    "patients:medication": "patient",
    "patients:medication_new": "patient",
    "patients:medication_print": "patient",
    "patients:medication_summary": "patient",
    "patients:medication_interval": "patient",
    "patients:medication_names": None,
    "patients:medication_change": "medication",
    "patients:medication_stop": "medication",
    "patients:medication_error": "medication",
    "patients:reconciliation_new": "patient",
    "patients:reconciliation": "reconciliation",
    "patients:allergies": "patient",
    "patients:allergies_none": "patient",
    "patients:allergy_end": "allergy",
    "patients:toxicology": "patient",
    "patients:tox_screen_new": "patient",
    "patients:tox_screen": "tox_screen",
    "patients:tox_screen_error": "tox_screen",
    "scheduling:medication_due": None,
    "portal:medication": None,
    "portal:medication_different": None,
    "patients:instruments": None,
    "patients:text_pack_new": None,
    "patients:plan": "patient",
    "patients:consents": "patient",
    "patients:consent_new": "patient",
    "patients:consent": "consent",
    "patients:consent_signature": "waiting_consent",
    "patients:consent_paper": "waiting_consent",
    "patients:consent_removal": "waiting_consent",
    "patients:disclosures": "patient",
    "patients:disclosure_new": "patient",
    "patients:disclosure": "disclosure",
    "patients:disclosure_log": None,
    "patients:relatives": "patient",
    "patients:relative_consent": "relative",
    "patients:coverage": "patient",
    "patients:follow_ups": None,
    "patients:on_call": None,
    "patients:on_call_end": "on_call",
    "patients:follow_up": "follow_up",
    "patients:follow_up_owner": "follow_up",
    "patients:follow_up_call": "follow_up",
    "patients:aftercare": "patient",
    "patients:aftercare_outcome": "aftercare",
    "patients:plan_draft": "patient",
    "patients:plan_signature": "plan",
    "patients:plans_due": None,
    "patients:plan_patient_signature": "plan",
    "patients:plan_copy": "plan",
    "patients:plan_review": "plan",
    "patients:plan_review_signature": "plan_review",
    "patients:objective_progress": "objective",
    "patients:consent_revocation": "consent",
    "patients:risk": "patient",
    "patients:documents_due": None,
    "patients:documents": "patient",
    "patients:document_new": "patient",
    "patients:document": "document",
    "patients:document_part": "document_part",
    "patients:document_signature": "document",
    "patients:document_patient_signature": "document",
    "patients:document_addendum": "document",
    "patients:document_in_error": "document",
    "patients:coverage_end": "coverage",
    "patients:authorization_new": "coverage",
    "patients:authorization_answer": "authorization",
    "scheduling:week": None,
    "scheduling:week_patients": None,
    "scheduling:clash": "clash",
    "scheduling:clash_settlement": "clash",
    "scheduling:session": "session",
    "scheduling:session_edit": "session",
    "scheduling:session_remark": "session",
    "scheduling:session_addition": "session",
    "scheduling:session_cancellation": "session",
    "scheduling:session_return": "cancelled_session",
    "scheduling:session_substitute": "session",
    "scheduling:substitutes": None,
    "scheduling:absences": None,
    "scheduling:absence_new": None,
    "scheduling:absence_withdrawal": "absence",
    "scheduling:closures": None,
    "scheduling:closure_new": None,
    "scheduling:closure_holidays": None,
    "scheduling:closure_reopening": "closure",
    "scheduling:plans": None,
    "scheduling:repairs": None,
    "scheduling:plan": "plan_run",
    "scheduling:plan_cancellation": "plan_run",
    "scheduling:plan_acceptance": "plan_run",
    "scheduling:enrollment": "patient",
    "scheduling:visit": "patient",
    "scheduling:planner": "patient",
    "scheduling:unavailable": "patient",
    "scheduling:unavailable_end": "unavailable",
    "scheduling:booking_cancel": "booking",
    "scheduling:make_up": "lost_booking",
    "scheduling:make_ups": "session",
    "scheduling:waitlist": "waited_group",
    "scheduling:waitlist_add": "patient",
    "scheduling:waitlist_end": "waiting",
    "scheduling:offer": "waiting",
    "scheduling:offer_answer": "offer",
    "scheduling:patient_week": "patient",
    "scheduling:messages": None,
    "scheduling:patient_messages": "patient",
    "scheduling:discharge": "patient",
    "scheduling:substance_use_end": "patient",
    "scheduling:calendars": None,
    "scheduling:own_calendar": None,
    "scheduling:own_calendar_revocation": None,
    "scheduling:room_calendar": "room",
    "scheduling:room_calendar_revocation": "room",
    "scheduling:tracks": None,
    "scheduling:waiting_referrals": None,
    "scheduling:referral_wishes": "referral",
    "scheduling:track_new": None,
    "scheduling:track": "track",
    "scheduling:group_new": None,
    "scheduling:group": "group",
    "scheduling:group_change": "group",
    "scheduling:group_end": "group",
    "scheduling:group_override_end": "group",
    "scheduling:group_skip": "group",
    "scheduling:staff_hours": None,
    "scheduling:working_hours": "clinician",
    "sessions:today": None,
    "sessions:today_rail": None,
    "sessions:arrival": "booking",
    "sessions:departure": "booking",
    "sessions:absence": "booking",
    "sessions:lateness": "booking",
    "sessions:correction": "booking",
    "sessions:undo": "booking",
    "sessions:end": "session",
    "sessions:session_measures": "session",
    "sessions:sign_in_sheet": "session",
    "sessions:sign_in_sheets": None,
    "sessions:hours_board": None,
    "sessions:short_week": None,
    "sessions:make_up_offers": None,
    "sessions:make_up_offer": "patient",
    "sessions:make_up_acceptance": "make_up_offer",
    "sessions:make_up_refusal": "make_up_offer",
    "sessions:make_up_withdrawal": "make_up_offer",
    "sessions:hours": "patient",
    "sessions:release": "patient",
    "sessions:record": "patient",
    "sessions:thread": "patient",
    "sessions:due": None,
    "sessions:attendance": "patient",
    "sessions:stay": "patient",
    "sessions:summary_draft": "patient",
    "sessions:my_notes": None,
    "sessions:waiting": None,
    "sessions:access": None,
    "sessions:note": "booking",
    "sessions:signature": "note",
    "sessions:addendum": "note",
    "sessions:notes": "patient",
    "billing:day_close_today": None,
    "billing:day_close": "day",
    "billing:decision": "day_of_patient",
    "billing:authorizations": "patient",
    "billing:authorizations_ending": None,
    "imports:start": None,
    "tablet:start": None,
    "tablet:help": None,
    "tablet:end": None,
    "portal:week": None,
    "portal:help": None,
    "portal:care": None,
    "portal:record": None,
    "portal:plan": None,
    "portal:paper": "public_paper",
    "portal:calendar": None,
    "portal:calendar_revocation": None,
    "portal:checkins": None,
    "portal:consents": None,
    "portal:consent": "public_consent",
    "portal:consent_revocation": "public_consent",
    "portal:progress": None,
    "portal:question": "question",
    "portal:session": "public_booking",
    "portal:confirm": "public_booking",
    "portal:cancel": "public_booking",
    "portal:late": "public_booking",
    "portal:make_up": "public_booking",
    "portal:offer_accept": "public_offer",
    "portal:offer_decline": "public_offer",
    "portal:make_up_accept": "public_make_up",
    "portal:make_up_decline": "public_make_up",
}
SELF_GUARDED = re.compile(r"^(admin:|account_|mfa_|usersessions_)")


def routes() -> Iterator[tuple[str, URLPattern]]:
    def walk(resolver: URLResolver, prefix: str) -> Iterator[tuple[str, URLPattern]]:
        for pattern in resolver.url_patterns:
            if isinstance(pattern, URLResolver):
                inner = f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix
                yield from walk(pattern, inner)
            else:
                yield f"{prefix}{pattern.name}", pattern

    yield from walk(get_resolver(), "")


def ours() -> dict[str, URLPattern]:
    return {name: pattern for name, pattern in routes() if policy_of(pattern.callback) != "self-guarded"}


@dataclass
class Record:
    """The same page's addresses for one site's records."""

    kwargs: dict[str, dict[str, Any]] = field(default_factory=dict)


def world(at: Any, *, portal_user: User | None = None) -> tuple[Record, Any]:
    """One whole patient of a site: something for every kind of address to be about."""
    today = timezone.now().date()
    patient = make.patient(at, user=portal_user)
    make.consents(patient, make.user(at=at))
    waiting = make.waiting_release(patient)
    episode = make.episode(patient, admitted_on=today - timedelta(days=20), lead=make.clinician(at))
    plan = make.plan(episode)
    document = make.document(patient, episode.primary_clinician, version=2)
    paper = make.document(patient, episode.primary_clinician, signed_at=timezone.now())
    coverage = make.coverage(patient)
    authorization = make.authorization(coverage)
    past = make.session(at, day=today - timedelta(days=1))
    held = make.booking(past, episode)
    make.attendance(held)
    note = make.note(held)
    coming = make.booking(make.session(at, day=today + timedelta(days=1)), episode)
    lost = make.booking(
        make.session(at, day=today + timedelta(days=2), status="cancelled"),
        episode,
        status="cancelled_by_clinic",
        cancelled_at=timezone.now(),
    )
    offer = make.offer(make.waiting(episode, make.group(make.track(at))), from_on=today)
    held_ways = make.make_up_offer(episode, [make.session(at, day=today + timedelta(days=3))])
    response = make.response(patient, due_on=today)
    planned = make.group(make.track(at), weekday=today.weekday())
    referral = make.referral(patient, stage="admitted")
    medication = make.medication(patient)
    follow_up = make.follow_up(patient, episode.primary_clinician)
    absence = make.absence(episode.primary_clinician, today + timedelta(days=200))
    closure = make.closure(at, today + timedelta(days=200))
    day = today - timedelta(days=1)
    date = {"year": day.year, "month": day.month, "day": day.day}
    return Record(
        {
            "patient": {"pk": patient.pk},
            "referral": {"pk": referral.pk},
            "sender": {"pk": make.sender(at).pk},
            "verification": {"pk": make.verification(coverage).pk},
            "estimate": {"pk": make.estimate(patient).pk},
            "upload": {"pk": make.upload(patient).pk},
            "response": {"pk": response.pk},
            "follow_up": {"pk": follow_up.pk},
            "aftercare": {"pk": make.aftercare(episode).pk},
            "plan": {"pk": plan.pk},
            "on_call": {"pk": make.on_call(at).pk},
            "document": {"pk": document.pk},
            "public_paper": {"public_id": paper.public_id},
            "document_part": {"pk": document.pk, "number": 1},
            "determination": {"pk": make.determination(patient, episode.primary_clinician).pk},
            "certification": {"pk": make.certification(episode, plan).pk},
            "diagnosis": {"pk": episode.diagnoses.get().pk},
            "objective": {"pk": make.objective_of(plan).pk},
            "plan_review": {"pk": make.review(plan, signed=False).pk},
            "consent": {"pk": patient.consents.all()[0].pk},
            "waiting_consent": {"pk": waiting.pk},
            "public_consent": {"public_id": waiting.public_id},
            "disclosure": {"pk": make.disclosure(patient).pk},
            "relative": {"pk": make.relative(patient).pk},
            "unavailable": {"pk": make.unavailable(patient).pk},
            "medication": {"pk": medication.pk},
            "reconciliation": {"pk": make.reconciliation(patient, medication).pk},
            "allergy": {"pk": make.allergy(patient).pk},
            "tox_screen": {"pk": make.tox_screen(patient).pk},
            "coverage": {"pk": coverage.pk},
            "kept_apart": {"pk": make.kept_apart(patient).pk},
            "authorization": {"pk": authorization.pk},
            "session": {"pk": coming.session_id},
            "cancelled_session": {"pk": lost.session_id},
            "absence": {"pk": absence.pk},
            "closure": {"pk": closure.pk},
            "plan_run": {"pk": make.plan_run(at, today + timedelta(days=7)).pk},
            "room": {"pk": coming.session.room_id},
            "track": {"pk": planned.track_id},
            "group": {"pk": planned.pk},
            "clash": {"pk": planned.pk, "on": int(f"{today + timedelta(days=7):%Y%m%d}")},
            "clinician": {"pk": planned.lead_id},
            "booking": {"pk": held.pk},
            "note": {"pk": note.pk},
            "day": date,
            "day_of_patient": {**date, "pk": patient.pk},
            "question": {"public_id": response.public_id, "number": 1},
            "public_booking": {"public_id": coming.public_id},
            "lost_booking": {"pk": lost.pk},
            "waited_group": {"pk": offer.group_id},
            "waiting": {"pk": offer.entry_id},
            "offer": {"pk": offer.pk},
            "public_offer": {"public_id": offer.public_id},
            "make_up_offer": {"pk": held_ways.pk},
            "public_make_up": {"public_id": held_ways.public_id},
        }
    ), patient


MISSING: dict[str, dict[str, Any]] = {
    "question": {"public_id": uuid.uuid4(), "number": 1},
    "public_booking": {"public_id": uuid.uuid4()},
    "public_paper": {"public_id": uuid.uuid4()},
    "public_consent": {"public_id": uuid.uuid4()},
    "public_offer": {"public_id": uuid.uuid4()},
    "public_make_up": {"public_id": uuid.uuid4()},
}


def address(name: str, record: Record, *, missing: bool = False) -> str:
    kind = OBJECTS[name]
    if kind is None:
        return reverse(name)
    kwargs = dict(record.kwargs[kind])
    if missing:
        kwargs = MISSING.get(kind) or {**kwargs, "pk": 2_000_000_000}
    return reverse(name, kwargs=kwargs)


def digest() -> dict[str, Any]:
    """Every table of ours as it stands, the trail of refusals aside."""
    found = {}
    with connection.cursor() as cursor:
        for label in ("accounts", "iop_messages", "patients", "scheduling", "iop_sessions", "billing"):
            for model in apps.get_app_config(label).get_models():
                table = model._meta.db_table
                cursor.execute(f"SELECT count(*), md5(string_agg(t::text, '' ORDER BY t.id)) FROM {table} t")
                found[table] = cursor.fetchone()
    found.pop("iop_messages_heartbeat", None)
    return found


def test_every_view_declares_its_policy() -> None:
    bare = [name for name, pattern in routes() if policy_of(pattern.callback) is None]
    assert not bare, f"no policy: {bare}"


def test_a_view_without_a_policy_is_seen_and_refused(rf: Any) -> None:
    from django.core.exceptions import PermissionDenied

    from iop_clinic.access import PolicyRequired

    def naked(request: Any) -> None: ...

    assert policy_of(naked) is None
    with pytest.raises(PermissionDenied):
        PolicyRequired(lambda request: None).process_view(rf.get("/"), naked, (), {})


def test_every_address_has_a_row_and_every_row_an_address() -> None:
    named = set(ours())
    uncovered = {name for name in named if name not in OBJECTS and not needs_own_test(name)}
    assert not uncovered, f"addresses without a row: {sorted(uncovered)}"
    assert not set(OBJECTS) - named, f"rows without an address: {sorted(set(OBJECTS) - named)}"


# Addresses whose record cannot be made here; each has its own access test in its room.
OWN_TEST = {
    "patients:text_pack_withdrawal",
    "scheduling:feed",
    "scheduling:enrollment_end",
    "scheduling:enrollment_prolongation",
    "scheduling:message_retry",
    "mailbox:message",
    "tablet:question",
    "imports:run",
    "imports:report",
    "imports:confirm",
    "imports:discard",
}


def needs_own_test(name: str) -> bool:
    return name in OWN_TEST


def test_only_int_and_uuid_converters() -> None:
    for name, pattern in ours().items():
        for converter in pattern.pattern.converters.values():
            assert type(converter).__name__ in {"IntConverter", "UUIDConverter"}, name


def granted(role: Role, name: str) -> bool:
    policy = policy_of(ours()[name].callback)
    return policy == "public" or any(may(role, permission) for permission in policy)


def walkable() -> list[str]:
    return [name for name in OBJECTS if name not in {"healthz"}]


@pytest.mark.django_db
def test_nobody_signed_out_gets_past_the_door() -> None:
    mine, _ = world(make.site())
    before = digest()
    for name in walkable():
        policy = policy_of(ours()[name].callback)
        if policy == "public":
            continue
        for method in ("get", "post", "head", "options"):
            answer = getattr(Client(), method)(address(name, mine))
            assert answer.status_code == 302, f"{method} {name}: {answer.status_code}"
            assert answer.url.startswith(reverse("account_login")), name
        with connection.cursor() as cursor:
            cursor.execute("SELECT")  # a transaction that is idle for a minute would be ended
    assert digest() == before


@pytest.mark.django_db
@pytest.mark.parametrize("role", list(Role))
def test_each_role_opens_what_the_table_grants_and_nothing_else(role: Role) -> None:
    home, elsewhere = make.site(), make.other_site()
    person = make.user(role, home)
    mine, _ = world(home, portal_user=person if role == Role.PATIENT else None)
    theirs, _ = world(elsewhere)
    client = Client(raise_request_exception=False)
    client.force_login(person)
    client.get(reverse("home"))
    before = digest()
    faults = []
    for name in walkable():
        kind = OBJECTS[name]
        if not granted(role, name):
            for method in ("get", "post"):
                got = getattr(client, method)(address(name, mine)).status_code
                if got != 403:
                    faults.append(f"{method} {name} answered {got}, not 403")
            continue
        got = client.get(address(name, mine)).status_code
        if got not in {200, 204, 302, 304, 405} and not (
            got == 404 and name in {"mailbox:inbox", "styleguide"}
        ):
            faults.append(f"get {name} answered {got}")
        if kind and kind != "day":
            for what, record, missing in (("other site's", theirs, False), ("missing", mine, True)):
                for method in ("get", "post"):
                    got = getattr(client, method)(address(name, record, missing=missing)).status_code
                    if got not in {404, 405}:
                        faults.append(f"{method} {what} {name} answered {got}")
    assert not faults, "\n".join(faults)
    assert digest() == before, "something changed by reading or by being refused"


@pytest.mark.django_db
@pytest.mark.parametrize("role", list(Role))
def test_an_empty_form_is_never_an_error_page(role: Role) -> None:
    home = make.site()
    person = make.user(role, home)
    mine, _ = world(home, portal_user=person if role == Role.PATIENT else None)
    client = Client(raise_request_exception=False)
    client.force_login(person)
    faults = []
    for name in walkable():
        if granted(role, name):
            got = client.post(address(name, mine)).status_code
            if name == "patients:handover":  # it has ended the sign-in
                client.force_login(person)
            if got >= 500:
                faults.append(f"post {name} answered {got}")
    assert not faults, "\n".join(faults)


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"])
def test_methods_no_page_has_are_refused_everywhere(method: str, sign_in: Any) -> None:
    mine, _ = world(make.site())
    client = sign_in(role=Role.CLINICIAN)
    for name in walkable():
        assert client.generic(method, address(name, mine)).status_code == 405, name


@pytest.mark.django_db
def test_a_switched_off_account_is_out_on_its_next_request(sign_in: Any) -> None:
    person = make.user(Role.FRONT_DESK)
    client = sign_in(person)
    assert client.get(reverse("patients:list")).status_code == 200
    User.objects.filter(pk=person.pk).update(is_active=False)
    assert client.get(reverse("patients:list")).status_code == 302


@pytest.mark.django_db
def test_losing_a_role_or_a_site_acts_on_the_next_request(sign_in: Any) -> None:
    person = make.user(Role.CLINICIAN)
    _mine, patient = world(make.site())
    client = sign_in(person)
    chart = reverse("patients:chart", args=[patient.pk])
    assert client.get(chart).status_code == 200
    person.sites.clear()
    assert client.get(chart).status_code in {403, 404}
    User.objects.filter(pk=person.pk).update(role=Role.ADMINISTRATOR)
    assert client.get(chart).status_code == 403


@pytest.mark.django_db
@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMINISTRATOR])
def test_only_administrators_enter_the_admin(role: Role, sign_in: Any) -> None:
    assert sign_in(role=role).get(reverse("admin:index")).status_code in {302, 403}


def test_every_permission_is_held_and_known() -> None:
    from iop_clinic.roles import ALLOWED

    assert set(ALLOWED) == set(Permission)
    assert all(ALLOWED.values())
