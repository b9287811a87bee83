"""Words and small parts for templates: icons, durations, fields, the stylesheet's address."""

import json
from datetime import datetime, time
from functools import lru_cache
from typing import Any

from django import template
from django.conf import settings
from django.forms import BoundField, CheckboxInput, CheckboxSelectMultiple, Form, RadioSelect
from django.utils.html import format_html
from django.utils.safestring import SafeString

from iop_clinic import durations, icons, styles
from iop_clinic.money import dollars
from iop_clinic.wall import short_time, time_of_day, to_the_second, wall

register = template.Library()

register.filter("dollars", dollars)
register.filter("duration", durations.duration)
register.filter("in_hours", durations.in_hours)
register.filter("spoken", durations.spoken)
register.filter("short_words", durations.short_words)
register.filter("standing_words", durations.standing_words)
register.filter("clock", wall)
register.filter("clock_to_the_second", to_the_second)


@register.filter("time_of_day", expects_localtime=True)
def _time_of_day(at: datetime | time | None) -> str:
    """A time, or that of an instant in the zone of the page, as the clinic says it; empty for none."""
    return time_of_day(_time(at)) if at else ""


@register.filter("short_time", expects_localtime=True)
def _short_time(at: datetime | time | None) -> str:
    """The same where the half of the day is plain."""
    return short_time(_time(at)) if at else ""


def _time(at: datetime | time) -> time:
    return at.time() if isinstance(at, datetime) else at


TRACK_ICONS = {"am": "sun", "eve": "moon", "teen": "sprout"}


@register.simple_tag
def icon(name: str, label: str = "", css: str = "") -> SafeString:
    """A mark of the sprite, 16 px; `label` adds hidden words where no word stands beside it."""
    return _icon(name, label, css)


@lru_cache(maxsize=512)  # templates ask for the same few hundred times a page
def _icon(name: str, label: str, css: str) -> SafeString:
    if name not in icons.ICONS:
        raise ValueError(f"Icon {name!r} is not in iop_clinic/icons.py.")
    drawn = format_html(
        '<svg class="icon {}" width="16" height="16" aria-hidden="true"><use href="{}#{}"/></svg>',
        css,
        icons.sprite_url(),
        name,
    )
    return format_html('{}<span class="vh">{}</span>', drawn, label) if label else drawn


@register.simple_tag
def second_factor_is_required() -> bool:
    """Whether staff see charts only once a second factor is set up: everywhere but in the demo."""
    return bool(settings.MFA_REQUIRED)


@register.simple_tag
def passkey_form(does: str, form: Form, button_id: str) -> SafeString:
    """What allauth's script reads, as inert JSON: `does` is add or authenticate, pressed by that button."""
    fields = {name: form[name].auto_id for name in ("credential", "passwordless") if name in form.fields}
    ids = json.dumps({"ids": {does: button_id, "data": "js_data"} | fields})
    return format_html(
        '<script data-allauth-onload="allauth.webauthn.forms.{}Form" type="application/json">{}</script>',
        does,
        SafeString(ids),
    )


@register.simple_tag
def stylesheet_url() -> str:
    return styles.stylesheet_url()


@register.filter
def steps(minutes: int) -> int:
    """Whole 5-minute steps, for the classes at-N, for-N and span-N."""
    return max(round(int(minutes) / 5), 0)


@register.filter
def track_icon(tone: str) -> str:
    """The icon of a track's tone: sun, moon or sprout."""
    return TRACK_ICONS.get(tone, "circle")


@register.filter
def initials(name: object) -> str:
    """ "Ana Reyes" -> "AR"."""
    words = str(name).split()
    return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper()


@register.filter
def field_kind(field: BoundField) -> str:
    """Which shape a bound field takes: checkbox, picks, radios or control."""
    widget = field.field.widget
    if isinstance(widget, CheckboxSelectMultiple):
        return "picks"
    if isinstance(widget, RadioSelect):
        return "radios"
    return "checkbox" if isinstance(widget, CheckboxInput) else "control"


@register.filter
def get(mapping: dict[Any, Any], key: Any) -> Any:
    """One entry of a dict by a variable key; empty when it has none."""
    return mapping.get(key, "")


NUMBERS = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine")


@register.filter
def things(counted: Any) -> str:
    """ "One thing", "Two things": how many errors a form has."""
    count = len(counted)
    word = NUMBERS[count] if count < len(NUMBERS) else str(count)
    return f"{word} thing" if count == 1 else f"{word} things"
