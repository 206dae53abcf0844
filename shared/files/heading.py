"""Finding the heading of a table: below merged titles, over one to three rows, with groups."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

import msgspec

from shared.files.cells import squeezed
from shared.files.mapping import FIGURES, FieldSource, LineSource, Mapping
from shared.files.tables import Cell, FileError, Sheet

DEEPEST_ROW: Final = 40
"""A heading starts within the first rows; titles, notes and approvals stand above it."""
MAX_LEVELS: Final = 3

_IN_BRACKETS = re.compile(r"\([^()]*\)")
_SEPARATOR = "/"

_squeezed = lru_cache(maxsize=4096)(squeezed)


class Heading(msgspec.Struct, frozen=True):
    """Where a heading is, and what its columns are called."""

    first: int
    """Index of its first row."""
    levels: int
    paths: tuple[str, ...]
    """Of each column, group and head: `工业总产值/本月`."""
    names: dict[str, list[int]]
    """Columns by everything that they can be called."""

    @property
    def end(self) -> int:
        """Index of the first row below."""
        return self.first + self.levels


class Fit(msgspec.Struct, frozen=True):
    """A sheet that a mapping can read."""

    heading: Heading
    lines: tuple[tuple[LineSource, dict[str, int]], ...]
    """Lines that the sheet has, each with the column of each field that has one."""

    @property
    def columns(self) -> int:
        """How many columns of the table are used."""
        return len({column for _, found in self.lines for column in found.values()})


def headings(rows: Sequence[Sequence[Cell]]) -> Iterator[Heading]:
    """Every possible heading, the flat ones first."""
    for levels in range(1, MAX_LEVELS + 1):
        for first in range(min(DEEPEST_ROW, len(rows) - levels + 1)):
            paths = _paths(rows[first : first + levels])
            yield Heading(first, levels, paths, _index(paths))


def fit(sheet: Sheet, mapping: Mapping) -> Fit | None:
    """The heading with most columns of the mapping, and all that it needs; else None.

    Raises `FileError` if a head stands for several columns and no other heading is better.
    """
    ambiguous: FileError | None = None
    best: Fit | None = None
    for heading in headings(sheet.rows):
        try:
            found = _fit(heading, mapping)
        except FileError as error:
            ambiguous = ambiguous or error
            continue
        if found is not None and (best is None or found.columns > best.columns):
            best = found
    if best is None and ambiguous is not None:
        raise ambiguous
    return best


def missing_heads(sheet: Sheet, mapping: Mapping) -> list[str]:
    """Heads that the best heading of a sheet lacks, for the message."""
    sources = dict(mapping.fields)
    for line in mapping.lines:
        if not line.optional:
            sources |= line.fields
    wanted = [s.column for s in sources.values() if s.column and not s.optional]
    lacking = [
        [heads[0] for heads in wanted if not any(_squeezed(h) in heading.names for h in heads)]
        for heading in headings(sheet.rows)
    ]
    return min(lacking, key=len, default=[heads[0] for heads in wanted])


def _fit(heading: Heading, mapping: Mapping) -> Fit | None:
    lines = []
    for line in mapping.lines:
        columns = _columns(heading, mapping.fields | line.fields)
        if columns is not None:
            lines.append((line, columns))
        elif not line.optional:
            return None
    return Fit(heading, tuple(lines)) if lines else None


def _columns(heading: Heading, sources: dict[str, FieldSource]) -> dict[str, int] | None:
    found: dict[str, int] = {}
    for name, source in sources.items():
        if not source.column:
            continue
        column = _column(heading, source.column)
        if column is not None:
            found[name] = column
        elif not (source.optional or source.title or source.value is not None):
            return None
    if FIGURES & sources.keys() and not FIGURES & found.keys():
        return None
    return found


def _column(heading: Heading, heads: Sequence[str]) -> int | None:
    for head in heads:
        wanted = _squeezed(head)
        columns = heading.names.get(wanted, [])
        if wanted in heading.paths:
            columns = [n for n in columns if heading.paths[n] == wanted]
        if len(columns) > 1:
            names = ", ".join(heading.paths[index] for index in columns)
            raise FileError(
                f"{head!r} is the head of {len(columns)} columns ({names}): "
                "write it in the mapping as group/head"
            )
        if columns:
            return columns[0]
    return None


def _index(paths: Sequence[str]) -> dict[str, list[int]]:
    """Columns by every way of naming them: the path, its end, without brackets, written as one."""
    index: dict[str, list[int]] = {}
    for column, path in enumerate(paths):
        for form in dict.fromkeys(form for form in _forms(path) if form):
            index.setdefault(form, []).append(column)
    return index


def _forms(path: str) -> Iterator[str]:
    for known in (path, _IN_BRACKETS.sub("", path)):
        parts = known.split(_SEPARATOR)
        yield from (_SEPARATOR.join(parts[start:]) for start in range(len(parts)))
        yield "".join(parts)


def _paths(rows: Sequence[Sequence[Cell]]) -> tuple[str, ...]:
    width = max(len(row) for row in rows)
    levels = [[squeezed(row[i]) if i < len(row) else "" for i in range(width)] for row in rows]
    for level in range(len(levels) - 1):
        _spread(levels, level)
    return tuple(
        _SEPARATOR.join(dict.fromkeys(level[column] for level in levels if level[column]))
        for column in range(width)
    )


def _spread(levels: list[list[str]], level: int) -> None:
    """A group's name stands in its first column only; it holds until the next name at its level."""
    group = ""
    for column, text in enumerate(levels[level]):
        below = any(deeper[column] for deeper in levels[level + 1 :])
        if text:
            group = text if below else ""  # a head over all levels ends the group to its left
        elif below:
            levels[level][column] = group
