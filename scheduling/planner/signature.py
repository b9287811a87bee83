"""What a day, or days together, give a person's week, packed into one number so that it adds up fast.

From the lowest bit: countable minutes, attended days, kinds of one-to-one sessions, the core topic, topics
that are attended once a week, and, where asked for, the weekdays.
"""

from collections.abc import Callable
from typing import TypeVar

DAY_BIT, KIND_BIT, CORE_BIT, TOPIC_BIT, WEEKDAY_BIT = 12, 16, 24, 25, 64
MINUTES = (1 << DAY_BIT) - 1
DAYS_OF = 0xF << DAY_BIT
KINDS = ((1 << CORE_BIT) - 1) ^ ((1 << KIND_BIT) - 1)
CORE = 1 << CORE_BIT
TOPICS = ((1 << WEEKDAY_BIT) - 1) ^ ((1 << TOPIC_BIT) - 1)
ONCE = KINDS | TOPICS
T = TypeVar("T")


def signature(minutes: int, counts: bool, kinds: int, has_core: bool, topics: int) -> int:
    """Of one day; `kinds` and `topics` are bits from 1 on. `counts`: it is a day of the program."""
    return minutes | counts << DAY_BIT | kinds << KIND_BIT | has_core << CORE_BIT | topics << TOPIC_BIT


def minutes_in(key: int) -> int:
    return key & MINUTES


def days_in(key: int) -> int:
    return (key & DAYS_OF) >> DAY_BIT


def undominated(found: dict[int, T], cost: Callable[[T], float]) -> dict[int, T]:
    """Without what uses up more topics than something else of the same kind that costs no more.

    By signature. What holds the core topic stands for what does not.
    """
    groups: dict[int, list[int]] = {}
    for key in found:
        groups.setdefault(key & ~(CORE | TOPICS), []).append(key)
    kept: dict[int, T] = {}
    for keys in groups.values():
        best: list[int] = []
        for key in sorted(keys, key=lambda key: cost(found[key])) if len(keys) > 1 else keys:
            for other in best:
                if not other & ~key & TOPICS and other & CORE >= key & CORE:
                    break
            else:
                best.append(key)
                kept[key] = found[key]
    return kept
