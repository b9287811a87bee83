"""What is wrong with a row, in the words of whoever prepared the file."""

from dataclasses import asdict, dataclass, field
from typing import Any

SHOWN = 500


@dataclass(frozen=True, slots=True)
class Fault:
    """One reason why the files cannot be loaded. `line` counts as a text editor does; 0 is the whole file."""

    file: str
    line: int
    column: str
    reason: str

    def __str__(self) -> str:
        place = f"{self.file}, line {self.line}" if self.line else self.file
        return f"{place}, {self.column}: {self.reason}" if self.column else f"{place}: {self.reason}"


@dataclass
class Report:
    """The outcome of a dry run: faults stop it; rows already there are counted and stay as they are.

    `rows` is the line of each row by file and key, `faulty` the lines blamed, `unread` the files refused
    whole: what only points at one of those is not blamed a second time.
    """

    faults: list[Fault] = field(default_factory=list)
    new: dict[str, int] = field(default_factory=dict)
    same: dict[str, int] = field(default_factory=dict)
    differing: list[Fault] = field(default_factory=list)
    rows: dict[tuple[str, str], int] = field(default_factory=dict)
    faulty: set[tuple[str, int]] = field(default_factory=set)
    unread: set[str] = field(default_factory=set)

    def blame(self, file: str, line: int, column: str, reason: str) -> None:
        self.faults.append(Fault(file, line, column, reason))
        self.faulty.add((file, line))

    def is_faulty(self, file: str, key: str) -> bool:
        """Whether that row has a fault of its own, or cannot be seen for a fault of its whole file."""
        line = self.rows.get((file, key))
        return file in self.unread if line is None else (file, line) in self.faulty

    def keep(self, file: str, line: int, reason: str) -> None:
        """A row that says something else than the clinic already knows: what is there stays."""
        self.differing.append(Fault(file, line, "", reason))

    @property
    def is_clean(self) -> bool:
        return not self.faults

    @property
    def fault_words(self) -> str:
        return "1 fault" if len(self.faults) == 1 else f"{len(self.faults):,} faults"

    @property
    def new_count(self) -> int:
        return sum(self.new.values())

    def as_json(self) -> dict[str, Any]:
        """The first rows of each list and how many there are, small enough to keep."""
        return {
            "faults": [asdict(fault) for fault in self.faults[:SHOWN]],
            "fault_count": len(self.faults),
            "differing": [asdict(fault) for fault in self.differing[:SHOWN]],
            "differing_count": len(self.differing),
            "new": self.new,
            "same": self.same,
        }
