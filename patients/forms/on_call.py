"""A shift on call, on the site's wall clock."""

from datetime import date, time
from typing import Any

from iop_clinic.accounts.models import Site, User
from iop_clinic.forms import ClinicForm, DayField, WallTimeField
from iop_clinic.roles import ALLOWED, Permission
from patients.forms.clinical import PersonChoice


class OnCallForm(ClinicForm):
    user = PersonChoice(User.objects.none(), label="Who", empty_label="Choose someone")
    from_on = DayField(label="From")
    from_at = WallTimeField(label="From what time")
    to_on = DayField(label="Until")
    to_at = WallTimeField(label="Until what time")

    def __init__(self, data: Any = None, *, site: Site, day: date) -> None:
        super().__init__(data, initial={"from_on": day, "from_at": time(17), "to_on": day, "to_at": time(22)})
        staff = User.objects.filter(is_active=True, role__in=ALLOWED[Permission.WORK_FOLLOW_UPS], sites=site)
        self.fields["user"].queryset = staff.select_related("profile")  # type: ignore[attr-defined]
