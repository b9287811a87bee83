"""The table of contents. Rooms are named by string, so no import runs up the stair."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

from iop_clinic import front, icons, styleguide, styles
from iop_clinic.accounts.setting_up import add_passkey, set_up_app
from iop_clinic.accounts.views import own_address

admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns = [
    path("", front.home, name="home"),
    path("healthz", front.healthz, name="healthz"),
    path("app.css", styles.stylesheet, name="stylesheet"),
    path("icons.svg", icons.icons_sprite, name="icons_sprite"),
    path("styleguide/", styleguide.styleguide, name="styleguide"),
    path("account/", include("iop_clinic.accounts.urls")),
    path("sign-in/email/", own_address, name="account_email"),
    path("sign-in/2fa/totp/activate/", set_up_app, name="mfa_activate_totp"),
    path("sign-in/2fa/webauthn/add/", add_passkey, name="mfa_add_webauthn"),
    path("sign-in/", include("allauth.urls")),
    path("audit/", include("patients.audit_urls")),
    path("mailbox/", include("iop_clinic.messages.urls")),
    path("portal/", include("sessions.portal_urls")),
    path("tablet/", include("patients.tablet_urls")),
    path("import/", include("sessions.import_urls")),
    path("", include("patients.urls")),
    path("", include("scheduling.urls")),
    path("", include("sessions.urls")),
    path("", include("billing.urls")),
    path("admin/", admin.site.urls),
]

handler400 = "iop_clinic.safety.bad_request"
handler403 = "iop_clinic.safety.forbidden"
handler404 = "iop_clinic.safety.not_found"
handler429 = "iop_clinic.safety.too_many"
handler500 = "iop_clinic.safety.server_error"
