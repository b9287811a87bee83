"""Small things a signed-in person sets: theme, site, staying signed in."""

from django.urls import path

from iop_clinic.accounts import views

app_name = "accounts"
urlpatterns = [
    path("theme/", views.theme, name="theme"),
    path("site/", views.site, name="site"),
    path("presence/", views.presence, name="presence"),
]
