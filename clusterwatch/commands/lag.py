"""Show how many records each service has not taken yet."""

from typing import Annotated

import typer
from kafka.errors import KafkaError
from rich.table import Table

from clusterwatch.console import fail, out
from clusterwatch.settings import LauncherSettings
from shared.messaging.cluster import KafkaCluster
from shared.messaging.lag import GROUPS, PartitionLag, group_lag


def command(
    *,
    partitions: Annotated[
        bool, typer.Option("--partitions", help="One line per partition, not per topic.")
    ] = False,
) -> None:
    """Lag of the consumer groups by topic, from the offsets they committed to Kafka.

    A service commits to Kafka a few seconds after its store, so small numbers mean nothing.
    """
    kafka = KafkaCluster.of(LauncherSettings())
    try:
        found = group_lag(kafka)
    except KafkaError as error:
        fail(f"Kafka at {kafka} does not answer: {error}")
    table = Table(
        "group", "topic", *(["partition"] if partitions else []), "committed", "end", "lag"
    )
    for row in _rows(found, by_partition=partitions):
        table.add_row(*row)
    out.print(table)
    silent = [group for group in GROUPS if group not in {lag.group for lag in found}]
    if silent:
        out.print(f"nothing committed yet: {', '.join(silent)}")


def _rows(found: list[PartitionLag], *, by_partition: bool) -> list[list[str]]:
    if by_partition:
        return [
            [
                part.group,
                part.topic,
                str(part.partition),
                "-" if part.committed is None else str(part.committed),
                str(part.end),
                "-" if part.lag is None else str(part.lag),
            ]
            for part in found
        ]
    rows = []
    for group, topic in dict.fromkeys((part.group, part.topic) for part in found):
        parts = [part for part in found if (part.group, part.topic) == (group, topic)]
        sums = (
            sum(part.committed or 0 for part in parts),
            sum(part.end for part in parts),
            sum(part.lag or 0 for part in parts),
        )
        rows.append([group, topic, *(f"{number:,}" for number in sums)])
    return rows
