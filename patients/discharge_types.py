"""How an episode can end, and where to, with the codes others ask for: data, no Django.

Types, TEDS reasons and UB-04 status codes: domain reference 5.5. A step down inside the clinic is none.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DischargeType:
    """`status_code` is the UB-04 patient status of the last claim; empty where the destination decides."""

    value: str
    teds_reason: str
    status_code: str
    usually_planned: bool


TYPES = (
    DischargeType("completed", "1", "01", True),
    DischargeType("dropped_out", "2", "01", False),
    DischargeType("administrative", "3", "01", False),
    DischargeType("transferred", "4", "", True),
    DischargeType("step_up", "4", "", True),
    DischargeType("incarcerated", "5", "21", False),
    DischargeType("deceased", "6", "20", False),
    DischargeType("other", "7", "01", False),
)
# UB-04 status by destination; whoever goes on as an outpatient lives at home.
STATUS_OF_DESTINATION = {
    "outpatient": "01",
    "day_program": "01",
    "residential": "70",
    "hospital": "02",
    "psychiatric_hospital": "65",
    "special_hospital": "05",
}
TYPE_OF = {one.value: one for one in TYPES}
# Left against clinical advice, rather than simply lost from sight.
AGAINST_ADVICE = "07"


def status_code(kind: str, destination: str = "", *, against_advice: bool = False) -> str:
    """The UB-04 status of the final claim; empty for a transfer whose destination is not known."""
    if kind == "dropped_out" and against_advice:
        return AGAINST_ADVICE
    return TYPE_OF[kind].status_code or STATUS_OF_DESTINATION.get(destination, "")
