"""Minutes that a day needs by the rule of a patient's payer, for those who plan weeks floors below."""

from collections.abc import Iterable
from datetime import date

from django.db.models import Q

from billing.models import PayerRule
from patients.models import Coverage, Episode, LevelOfCareStay


def day_minutes_of(episodes: Iterable[Episode], day: date) -> dict[int, int]:
    """By patient, as the rule in force for their first payer and level says. Three queries."""
    whose = {one.pk: one.patient_id for one in episodes}
    current = Q(to_on__isnull=True) | Q(to_on__gte=day)
    stays = LevelOfCareStay.objects.filter(current, episode__in=whose, from_on__lte=day)
    covered = Coverage.objects.in_force_on(day).filter(patient__in=whose.values(), rank=1)
    rules = PayerRule.objects.in_force_on(day).values_list("payer_id", "level_id", "minimum_minutes")
    least = {(payer, level): minutes for payer, level, minutes in rules}
    payers = dict(covered.values_list("patient_id", "payer_id"))
    asked = {whose[episode]: level for episode, level in stays.values_list("episode_id", "level_id")}
    wanted = {patient: (payers.get(patient), level) for patient, level in asked.items()}
    return {patient: least[key] for patient, key in wanted.items() if key in least}
