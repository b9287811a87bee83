"""What may be typed on the week's pages: the shape only; the rules are the verbs'."""

from typing import Any

from django import forms

from iop_clinic.accounts.models import Site, User
from iop_clinic.forms import ClinicForm, DayField
from iop_clinic.roles import ALLOWED, Permission


class ReasonForm(ClinicForm):
    reason = forms.CharField(
        label="Reason",
        max_length=200,
        help_text="The clinic's own note.",
        error_messages={"required": "Say why, in a few words."},
    )


class CancelBookingForm(ReasonForm):
    who = forms.ChoiceField(
        label="Who cancels",
        choices=[("patient", "The patient"), ("clinic", "The clinic")],
        initial="patient",
        widget=forms.RadioSelect,
    )


class LastDayForm(ClinicForm):
    last_on = DayField(label="Last day in the group")


def clinicians_of(site: Site) -> Any:
    """Who may lead a session at this site, by name."""
    return User.objects.filter(sites=site, is_active=True, role__in=ALLOWED[Permission.WRITE_NOTES])
