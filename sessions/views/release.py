"""Give out papers from a record: what, to whom, why; the answer is the PDF, or why it may not be given."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from iop_clinic.access import requires
from iop_clinic.roles import Permission
from patients.disclosing import Disclosed
from patients.forms.disclosures import DisclosureForm
from patients.views.frame import open_page
from sessions.release_parts import ReleasePart, parts_of
from sessions.releasing import release_papers


class ReleaseForm(DisclosureForm):
    """As for something told by hand, with the parts instead of words; the scopes follow from them."""

    scopes = None  # type: ignore[assignment]
    what = None  # type: ignore[assignment]
    parts = forms.MultipleChoiceField(
        label="What is given",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one.", "invalid_choice": "Choose from the list."},
    )
    field_order = ["parts"]

    def __init__(self, data: Any, *, parts: list[ReleasePart], wanted: list[str]) -> None:
        super().__init__(data)
        self.initial["parts"] = wanted
        self._parts = parts
        self.fields["parts"].choices = [(part.key, part.title) for part in parts]  # type: ignore[attr-defined]

    def deed(self) -> dict[str, Any]:
        said = super().deed()
        chosen = said.pop("parts")
        return said | {"parts": [part for part in self._parts if part.key in chosen]}


@requires(Permission.DISCLOSE)
@require_http_methods(["GET", "HEAD", "POST"])
def release(request: HttpRequest, pk: int) -> HttpResponse:
    frame = open_page(request, pk, verb="chart.read_release", tab="documents")
    data, status = request.POST if request.method == "POST" else None, 200
    parts = parts_of(frame.patient, frame.header.episode, frame.day)
    form = ReleaseForm(data, parts=parts, wanted=request.GET.getlist("part"))
    sent = list[Disclosed]()
    if data is not None:
        status = form.attempt(
            lambda _: sent.append(
                release_papers(actor=frame.user, patient=frame.patient, now=frame.now, **form.deed())
            )
        )
    if sent:
        return pdf_answer(sent[0].content, f"chart-{frame.patient.record_number}.pdf")
    return render(request, "sessions/release.html", frame.context(form=form), status=status)


def pdf_answer(content: bytes, name: str) -> HttpResponse:
    """What `disclose(...)` made, as a file to keep; the name says no more than the chart's number."""
    answer = HttpResponse(content, content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["Cache-Control"] = "private, no-store"
    return answer
