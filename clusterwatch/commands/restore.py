"""Restore all databases from a backup."""

from pathlib import Path
from typing import Annotated

import typer
from kafka.errors import KafkaError

from clusterwatch.backup.databases import databases
from clusterwatch.backup.manifest import BackupError, read_manifest
from clusterwatch.backup.restore import check_restore, restore, restore_secrets
from clusterwatch.console import fail, out, warn
from clusterwatch.rebuild import kafka
from shared.configuration import SettingsError
from shared.messaging.cluster import KafkaCluster
from shared.settings import CommonSettings


def command(
    folder: Annotated[Path, typer.Argument(help="What `clusterwatch backup` made.")],
    *,
    force: Annotated[
        bool, typer.Option("--force", help="Replace databases that hold rows; they are lost.")
    ] = False,
) -> None:
    """Restore the databases of a backup; the services go on from where they were in Kafka.

    Stop all services first. Checksums, schema and engine are checked before anything is replaced;
    an older schema is brought up to date. What was published after the backup is read again.
    """
    settings = CommonSettings()
    try:
        manifest = read_manifest(folder)
        _check_stopped(settings)
        with databases() as opened:
            check_restore(manifest, opened, force=force)
            restored = restore_secrets(folder, manifest, settings.data_dir)
            restore(folder, manifest, opened)
    except (BackupError, SettingsError) as error:
        fail(str(error))
    for name, saved in manifest.databases.items():
        rows = sum(saved.contents.rows.values())
        out.print(f"· {name}: {rows:,} rows as of {manifest.made_at}", markup=False)
    for name in restored:
        out.print(f"· {name}: put into the data directory", markup=False)
    out.print("Done. Start the services: they go on reading where the backup ends.")


def _check_stopped(settings: CommonSettings) -> None:
    try:
        running = kafka.members(KafkaCluster.of(settings))
    except (KafkaError, TimeoutError, OSError):
        warn(
            f"Kafka at {settings.kafka_bootstrap_servers} does not answer: make sure yourself "
            "that no service runs"
        )
        return
    if running:
        names = ", ".join(f"{name} ({number})" for name, number in sorted(running.items()))
        raise BackupError(
            f"services still read from Kafka: {names}; stop all their replicas and wait some "
            "ten seconds"
        )
