"""Lists of disclosures: all of a patient, the accounting a patient may ask for, all of a site.

Accounting: with consent from a substance-use record, 3 years back (42 CFR 2.25); without the patient's
consent and not for treatment, payment or operations, 6 years back (45 CFR 164.528).
"""

from datetime import date, datetime, timedelta

from django.core.paginator import Page, Paginator
from django.db.models import Q

from iop_clinic.accounts.models import Site
from patients.models import Disclosure, Patient
from patients.models.consent_terms import EXCEPTIONS, Basis
from patients.models.disclosure import DisclosureQuerySet

PART2_YEARS, HIPAA_YEARS = 3, 6
PAGE_ROWS = 50


def disclosures_of(patient: Patient) -> DisclosureQuerySet:
    return Disclosure.objects.filter(patient=patient).select_related("by", "consent", "review")


def accounting_of(patient: Patient, now: datetime) -> DisclosureQuerySet:
    """What the patient may ask to be told, newest first."""
    consented = Q(is_part2=True, basis=Basis.CONSENT, at__gte=years_before(now, PART2_YEARS))
    without = Q(basis__in=EXCEPTIONS, at__gte=years_before(now, HIPAA_YEARS))
    return disclosures_of(patient).filter(consented | without)


def disclosures_at(site: Site) -> DisclosureQuerySet:
    rows = Disclosure.objects.filter(site=site)
    return rows.select_related("patient", "by", "consent", "review__by")


def years_before(now: datetime, years: int) -> datetime:
    """The same moment so many years earlier; the day before where February 29 has none."""
    day = now.date()
    try:
        earlier = date(day.year - years, day.month, day.day)
    except ValueError:
        earlier = date(day.year - years, day.month, day.day - 1)
    return now - timedelta(days=(day - earlier).days)


def page_of(rows: DisclosureQuerySet, number: str) -> Page[Disclosure]:
    """A page; a number that is none means the first or the last page."""
    return Paginator(rows, PAGE_ROWS).get_page(number)
