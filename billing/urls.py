"""Addresses of the billing room."""

from django.urls import path

from billing import views

app_name = "billing"
urlpatterns = [
    path("day-close/", views.day_close_today, name="day_close_today"),
    path("day-close/<int:year>/<int:month>/<int:day>/", views.day_close, name="day_close"),
    path(
        "day-close/<int:year>/<int:month>/<int:day>/patients/<int:pk>/",
        views.decision,
        name="decision",
    ),
    path("patients/<int:pk>/authorizations/", views.authorizations, name="authorizations"),
    path("authorizations/ending/", views.authorizations_ending, name="authorizations_ending"),
]
