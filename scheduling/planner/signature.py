"""What a day, or days together, give a person's week, packed into one number so that it adds up fast.

From the lowest bit: countable minutes, attended days, kinds of one-to-one sessions, the core topic, topics
that are attended once a week and, within a day where a payer counts them, services.
"""

from typing import Protocol, TypeVar

DAY_BIT, KIND_BIT, CORE_BIT, TOPIC_BIT, SERVICE_BIT = 12, 16, 24, 25, 64
MINUTES = (1 << DAY_BIT) - 1
DAYS_OF = 0xF << DAY_BIT
KINDS = ((1 << CORE_BIT) - 1) ^ ((1 << KIND_BIT) - 1)
CORE = 1 << CORE_BIT
TOPICS = ((1 << SERVICE_BIT) - 1) ^ ((1 << TOPIC_BIT) - 1)
ONCE = KINDS | TOPICS
COUNTS = 1 << DAY_BIT  # the one day of a day that counts
EITHER = CORE | COUNTS  # what several things of a day give no more than one of them
MOST = (1 << SERVICE_BIT) - 1  # all but the services


def signature(minutes: int, counts: bool, kinds: int, has_core: bool, topics: int) -> int:
    """Of one day; `kinds` and `topics` are bits from 1 on. `counts`: it is a day of the program."""
    return minutes | counts << DAY_BIT | kinds << KIND_BIT | has_core << CORE_BIT | topics << TOPIC_BIT


def minutes_in(key: int) -> int:
    return key & MINUTES


def days_in(key: int) -> int:
    return (key & DAYS_OF) >> DAY_BIT


class Costs(Protocol):
    @property
    def cost(self) -> float: ...


T = TypeVar("T", bound=Costs)


def undominated(found: dict[int, T]) -> dict[int, T]:
    """Without what uses up more topics than something else of the same kind that costs no more.

    By signature. What holds the core topic stands for what does not.
    """
    groups: dict[int, list[int]] = {}
    for key in found:
        groups.setdefault(key & ~(CORE | TOPICS), []).append(key)
    kept: dict[int, T] = {}
    for keys in groups.values():
        best: list[int] = []
        for key in sorted(keys, key=lambda key: found[key].cost) if len(keys) > 1 else keys:
            for other in best:
                if not other & ~key & TOPICS and other & CORE >= key & CORE:
                    break
            else:
                best.append(key)
                kept[key] = found[key]
    return kept
