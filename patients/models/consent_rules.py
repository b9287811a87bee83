"""What PostgreSQL itself asks of a consent: every element of 42 CFR 2.31, and that a signed one stays."""

import pgtrigger
from django.db import models
from django.db.models import F, Q

from iop_clinic.kept import NEVER_TRUNCATED
from patients.models.consent_terms import ENDING, RELEASING

_RELEASES = Q(kind__in=RELEASING)

# Once signed, only its revocation is written, and that once.
SIGNED_STAYS = """
    IF OLD.signed_on IS NULL THEN
        IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE' OR OLD.revoked_at IS NOT NULL OR (
        to_jsonb(NEW) - '{revoked_at,revoked_how,revoked_by_id,revocation_dated_on}'::text[]
        IS DISTINCT FROM
        to_jsonb(OLD) - '{revoked_at,revoked_how,revoked_by_id,revocation_dated_on}'::text[]
    ) THEN
        RAISE EXCEPTION 'pgtrigger: a signed consent stays as it is'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
"""
CONSENT_TRIGGERS = [
    pgtrigger.Trigger(
        name="signed_stays",
        when=pgtrigger.Before,
        operation=pgtrigger.Update | pgtrigger.Delete,
        func=SIGNED_STAYS,
    ),
    NEVER_TRUNCATED,
]


def _check(name: str, condition: Q) -> models.CheckConstraint:
    return models.CheckConstraint(condition=condition, name=name)


_UNSIGNED = Q(signed_on__isnull=True, signed_at__isnull=True, signed_name="", way="", content_sha256="")
_ON_PAPER = Q(signed_on__isnull=False, way="paper") & ~Q(signed_name="")
_BY_DEVICE = Q(
    signed_on__isnull=False,
    signed_at__isnull=False,
    way__in=["on_screen", "portal"],
    content_sha256__regex=r"^[0-9a-f]{64}$",
) & ~Q(signed_name="")

CONSENT_CONSTRAINTS: list[models.BaseConstraint] = [
    _check("consent_expires_after_signing", Q(expires_on__isnull=True) | Q(expires_on__gte=F("signed_on"))),
    models.UniqueConstraint(
        fields=["patient", "kind", "related_person", "signed_on"],
        condition=~_RELEASES,
        name="consent_once_per_kind_and_day",
        nulls_distinct=False,
    ),
    _check(
        "consent_family_names_a_person",
        Q(kind="family", related_person__isnull=False) | ~Q(kind="family") & Q(related_person__isnull=True),
    ),
    # 2.31(a)(2), (3), (4), (5), (6) and (8), in this order.
    _check("consent_says_who_discloses", ~_RELEASES | ~Q(discloser="")),
    _check("consent_says_what", ~_RELEASES | Q(scopes__len__gt=0)),
    _check(
        "consent_names_a_recipient",
        ~_RELEASES | Q(recipient_names__len__gt=0) | Q(recipient_classes__len__gt=0),
    ),
    _check("consent_intermediary_says_for_whom", Q(intermediary="") | ~Q(intermediary_members="")),
    _check("consent_says_why", ~_RELEASES | ~Q(purpose="") & (~Q(purpose="other") | ~Q(purpose_words=""))),
    _check(
        "consent_says_when_it_ends",
        ~Q(kind__in=ENDING)
        | Q(expires_on__isnull=False)
        | ~Q(expires_event="")
        | Q(ends_with_treatment=True),
    ),
    # 2.31(a)(7) and (11): the right to take it back and what may happen to the records were shown.
    _check("consent_keeps_what_was_shown", ~_RELEASES | ~Q(wording_version="") & ~Q(shown=[])),
    _check("consent_signature_is_whole", _UNSIGNED | _ON_PAPER | _BY_DEVICE),
    _check("consent_representative_says_why", Q(signed_as="patient") | ~Q(signed_authority="")),
    _check(
        "consent_single_is_for_care",
        Q(kind="tpo", purpose="tpo") | ~Q(kind="tpo") & ~Q(purpose="tpo"),
    ),
    # 2.31(b) and (d): neither is combined with anything else.
    _check(
        "consent_counseling_notes_stand_alone",
        Q(kind="counseling_notes", scopes=["counseling_notes"])
        | ~Q(kind="counseling_notes") & ~Q(scopes__contains=["counseling_notes"]),
    ),
    _check(
        "consent_legal_stands_alone",
        Q(kind="legal", purpose="legal") | ~Q(kind="legal") & ~Q(purpose="legal"),
    ),
    # 2.35: only a criminal-justice consent holds until its event.
    _check(
        "consent_irrevocable_until_its_event",
        Q(is_irrevocable=False) | Q(kind="justice", revoked_how__in=["", "event"]) & ~Q(expires_event=""),
    ),
    _check(
        "consent_revocation_is_whole",
        Q(revoked_at__isnull=True, revoked_how="", revoked_by__isnull=True, revocation_dated_on__isnull=True)
        | Q(revoked_at__isnull=False, signed_on__isnull=False)
        & (Q(revoked_how="not_recorded") | ~Q(revoked_how="") & Q(revoked_by__isnull=False)),
    ),
]
