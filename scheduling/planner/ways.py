"""Ways through one day: at the end of each section, everything a visit can have held so far, each of it once
and in its cheapest form."""

from typing import Any

from scheduling.planner.chains import NOBODY, Chains
from scheduling.planner.fills import Fill, Fills, Row
from scheduling.planner.problem import Mode
from scheduling.planner.signature import EITHER, KIND_BIT, MINUTES, ONCE

INFINITE = float("inf")
Path = tuple[Any, ...]  # (the path before or None, the row before the node, the node's place)
Labels = dict[int, tuple[float, Path | None, Row]]  # by signature; the row is the one at the end


class Ways:
    """`given` is what each node gives the day, `filled` what each set of kinds of sessions does."""

    def __init__(self, chains: Chains, given: list[int], filled: dict[int, int], most_minutes: int) -> None:
        self.nodes, self.chains = chains.nodes, chains
        self.given, self.filled, self.most = given, filled, most_minutes

    def labels(self, mode: Mode, costs: tuple[float, ...], fills: Fills) -> list[Labels]:
        """By node, every way to have come to its end in this mode, in its cheapest form."""
        nodes, most = self.nodes, self.most
        labels: list[Labels] = []
        for n, node in enumerate(nodes):
            mine: Labels = {}
            labels.append(mine)
            cost, given = costs[n], self.given[n]
            if cost == INFINITE or node.mode != mode:
                continue
            once, either = given & ONCE, given & EITHER
            for before in self.chains.before[n]:
                if before == NOBODY:
                    come = self.joined({0: (0.0, None, ())}, fills.before(node.starts))
                elif labels[before]:
                    other = nodes[before]
                    gape = other.is_kept and node.is_kept
                    come = self.joined(labels[before], fills.between(other.ends, node.starts, may_gape=gape))
                else:
                    continue
                for key, (spent, path, row) in come.items():
                    if key & once:
                        continue
                    new, total = key + given - (key & either), spent + cost
                    if new & MINUTES <= most and (new not in mine or total < mine[new][0]):
                        mine[new] = total, (path, row, n), ()
        return labels

    def joined(self, labels: Labels, fills: list[Fill]) -> Labels:
        """Each way with each row of sessions after it; no kind twice."""
        joined: Labels = {}
        for kinds, more, row in fills:
            given, bits = self.filled[kinds], kinds << KIND_BIT
            either = given & EITHER
            for key, (cost, path, _) in labels.items():
                if key & bits:
                    continue
                new, total = key + given - (key & either), cost + more
                if new not in joined or total < joined[new][0]:
                    joined[new] = total, path, row
        return joined
