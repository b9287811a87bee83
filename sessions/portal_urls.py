"""The patient's portal: every address of it. No patient id in any; rows are named by their public ids."""

from django.urls import path

from patients.portal import checkins, help_now, question
from patients.portal_care import care, paper
from patients.portal_consents import consent, consent_revocation, consents
from patients.portal_medication import different, medication
from patients.portal_plan import my_plan
from scheduling.portal import confirm, late, session_page
from scheduling.portal_calendar import calendar, calendar_revocation
from scheduling.portal_offers import accept, decline
from sessions.portal import cancel, progress, week
from sessions.portal_make_up import make_up
from sessions.portal_make_up_offers import accept as accept_make_up
from sessions.portal_make_up_offers import decline as decline_make_up
from sessions.portal_record import whole_record

app_name = "portal"
urlpatterns = [
    path("", week, name="week"),
    path("help/", help_now, name="help"),
    path("check-ins/", checkins, name="checkins"),
    path("check-ins/<uuid:public_id>/<int:number>/", question, name="question"),
    path("medication/", medication, name="medication"),
    path("medication/different/", different, name="medication_different"),
    path("progress/", progress, name="progress"),
    path("care/", care, name="care"),
    path("record/", whole_record, name="record"),
    path("care/plan/", my_plan, name="plan"),
    path("care/<uuid:public_id>/", paper, name="paper"),
    path("consents/", consents, name="consents"),
    path("consents/<uuid:public_id>/", consent, name="consent"),
    path("consents/<uuid:public_id>/revocation/", consent_revocation, name="consent_revocation"),
    path("calendar/", calendar, name="calendar"),
    path("calendar/revocation/", calendar_revocation, name="calendar_revocation"),
    path("sessions/<uuid:public_id>/", session_page, name="session"),
    path("sessions/<uuid:public_id>/confirmation/", confirm, name="confirm"),
    path("sessions/<uuid:public_id>/running-late/", late, name="late"),
    path("sessions/<uuid:public_id>/cancellation/", cancel, name="cancel"),
    path("sessions/<uuid:public_id>/another-time/", make_up, name="make_up"),
    path("make-ups/<uuid:public_id>/acceptance/", accept_make_up, name="make_up_accept"),
    path("make-ups/<uuid:public_id>/refusal/", decline_make_up, name="make_up_decline"),
    path("offers/<uuid:public_id>/acceptance/", accept, name="offer_accept"),
    path("offers/<uuid:public_id>/refusal/", decline, name="offer_decline"),
]
