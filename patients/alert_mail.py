"""E-mail to staff that something cannot wait: who signs in sees what; the mail says nothing of anyone.

Neutral text and no patient in it: domain reference 8.5; it goes at any hour, quiet hours are for patients.
"""

from datetime import datetime, timedelta

from django.conf import settings

from iop_clinic.accounts.models import User
from iop_clinic.messages import outbox
from iop_clinic.messages.models import Message
from patients.models import FollowUp

KIND = "staff_alert"
STANDS_FOR = timedelta(hours=12)


def owe_alert(follow_up: FollowUp, to: User, now: datetime, *, key: str) -> None:
    """One mail to one person about one step of one follow-up, however often it is asked for."""
    outbox.put(
        kind=KIND,
        unique_key=f"{KIND}:{follow_up.pk}:{key}:{to.pk}",
        subject_id=follow_up.pk,
        subject_version=1,
        patient_id=None,
        site=follow_up.site,
        to_address=to.email,
        subject_line="Please sign in now",
        body=f"Something at {follow_up.site.name} needs you now. Sign in: {settings.BASE_URL}/follow-ups/\n",
        due_at=now,
        expires_at=now + STANDS_FOR,
    )


def still_wanted(message: Message) -> str:
    """Empty while the follow-up is open, else why the mail is not sent."""
    if FollowUp.objects.open().filter(pk=message.subject_id).exists():
        return ""
    return "The follow-up was closed before."
