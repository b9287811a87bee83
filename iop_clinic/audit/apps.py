from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "iop_clinic.audit"
    label = "audit"
