"""Setting up a second factor on the library's own pages: who has just done so has shown who they are.

Without this, the first authenticator would be asked for again before its recovery codes are shown.
"""

from typing import Any

from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.totp.views import ActivateTOTPView
from allauth.mfa.webauthn.views import AddWebAuthnView
from django.http import HttpRequest, HttpResponse

from iop_clinic.access import requires
from iop_clinic.accounts.models import User
from iop_clinic.roles import Permission


class SetUpApp(ActivateTOTPView):
    def form_valid(self, form: Any) -> HttpResponse:
        answer = super().form_valid(form)
        _shown(self.request, "totp")
        return answer


class AddPasskey(AddWebAuthnView):
    def get_form(self, form_class: Any = None) -> Any:
        form = super().get_form(form_class)
        alone = form.fields["passwordless"]
        alone.label = "Sign in with it alone"
        alone.help_text = "Without a password, by fingerprint, face or its own PIN."
        return form

    def form_valid(self, form: Any) -> HttpResponse:
        answer = super().form_valid(form)
        _shown(self.request, "webauthn")
        return answer


def _shown(request: HttpRequest, factor: str) -> None:
    """The new factor counts as given just now, for ACCOUNT_REAUTHENTICATION_TIMEOUT seconds."""
    assert isinstance(request.user, User)
    record_authentication(request, request.user, method="mfa", type=factor, reauthenticated=True)


set_up_app = requires(Permission.USE_ACCOUNT)(SetUpApp.as_view())
add_passkey = requires(Permission.USE_ACCOUNT)(AddPasskey.as_view())
