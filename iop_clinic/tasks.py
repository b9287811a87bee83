"""The ground's bell: beat and a worker prove that they are alive."""

from celery import shared_task
from django.db.models.functions import Now

from iop_clinic.messages.models import Heartbeat


@shared_task(name="iop_clinic.record_heartbeat")
def record_heartbeat() -> None:
    Heartbeat.objects.update_or_create(name="beat", defaults={"at": Now()})
