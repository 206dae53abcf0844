"""Restore ingest and metrics from the topics alone."""

from typing import Annotated

import typer
from kafka.errors import KafkaError

from clusterwatch.console import fail, out
from clusterwatch.launcher.errors import LaunchError
from clusterwatch.launcher.processes import StopRequested
from clusterwatch.rebuild.run import NotNow, Rebuild
from clusterwatch.settings import LauncherSettings

_WHAT = """\
This empties the databases of ingest and metrics, makes [bold]cluster.facts.v1[/] and
[bold]cluster.status.v1[/] anew, and reads all reports, register events and decisions again.
Kept: the audit logs, frozen bases, published months, and everything of alerts."""


def command(
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    partitions: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=1000,
            help="Partitions of the topics that are made anew; as many as before without it.",
        ),
    ] = None,
) -> None:
    """Make the stores of ingest and metrics anew from the topics alone.

    For a lost or doubtful database, another number of partitions, or after a change that reaches
    all figures. Stop the services first, all replicas of them; start them again when it is done.
    The token secret must be the one in use, or alerts no longer knows who was meant. What alerts
    keeps (alerts, acknowledgements, silences, subscriptions) is in no topic: it comes from its
    backup. Interrupted, it can simply be run again.
    """
    settings = LauncherSettings()
    rebuild = Rebuild(settings)
    try:
        rebuild.check()
        if not yes:
            out.print(_WHAT)
            typer.confirm("Go on?", abort=True)
        rebuild.forget(partitions)
        rebuild.read_again()
    except NotNow as error:
        fail(str(error))
    except (KafkaError, TimeoutError) as error:
        fail(f"Kafka at {settings.kafka_bootstrap_servers}: {error!r}; run the command again")
    except LaunchError as error:
        fail(str(error))
    except StopRequested:
        fail("stopped before the end; run the command again")
