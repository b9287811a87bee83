"""Addresses of the import: bring your own clinic."""

from django.urls import path

from sessions.views import imports

app_name = "imports"
urlpatterns = [
    path("", imports.start, name="start"),
    path("<uuid:public_id>/", imports.run, name="run"),
    path("<uuid:public_id>/confirmation/", imports.confirm, name="confirm"),
    path("<uuid:public_id>/disposal/", imports.discard, name="discard"),
]
