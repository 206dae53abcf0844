"""Look whether the audit logs are as they were written."""

from typing import Annotated

import typer

from clusterwatch.backup.databases import Database, databases
from clusterwatch.console import fail, out
from shared.configuration import SettingsError
from shared.storage.audit_chain import ChainReport, verify
from shared.storage.migrations import is_current

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
) -> None:
    """Look at every entry of all audit logs; name the first one that is not as it was written.

    Exits with 1 when one is broken. Note the heads on another machine: only they show that
    somebody made a whole chain anew. The services may run.
    """
    noted = dict(each.split("=", 1) for each in head or () if "=" in each)
    try:
        with databases() as opened:
            unknown = noted.keys() - {database.name for database in opened}
            if unknown or len(noted) != len(head or ()):
                fail("--head takes DATABASE=HASH, as this command prints them", code=2)
            whole = [_told(database, noted.get(database.name)) for database in opened]
    except SettingsError as error:
        fail(str(error))
    if not all(whole):
        raise typer.Exit(1)


def _told(database: Database, noted: str | None) -> bool:
    """Print a line for one database; whether its chain is whole."""
    if not is_current(database.engine, database.name):
        out.print(f"· {database.name}: not at the newest schema; start the service once")
        return noted is None
    report = verify(database.engine, noted)
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
