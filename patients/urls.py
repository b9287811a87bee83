"""Addresses of the record: numbers only, never a name; a search is posted."""

from django.urls import path

from patients.views import (
    admission,
    apart,
    chart,
    consents,
    coverage,
    details,
    follow_ups,
    lists,
    measures,
    plan,
    protection,
    referrals,
    relatives,
)

app_name = "patients"
urlpatterns = [
    path("patients/", lists.patients, name="list"),
    path("patients/search/", lists.search, name="search"),
    path("patients/<int:pk>/", chart.chart, name="chart"),
    path("patients/<int:pk>/details/", details.edit, name="edit"),
    path("patients/<int:pk>/portal-account/", details.portal_account, name="portal_account"),
    path("patients/<int:pk>/admission/", admission.admission, name="admission"),
    path("patients/<int:pk>/kept-apart/", apart.kept_apart, name="kept_apart"),
    path("kept-apart/<int:pk>/end/", apart.kept_apart_end, name="kept_apart_end"),
    path("patients/<int:pk>/substance-use/", protection.substance_use, name="substance_use"),
    path("patients/<int:pk>/measures/", measures.measures, name="measures"),
    path("patients/<int:pk>/measures/new/", measures.measure_ask, name="measure_ask"),
    path("patients/<int:pk>/plan/", plan.plan, name="plan"),
    path("patients/<int:pk>/plan/draft/", plan.plan_draft, name="plan_draft"),
    path("patients/<int:pk>/consents/", consents.consents, name="consents"),
    path("patients/<int:pk>/relatives/", relatives.relatives, name="relatives"),
    path("patients/<int:pk>/coverage/", coverage.coverage, name="coverage"),
    path("referrals/", referrals.referrals, name="referrals"),
    path("referrals/new/", referrals.referral_new, name="referral_new"),
    path("referrals/<int:pk>/", referrals.referral, name="referral"),
    path("referrals/<int:pk>/stage/", referrals.referral_stage, name="referral_stage"),
    path("measures/<int:pk>/", measures.measure, name="measure"),
    path("plans/<int:pk>/signature/", plan.plan_signature, name="plan_signature"),
    path("goals/<int:pk>/progress/", plan.goal_progress, name="goal_progress"),
    path("consents/<int:pk>/revocation/", consents.consent_revocation, name="consent_revocation"),
    path("relatives/<int:pk>/consent/", relatives.relative_consent, name="relative_consent"),
    path("coverages/<int:pk>/end/", coverage.coverage_end, name="coverage_end"),
    path("coverages/<int:pk>/authorizations/new/", coverage.authorization_new, name="authorization_new"),
    path("authorizations/<int:pk>/answer/", coverage.authorization_answer, name="authorization_answer"),
    path("follow-ups/", follow_ups.follow_ups, name="follow_ups"),
    path("follow-ups/<int:pk>/", follow_ups.follow_up, name="follow_up"),
    path("follow-ups/<int:pk>/owner/", follow_ups.follow_up_owner, name="follow_up_owner"),
]
