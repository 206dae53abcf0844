"""What all renderers say of a paper beside its blocks: head lines, captions, marks of gaps."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from services.alerts.domain.papers import display, words
from services.alerts.domain.papers.figure import Figure, Kind
from services.alerts.domain.papers.model import (
    Chart,
    Column,
    Masking,
    Paper,
    Paragraph,
    Run,
    Table,
)

SIMULATED = "模拟数据"
DRAFT = "草稿"
_READERS = {Masking.INTERNAL: "内部资料，含未公开数据", Masking.MASKED: "不含依法不予公布的数据"}

_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufffe\uffff\ud800-\udfff]"
)
"""Not allowed in XML, or able to turn the order of what stands around it."""

_MARKS = frozenset({Kind.VERDICT, Kind.STAGE, Kind.PERIOD, Kind.DATE, Kind.MOMENT})

_NO_BREAK = "\u00a0"
"""A space at which no line ends."""

_FIRST_CIRCLED = 0x2460
_CIRCLED = 20


def printable(paper: Paper) -> Paper:
    """The paper without characters that no file may hold; names come from outside."""
    return msgspec.convert(_clean(msgspec.to_builtins(paper)), Paper)


def marks(paper: Paper) -> tuple[str, ...]:
    """What every page must say."""
    said = [SIMULATED] if paper.simulated else []
    said += [DRAFT] if paper.draft else []
    return (*said, _READERS[paper.masking])


def issue(paper: Paper) -> str:
    """Such as 2026年第5期."""
    return f"{display.day(paper.issued_at).partition('年')[0]}年第{paper.number}期"


def state_of_data(paper: Paper) -> str:
    """As of when the figures are."""
    return f"数据截至 {display.moment(paper.as_of)}"


def captions(paper: Paper) -> Mapping[str, str]:
    """Such as 表 1 and 图 2, by id of the table or chart, numbered in order."""
    tables = {table.id: f"表 {number}" for number, table in enumerate(paper.tables(), start=1)}
    charts = {chart.id: f"图 {number}" for number, chart in enumerate(paper.charts(), start=1)}
    return {**tables, **charts}


def heading(column: Column) -> str:
    """A column's heading with its unit in the second line."""
    return f"{column.title}\n（{column.unit}）" if column.unit else column.title


def groups(columns: Sequence[Column]) -> Iterator[tuple[int, int, str]]:
    """First and last place, from 1, of neighbouring columns of one group, and its name."""
    start = 1
    for place, column in enumerate(columns, start=1):
        if place < len(columns) and columns[place].group == column.group:
            continue
        if column.group:
            yield start, place, column.group
        start = place + 1


def alignment(column: Column, run: Run) -> str:
    """Numbers right, so that their digits stand below each other; names left; marks centred."""
    if not isinstance(run, Figure) or (column.kind or run.kind) is Kind.TEXT:
        return "left"
    return "center" if (column.kind or run.kind) in _MARKS else "right"


def words_of(paragraph: Paragraph) -> str:
    """A paragraph as it is read; no line ends between a number and its unit."""
    return "".join(
        display.sentence(run).replace(" ", _NO_BREAK) if isinstance(run, Figure) else run
        for run in paragraph.runs
    )


@dataclass(frozen=True, slots=True)
class Gaps:
    """Why cells of one table or chart are empty: one reason needs no number, several do."""

    reasons: tuple[str, ...]
    suppressed: bool

    @classmethod
    def of(cls, block: Table | Chart) -> "Gaps":
        """Reasons in the order in which they first stand."""
        if isinstance(block, Table):
            runs: list[Run] = [cell for row in block.rows for cell in row.cells]
        else:
            runs = [point for series in block.series for point in series.points]
        figures = [run for run in runs if isinstance(run, Figure)]
        null = [one for one in figures if one.value is None and not one.suppressed]
        reasons = dict.fromkeys(words.missing(one.reason) for one in null)
        return cls(tuple(reasons), any(one.suppressed for one in figures))

    def text(self, run: Run, unit_said: str = "") -> str:
        """A cell as it is read."""
        if not isinstance(run, Figure):
            return run
        shown = display.cell(run, unit_said)
        is_gap = run.value is None and not run.suppressed
        return shown + self._number(words.missing(run.reason)) if is_gap else shown

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences to stand below."""
        said = "；".join(
            f"“{words.UNKNOWN}{self._number(reason)}”{reason}" for reason in self.reasons
        )
        gaps = (f"{said}。",) if said else ()
        return (*gaps, words.SUPPRESSED_NOTE) if self.suppressed else gaps

    def _number(self, reason: str) -> str:
        if len(self.reasons) == 1:
            return ""
        place = self.reasons.index(reason)
        number = chr(_FIRST_CIRCLED + place) if place < _CIRCLED else f"({place + 1})"
        return _NO_BREAK + number


def notes_below(block: Table | Chart) -> tuple[str, ...]:
    """All that stands below a table or chart."""
    return (*(words_of(note) for note in block.notes), *Gaps.of(block).notes)


def _clean(value: Any) -> Any:  # noqa: ANN401 - whatever JSON holds
    match value:
        case str():
            return _UNPRINTABLE.sub("", value)
        case dict():
            return {name: _clean(each) for name, each in value.items()}
        case list() | tuple():
            return [_clean(each) for each in value]
        case _:
            return value
