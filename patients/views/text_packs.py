"""The instruments of the clinic: what each is for, whose words it has, and text packs in and out."""

from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from iop_clinic.access import requires
from iop_clinic.accounts.models import User
from iop_clinic.accounts.sites import wall_zone
from iop_clinic.clock import local_day
from iop_clinic.roles import Permission
from patients.forms.text_pack import TextPackForm, WithdrawalForm
from patients.instrument_list import instrument_groups
from patients.models import TextPack
from patients.pack_reader import answer_sets
from patients.scoring import load_instruments
from patients.text_packs import PackRefused, import_text_pack, withdraw_text_pack
from patients.views.outcomes import measure_tabs


@requires(Permission.KEEP_TEXT_PACKS)
@require_safe
def instruments(request: HttpRequest) -> HttpResponse:
    tabs = measure_tabs(cast(User, request.user))
    context = {"groups": instrument_groups(), "tz_name": wall_zone(request), **tabs}
    return render(request, "patients/instruments.html", context)


@requires(Permission.KEEP_TEXT_PACKS)
@require_http_methods(["GET", "HEAD", "POST"])
def text_pack_new(request: HttpRequest) -> HttpResponse:
    initial = {"instrument_code": request.GET.get("instrument", "")}
    form, faults = TextPackForm(initial=initial), list[str]()
    status = 200
    if request.method == "POST":
        form = TextPackForm(request.POST, request.FILES)
        status = form.attempt(lambda said: _import(request, said, faults))
        if not status:
            messages.success(request, "The words are in. The portal can ask this measure from now on.")
            return redirect("patients:instruments")
    context = {"form": form, "faults": faults, "shape": _shape(form)}
    return render(request, "patients/text_pack_form.html", context, status=status)


def _import(request: HttpRequest, said: dict[str, Any], faults: list[str]) -> None:
    file = said["words"]
    try:
        import_text_pack(
            actor=cast(User, request.user),
            instrument_code=said["instrument_code"],
            content=file.read(),
            is_json=file.name.lower().endswith(".json"),
            holder=said["holder"],
            reference=said["reference"],
            permitted_on=said["permitted_on"],
            today=local_day(timezone.now(), wall_zone(request)),
        )
    except PackRefused as refusal:
        faults += refusal.faults
        raise


def _shape(form: TextPackForm) -> dict[str, Any] | None:
    """What the file for the chosen measure must hold: its questions and its sets of answers."""
    instrument = load_instruments().get(str(form["instrument_code"].value() or ""))
    if instrument is None or instrument.has_text:
        return None
    return {"instrument": instrument, "answers": answer_sets(instrument).items()}


@requires(Permission.KEEP_TEXT_PACKS)
@require_http_methods(["GET", "HEAD", "POST"])
def text_pack_withdrawal(request: HttpRequest, pk: int) -> HttpResponse:
    pack = get_object_or_404(TextPack.objects.select_related("attested_by"), pk=pk)
    form = WithdrawalForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        status = form.attempt(
            lambda said: withdraw_text_pack(actor=cast(User, request.user), pack=pack, **said)
        )
        if not status:
            messages.success(request, "Withdrawn. The portal does not show these words any more.")
            return redirect("patients:instruments")
    name = load_instruments()[pack.instrument_code].name
    context = {"form": form, "pack": pack, "name": name}
    return render(request, "patients/text_pack_withdrawal.html", context, status=status)
