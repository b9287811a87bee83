"""Addresses on the clinic's tablet. Who may is what the device holds, never what stands here."""

from django.urls import path

from patients import tablet

app_name = "tablet"
urlpatterns = [
    path("", tablet.start, name="start"),
    path("help/", tablet.help_now, name="help"),
    path("done/", tablet.end, name="end"),
    path("<uuid:public_id>/<int:number>/", tablet.question, name="question"),
]
