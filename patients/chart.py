"""The two doors to a patient: staff reach charts of their sites, a patient their own. Reads are recorded."""

from typing import Any, TypeVar, cast

from django.db.models import Exists, Model, OuterRef, QuerySet
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from iop_clinic.accounts.models import User
from iop_clinic.audit.trail import record, refuse
from iop_clinic.wall import say_hours
from patients.header import ChartHeader
from patients.heading import chart_header
from patients.models import Consent, Patient
from patients.weeks import payer_weeks

__all__ = ["ChartHeader", "chart_header", "open_chart", "open_row", "own_chart"]

Row = TypeVar("Row", bound=Model)


def open_chart(request: HttpRequest, pk: int, *, verb: str = "chart.read") -> Patient:
    """The patient, if at one of this person's sites; 404 otherwise. Records the read under `verb`."""
    user = cast(User, request.user)
    found = Patient.objects.at_sites_of(user).select_related("site").annotate(payer_weeks=payer_weeks())
    patient = found.filter(pk=pk).first()
    if patient is None:
        raise _no_such(request, Patient.objects.filter(pk=pk), verb)
    record(user, verb, patient)
    say_hours(patient.site.clock_hours)
    return patient


def open_row(request: HttpRequest, rows: QuerySet[Row], pk: int, *, verb: str, path: str = "patient") -> Row:
    """One row of a patient at one of this person's sites; 404 otherwise. `path` leads to the patient."""
    user = cast(User, request.user)
    row = rows.filter(**{f"{path}__site__in": user.sites.all()}, pk=pk).first()
    if row is None:
        raise _no_such(request, rows.filter(pk=pk), verb)
    record(user, verb, row)
    return row


def _no_such(request: HttpRequest, rows: QuerySet[Any], verb: str) -> Http404:
    """The same 404 for another site's record as for none; only the first is on the trail."""
    theirs = rows.first()
    if theirs is not None:
        refuse(request, verb, theirs)
    return Http404()


def own_chart(request: HttpRequest) -> Patient:
    """The signed-in patient's own record; 404 for anyone else."""
    user = cast(User, request.user)
    waiting = Consent.objects.waiting().filter(patient=OuterRef("pk"))
    found = Patient.objects.select_related("site").annotate(
        payer_weeks=payer_weeks(), has_consent_to_sign=Exists(waiting)
    )
    patient = get_object_or_404(found, user=user)
    record(user, "chart.read_own", patient)
    say_hours(patient.site.clock_hours)
    return patient
