"""The audit trail as a page: who did what to whose record, by patient, actor, verb and day."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import reduce
from operator import or_
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse

from iop_clinic.access import requires
from iop_clinic.accounts.models import Site, User
from iop_clinic.accounts.sites import require_site, sites_of
from iop_clinic.audit.models import AuditEvent, AuditQuerySet
from iop_clinic.audit.trail import record
from iop_clinic.audit.words import verb_starts, verb_words
from iop_clinic.clock import day_span
from iop_clinic.htmx import page_or_piece
from iop_clinic.roles import Permission
from patients.models import Patient

PAGE_ROWS = 100


class TrailForm(forms.Form):
    chart = forms.IntegerField(label="Chart number", required=False, min_value=1, max_value=2_000_000_000)
    actor = forms.ModelChoiceField(User.objects.none(), label="Who", required=False, empty_label="Anyone")
    verb = forms.CharField(label="What", required=False, max_length=60)
    day = forms.DateField(label="Day", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    before = forms.IntegerField(required=False, min_value=1, max_value=2**62, widget=forms.HiddenInput)

    def __init__(self, *args: Any, people: QuerySet[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["actor"].queryset = people  # type: ignore[attr-defined]

    def clean_day(self) -> date | None:
        day: date | None = self.cleaned_data["day"]
        if day is not None and not 2000 <= day.year <= 2100:
            raise forms.ValidationError("Choose a day between 2000 and 2100.")
        return day


@dataclass(frozen=True)
class Row:
    event: AuditEvent
    patient: Patient | None

    @property
    def words(self) -> str:
        return verb_words(self.event.verb)

    @property
    def is_refused(self) -> bool:
        """Refused, where the words do not say so already."""
        return self.event.outcome == AuditEvent.Outcome.REFUSED and "refused" not in self.words

    @property
    def listed(self) -> int:
        """How many patients a list showed by name."""
        return len(self.event.detail.get("patients", []))


def _in_scope(sites: list[Site]) -> AuditQuerySet:
    """Events about these sites' patients, and events about nobody at these sites or at none."""
    ours = Patient.objects.filter(site__in=sites).values("pk")
    about_nobody = Q(patient_id=None) & (Q(site_id__in=[site.pk for site in sites]) | Q(site_id=None))
    return AuditEvent.objects.filter(Q(patient_id__in=ours) | about_nobody)


def _narrow(
    events: AuditQuerySet, wanted: dict[str, Any], tz_name: str, patient: Patient | None
) -> AuditQuerySet:
    if wanted.get("chart"):
        events = events.about(patient.pk) if patient else events.none()
    if wanted.get("actor"):
        events = events.filter(actor=wanted["actor"])
    if wanted.get("verb"):
        begins = [Q(verb__startswith=start) for start in verb_starts(wanted["verb"])]
        events = events.filter(reduce(or_, begins))
    if wanted.get("day"):
        events = events.filter(at__range=_whole_day(wanted["day"], tz_name))
    if wanted.get("before"):
        events = events.filter(pk__lt=wanted["before"])
    return events


def _whole_day(day: date, tz_name: str) -> tuple[datetime, datetime]:
    start_at, end_at = day_span(day, tz_name)
    return start_at, end_at - timedelta(microseconds=1)


def _rows(events: AuditQuerySet) -> list[Row]:
    page = list(events.select_related("actor").order_by("-pk")[:PAGE_ROWS])
    patients = Patient.objects.in_bulk({e.patient_id for e in page if e.patient_id is not None})
    return [Row(event, patients.get(event.patient_id or 0)) for event in page]


@requires(Permission.READ_AUDIT)
def trail(request: HttpRequest) -> HttpResponse:
    """Newest first, a page of 100 at a time; reading the trail is itself on the trail."""
    site, sites = require_site(request), sites_of(request)
    people = User.objects.filter(sites__in=sites).distinct()
    form = TrailForm(request.GET, people=people)
    rows: list[Row] = []
    if form.is_valid():
        wanted = form.cleaned_data
        patient = Patient.objects.filter(record_number=wanted["chart"] or 0, site__in=sites).first()
        rows = _rows(_narrow(_in_scope(sites), wanted, site.time_zone, patient))
        named = [row.patient.pk for row in rows if row.patient]
        record(request.user, "audit.read", patient_id=patient.pk if patient else None, patients=named)
    context = {
        "form": form,
        "rows": rows,
        "last": rows[-1].event.pk if len(rows) == PAGE_ROWS else None,
        "tz_name": site.time_zone,
    }
    status = 200 if form.is_valid() else 422
    return page_or_piece(request, "patients/audit.html", "patients/_audit_rows.html", context, status=status)
