"""Erase the name of an enterprise, or a person's name and address."""

from typing import Annotated

import typer

from clusterwatch.backup.databases import databases
from clusterwatch.console import fail, out, warn
from clusterwatch.erasure import (
    ContactErasure,
    NothingToErase,
    erase_contact,
    erase_enterprise,
    new_pseudonym,
)
from services.alerts.adapters.sealed_targets import keyring_of
from services.alerts.settings import AlertsSettings
from shared.clock import SystemClock
from shared.configuration import SettingsError
from shared.storage.migrations import migrate
from shared.storage.sealing import use_keys

app = typer.Typer(no_args_is_help=True, help=__doc__)

Why = Annotated[str, typer.Option("--why", help="Who asked for it and on what ground; audited.")]
_ACTOR = "command line"


@app.command()
def enterprise(
    code: Annotated[str, typer.Argument(help="Credit code of 18 characters.")], why: Why
) -> None:
    """Replace an enterprise's name in the register; its figures stay under its token.

    Repeat it after a rebuild, and when the register names it again: the topics keep the name.
    """
    try:
        with databases() as opened:
            ingest = next(each for each in opened if each.name == "ingest")
            migrate(ingest.engine, "ingest")
            done = erase_enterprise(ingest.engine, code, why, _ACTOR, SystemClock().now())
    except (NothingToErase, SettingsError) as error:
        fail(str(error))
    out.print(f"· register: {done.rows['registration']} entries without a name now")
    warn("stats.enterprise.v1 and backups still hold it: see docs/operations/data-protection.md")


@app.command()
def contact(
    text: Annotated[str, typer.Argument(help="The whole name or mail address.")], why: Why
) -> None:
    """Replace a name or address by a pseudonym in all databases; subscriptions with it end.

    Stop the services first: a message that is under way would bring it back.
    """
    wanted = ContactErasure(text, new_pseudonym(), why, _ACTOR, SystemClock().now())
    try:
        with databases() as opened:
            for database in opened:
                migrate(database.engine, database.name)
                if database.name == "alerts":
                    use_keys(database.engine, keyring_of(AlertsSettings()))
                rows = erase_contact(database.engine, database.name, wanted)
                for table, number in rows.items():
                    out.print(f"· {database.name}: {number} rows of {table}", markup=False)
    except (NothingToErase, SettingsError) as error:
        fail(str(error))
    out.print(f"Done: it is {wanted.pseudonym} now", markup=False)
