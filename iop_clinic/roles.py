"""Who may do what: one table. Rows follow the starting matrix of roles and data that clinics use.

Nothing here imports the project; `access.py` reads the table.
"""

from enum import StrEnum


class Role(StrEnum):
    FRONT_DESK = "front_desk"
    CLINICIAN = "clinician"
    SUPERVISOR = "supervisor"
    PRESCRIBER = "prescriber"
    CASE_MANAGER = "case_manager"
    BILLER = "biller"
    DIRECTOR = "director"
    PRIVACY_OFFICER = "privacy_officer"
    ADMINISTRATOR = "administrator"
    PATIENT = "patient"

    @property
    def words(self) -> str:
        return _WORDS.get(self, self.value.replace("_", " ").capitalize())


_WORDS = {Role.CASE_MANAGER: "Case manager", Role.DIRECTOR: "Clinical director"}


class Permission(StrEnum):
    USE_ACCOUNT = "use_account"
    SEE_TODAY = "see_today"
    RECORD_ATTENDANCE = "record_attendance"
    SEE_WEEK = "see_week"
    SEE_HOURS = "see_hours"
    BOOK = "book"
    OVERRIDE_CLASH = "override_clash"
    PLAN_GROUPS = "plan_groups"
    SET_WORKING_HOURS = "set_working_hours"
    SHARE_ROOM_CALENDARS = "share_room_calendars"
    SEE_PATIENTS = "see_patients"
    EDIT_PATIENTS = "edit_patients"
    REFER = "refer"
    ADMIT = "admit"
    UNMARK_SUBSTANCE_USE = "unmark_substance_use"
    RECORD_CONSENTS = "record_consents"
    SEE_DISCLOSURES = "see_disclosures"
    DISCLOSE = "disclose"
    REVIEW_DISCLOSURES = "review_disclosures"
    SEE_COVERAGE = "see_coverage"
    SEE_CLINICAL = "see_clinical"
    RECORD_MEASURES = "record_measures"
    SEND_MEASURES = "send_measures"
    SEE_OUTCOMES = "see_outcomes"
    RECORD_MEDICATION = "record_medication"
    SET_MEDICATION_VISITS = "set_medication_visits"
    KEEP_TEXT_PACKS = "keep_text_packs"
    PLAN_TREATMENT = "plan_treatment"
    DETERMINE_LEVEL = "determine_level"
    CERTIFY = "certify"
    WRITE_CHECKLISTS = "write_checklists"
    WORK_FOLLOW_UPS = "work_follow_ups"
    READ_NOTES = "read_notes"
    WRITE_NOTES = "write_notes"
    CLOSE_DAYS = "close_days"
    SEE_MESSAGES = "see_messages"
    READ_AUDIT = "read_audit"
    IMPORT_CLINIC = "import_clinic"
    USE_PORTAL = "use_portal"


P, R = Permission, Role

STAFF = frozenset(role for role in Role if role is not Role.PATIENT)
EVERYONE = frozenset(Role)
_TREATING = {R.CLINICIAN, R.SUPERVISOR, R.PRESCRIBER}
_CLINICAL_READERS = _TREATING | {R.CASE_MANAGER, R.DIRECTOR}

