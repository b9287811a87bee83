"""What may be typed to add someone to one session, and what is in their way."""

from django import forms

from iop_clinic.forms import ClinicForm
from iop_clinic.refusal import Refused
from scheduling.choices import Clashing
from scheduling.wanted import Clash


class AdditionForm(ClinicForm):
    """`anyway` goes ahead with what allows it, for a `reason`."""

    person = forms.IntegerField(min_value=1, max_value=2**31 - 1, widget=forms.HiddenInput)
    anyway = forms.BooleanField(required=False, widget=forms.HiddenInput)
    reason = forms.CharField(label="Why you go ahead", max_length=200, required=False)

    clashes: tuple[Clash, ...] = ()

    @property
    def may_go_ahead(self) -> bool:
        """Whether a reason would do: everything in the way allows it."""
        asked = bool(self.clashes) and all(clash.can_override for clash in self.clashes)
        return asked or "reason" in self.errors

    def refuse(self, refusal: Refused) -> int:
        if not isinstance(refusal, Clashing):
            return super().refuse(refusal)
        self.clashes = tuple(refusal.clashes)
        for clash in self.clashes:
            self.add_error(None, clash.sentence)
        return refusal.status
