"""Clinical documents: begun, filled in part by part, signed, from then on added to only.

Signatures and amendments: domain reference 4.5. What a document asks is in `patients/documents/`.
"""

from collections.abc import Mapping
from datetime import date, datetime

from django.db import transaction
from django.db.models import Max

from iop_clinic.accounts.models import User
from iop_clinic.audit.trail import record
from iop_clinic.constraints import refused_by
from iop_clinic.refusal import Refused
from iop_clinic.roles import Permission, may
from iop_clinic.seal import seal_of
from patients.documents.definition import Answer, DocumentForm, Part
from patients.documents.reader import load_documents
from patients.models import Addendum, ClinicalDocument, EnteredInError, Episode, Patient

Answers = dict[str, Answer]


def form_of(document: ClinicalDocument) -> DocumentForm:
    """What this document asks. KeyError when its file is gone."""
    return load_documents()[document.kind]


def require_writer(actor: User, form: DocumentForm) -> None:
    """Refused 403 for a role that does not write this kind."""
    if not may(actor.role, Permission(form.written_by)):
        raise Refused(f"Your role reads the {form.title.lower()}; it does not write it.", status=403)


@transaction.atomic
def begin_document(
    *, actor: User, patient: Patient, kind: str, now: datetime, drafted: Mapping[str, Answer] | None = None
) -> ClinicalDocument:
    """The draft of this kind: the one there is, or a new version that starts as the last one ended.

    `drafted` are answers found in the record; they stand in a new draft where the last version is silent.
    Refused 422 for an unknown kind.
    """
    form = load_documents().get(kind)
    if form is None:
        raise Refused("Choose a document.", status=422, kind="Choose one.")
    require_writer(actor, form)
    held = Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)
    draft = held.documents.drafts().filter(kind=kind).first()
    if draft is not None:
        return draft
    running = _running(held)
    last = _starts_from(held, form, running)
    newest = held.documents.filter(kind=kind).aggregate(version=Max("version"))["version"] or 0
    document = ClinicalDocument.objects.create(
        patient=held,
        episode=running,
        kind=kind,
        form_version=form.version,
        version=newest + 1,
        answers=_kept(form, dict(drafted or {}) | (last.answers if last else {})),
        author=actor,
        started_at=now,
        saved_at=now,
    )
    record(actor, "patients.begin_document", document)
    return document


def _starts_from(patient: Patient, form: DocumentForm, running: Episode | None) -> ClinicalDocument | None:
    """The version a new one goes on from, if any."""
    last = patient.documents.latest_signed(form.kind)
    if form.anew_each_stay:
        last = last.filter(episode=running)
    return last.first()


@transaction.atomic
def draft_from_record(
    *, actor: User, patient: Patient, kind: str, now: datetime, drafted: Mapping[str, Answer]
) -> ClinicalDocument:
    """The draft of this kind with what the record says wherever nobody has written anything yet."""
    begun = begin_document(actor=actor, patient=patient, kind=kind, now=now, drafted=drafted)
    draft = ClinicalDocument.objects.select_for_update(no_key=True).get(pk=begun.pk)
    found = _kept(form_of(draft), dict(drafted) | draft.answers)
    if found == draft.answers:
        return draft
    draft.answers, draft.saved_at = found, now
    draft.save(update_fields=["answers", "saved_at"])
    record(actor, "patients.draft_from_record", draft, answered=len(found))
    return draft


def _running(patient: Patient) -> Episode | None:
    return patient.episodes.order_by("-admitted_on").first()


def _kept(form: DocumentForm, answers: Answers) -> Answers:
    """Only what the form still asks."""
    asked = {question.id for question in form.questions}
    return {key: answer for key, answer in answers.items() if key in asked}


def part_seal(document: ClinicalDocument, part: Part) -> str:
    """A short mark of a part's answers: whoever saves says which ones they saw."""
    ids = [question.id for question in part.questions]
    return seal_of({key: document.answers.get(key) for key in ids})[:16]


@transaction.atomic
def save_part(
    *, actor: User, document: ClinicalDocument, part: Part, answers: Answers, seen: str, now: datetime
) -> ClinicalDocument:
    """Keep one part of a draft; the same answers again change nothing.

    Refused 409 when signed, or when someone else has saved this part since it was `seen`.
    """
    held = ClinicalDocument.objects.select_for_update(no_key=True).get(pk=document.pk)
    require_writer(actor, form_of(held))
    if held.signed_at is not None:
        raise Refused("This document is signed and cannot change. Add an addendum, or start a new version.")
    ids = {question.id for question in part.questions}
    said = {key: answer for key, answer in answers.items() if key in ids}
    if said == {key: answer for key, answer in held.answers.items() if key in ids}:
        return held
    if part_seal(held, part) != seen:
        raise Refused("Not saved: this part changed in another window. What was saved there is shown below.")
    held.answers = {key: answer for key, answer in held.answers.items() if key not in ids} | said
    held.saved_at = now
    held.save(update_fields=["answers", "saved_at"])
    record(actor, "patients.save_document", held, answered=len(held.answers))
    return held


@transaction.atomic
def add_addendum(
    *,
    actor: User,
    document: ClinicalDocument,
    kind: str,
    text: str,
    now: datetime,
    reason: str = "",
    about_on: date | None = None,
) -> Addendum:
    """Add to a signed document. Refused 422 without words, a correction's reason or a late entry's day."""
    held = ClinicalDocument.objects.select_for_update(no_key=True).get(pk=document.pk)
    require_writer(actor, form_of(held))
    if held.signed_at is None:
        raise Refused("This document is not signed yet. Write it into the draft.")
    if kind not in Addendum.Kind.values:
        raise Refused("Choose what this is.", status=422, kind="Choose one.")
    with refused_by(
        document_addendum_says_something=Refused("Write it down.", status=422, text="Write it down."),
        document_correction_has_a_reason=Refused("Say why.", status=422, reason="Say why it is corrected."),
        document_late_entry_names_its_day=Refused(
            "Which day?", status=422, about_on="Which day is this about?"
        ),
    ):
        added = Addendum.objects.create(
            document=held,
            kind=kind,
            text=text.strip(),
            reason=reason.strip(),
            about_on=about_on,
            author=actor,
            credential=credential_of(actor),
            written_at=now,
        )
    record(actor, "patients.add_to_document", held, addendum_id=added.pk)
    return added


@transaction.atomic
def mark_in_error(*, actor: User, document: ClinicalDocument, reason: str, now: datetime) -> EnteredInError:
    """It was written about someone else: hide it from the chart and keep it. Twice changes nothing."""
    held = ClinicalDocument.objects.select_for_update(no_key=True).get(pk=document.pk)
    if held.signed_at is None:
        raise Refused("A draft is not in the record yet. Change it instead.")
    known = EnteredInError.objects.filter(document=held).first()
    if known is not None:
        return known
    with refused_by(document_in_error_has_a_reason=Refused("Say why.", status=422, reason="Say why.")):
        marked = EnteredInError.objects.create(document=held, reason=reason.strip(), by=actor, at=now)
    record(actor, "patients.mark_document_in_error", held)
    return marked


def credential_of(user: User) -> str:
    """The letters after the name, or an empty string."""
    return str(getattr(getattr(user, "profile", None), "credential", ""))
