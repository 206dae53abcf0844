"""What the application of facts asks of the store."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from services.metrics.domain.standing import Standing
from services.metrics.domain.totals import CellState
from shared.events.period import Month
from shared.events.reasons import Refused
from shared.events.records import Record


@dataclass(frozen=True, slots=True)
class DirtyMark:
    """Statuses of a unit's indicator to assess again, from `earliest` on."""

    unit: int
    indicator: int
    earliest: Month
    stamp: int


class FactStore(Protocol):
    """The store inside the transaction of one batch of facts."""

    def unit_ids(self, partitions: Mapping[str, int]) -> dict[str, int]:
        """Ids of units by name, made where missing; remembers the partition of each."""
        ...

    def subject_ids(self, tokens: Collection[str]) -> dict[str, int]:
        """Ids of subjects by token, made where missing."""
        ...

    def indicator_ids(self, names: Collection[str]) -> dict[str, int]:
        """Ids of indicators by name, made where missing."""
        ...

    def standing(self, keys: Collection[int]) -> dict[int, Standing]:
        """Standing facts by packed key; absent where there is none."""
        ...

    def save_facts(self, facts: Collection[Standing]) -> None:
        """Replace standing facts."""
        ...

    def keep_superseded(self, facts: Collection[Standing], *, stood: bool) -> None:
        """Keep versions that stand no longer for views of the past; none may come twice.

        `stood`: all have stood until now, so hardly one of them is kept already.
        """
        ...

    def cells(self, keys: Collection[int]) -> dict[int, CellState]:
        """Totals by packed key; absent where there are none."""
        ...

    def save_cells(self, cells: Mapping[int, CellState]) -> None:
        """Replace totals."""
        ...

    def mark_dirty(self, marks: Sequence[DirtyMark]) -> None:
        """Ask for assessments; an earlier mark of the same unit and indicator is widened."""
        ...

    def dead_letter(self, record: Record, refused: Refused) -> None:
        """Queue a refused record for the dead-letter topic."""
        ...

    def count(self, topic: str, changes: Mapping[str, int]) -> None:
        """Add to the reconciliation counts."""
        ...
