"""Content of a paper, free of any file format: headings, texts, tables and charts of figures.

Whatever number a reader sees is a `Figure`: in a sentence, a cell or a chart. So the files that
renderers make of one paper, its JSON and its API can be held against each other. A figure carries
the exact value (money: whole yuan) and its id; how it is written is decided in one place
(`display`).
"""

from collections.abc import Iterator
from enum import StrEnum

import msgspec

from services.alerts.domain.papers.figure import Figure, Kind

Run = str | Figure
"""A piece of a sentence or a cell: words without a number, or a figure."""


class PaperKind(StrEnum):
    """The four rhythms, and the sheet for a tour of one county or park."""

    WEEKLY = "weekly"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    TOUR = "tour"
    YEARLY = "yearly"


class Masking(StrEnum):
    """What the reader of this copy may see."""

    INTERNAL = "internal"
    """Complete figures."""
    MASKED = "masked"
    """Confidential figures are suppressed."""


class Part(msgspec.Struct, frozen=True, omit_defaults=True):
    """What all parts of a paper are: frozen, and without defaults in JSON."""


class Paragraph(Part, tag="paragraph", frozen=True):
    """A paragraph, or one item of a list."""

    runs: tuple[Run, ...]
    bullet: bool = False


class Column(Part, frozen=True):
    """A column: its heading and what its cells hold."""

    title: str
    kind: Kind | None = None
    """Kind of every figure in it; None for a column of words, or of different kinds."""
    unit: str = ""
    """Unit said in the heading, such as 亿元 or %: cells that are in it do not repeat it."""
    group: str = ""
    """Heading over this and the neighbouring columns of the same group."""


class Row(Part, frozen=True):
    """A row: as many cells as the table has columns. Empty words are an empty cell."""

    cells: tuple[Run, ...]
    total: bool = False
    """A sum or an average over the others, set off from them."""


class Table(Part, tag="table", frozen=True):
    """A table with a caption; the first column names what a row is about."""

    id: str
    """Short name within the paper, such as `clusters`; sheets and anchors are named after it."""
    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    notes: tuple[Paragraph, ...] = ()

    def __post_init__(self) -> None:
        """Raise `ValueError` where a row does not fit the columns."""
        for number, row in enumerate(self.rows):
            if len(row.cells) != len(self.columns):
                raise ValueError(f"row {number} of table {self.id} has {len(row.cells)} cells")
            for column, cell in zip(self.columns, row.cells, strict=True):
                if isinstance(cell, Figure) and column.kind not in (None, cell.kind):
                    raise ValueError(f"{cell.id} is no {column.kind} in table {self.id}")


class ChartKind(StrEnum):
    """How a chart is drawn."""

    LINE = "line"
    BAR = "bar"
    """Horizontal bars, a group for each category; a point's colour is that of its bar."""
    WATERFALL = "waterfall"
    """One series: a total, the changes that lead from it, the total that they lead to."""
    FAN = "fan"
    """Lines, and a band between the series of the roles `LOWER` and `UPPER`."""


class Role(StrEnum):
    """What a series is in its chart."""

    VALUE = "value"
    REFERENCE = "reference"
    """What values are compared with: a required path, a target. Dashed."""
    LOWER = "lower"
    UPPER = "upper"


class Series(Part, frozen=True):
    """A named series: a point for each category of the chart."""

    name: str
    points: tuple[Figure, ...]
    role: Role = Role.VALUE


class Chart(Part, tag="chart", frozen=True):
    """A chart with a caption. A point without value is a gap, never zero."""

    id: str
    title: str
    kind: ChartKind
    categories: tuple[Run, ...]
    """Names along the axis: periods, units, parts of a change."""
    series: tuple[Series, ...]
    unit: str
    """Unit of the value axis, such as 亿元 or %; points are drawn in it."""
    alt: str
    """What the chart shows, in words, for those who cannot see it. Without figures."""
    category_title: str = ""
    notes: tuple[Paragraph, ...] = ()

    def __post_init__(self) -> None:
        """Raise `ValueError` where series and categories do not fit."""
        for series in self.series:
            if len(series.points) != len(self.categories):
                raise ValueError(f"series {series.name} of chart {self.id} misses points")
        if self.kind is ChartKind.WATERFALL and len(self.series) != 1:
            raise ValueError(f"the waterfall {self.id} must have one series")


