"""Take a file: every row ends as checked events, as skipped with a word why, or as refused."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from services.ingest.ports import Outgoing
from services.ingest.use_cases.accept import CheckEvents
from shared.events.reasons import Refused
from shared.files.events import FileStamp, ReadSheet, RowOutcome, find_sheets, read_rows
from shared.files.mapping import Mapping as FileMapping
from shared.files.mending import RefusedRow, explained, mend_table
from shared.files.names import with_plan_names
from shared.files.oddities import oddities
from shared.files.tables import FileError, Sheet

Progress = Callable[[int], None]
"""Told how many more rows are done."""


@dataclass(slots=True)
class TakenFile:
    """What a file holds; rows = with_events + refused_rows + skipped."""

    mapping: str
    topic: str
    rows: int = 0
    rows_taken: int = 0
    rows_refused: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    """Rows without a report, by the reason why."""
    sheets: list[str] = field(default_factory=list)
    sheets_left_out: list[str] = field(default_factory=list)
    """They have not the heads of the mapping."""
    events: list[Outgoing] = field(default_factory=list)
    oddities: dict[str, list[int]] = field(default_factory=dict)
    """Rows that are taken and still worth a look, by what is odd about them."""
    refusals: list[RefusedRow] = field(default_factory=list)
    mend: dict[str, bytes] = field(default_factory=dict)
    """Refused rows by sheet, as a file that can be sent again."""


class TakeFile:
    """Reads tables by a mapping and checks every event as if it had come from Kafka."""

    def __init__(self, check: CheckEvents) -> None:
        self._check = check

    def table(
        self,
        sheets: Sequence[Sheet],
        mapping: FileMapping,
        stamp: FileStamp,
        progress: Progress = lambda _rows: None,
    ) -> TakenFile:
        """Take all sheets that fit. Raises `FileError` when none does or titles contradict."""
        readable = find_sheets(sheets, with_plan_names(mapping, self._check.plans))
        taken = TakenFile(mapping.name, mapping.topic)
        taken.sheets = [read.sheet.name for read in readable]
        taken.sheets_left_out = [s.name for s in sheets if s.name not in taken.sheets]
        for read in readable:
            self._sheet(taken, read, stamp, progress)
        return taken

    def lines(
        self, topic: str, lines: Iterable[bytes], progress: Progress = lambda _rows: None
    ) -> TakenFile:
        """Take NDJSON; blank lines count as rows, so that numbers are those of an editor."""
        taken = TakenFile("ndjson", topic)
        bad = []
        for number, line in enumerate(lines, start=1):
            taken.rows += 1
            progress(1)
            text = line.strip()
            if not text:
                taken.skipped["blank"] += 1
                continue
            try:
                taken.events.append(self._check(topic, text))
                taken.rows_taken += 1
            except Refused as refusal:
                taken.rows_refused += 1
                taken.refusals.append(explained("", number, refusal))
                bad.append(text)
        if bad:
            taken.mend[""] = b"\n".join(bad) + b"\n"
        return taken

    def _sheet(
        self, taken: TakenFile, read: ReadSheet, stamp: FileStamp, progress: Progress
    ) -> None:
        bad = []
        for outcome in read_rows(read, stamp):
            taken.rows += 1
            refusals = self._row(taken, read.mapping.topic, outcome)
            if refusals:
                taken.rows_refused += 1
                taken.refusals += refusals
                bad.append((outcome.cells, refusals))
            elif outcome.skip is not None:
                taken.skipped[outcome.skip.value] += 1
            else:
                taken.rows_taken += 1
            progress(1)
        if bad:
            taken.mend[read.sheet.name] = mend_table(read.head, bad)

    def _row(self, taken: TakenFile, topic: str, outcome: RowOutcome) -> list[RefusedRow]:
        refusals = list(outcome.refusals)
        for value in outcome.events:
            try:
                taken.events.append(self._check(topic, value))
            except Refused as refusal:
                refusals.append(refusal)
                continue
            for odd in oddities(value):
                taken.oddities.setdefault(odd, []).append(outcome.row)
        return [explained(outcome.sheet, outcome.row, refusal) for refusal in refusals]


def choose_mapping(sheets: Sequence[Sheet], known: Mapping[str, FileMapping]) -> FileMapping:
    """The first known mapping that can read a sheet. Raises `FileError` when none can."""
    for mapping in known.values():
        try:
            find_sheets(sheets, mapping)
        except FileError:
            continue
        return mapping
    raise FileError(
        f"the file has the heads of none of the mappings {', '.join(known)}: "
        "let one be proposed with `clusterwatch send --guess`, check it, and send with --mapping"
    )
