"""The demo's way in: the referral behind each admission, people still on it, and some who went elsewhere."""

from datetime import date, datetime, time, timedelta
from typing import Any

from iop_clinic.accounts.demo import House, Moment, chance
from iop_clinic.accounts.models import Site
from patients.access_clock import policy_of, received_instant, see_by
from patients.demo_cast import ON_THE_WAY, PAYERS
from patients.demo_chart import Chart, weekday_from
from patients.demo_payers import payers
from patients.intake import close_referral, move_referral, refer
from patients.models import ContactTry, Patient, Referral, ReferralSource, ReferralStep
from patients.models.referral import Stage
from patients.reaching import try_contact

SOURCES = ("hospital", "primary_care", "therapist", "self", "family", "payer", "court", "school")
SENDERS = {
    "hospital": ("Mercer General", "609-555-0171"),
    "primary_care": ("Delaware Family Practice", "609-555-0172"),
    "therapist": ("Odell Counseling", "609-555-0173"),
    "school": ("Chambersburg High, counselor", "609-555-0174"),
    "court": ("Mercer County Probation", "609-555-0175"),
    "payer": ("Bluestone care line", "800-555-0176"),
}
# Who did not come: how many days ago the first contact was, why.
ELSEWHERE = (
    ("Ansel Graymarsh", 18, "hospital", "needs_higher"),
    ("Bettina Lowfen", 26, "primary_care", "no_insurance_match"),
    ("Corin Highmoor", 31, "self", "declined"),
    ("Delia Stillwater", 40, "therapist", "not_reached"),
    ("Edmund Ferncliff", 47, "hospital", "not_reached"),
    ("Freya Longmeadow", 55, "family", "declined"),
    ("Gideon Ashwater", 63, "school", "needs_lower"),
    ("Hetty Brookvale", 71, "payer", "admitted_elsewhere"),
)
URGENT = {"Theo Quillfeather", "Idris Larkhollow"}
# Who was tried in vain today or before, and when to try again.
TRIED = {"Idris Larkhollow": 0, "Marguerite Dawnmere": 1}


def refer_everyone(charts: list[Chart], house: House, moment: Moment) -> None:
    """The referral each admission came from, with its steps."""
    senders = {site.pk: _senders(site) for site in (house.marlow, house.orchard)}
    referrals = Referral.objects.bulk_create(_admitted(chart, senders, moment) for chart in charts)
    stages = ((Stage.INQUIRY, 0), (Stage.SCREENING, 1), (Stage.ASSESSMENT, 3))
    steps = [
        ReferralStep(
            referral=row, stage=stage, at=_morning(moment, row.received_on, days), by=house.staff["dana"]
        )
        for row in referrals
        for stage, days in stages
    ]
    admitted = [
        ReferralStep(
            referral=row,
            stage=Stage.ADMITTED,
            at=_morning(moment, chart.episode.admitted_on, 0),
            by=house.staff["bea"],
        )
        for row, chart in zip(referrals, charts, strict=True)
    ]
    ReferralStep.objects.bulk_create(steps + admitted)


def _senders(site: Site) -> dict[str, ReferralSource]:
    rows = ReferralSource.objects.bulk_create(
        ReferralSource(site=site, kind=kind, name=name, phone=phone)
        for kind, (name, phone) in SENDERS.items()
    )
    return {row.kind: row for row in rows}


def _admitted(chart: Chart, senders: dict[int, dict[str, ReferralSource]], moment: Moment) -> Referral:
    name, site = chart.person.name, chart.patient.site
    source = chance("source", name).choice(SOURCES[:6] if chart.person.track != "teen" else SOURCES[4:])
    received_on = chart.episode.admitted_on - timedelta(days=chance("wait", name).randint(4, 9))
    return Referral(
        site=site,
        patient=chart.patient,
        source=source,
        sender=senders[site.pk].get(source),
        reason="Wants more than a weekly hour, and to stay at home in the evenings.",
        payer=payers()[chart.person.payer],
        stage=Stage.ADMITTED,
        episode=chart.episode,
        **_clock(site, received_on, moment),
    )