Block = Paragraph | Table | Chart


class Section(Part, frozen=True):
    """A heading and what stands below it, up to the next heading of any level."""

    title: str
    blocks: tuple[Block, ...] = ()
    level: int = 1
    """1 to 3; a section of level 2 belongs to the last one of level 1 before it."""

    def __post_init__(self) -> None:
        """Raise `ValueError` for a level that no style has."""
        if self.level not in (1, 2, 3):
            raise ValueError(f"{self.title}: headings have the levels 1 to 3, not {self.level}")


class Paper(Part, frozen=True):
    """One paper as one kind of reader sees it."""

    id: str
    kind: PaperKind
    title: str
    """Such as 重点产业集群月通报."""
    plan: str
    unit: str
    """Unit that the paper is about; the plan's own region for a paper about all."""
    period: str
    """`YYYY-MM`, `YYYY-Www` (ISO week), `YYYY-Qn` or `YYYY`."""
    as_of: str
    """Moment of the figures, ISO 8601 with offset: what came later is not in it."""
    issued_at: str
    """Moment of the issue, ISO 8601 with offset."""
    number: int
    """Number of the issue within its series and year, from 1."""
    sections: tuple[Section, ...]
    subtitle: str = ""
    """Such as 2026年5月 · 埇桥区."""
    issuer: str = ""
    masking: Masking = Masking.INTERNAL
    draft: bool = False
    simulated: bool = False
    """Made of simulated data; every page says so."""
    notes: tuple[Paragraph, ...] = ()
    """How to read the paper; stands at its end."""

    def __post_init__(self) -> None:
        """Raise `ValueError` where two tables or charts have one id."""
        ids = [block.id for block in self._blocks() if not isinstance(block, Paragraph)]
        if len(ids) != len(set(ids)):
            raise ValueError(f"ids of tables and charts are not unique: {', '.join(ids)}")

    def tables(self) -> Iterator[Table]:
        """All tables in order."""
        yield from (block for block in self._blocks() if isinstance(block, Table))

    def charts(self) -> Iterator[Chart]:
        """All charts in order."""
        yield from (block for block in self._blocks() if isinstance(block, Chart))

    def figures(self) -> Iterator[Figure]:
        """Every figure at every place where it stands, in reading order."""
        for block in (*self._blocks(), *self.notes):
            yield from (run for run in _runs(block) if isinstance(run, Figure))

    def contradictions(self) -> tuple[str, ...]:
        """Ids under which different values stand; a sound paper has none."""
        seen: dict[str, Figure] = {}
        wrong: dict[str, None] = {}
        for figure in self.figures():
            first = seen.setdefault(figure.id, figure)
            if first.content != figure.content:
                wrong[figure.id] = None
        return tuple(wrong)

    def _blocks(self) -> Iterator[Block]:
        for section in self.sections:
            yield from section.blocks


def _runs(block: Block) -> Iterator[Run]:
    match block:
        case Paragraph():
            yield from block.runs
        case Table():
            for row in block.rows:
                yield from row.cells
            yield from (run for note in block.notes for run in note.runs)
        case Chart():
            yield from block.categories
            yield from (point for series in block.series for point in series.points)
            yield from (run for note in block.notes for run in note.runs)


_reader = msgspec.json.Decoder(Paper)


def encode_paper(paper: Paper) -> bytes:
    """Canonical JSON: the same paper gives the same bytes."""
    return msgspec.json.encode(paper, order="deterministic")


def decode_paper(text: bytes) -> Paper:
    """Inverse of `encode_paper`. Raises `msgspec.ValidationError` for what is no paper."""
    return _reader.decode(text)
