"""The Celery app and the only table of periodic work.

Intervals are UTC seconds: beat says "look now", rows in PostgreSQL say what is due.
"""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "iop_clinic.settings")

app = Celery("iop_clinic")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

app.conf.beat_schedule = {
    "send due messages": {"task": "scheduling.send_due_messages", "schedule": 10.0},
    "offer free seats": {"task": "scheduling.offer_free_seats", "schedule": 60.0},
    "end late make-up offers": {"task": "scheduling.end_late_make_ups", "schedule": 60.0},
    "work on plans": {"task": "scheduling.work_on_plans", "schedule": 3.0},
    "materialise group sessions": {"task": "scheduling.materialise_sessions", "schedule": 3600.0},
    "escalate follow-ups": {"task": "patients.escalate_follow_ups", "schedule": 60.0},
    "ask for measures": {"task": "scheduling.ask_measures", "schedule": 3600.0},
    "sweep files without a row": {"task": "patients.sweep_files", "schedule": 3600.0},
    "clear forgotten imports": {"task": "sessions.clear_forgotten_imports", "schedule": 3600.0},
    "beat is alive": {"task": "iop_clinic.record_heartbeat", "schedule": 30.0},
}
