"""Look whether the audit logs are as they were written."""

from collections.abc import Sequence
from typing import Annotated

import typer

from clusterwatch.backup.databases import Database, databases
from clusterwatch.console import fail, out
from shared.configuration import SettingsError
from shared.storage.audit_chain import ChainReport, verify
from shared.storage.migrations import schema_state
from shared.storage.standing import Standing

app = typer.Typer(no_args_is_help=True, help=__doc__)


@app.callback()
def _audit() -> None:
    """Look whether the audit logs are as they were written."""


@app.command("verify")
def verify_chains(
    head: Annotated[
        list[str] | None,
        typer.Option(
            metavar="DATABASE=HASH",
            help="A head that this command printed before; is it still in the chain? Repeatable.",
        ),
    ] = None,
    known: Annotated[
        list[str] | None,
        typer.Option(
            metavar="DATABASE=ENTRY",
            help="An entry outside of the chain that you have looked at. Repeatable.",
        ),
    ] = None,
) -> None:
    """Look at every entry of all audit logs; name the first one that is not as it was written.

    Exits with 1 when one is broken. Note the heads on another machine: only they show that
    somebody made a whole chain anew. The services may run.
    """
    noted = {name: texts[-1] for name, texts in _by_database("--head", head).items()}
    seen = _by_database("--known", known)
    try:
        with databases() as opened:
            if unknown := (noted.keys() | seen) - {database.name for database in opened}:
                fail(f"there is no database {min(unknown)}", code=2)
            whole = [_told(each, noted.get(each.name), seen.get(each.name, ())) for each in opened]
    except SettingsError as error:
        fail(str(error))
    if not all(whole):
        raise typer.Exit(1)


def _by_database(option: str, words: list[str] | None) -> dict[str, list[str]]:
    """Values by database, of words such as `alerts=17`."""
    found: dict[str, list[str]] = {}
    for word in words or ():
        name, mark, value = word.partition("=")
        if not mark or (option == "--known" and not value.isdecimal()):
            fail(f"{option} {word}: write the database, = and what this command printed", code=2)
        found.setdefault(name, []).append(value)
    return found


def _told(database: Database, noted: str | None, known: Sequence[str]) -> bool:
    """Print a line for one database; whether its chain is whole."""
    standing = schema_state(database.engine, database.name).standing
    if standing not in {Standing.NEWEST, Standing.NEWER}:
        out.print(f"· {database.name}: not at the newest schema; start the service once")
        return noted is None
    report = verify(database.engine, noted, [int(number) for number in known])
    out.print(f"{_verdict(report)} {database.name}: {_words(report)}", markup=False, soft_wrap=True)
    return not report.why


def _verdict(report: ChainReport) -> str:
    return "✗" if report.why else "·"


def _words(report: ChainReport) -> str:
    older = f"; {report.older:,} older than the chain" if report.older else ""
    pruned = "; older ones were pruned" if report.is_pruned else ""
    if not report.why:
        return f"{report.entries:,} entries in order{older}{pruned}; head {report.head}"
    place = f"entry {report.broken_id}" if report.broken_id is not None else "the chain"
    return f"{place} is broken: {report.why}{older}{pruned}"
