"""The week. The patient's window on it is in the portal's addresses."""

from django.urls import path

from scheduling.views import bookings, leaving, messages, patient, places, sessions, week

app_name = "scheduling"
urlpatterns = [
    path("week/", week.week, name="week"),
    path("week/sessions/<int:pk>/", sessions.session, name="session"),
    path("week/sessions/<int:pk>/move/", sessions.session_move, name="session_move"),
    path(
        "week/sessions/<int:pk>/cancellation/",
        sessions.session_cancellation,
        name="session_cancellation",
    ),
    path("week/bookings/<int:pk>/cancellation/", bookings.booking_cancel, name="booking_cancel"),
    path("week/places/<int:pk>/end/", places.enrollment_end, name="enrollment_end"),
    path("patients/<int:pk>/week/", patient.patient_week, name="patient_week"),
    path("patients/<int:pk>/enrollment/", places.enrollment, name="enrollment"),
    path("patients/<int:pk>/visit/", patient.visit, name="visit"),
    path("patients/<int:pk>/discharge/", leaving.discharge, name="discharge"),
    path("patients/<int:pk>/messages/", messages.patient_messages, name="patient_messages"),
    path("messages/", messages.site_messages, name="messages"),
    path("messages/<int:pk>/retry/", messages.message_retry, name="message_retry"),
]
