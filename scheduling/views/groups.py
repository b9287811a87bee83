"""Weekly groups: planning one, its page, its words and days, its end."""

from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from iop_clinic.access import requires
from iop_clinic.accounts.models import Site, User
from iop_clinic.accounts.sites import require_site
from iop_clinic.audit.trail import record
from iop_clinic.clock import local_day
from iop_clinic.roles import Permission, may
from scheduling.days_form import DaysForm
from scheduling.ending import end_group, what_ends
from scheduling.forms import LastDayForm, clinicians_of
from scheduling.group_days import WaysRound, dates_of, wanted_on, ways_round
from scheduling.group_forms import GroupChangeForm, GroupForm, SkipForm
from scheduling.group_override import end_override
from scheduling.group_pages import groups_at_sites_of, overrides_in, page_of_group
from scheduling.groups import add_group, change_group, skip_dates
from scheduling.models import Group
from scheduling.sizes import size_warning

LIKE = (
    "track", "name", "kind", "curriculum", "starts", "minutes", "break_minutes", "mode", "room", "lead",
    "capacity", "minimum_size",
)  # fmt: skip


def open_group(request: HttpRequest, pk: int) -> Group:
    """The group, if at one of this person's sites; 404 otherwise."""
    return get_object_or_404(groups_at_sites_of(cast(User, request.user)), pk=pk)


@requires(Permission.PLAN_GROUPS)
@require_http_methods(["GET", "HEAD", "POST"])
def group_new(request: HttpRequest) -> HttpResponse:
    """`?track=` chooses the track, `?like=` starts from a group of it. A clash saves nothing."""
    site, actor, now = require_site(request), cast(User, request.user), timezone.now()
    posted, status = request.method == "POST", 200
    form = GroupForm(_chosen(request.POST) if posted else None, site=site, initial=_initial(request, site))
    made: list[Group] = []
    if posted:
        status = form.attempt(lambda said: made.append(add_group(actor=actor, now=now, **_asked(form))))
    if made:
        if warning := size_warning(made[0].kind, made[0].capacity):
            messages.warning(request, warning)
        messages.success(request, f"{made[0].name} is on the calendar.")
        return redirect("scheduling:group", pk=made[0].pk)
    context = _days_context(form, actor) | {"ways": _ways(form)}
    return render(request, "scheduling/group_form.html", context, status=status)


def _asked(form: GroupForm) -> dict[str, Any]:
    said = form.cleaned_data
    kept = {name: said[name] for name in ("track", "reason", "lasting")}
    return kept | {"shape": form.shape, "choices": form.choices}


def _chosen(typed: QueryDict) -> QueryDict:
    """What was typed, with the way round that was pressed."""
    said = typed.copy()
    for button, name in (("use_room", "room"), ("use_lead", "lead")):
        if pressed := typed.get(button, ""):
            said[name] = str(pressed)
    if "alone" in said:
        said.setlist("co_facilitators", [])
    if "ahead" in said:
        for day in said.getlist("clashing"):
            said.appendlist("do", f"{day} anyway")
    return said


def _initial(request: HttpRequest, site: Site) -> dict[str, Any]:
    first = {"from_on": local_day(timezone.now(), site.time_zone), "track": request.GET.get("track")}
    like = request.GET.get("like", "")
    found = Group.objects.filter(track__site=site, pk=like).first() if like.isdecimal() else None
    if found is None:
        return first
    copied = {name: getattr(found, f"{name}_id", None) or getattr(found, name) for name in LIKE}
    return first | copied | {"co_facilitators": [person.pk for person in found.co_facilitators.all()]}


def _days_context(form: DaysForm, actor: User) -> dict[str, Any]:
    """The dates to settle, each with its ways round, and those that would do for all of them."""
    may_override = may(actor.role, Permission.OVERRIDE_CLASH)
    rows = form.rows(may_override=may_override)
    return {
        "form": form,
        "rows": rows,
        "asks_why": any(row.asks_why for row in rows),
        "may_go_ahead": may_override and bool(form.clashes) and all(c.can_override for c in form.clashes),
    }


