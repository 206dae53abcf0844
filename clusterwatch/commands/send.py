"""Send reports from files: NDJSON, or CSV and XLSX as statistics systems export them."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from clusterwatch.console import fail, out
from clusterwatch.sending import bar, report, send
from services.ingest.domain.reading import CONSUMED_TOPICS, Reader
from services.ingest.ports import KafkaUnavailableError, Outgoing
from services.ingest.settings import IngestSettings
from services.ingest.use_cases.accept import CheckEvents
from services.ingest.use_cases.take_file import TakeFile, TakenFile, choose_mapping
from shared.clock import CHINA, SystemClock
from shared.events.reasons import Refused
from shared.files import cells
from shared.files.events import FileStamp
from shared.files.guess import guess_mapping
from shared.files.mapping import Mapping, MappingError, load_mapping, shipped_mappings
from shared.files.tables import FileError, read_tables
from shared.plans import load_catalogue
from shared.plans.problems import PlanError

MAX_FILE_BYTES = 256 * 1024 * 1024
"""Files are read whole; a month of a province's enterprises has a tenth of that."""

_NDJSON = {".ndjson", ".jsonl"}


def command(
    files: Annotated[list[Path], typer.Argument(help="NDJSON, CSV or XLSX files.")],
    *,
    mapping: Annotated[
        str | None,
        typer.Option(
            help="Mapping file, or the name of a shipped one; default: the first that fits."
        ),
    ] = None,
    topic: Annotated[
        str | None,
        typer.Option(help="Topic of NDJSON files; default: the one their name begins with."),
    ] = None,
    source: Annotated[str, typer.Option(help="Sending system, for CSV and XLSX.")] = "",
    period: Annotated[
        str | None, typer.Option(help="Month of the figures, where the file does not say.")
    ] = None,
    unit: Annotated[
        str | None, typer.Option(help="Unit of money, where the file does not say.")
    ] = None,
    revision: Annotated[
        int, typer.Option(min=1, help="Raise it to correct figures sent before.")
    ] = 1,
    reported_at: Annotated[
        str | None, typer.Option(help="When it was reported; default: now.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check everything, send nothing.")
    ] = False,
    guess: Annotated[
        bool, typer.Option("--guess", help="Print a proposed mapping and end.")
    ] = False,
    report_dir: Annotated[
        Path | None, typer.Option(help="Where refused rows are written; default: beside the file.")
    ] = None,
) -> None:
    """Check every row as ingest does, send the good ones, write the refused ones to a file.

    Sending a file again changes nothing: the same content is a duplicate. Ends with 3 when rows
    were refused.
    """
    if guess:
        _print_guess(files)
        return
    take = TakeFile(_checker())
    stamp = _stamp(source, reported_at, revision, period, unit)
    taken = []
    for file in files:
        found = _taken(take, file, mapping, topic, stamp)
        taken.append((file, found))
        report(file, found, report_dir or file.parent)
    events = [event for _, found in taken for event in found.events]
    if dry_run:
        out.print(f"dry run: {len(events):,} events would be sent")
    else:
        _send(events)
        out.print(f"sent: {len(events):,} events, acknowledged by Kafka")
    if any(found.rows_refused for _, found in taken):
        raise typer.Exit(3)


def _send(events: list[Outgoing]) -> None:
    settings = IngestSettings()
    try:
        send(settings, events)
    except KafkaUnavailableError as error:
        fail(
            f"Kafka at {settings.kafka_bootstrap_servers} did not acknowledge all ({error}): "
            "send the same files again, what has arrived counts as a duplicate"
        )


def _checker() -> CheckEvents:
    try:
        plans = load_catalogue(IngestSettings().plans or None).plans
    except PlanError as error:
        fail(str(error))
    return CheckEvents(Reader(plans), SystemClock())


def _stamp(
    source: str, reported_at: str | None, revision: int, period: str | None, unit: str | None
) -> FileStamp:
    try:
        at = cells.moment(reported_at, "reported_at")
        month = cells.month(period, "period")
    except Refused as refusal:
        fail(f"{refusal.field}: {refusal.detail}")
    now = datetime.now(CHINA).isoformat(timespec="seconds")
    return FileStamp(
        source=source, reported_at=at or now, revision=revision, period=month, unit=unit
    )


def _read(file: Path) -> bytes:
    try:
        size = file.stat().st_size
        if size > MAX_FILE_BYTES:
            fail(f"{file}: {size:,} bytes, at most {MAX_FILE_BYTES:,}: send it in parts")
        return file.read_bytes()
    except OSError as error:
        fail(f"{file}: cannot be read: {error.strerror}")


def _print_guess(files: Iterable[Path]) -> None:
    for file in files:
        try:
            proposed = guess_mapping(read_tables(_read(file)))
        except FileError as error:
            fail(f"{file}: {error}")
        out.print(f"# proposed for {file.name}: check it, then send with --mapping", markup=False)
        out.print(proposed, markup=False, soft_wrap=True, end="")


def _taken(
    take: TakeFile, file: Path, mapping: str | None, topic: str | None, stamp: FileStamp
) -> TakenFile:
    data = _read(file)
    if file.suffix.lower() in _NDJSON:
        lines = data.removeprefix(b"\xef\xbb\xbf").removesuffix(b"\n").split(b"\n")
        with bar(f"checking {file.name}", len(lines)) as done:
            return take.lines(_topic(file, topic), lines, done)
    if not stamp.source:
        fail("CSV and XLSX do not say who sends them: add --source, such as tjj-suzhou")
    try:
        sheets = read_tables(data)
        chosen = _mapping(mapping) if mapping else choose_mapping(sheets, shipped_mappings())
        with bar(f"checking {file.name}", sum(len(sheet.rows) for sheet in sheets)) as done:
            return take.table(sheets, chosen, stamp, done)
    except (FileError, MappingError) as error:
        fail(f"{file}: {error}")


def _mapping(name: str) -> Mapping:
    shipped = shipped_mappings()
    return shipped[name] if name in shipped else load_mapping(Path(name))


def _topic(file: Path, topic: str | None) -> str:
    found = topic or next((name for name in CONSUMED_TOPICS if file.name.startswith(name)), None)
    if found not in CONSUMED_TOPICS:
        fail(f"{file}: of which topic? Add --topic with one of {', '.join(CONSUMED_TOPICS)}")
    return found
