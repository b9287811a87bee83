"""The demo's mailbox."""

from django.urls import path

from iop_clinic.messages import views

app_name = "mailbox"
urlpatterns = [
    path("", views.inbox, name="inbox"),
    path("<uuid:number>/", views.message, name="message"),
]
