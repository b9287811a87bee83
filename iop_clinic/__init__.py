"""The ground floor: who may, who did, what time is it. Imports no room."""

from iop_clinic.celery import app as celery_app

__all__ = ["celery_app"]