def _ways(form: GroupForm) -> WaysRound | None:
    """Changes to the whole pattern, once its dates were looked at and some clash."""
    if not form.clashes:
        return None
    shape, rules = form.shape, {clash.rule for clash in form.clashes}
    group = shape.as_row(form.cleaned_data["track"])
    skipped = {day for day, choice in form.choices.items() if choice.skip}
    dates = [day for day in dates_of(group, shape.from_on) if day not in skipped]
    wanted = [wanted_on(group, day, shape.co_facilitators) for day in dates]
    return ways_round(wanted, rules, clinicians_of(form.site))


@requires(Permission.PLAN_GROUPS)
@require_safe
def group(request: HttpRequest, pk: int) -> HttpResponse:
    return _show(request, open_group(request, pk), SkipForm())


def _show(request: HttpRequest, found: Group, form: SkipForm, status: int = 200) -> HttpResponse:
    """The group with who is enrolled in it: a read of their names, recorded."""
    page = page_of_group(found, timezone.now())
    named = [place.episode.patient_id for place in page.places]
    record(cast(User, request.user), "group.read", found, site_id=found.track.site_id, patients=named)
    once = [session for session in page.coming if session.override_id != found.override_id]
    context = {"page": page, "group": found, "form": form, "overrides": overrides_in(once)}
    context["may_book"] = may(request.user.role, Permission.BOOK)  # type: ignore[union-attr]
    return render(request, "scheduling/group.html", context, status=status)


@requires(Permission.PLAN_GROUPS)
@require_http_methods(["GET", "HEAD", "POST"])
def group_change(request: HttpRequest, pk: int) -> HttpResponse:
    """Name, curriculum, fewest people and a later last day. Days that are added may clash."""
    found, actor, now = open_group(request, pk), cast(User, request.user), timezone.now()
    posted, status = request.method == "POST", 200
    form = GroupChangeForm(_chosen(request.POST) if posted else None, group=found)
    if posted:
        status = form.attempt(
            lambda said: change_group(actor=actor, group=found, choices=form.choices, now=now, **said)
        )
    if not status:
        messages.success(request, "Saved.")
        return redirect("scheduling:group", pk=pk)
    context = _days_context(form, actor) | {"group": found}
    return render(request, "scheduling/group_change.html", context, status=status)


@requires(Permission.PLAN_GROUPS)
@require_http_methods(["GET", "HEAD", "POST"])
def group_end(request: HttpRequest, pk: int) -> HttpResponse:
    """The last day; says first what ends with it if it is today."""
    found, actor, now = open_group(request, pk), cast(User, request.user), timezone.now()
    today, posted, status = local_day(now, found.track.site.time_zone), request.method == "POST", 200
    form = LastDayForm(request.POST if posted else None, initial={"last_on": max(today, found.from_on)})
    if posted:
        status = form.attempt(lambda said: end_group(actor=actor, group=found, now=now, **said))
    if not status:
        messages.success(request, f"{found.name} ends on {form.cleaned_data['last_on']:%b %-d}.")
        return redirect("scheduling:group", pk=pk)
    context = {"group": found, "form": form, "ending": what_ends(found, today, now)}
    return render(request, "scheduling/group_end.html", context, status=status)


@requires(Permission.PLAN_GROUPS)
@require_POST
def group_override_end(request: HttpRequest, pk: int) -> HttpResponse:
    """Weeks made from now on keep to the rules again."""
    found = end_override(actor=cast(User, request.user), group=open_group(request, pk))
    messages.success(request, f"Weeks of {found.name} made from now on keep to the rules.")
    return redirect("scheduling:group", pk=pk)


@requires(Permission.PLAN_GROUPS)
@require_POST
def group_skip(request: HttpRequest, pk: int) -> HttpResponse:
    """Leave out days that could not be made."""
    found, actor, now = open_group(request, pk), cast(User, request.user), timezone.now()
    form = SkipForm(request.POST)
    status = form.attempt(lambda said: skip_dates(actor=actor, group=found, now=now, **said))
    if status:
        return _show(request, found, form, status)
    messages.success(request, "Left out.")
    return redirect("scheduling:group", pk=pk)
