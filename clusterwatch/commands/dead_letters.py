"""List refused records, show one, and send them again, mended or as they were."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from kafka.errors import KafkaError
from rich.table import Table

from clusterwatch.console import edit, fail, out, warn
from services.ingest.adapters.inbox import KafkaInbox
from services.ingest.domain.reading import Reader
from services.ingest.ports import KafkaUnavailableError
from services.ingest.settings import IngestSettings
from services.ingest.use_cases.accept import CheckEvents
from services.ingest.use_cases.replay import NotReplayed, PrepareReplay, Replay
from shared.clock import CHINA, SystemClock
from shared.events.reasons import Reason, Refused
from shared.files import cells
from shared.files.mending import REMEDIES
from shared.messaging.cluster import KafkaCluster
from shared.messaging.dead_letters import StoredLetter, Wanted, read_letter, read_letters
from shared.plans import load_catalogue

app = typer.Typer(
    no_args_is_help=True,
    help="List refused records, show one, and send them again, mended or as they were.\n\n"
    "`show` says why a record was refused and what to do. Correct the cause first: a plan, a "
    "mapping, or the sender. Then `replay` what was right after all, or `mend` what was not. "
    "Nothing is counted twice: what has arrived before is a duplicate.",
)

_PIECE = 500
_PATIENCE_SECONDS = 60.0
_SHOWN_BYTES = 4_000

ByReason = Annotated[Reason | None, typer.Option(help="Only letters with this reason.")]
ByTopic = Annotated[str | None, typer.Option(help="Only letters from this topic.")]
Since = Annotated[str | None, typer.Option(help="Only letters from then on, e.g. 2026-06-09.")]
Until = Annotated[str | None, typer.Option(help="Only letters before, e.g. 2026-06-10 12:00.")]
Number = Annotated[int, typer.Argument(metavar="ID", min=0, help="Id, as `list` shows it.")]


@app.command("list")
def show_list(
    reason: ByReason = None,
    topic: ByTopic = None,
    since: Since = None,
    until: Until = None,
    limit: Annotated[int, typer.Option(min=1, help="Most letters that are shown.")] = 50,
) -> None:
    """Show dead letters, oldest first."""
    kafka = KafkaCluster.of(IngestSettings())
    with _kafka(kafka):
        wanted = _wanted(reason, topic, since, until)
        found = list(islice(read_letters(kafka, wanted), limit + 1))
    table = Table("id", "refused at", "topic", "reason", "why")
    for stored in found[:limit]:
        letter = stored.letter
        texts = (letter.topic, letter.reason.value, letter.message) if letter else ("-", "-", "-")
        table.add_row(str(stored.id), _when(stored), *map(_plain, texts))
    out.print(table)
    if len(found) > limit:
        out.print(f"more than {limit}: narrow it down, or raise --limit")


@app.command()
def show(number: Number) -> None:
    """Show one dead letter: why and where it was refused, what to do, and the original."""
    stored = _letter(KafkaCluster.of(IngestSettings()), number)
    letter = stored.letter
    lines = {"id": str(stored.id), "refused at": _when(stored)}
    if letter is not None:
        lines |= {
            "reason": letter.reason.value,
            "why": letter.message,
            "remedy": REMEDIES[letter.reason],
            "by": letter.stage,
            "original": f"{letter.topic}, partition {letter.partition}, offset {letter.offset}",
        }
    lines["key"] = _readable(stored.key)
    lines |= {f"header {name}": _readable(value) for name, value in stored.headers}
    for name, text in lines.items():
        out.print(f"{name}: {text}", markup=False, soft_wrap=True)
    out.print("value:")
    out.print(_readable(stored.value), markup=False, soft_wrap=True)


@app.command()
def mend(
    number: Number,
    *,
    value: Annotated[
        Path | None, typer.Option(help="File with the mended value; default: edit it in $EDITOR.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check it, send nothing.")] = False,
) -> None:
    """Correct the value of a letter, check it as ingest would, and send it to its topic.

    Key and headers follow the mended value. The letter itself stays as the record of what came;
    mending it twice is harmless. What is still wrong is not sent, and your text is kept in a file.
    """
    settings = IngestSettings()
    stored = _letter(KafkaCluster.of(settings), number)
    mended = _edited(stored) if value is None else _mended(value)
    prepared = _prepare(settings)(stored, mended)
    if isinstance(prepared, NotReplayed):
        if value is None:
            kept = Path(f"letter-{number}.json")
            kept.write_bytes(mended)
            warn(f"your text is in {kept}: mend it and use --value {kept}")
        fail(f"letter {number} {prepared.why}", code=3)
    _send(settings, [prepared], dry_run=dry_run)


def _edited(stored: StoredLetter) -> bytes:
    """The value after an editor was open on it, with the reason above."""
    if stored.letter is not None:
        remedy = REMEDIES[stored.letter.reason]
        out.print(f"{stored.letter.reason.value}: {stored.letter.message}", markup=False)
        out.print(f"remedy: {remedy}", markup=False)
    text = _indented(stored.value or b"")
    edited = edit(text, ".json")
    if edited == text:
        fail("nothing was changed: the letter stays as it is")
    return edited.strip().encode()


def _indented(value: bytes) -> str:
    """JSON line by line, as people edit it; what is no JSON stays as it is."""
    text = value.decode("utf-8", errors="replace")
    try:
        return msgspec.json.format(text)
    except msgspec.DecodeError:
        return text


def _prepare(settings: IngestSettings) -> PrepareReplay:
    plans = load_catalogue(settings.plans or None).plans
    return PrepareReplay(CheckEvents(Reader(plans), SystemClock()))


@app.command()
def replay(
    numbers: Annotated[
        list[int] | None, typer.Argument(metavar="[ID]…", help="Ids, as `list` shows them.")
    ] = None,
    *,
    reason: ByReason = None,
    topic: ByTopic = None,
    since: Since = None,
    until: Until = None,
    force: Annotated[
        bool, typer.Option("--force", help="Also what would be refused again.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be sent.")] = False,
) -> None:
    """Send letters again to their topics, with their own keys, values and headers.

    By ids, or all that the filters choose. What would be refused again stays. Doing it twice is
    harmless: the second time counts as duplicates.
    """
    settings = IngestSettings()
    wanted = _wanted(reason, topic, since, until)
    if not numbers and wanted == Wanted():
        fail("which letters? Give ids, or a filter such as --reason")
    kafka = KafkaCluster.of(settings)
    prepare = _prepare(settings)
    if numbers:
        prepared = prepare.all([_letter(kafka, number) for number in numbers], force=force)
    else:
        with _kafka(kafka):
            prepared = prepare.all(read_letters(kafka, wanted), force=force)
    _send(settings, prepared, dry_run=dry_run)


def _send(
    settings: IngestSettings, prepared: Sequence[Replay | NotReplayed], *, dry_run: bool
) -> None:
    going = [item for item in prepared if isinstance(item, Replay)]
    staying = [item for item in prepared if isinstance(item, NotReplayed)]
    if not dry_run:
        try:
            asyncio.run(_deliver(settings, going))
        except KafkaUnavailableError as error:
            fail(f"Kafka did not acknowledge everything ({error}): replay again, it is harmless")
    for item in staying:
        warn(f"letter {item.id} stays: {item.why}")
    out.print(f"{'would replay' if dry_run else 'replayed'}: {len(going)}, left: {len(staying)}")
    if staying:
        raise typer.Exit(3)


async def _deliver(settings: IngestSettings, going: Sequence[Replay]) -> None:
    inbox = KafkaInbox(settings, _PATIENCE_SECONDS)
    try:
        for start in range(0, len(going), _PIECE):
            await inbox.send([item.record for item in going[start : start + _PIECE]])
    finally:
        await inbox.stop()


def _mended(path: Path) -> bytes:
    try:
        return path.read_bytes().strip()
    except OSError as error:
        fail(f"{path}: cannot be read: {error.strerror}")


def _letter(kafka: KafkaCluster, number: int) -> StoredLetter:
    with _kafka(kafka):
        found = read_letter(kafka, number)
    if found is None:
        fail(f"there is no dead letter {number}")
    return found


@contextmanager
def _kafka(kafka: KafkaCluster) -> Iterator[None]:
    try:
        yield
    except (KafkaError, TimeoutError) as error:
        fail(f"dead letters at {kafka} cannot be read: {error}")


def _wanted(
    reason: Reason | None, topic: str | None, since: str | None, until: str | None
) -> Wanted:
    return Wanted(
        reason=reason,
        topic=topic,
        since_ms=_milliseconds(since, "since"),
        until_ms=_milliseconds(until, "until"),
    )


def _milliseconds(text: str | None, option: str) -> int | None:
    try:
        moment = cells.moment(text, option)
    except Refused as refusal:
        fail(f"--{option}: {refusal.detail}")
    return None if moment is None else int(datetime.fromisoformat(moment).timestamp() * 1000)


def _when(stored: StoredLetter) -> str:
    moment = datetime.fromtimestamp(stored.at_ms / 1000, UTC).astimezone(CHINA)
    return moment.isoformat(" ", timespec="seconds")


def _readable(data: bytes | None) -> str:
    if data is None:
        return "(null)"
    text = data[:_SHOWN_BYTES].decode("utf-8", errors="backslashreplace")
    # Control characters would reach the terminal.
    text = "".join(c if c.isprintable() or c == "\n" else f"\\x{ord(c):02x}" for c in text)
    more = len(data) - _SHOWN_BYTES
    return f"{text} … and {more:,} bytes more" if more > 0 else text


def _plain(text: str) -> str:
    return _readable(text.encode(errors="replace")).replace("[", r"\[")
