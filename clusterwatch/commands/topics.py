"""List the Kafka topics as they are, or make the missing ones."""

import typer
from kafka.errors import KafkaError
from rich.table import Table

from clusterwatch.console import fail, out
from clusterwatch.settings import LauncherSettings
from shared.messaging.cluster import KafkaCluster
from shared.messaging.topics import (
    TopicReport,
    TopicState,
    compare_topics,
    ensure_topics,
    topic_specs,
)

app = typer.Typer(no_args_is_help=True, help=__doc__)
_COLOURS = {
    TopicState.CREATED: "green",
    TopicState.AS_SPECIFIED: "green",
    TopicState.DIFFERS: "yellow",
    TopicState.MISSING: "red",
}


@app.command("list")
def show() -> None:
    """Show each topic's partitions and how it differs from what is specified; changes nothing."""
    settings = LauncherSettings()
    kafka = KafkaCluster.of(settings)
    try:
        reports = compare_topics(kafka, topic_specs(settings.topic_partitions))
    except KafkaError as error:
        fail(f"Kafka at {kafka} does not answer: {error}")
    _print(reports)
    if any(report.state is TopicState.MISSING for report in reports):
        raise typer.Exit(1)


@app.command()
def ensure() -> None:
    """Create the missing topics; existing ones are never changed, only compared."""
    settings = LauncherSettings()
    kafka = KafkaCluster.of(settings)
    try:
        reports = ensure_topics(
            kafka,
            topic_specs(settings.topic_partitions),
            replication_factor=settings.topic_replication_factor,
        )
    except KafkaError as error:
        fail(f"topics at {kafka} could not be made: {error}")
    _print(reports)


def _print(reports: list[TopicReport]) -> None:
    table = Table("topic", "partitions", "state", "wanted / found")
    for report in reports:
        drift = "\n".join(f"{d.setting}: {d.wanted} / {d.found}" for d in report.drift)
        state = f"[{_COLOURS[report.state]}]{report.state.value}[/]"
        table.add_row(report.name, str(report.partitions or "-"), state, drift)
    out.print(table)
