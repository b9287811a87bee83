"""Writing the trail: `record` is the last line of every verb, inside its transaction.

Who is acting, from where, and under which request id travels in a context variable that
`AuditContext` sets per request; a task or a command leaves it empty.
"""

import uuid
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.http import HttpRequest, HttpResponse

from iop_clinic.audit.models import AuditEvent


@dataclass(frozen=True)
class RequestMark:
    request_id: uuid.UUID
    ip_address: str | None


_mark: ContextVar[RequestMark | None] = ContextVar("audit_mark", default=None)


def record(
    actor: models.Model | AnonymousUser | None,
    verb: str,
    obj: models.Model | None = None,
    *,
    patient_id: int | None = None,
    site_id: int | None = None,
    outcome: str = AuditEvent.Outcome.DONE,
    patients: Iterable[int] | None = None,
    **detail: Any,
) -> None:
    """Append one row. `detail` takes identifiers and counts, never what a record says, as text or as code.

    The patient is read off `obj` where it has one; of a list, `patients` are the ids of everyone it showed.
    A failing insert fails the verb.
    """
    if patients is not None:
        detail["patients"] = sorted(set(patients))
    if patient_id is None and obj is not None:
        patient_id = getattr(obj, "audit_patient_id", None) or getattr(obj, "patient_id", None)
    mark = _mark.get()
    AuditEvent.objects.create(
        actor_id=getattr(actor, "pk", None),
        actor_role=getattr(actor, "role", ""),
        verb=verb,
        outcome=outcome,
        object_type=obj._meta.label_lower if obj is not None else "",
        object_id=obj.pk if obj is not None and isinstance(obj.pk, int) else None,
        patient_id=patient_id,
        site_id=site_id if site_id is not None else getattr(obj, "site_id", None),
        request_id=mark.request_id if mark else None,
        ip_address=mark.ip_address if mark else None,
        detail=detail,
    )


def refuse(request: HttpRequest, view: str, obj: models.Model | None = None) -> None:
    """Record that a signed-in person was turned away from a page, or from the record it was about."""
    user = request.user if request.user.is_authenticated else None
    record(user, "access.refused", obj, outcome=AuditEvent.Outcome.REFUSED, view=view)


class AuditContext:
    """Middleware: give each request an id and remember where it came from."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        from allauth.account.adapter import get_adapter

        try:
            address = get_adapter().get_client_ip(request)
        except Exception:  # a proxy header that is not an address must not stop the clinic
            address = request.META.get("REMOTE_ADDR")
        token = _mark.set(RequestMark(uuid.uuid4(), address or None))
        try:
            return self.get_response(request)
        finally:
            _mark.reset(token)
