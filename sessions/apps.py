from django.apps import AppConfig


class ClinicSessionsConfig(AppConfig):
    """`sessions` as a label belongs to Django's sign-in sessions, hence `iop_sessions`."""

    name = "sessions"
    label = "iop_sessions"
    verbose_name = "Attendance and notes"
