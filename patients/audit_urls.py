"""The privacy officer's page on the audit trail; it lives here because it names patients."""

from django.urls import path

from patients import audit_page

app_name = "audit"
urlpatterns = [path("", audit_page.trail, name="trail")]
