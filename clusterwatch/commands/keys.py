"""Change the key under which targets of subscriptions stand in the database of alerts."""

from typing import Annotated

import typer

from clusterwatch.console import out
from services.alerts.adapters.sealed_targets import KEY_FILE, keyring_of, rotate_keys
from services.alerts.settings import AlertsSettings
from shared.storage import open_engine
from shared.storage.migrations import migrate

app = typer.Typer(add_completion=False, no_args_is_help=True, help=__doc__)


@app.command("list")
def show() -> None:
    """Show the ids of the keys, the sealing one first; never the keys."""
    for key_id in keyring_of(AlertsSettings()).ids:
        out.print(key_id)


@app.command()
def rotate(*, yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False) -> None:
    """Seal all targets anew. Stop alerts first, all replicas; start them again afterwards.

    Without CLUSTERWATCH_ALERTS_SEALING_KEYS a new key is made and the old one forgotten. With it,
    put the new key first and leave the old one behind it for this run; remove it afterwards.
    Interrupted, it can simply be run again.
    """
    settings = AlertsSettings()
    if not yes:
        typer.confirm("All replicas of alerts are stopped?", abort=True)
    engine = open_engine(settings, "alerts")
    migrate(engine, "alerts")
    keyring = rotate_keys(engine, settings)
    engine.dispose()
    out.print(f"sealed with the key {keyring.ids[0]}; start alerts again")
    if settings.alerts_sealing_keys is None:
        out.print(f"back up {settings.data_dir / KEY_FILE} apart from the database")
    elif len(keyring.ids) > 1:
        out.print("no longer needed: " + ", ".join(keyring.ids[1:]))
