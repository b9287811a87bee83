"""Blank forms of what is due, to be filled in with a pen and typed in later: for one person, or a group.

Only what patients answer themselves and what has words here; the rest staff ask (domain reference 6.1).
"""

from collections.abc import Iterable
from datetime import date, datetime

from iop_clinic.accounts.models import User
from iop_clinic.audit.trail import record
from iop_clinic.paper.pdf import pdf_of
from iop_clinic.paper.sheet import Bundle
from iop_clinic.refusal import Refused
from patients.blank_measure import blank_measure_sheet
from patients.measure_rules import Person, codes_asked, rules_at
from patients.models import Moment, Patient, Response
from patients.offering import in_our_words, may_ask_in_portal
from patients.scoring import Instrument

Form = tuple[Patient, Instrument]
NOTHING = "Nothing is due that is answered on paper."


def forms_due(patients: Iterable[int], day: date) -> list[Form]:
    """Each person's forms due by that day, by name, each instrument once; three queries at most."""
    rows = Response.objects.waiting().filter(patient__in=list(patients), due_on__lte=day)
    codes = set(rows.order_by().values_list("patient_id", "instrument_code"))
    instruments = in_our_words([code for _, code in codes])
    may = {code: one for code, one in instruments.items() if may_ask_in_portal(one)}
    wanted = {pk: sorted(code for whose, code in codes if whose == pk and code in may) for pk, _ in codes}
    people = Patient.objects.filter(pk__in=wanted).select_related("site")
    ordered = people.order_by("family_name", "given_name", "pk")
    return [(person, may[code]) for person in ordered for code in wanted[person.pk]]


def intake_forms(patient: Patient, day: date) -> list[Instrument]:
    """What the rules ask of everyone new, as far as patients answer it themselves; two queries at most."""
    rules = rules_at(patient.site).get(Moment.INTAKE, ())
    codes = codes_asked(rules, Person(patient.born_on), day)
    instruments = in_our_words(codes)
    return [instruments[code] for code in codes if may_ask_in_portal(instruments[code])]


def print_forms(*, actor: User, forms: list[Form], title: str, now: datetime) -> bytes:
    """The forms as one PDF, a sheet each; whose they are is on the trail. Refused 409 without any."""
    if not forms:
        raise Refused(NOTHING)
    sheets = tuple(blank_measure_sheet(person, instrument, now=now) for person, instrument in forms)
    made = pdf_of(Bundle(title, sheets))
    patients = {person.pk for person, _ in forms}
    record(actor, "patients.print_measures", site_id=forms[0][0].site_id, patients=patients, forms=len(forms))
    return made