def _clock(site: Site, received_on: date, moment: Moment) -> dict[str, Any]:
    received_at = received_instant(received_on, moment.now, site.time_zone)
    until = see_by(received_at, urgent=False, policy=policy_of(site))
    return {"received_on": received_on, "received_at": received_at, "see_by": until}


def _morning(moment: Moment, day: date, days: int) -> datetime:
    return moment.no_later(moment.at(day + timedelta(days=days), time(8, 15)))


def refer_the_rest(house: House, moment: Moment) -> None:
    """People not admitted yet, moved along by the verbs, and those who went elsewhere."""
    for number, row in enumerate(ON_THE_WAY):
        _on_the_way(number, row, house, moment)
    _refer_elsewhere(house, moment)


def _on_the_way(number: int, row: tuple[str, str, int, str, str], house: House, moment: Moment) -> None:
    name, stage, days, source, reason = row
    given, family = name.split(" ")
    received_on = moment.day(-days)
    sender, phone = SENDERS.get(source, ("", ""))
    referral = refer(
        actor=house.staff["dana"],
        site=house.marlow,
        received_on=received_on,
        source=source,
        source_name=sender,
        source_phone=phone,
        urgency="urgent" if name in URGENT else "routine",
        reason=reason,
        now=_morning(moment, received_on, 0),
        given_name=given,
        family_name=family,
        born_on=weekday_from(date(1988, 5, 2), number % 7),
        phone=f"609-555-{190 + number:04}",
        payer=payers()[PAYERS[number % len(PAYERS)]],
    )
    Patient.objects.filter(pk=referral.patient_id).update(created_at=_morning(moment, received_on, 0))
    _move(referral, Stage(stage), days, house, moment)
    if name in TRIED:
        try_contact(
            actor=house.staff["dana"],
            referral=referral,
            channel=ContactTry.Channel.PHONE,
            outcome=ContactTry.Outcome.LEFT_MESSAGE,
            note="Asked to call back, no details left",
            next_on=moment.day(TRIED[name]),
            now=moment.now,
        )


def _move(referral: Referral, stage: Stage, days: int, house: House, moment: Moment) -> None:
    order = [Stage.INQUIRY, Stage.SCREENING, Stage.ASSESSMENT]
    wanted = order[1 : order.index(stage) + 1] if stage in order else order[1:]
    if stage == Stage.WAITLISTED:
        wanted = [*wanted, stage]
    for step, moved_to in enumerate(wanted, start=1):
        at = _morning(moment, referral.received_on, min(step, days))
        move_referral(actor=house.staff["bea"], referral=referral, stage=moved_to, now=at)
    if stage == Stage.CLOSED:
        at = _morning(moment, referral.received_on, min(4, days))
        close_referral(actor=house.staff["bea"], referral=referral, outcome="needs_higher", now=at)


def _refer_elsewhere(house: House, moment: Moment) -> None:
    site = house.marlow
    senders = {row.kind: row for row in ReferralSource.objects.filter(site=site)}
    patients = Patient.objects.bulk_create(
        Patient(
            site=site,
            given_name=name.split(" ")[0],
            family_name=name.split(" ")[1],
            born_on=date(1979, 3, 1) + timedelta(days=977 * number),
            phone=f"856-555-{120 + number:04}",
            created_at=_morning(moment, moment.day(-days), 0),
        )
        for number, (name, days, _, _) in enumerate(ELSEWHERE)
    )
    referrals = Referral.objects.bulk_create(
        Referral(
            site=site,
            patient=patient,
            source=source,
            sender=senders.get(source),
            reason="Asked whether the program would fit.",
            stage=Stage.CLOSED,
            outcome=outcome,
            **_clock(site, moment.day(-days), moment),
        )
        for patient, (_, days, source, outcome) in zip(patients, ELSEWHERE, strict=True)
    )
    ReferralStep.objects.bulk_create(
        ReferralStep(
            referral=row,
            stage=stage,
            at=_morning(moment, row.received_on, days),
            by=house.staff["dana"],
            note=row.get_outcome_display() if stage == Stage.CLOSED else "",
        )
        for row in referrals
        for stage, days in ((Stage.INQUIRY, 0), (Stage.SCREENING, 2), (Stage.CLOSED, 5))
    )
