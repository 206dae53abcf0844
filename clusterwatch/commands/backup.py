"""Back up all databases while the services run."""

from pathlib import Path
from typing import Annotated

import typer

from clusterwatch.backup.databases import databases
from clusterwatch.backup.make import make_backup
from clusterwatch.backup.manifest import BackupError
from clusterwatch.console import fail, out, warn
from shared.clock import SystemClock
from shared.configuration import SettingsError
from shared.settings import CommonSettings


def command(
    folder: Annotated[Path, typer.Argument(help="A folder that is new or empty.")],
    *,
    with_secrets: Annotated[
        bool,
        typer.Option("--with-secrets", help="Also token-secret and sealing-keys, in clear."),
    ] = False,
) -> None:
    """Back up the databases of ingest, metrics, alerts and access control into one folder.

    The services need not stop. The folder holds a file per database and `manifest.json` with
    versions, counts, checksums and Kafka offsets; only its owner may read it. It holds names and
    addresses: docs/operations/backup.md says what, and how to keep it.
    """
    settings = CommonSettings()
    try:
        with databases() as opened:
            now = SystemClock().now()
            made = make_backup(opened, folder, settings.data_dir, now, secrets=with_secrets)
    except (BackupError, SettingsError) as error:
        fail(str(error))
    for name, saved in made.databases.items():
        rows = sum(saved.contents.rows.values())
        out.print(f"· {name}: {rows:,} rows, {saved.bytes:,} bytes", markup=False)
    if not with_secrets:
        warn("token secret and sealing keys are not in it: without them a restore is of no use")
    out.print(f"Done: {folder}", markup=False)
