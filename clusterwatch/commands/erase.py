"""Erase the name of an enterprise, or a person's name and address."""

from typing import Annotated

import typer

from clusterwatch.backup.databases import databases
from clusterwatch.console import fail, out, warn
from clusterwatch.erasure import (
    ContactErasure,
    EnterpriseErasure,
    NothingToErase,
    erase_contact,
    erase_enterprise,
    new_pseudonym,
)
from services.alerts.adapters.sealed_targets import keyring_of
from services.alerts.settings import AlertsSettings
from services.ingest.adapters.secret_store import keep_secret
from services.ingest.domain.erasures import Reach
from services.ingest.main import tokens_of
from services.ingest.settings import IngestSettings
from shared.clock import SystemClock
from shared.configuration import SettingsError
from shared.storage.migrations import migrate
from shared.storage.sealing import use_keys

app = typer.Typer(no_args_is_help=True, help=__doc__)

Why = Annotated[str, typer.Option("--why", help="Who asked for it and on what ground; audited.")]
_ACTOR = "command line"


@app.command()
def enterprise(
    code: Annotated[str, typer.Argument(help="Credit code of 18 characters.")],
    why: Why,
    *,
    records: Annotated[
        bool,
        typer.Option("--records", help="Its records too: none is taken any more."),
    ] = False,
) -> None:
    """Replace an enterprise's name in the register, for ever; its figures stay under its token.

    The topics keep the name, so a list of what was erased (by keyed hashes) is kept: neither a
    rebuild nor the register's next event brings it back. With --records ingest drops every record
    of it from now on; what stands goes with the next `clusterwatch rebuild`.
    """
    reach = Reach.RECORDS if records else Reach.NAME
    wanted = EnterpriseErasure(code, reach, why, _ACTOR, SystemClock().now())
    try:
        with databases() as opened:
            ingest = next(each for each in opened if each.name == "ingest")
            migrate(ingest.engine, "ingest")
            tokens = tokens_of(IngestSettings())
            keep_secret(ingest.engine, tokens)
            done = erase_enterprise(ingest.engine, tokens, wanted)
    except (NothingToErase, SettingsError) as error:
        fail(str(error))
    out.print(f"· register: {done.rows['registration']} entries without a name now")
    if records:
        out.print("· its records are dropped from now on; run `clusterwatch rebuild` for the rest")
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
