"""What `clusterwatch send` shows, writes and sends."""

import asyncio
import csv
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from clusterwatch.console import err, out
from services.ingest.adapters.inbox import KafkaInbox
from services.ingest.ports import Outgoing
from services.ingest.use_cases.take_file import TakenFile
from shared.files.writing import inert
from shared.settings import CommonSettings

_PIECE = 1_000
_SHOWN_REFUSALS = 10
_PATIENCE_SECONDS = 60.0
_LIST_HEADS = ("sheet", "row", "field", "reason", "detail", "remedy")


@contextmanager
def bar(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """A progress bar on standard error; call what it gives with the number of things done."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeRemainingColumn(), console=err) as progress:
        task = progress.add_task(what, total=total)
        yield lambda done: progress.advance(task, done)


def report(file: Path, taken: TakenFile, folder: Path) -> list[Path]:
    """Print where every row of a file went; write its refused rows, and return where to."""
    out.print(
        f"{file.name}: {taken.rows:,} rows by {taken.mapping}: {taken.rows_taken:,} with "
        f"{len(taken.events):,} events for {taken.topic}, {taken.rows_refused:,} refused, "
        f"{sum(taken.skipped.values()):,} without reports",
        markup=False,
        soft_wrap=True,
    )
    for why, rows in sorted(taken.skipped.items()):
        out.print(f"  {why}: {rows:,}", markup=False)
    for odd, numbers in sorted(taken.oddities.items()):
        shown = ", ".join(map(str, numbers[:_SHOWN_REFUSALS]))
        more = ", …" if len(numbers) > _SHOWN_REFUSALS else ""
        out.print(f"  taken, but look at it: {odd}: row {shown}{more}", markup=False)
    if taken.sheets_left_out:
        out.print(f"  sheets left out: {', '.join(taken.sheets_left_out)}", markup=False)
    if not taken.refusals:
        return []
    table = Table(*(head for head in _LIST_HEADS if head != "sheet" or len(taken.sheets) > 1))
    for refused in taken.refusals[:_SHOWN_REFUSALS]:
        cells = [str(refused.row), refused.field or "-", refused.reason, refused.detail]
        sheet = [refused.sheet] if len(taken.sheets) > 1 else []
        table.add_row(*(_plain(cell) for cell in (*sheet, *cells, refused.remedy)))
    out.print(table)
    if len(taken.refusals) > _SHOWN_REFUSALS:
        out.print(f"  … and {len(taken.refusals) - _SHOWN_REFUSALS:,} more")
    written = _write(file, taken, folder)
    out.print(f"refused rows: mend and send {', '.join(map(str, written))}", soft_wrap=True)
    return written


def send(settings: CommonSettings, events: Sequence[Outgoing]) -> None:
    """Send in pieces; each is acknowledged before the next. Raises `KafkaUnavailableError`."""
    with bar("sending", len(events)) as done:
        asyncio.run(_send(settings, events, done))


async def _send(
    settings: CommonSettings, events: Sequence[Outgoing], done: Callable[[int], None]
) -> None:
    inbox = KafkaInbox(settings, _PATIENCE_SECONDS)
    try:
        for start in range(0, len(events), _PIECE):
            piece = events[start : start + _PIECE]
            await inbox.send(piece)
            done(len(piece))
    finally:
        await inbox.stop()


def _write(file: Path, taken: TakenFile, folder: Path) -> list[Path]:
    """Refused rows in their own form; for NDJSON, which has no room for it, reasons beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    base = file.stem.removesuffix(".refused")
    ndjson = taken.mapping == "ndjson"
    written = []
    for sheet, data in taken.mend.items():
        middle = f".{_file_name(sheet)}" if len(taken.mend) > 1 else ""
        path = folder / f"{base}{middle}.refused{file.suffix if ndjson else '.csv'}"
        path.write_bytes(data)
        written.append(path)
    if ndjson:
        with (folder / f"{base}.reasons.csv").open("w", encoding="utf-8-sig", newline="") as stream:
            rows = csv.writer(stream)
            rows.writerow(_LIST_HEADS[1:])
            rows.writerows(
                (r.row, inert(r.field or ""), r.reason.value, inert(r.detail), inert(r.remedy))
                for r in taken.refusals
            )
    return written


def _file_name(sheet: str) -> str:
    return re.sub(r"[^\w-]+", "_", sheet) or "sheet"


def _plain(text: str) -> str:
    return text.replace("[", r"\[")
