"""How a table fits on an A4 page: which way round, in which size, and how wide each column."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from services.alerts.adapters.papers import outline
from services.alerts.adapters.papers.outline import Gaps
from services.alerts.domain.papers.model import Column, Table
from shared.files.writing import display_width

PORTRAIT, LANDSCAPE = 156.0, 247.0
"""Millimetres between the margins."""

_MM_PER_POINT = 25.4 / 72
MARGIN = 0.9
"""Millimetres between a cell's border and its text."""

_PADDING = 2 * MARGIN + 0.6
_ROOMY = 1.04
_BROADER = 0.25
"""Digits of the fonts that stand in for missing ones are wider than half a Chinese character."""

_SPACE = 0.5
_LONG, _SHORT = 44, 14
"""Most and fewest half characters of a line in a column of words."""

_BOUNDARY = re.compile(r"(?<=[0-9A-Za-z])(?=[\u2e80-\uffef—])|(?<=[\u2e80-\uffef—])(?=[0-9A-Za-z])")
"""Where programs set such a space between digits and Chinese characters."""

_UPRIGHT = ((PORTRAIT, 10.5), (PORTRAIT, 9.0))
_SMALL = ((PORTRAIT, 8.0), (PORTRAIT, 7.5))
_TURNED = ((LANDSCAPE, 10.5), (LANDSCAPE, 9.0), (LANDSCAPE, 8.0), (LANDSCAPE, 7.5))
"""Nothing smaller is read on paper."""

_FEW_ROWS = 8
"""So few rows are rather set small than on a page of their own."""


@dataclass(frozen=True, slots=True)
class Fit:
    """How a table is set."""

    landscape: bool
    points: float
    parts: tuple[tuple[int, ...], ...]
    """Places of the columns in each part; more than one where a page is too narrow for all."""
    widths: tuple[float, ...]
    """Millimetres of each column of the table, before a part is stretched to the page."""

    @property
    def room(self) -> float:
        """Millimetres that a part has."""
        return LANDSCAPE if self.landscape else PORTRAIT

    def stretched(self, part: Sequence[int]) -> list[float]:
        """Widths of a part's columns, filling the page."""
        widths = [self.widths[place] for place in part]
        factor = self.room / sum(widths)
        return [width * factor for width in widths]


def fit(table: Table) -> Fit:
    """The first attempt that has room for the columns; else the table in parts."""
    needs = _needs(table)
    small = _SMALL if len(table.rows) <= _FEW_ROWS else ()
    for room, points in (*_UPRIGHT, *small, *_TURNED):
        least = [_millimetres(low, points) for low, _ in needs]
        if sum(least) <= room:
            widths = _between(least, [_millimetres(high, points) for _, high in needs], room)
            every = (tuple(range(len(needs))),)
            return Fit(room == LANDSCAPE, points, every, widths)
    room, points = _TURNED[-1]
    least = [_millimetres(low, points) for low, _ in needs]
    return Fit(True, points, _parts(least, room), tuple(least))  # noqa: FBT003 - landscape


def _needs(table: Table) -> list[tuple[int, int]]:
    """Fewest and wanted half characters of each column."""
    gaps = Gaps.of(table)
    found = []
    for place, column in enumerate(table.columns):
        cells = [gaps.text(row.cells[place], column.unit) for row in table.rows]
        widest = max((_half_characters(text) for text in cells), default=0)
        heading = _heading_width(column)
        if column.kind is None:
            wanted = max(min(widest, _LONG), heading)
            found.append((max(min(wanted, _SHORT), heading), wanted))
        else:
            whole = max(widest, heading)
            found.append((whole, max(whole, display_width(outline.heading(column)))))
    return found


def _half_characters(text: str) -> int:
    narrow = sum(letter.isascii() for letter in text)
    more = _BROADER * narrow + _SPACE * len(_BOUNDARY.findall(text))
    return display_width(text) + ceil(more)


def _heading_width(column: Column) -> int:
    """Of a heading in at most two lines, and its unit in one."""
    title = display_width(column.title)
    half = title if title <= _SHORT // 2 else -(-title // 4) * 2
    if column.kind is None:
        half = min(title, _SHORT)
    unit = _half_characters(f"（{column.unit}）") if column.unit else 0
    return max(half, unit)


def _millimetres(half_characters: int, points: float) -> float:
    return half_characters * points * _MM_PER_POINT / 2 * _ROOMY + _PADDING


def _between(least: list[float], wanted: list[float], room: float) -> tuple[float, ...]:
    """The fewest, and of what is left as much as each still wants."""
    more = [high - low for low, high in zip(least, wanted, strict=True)]
    share = min(1.0, (room - sum(least)) / sum(more)) if sum(more) else 0.0
    return tuple(low + share * extra for low, extra in zip(least, more, strict=True))


def _parts(widths: Sequence[float], room: float) -> tuple[tuple[int, ...], ...]:
    """Columns in as few parts as they need; each begins with the first, which names the row."""
    parts: list[list[int]] = [[0]]
    for place in range(1, len(widths)):
        used = sum(widths[each] for each in parts[-1])
        if used + widths[place] > room and len(parts[-1]) > 1:
            parts.append([0])
        parts[-1].append(place)
    return tuple(tuple(part) for part in parts)
