"""Who sends people: a site's directory of places and colleagues, filled by the referrals themselves."""

from datetime import date, timedelta

from django.db import transaction
from django.db.models import Count, Q, QuerySet

from iop_clinic.accounts.models import Site, User
from iop_clinic.audit.trail import record
from iop_clinic.constraints import refused_by
from iop_clinic.refusal import Refused
from patients.models import ReferralSource
from patients.models.referral import PRIVATE_SOURCES, Source, Stage

COUNTED_DAYS = 365


def sender_for(site: Site, kind: str, name: str, phone: str) -> ReferralSource | None:
    """The directory's row of that kind and name, made when it is new; a missing phone is filled in.

    None for a private person or without a name. Call inside a transaction that holds the site's row.
    """
    if not name or kind in PRIVATE_SOURCES:
        return None
    found = ReferralSource.objects.filter(site=site, kind=kind, name__iexact=name).first()
    if found is None:
        return ReferralSource.objects.create(site=site, kind=kind, name=name, phone=phone)
    if phone and not found.phone:
        found.phone = phone
        found.save(update_fields=["phone"])
    return found


def senders_of(site: Site, day: date) -> QuerySet[ReferralSource]:
    """By name, each with `sent`, `admitted` (both of the last year) and `ever`."""
    lately = Q(referrals__received_on__gt=day - timedelta(days=COUNTED_DAYS))
    return (
        ReferralSource.objects.filter(site=site)
        .annotate(
            sent=Count("referrals", filter=lately),
            admitted=Count("referrals", filter=lately & Q(referrals__stage=Stage.ADMITTED)),
            ever=Count("referrals"),
        )
        .order_by("-sent", "name", "pk")
    )


@transaction.atomic
def change_sender(*, actor: User, sender: ReferralSource, kind: str, name: str, phone: str) -> ReferralSource:
    """Correct a row of the directory; every referral that names it says so. Refused 422, 409 for a twin."""
    held = ReferralSource.objects.select_for_update(no_key=True).get(pk=sender.pk)
    if kind not in Source.values or kind in PRIVATE_SOURCES:
        raise Refused("Choose who they are.", status=422, kind="Choose one.")
    if not name.strip():
        raise Refused("Write their name.", status=422, name="Write their name.")
    held.kind, held.name, held.phone = kind, name.strip(), phone.strip()
    with refused_by(referral_source_once_per_site="The directory has someone of that kind and name already."):
        held.save(update_fields=["kind", "name", "phone"])
    record(actor, "patients.change_sender", held)
    return held