ALLOWED: dict[Permission, frozenset[Role]] = {
    P.USE_ACCOUNT: EVERYONE,
    P.SEE_TODAY: frozenset(_CLINICAL_READERS | {R.FRONT_DESK}),
    P.RECORD_ATTENDANCE: frozenset({R.FRONT_DESK, R.CLINICIAN, R.SUPERVISOR}),
    P.SEE_WEEK: frozenset(_CLINICAL_READERS | {R.FRONT_DESK, R.BILLER}),
    P.SEE_HOURS: frozenset(_CLINICAL_READERS | {R.FRONT_DESK, R.BILLER}),
    P.BOOK: frozenset({R.FRONT_DESK, R.CLINICIAN, R.SUPERVISOR, R.CASE_MANAGER, R.DIRECTOR}),
    P.OVERRIDE_CLASH: frozenset({R.SUPERVISOR, R.DIRECTOR, R.CASE_MANAGER}),
    P.PLAN_GROUPS: frozenset({R.SUPERVISOR, R.DIRECTOR, R.CASE_MANAGER}),
    P.SET_WORKING_HOURS: frozenset({R.SUPERVISOR, R.DIRECTOR}),
    P.SHARE_ROOM_CALENDARS: frozenset({R.DIRECTOR, R.ADMINISTRATOR}),
    P.SEE_PATIENTS: frozenset(_CLINICAL_READERS | {R.FRONT_DESK, R.BILLER, R.PRIVACY_OFFICER}),
    P.EDIT_PATIENTS: frozenset({R.FRONT_DESK, R.CASE_MANAGER}),
    P.REFER: frozenset({R.FRONT_DESK, R.CASE_MANAGER}),
    P.ADMIT: frozenset({R.CLINICIAN, R.SUPERVISOR, R.CASE_MANAGER}),
    P.UNMARK_SUBSTANCE_USE: frozenset({R.SUPERVISOR, R.DIRECTOR}),
    P.RECORD_CONSENTS: frozenset(
        {R.FRONT_DESK, R.CLINICIAN, R.SUPERVISOR, R.CASE_MANAGER, R.PRIVACY_OFFICER}
    ),
    P.SEE_DISCLOSURES: frozenset(_CLINICAL_READERS | {R.FRONT_DESK, R.BILLER, R.PRIVACY_OFFICER}),
    P.DISCLOSE: frozenset(_CLINICAL_READERS | {R.PRIVACY_OFFICER}),
    P.REVIEW_DISCLOSURES: frozenset({R.PRIVACY_OFFICER}),
    P.SEE_COVERAGE: frozenset(_CLINICAL_READERS | {R.FRONT_DESK, R.BILLER, R.PRIVACY_OFFICER}),
    P.SEE_CLINICAL: frozenset(_CLINICAL_READERS),
    P.RECORD_MEASURES: frozenset({R.CLINICIAN, R.SUPERVISOR, R.PRESCRIBER}),
    P.SEND_MEASURES: frozenset(_TREATING | {R.FRONT_DESK, R.CASE_MANAGER}),
    P.SEE_OUTCOMES: frozenset({R.SUPERVISOR, R.DIRECTOR}),
    P.RECORD_MEDICATION: frozenset(_TREATING),
    P.SET_MEDICATION_VISITS: frozenset({R.PRESCRIBER}),
    P.KEEP_TEXT_PACKS: frozenset({R.DIRECTOR, R.ADMINISTRATOR}),
    P.PLAN_TREATMENT: frozenset({R.CLINICIAN, R.SUPERVISOR, R.PRESCRIBER}),
    P.DETERMINE_LEVEL: frozenset({R.CLINICIAN, R.SUPERVISOR}),
    P.CERTIFY: frozenset({R.PRESCRIBER}),
    P.WRITE_CHECKLISTS: frozenset(_TREATING | {R.CASE_MANAGER}),
    P.WORK_FOLLOW_UPS: frozenset(_CLINICAL_READERS),
    P.READ_NOTES: frozenset(_CLINICAL_READERS),
    P.WRITE_NOTES: frozenset(_TREATING),
    P.CLOSE_DAYS: frozenset({R.BILLER}),
    P.SEE_MESSAGES: frozenset({R.FRONT_DESK, R.CASE_MANAGER, R.DIRECTOR}),
    P.READ_AUDIT: frozenset({R.PRIVACY_OFFICER}),
    P.IMPORT_CLINIC: frozenset({R.ADMINISTRATOR}),
    P.USE_PORTAL: frozenset({R.PATIENT}),
}


def may(role: str, permission: Permission) -> bool:
    """True when the table grants this permission to this role; an unknown role has none."""
    return role in ALLOWED[permission]
