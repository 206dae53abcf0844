"""The decision about hidden cells as a snapshot keeps it."""

from dataclasses import dataclass

from shared.confidentiality import Mask, Suppression
from shared.events.period import Month


@dataclass(frozen=True, slots=True)
class HiddenCell:
    """Units whose cells of a table are hidden from the public in a period or a whole year."""

    table: str
    period: str | None
    year: int | None
    units: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Hidden:
    """The decision about hidden cells as it was when the paper was frozen."""

    cells: tuple[HiddenCell, ...]

    @property
    def mask(self) -> Mask:
        """The view of readers without the right."""
        periods = {
            (cell.table, Month.parse(cell.period)): frozenset(cell.units)
            for cell in self.cells
            if cell.period is not None
        }
        years = {
            (cell.table, cell.year): frozenset(cell.units)
            for cell in self.cells
            if cell.year is not None
        }
        return Mask(Suppression(periods, years))


def hidden_of(mask: Mask, units: frozenset[str]) -> Hidden | None:
    """The part of a decision that is about some units; null where nothing is ever hidden."""
    decision = mask.suppression
    if decision is None:
        return None
    periods = [
        HiddenCell(table, str(period), None, tuple(sorted(found & units)))
        for (table, period), found in decision.in_period.items()
        if found & units
    ]
    years = [
        HiddenCell(table, None, year, tuple(sorted(found & units)))
        for (table, year), found in decision.in_year.items()
        if found & units
    ]
    return Hidden(
        tuple(
            sorted(
                [*periods, *years], key=lambda cell: (cell.table, str(cell.period), str(cell.year))
            )
        )
    )
