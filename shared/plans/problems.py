"""What is wrong with a plan file: where, which field, and what to do about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong in one file."""

    file: str
    line: int
    field: str
    """Path of the field, such as ``clusters[3].parents[0]``; empty for the whole file."""
    message: str
    remedy: str

    def __str__(self) -> str:
        field = f"{self.field}: " if self.field else ""
        return f"{self.file}:{self.line}: {field}{self.message}; {self.remedy}"


class PlanError(Exception):
    """A plan cannot be used; carries every problem found, not only the first."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class Problems:
    """Collects the problems of one file and knows on which line each field stands."""

    def __init__(self, file: str, lines: Mapping[str, int]) -> None:
        self.file = file
        self.found: list[Problem] = []
        self._lines = lines

    def add(self, field: str, message: str, remedy: str) -> None:
        """Record a problem at `field`; a field that is absent is shown at its parent's line."""
        self.found.append(Problem(self.file, self.line_of(field), field, message, remedy))

    def line_of(self, field: str) -> int:
        """Line (from 1) of the field's value, or of the nearest enclosing one."""
        while field:
            line = self._lines.get(field)
            if line is not None:
                return line
            cut = max(field.rfind("."), field.rfind("["))
            field = field[: max(cut, 0)]
        return self._lines.get("", 1)
