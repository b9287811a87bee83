from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AuditConfig(AppConfig):
    name = "iop_clinic.audit"
    label = "audit"

    def ready(self) -> None:
        """Signals are sent once every migration has run."""
        from iop_clinic.audit.guards import keep_guards_on

        post_migrate.connect(keep_guards_on, sender=self)
