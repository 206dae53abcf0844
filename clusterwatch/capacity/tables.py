"""The tables of docs/operations/capacity.md."""

import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from clusterwatch.capacity.costs import Costs
from clusterwatch.capacity.delays import (
    UTILISATIONS,
    at_utilisation,
    backlog_seconds,
    on_deadline_day,
)
from clusterwatch.capacity.model import GB, SCALES, SERVICES, Need, limits
from clusterwatch.capacity.queueing import batch_delay
from shared.messaging.topics import DEFAULT_PARTITIONS

PAGE = Path(__file__).parents[2] / "docs" / "operations" / "capacity.md"
_BLOCK = re.compile(r"(<!-- table: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
_MIB = 2**20
Row = Sequence[str]


def number(value: float) -> str:
    """Two digits that count, without an exponent."""
    if value == 0:
        return "0"
    if value >= 100:  # noqa: PLR2004 - two digits and a few more
        return f"{float(f'{value:.2g}'):,.0f}"
    text = f"{float(f'{value:.2g}'):.6f}".rstrip("0").rstrip(".")
    return text or "0"


def cost_table(costs: Costs) -> list[Row]:
    """CPU time of one of each."""
    return [
        ("CPU time of", "in 1/10,000 of the fixed loop", "ms on the machine of the run"),
        *(
            (name, number(costs.of_the_loop[name] * 10_000), number(seconds * 1000))
            for name, seconds in costs.cpu.items()
        ),
    ]


def byte_table(costs: Costs) -> list[Row]:
    """Bytes that an enterprise-month leaves."""
    topics = [(f"topic {n}", number(b)) for n, b in costs.topic_bytes.items() if b]
    stores = [(f"store of {n}", number(b)) for n, b in costs.store_bytes.items()]
    return [("bytes of an enterprise-month in", "bytes"), *topics, *stores]


def ratio_table(costs: Costs) -> list[Row]:
    """How many of one come with another."""
    return [
        ("for each", "there are", ""),
        ("enterprise-month", "events", number(costs.events)),
        ("event", "facts", number(costs.facts)),
        ("event that comes singly", "statuses", number(costs.statuses)),
        ("event of a history read at once", "statuses", number(costs.history_statuses)),
    ]


def need_table(needs: Sequence[Need]) -> list[Row]:
    """What each scale needs."""

    def row(name: str, value: Callable[[Need], object]) -> Row:
        return (name, *(str(value(need)) for need in needs))

    def each(name: str, value: Callable[[Need, str], object]) -> Iterable[Row]:
        return (
            row(f"{name}, {s}", lambda n, s=s: value(n, s))  # type: ignore[misc]
            for s in SERVICES
        )

    return [
        ("", *(need.scale.name for need in needs)),
        row("enterprises", lambda n: f"{n.scale.enterprises:,}"),
        row("clusters", lambda n: f"{n.scale.clusters:,}"),
        row("years", lambda n: n.scale.years),
        row("events a month", lambda n: number(n.events_a_month)),
        row("events a second in the busiest hour", lambda n: number(n.peak_rate)),
        *each("cores in the busiest hour", lambda n, s: number(n.peak_cores(s))),
        *each("replicas", lambda n, s: n.replicas(s)),
        row("partitions", lambda n: n.partitions),
        row(
            f"hours of a rebuild, {DEFAULT_PARTITIONS} replicas",
            lambda n: number(n.rebuild_hours(DEFAULT_PARTITIONS)),
        ),
        row(
            "hours of a rebuild, a replica a partition",
            lambda n: number(n.rebuild_hours(n.partitions)),
        ),
        row("stores, GB", lambda n: number(n.store_bytes / GB)),
        row("Kafka with three copies, GB", lambda n: number(n.kafka_bytes / GB)),
        *each("memory of a replica, MiB", lambda n, s: number(n.memory(s) / _MIB)),
        row("pages of metrics together, MB", lambda n: number(n.page_bytes / 1e6)),
        row("connections to PostgreSQL", lambda n: n.connections),
        row("seconds to assess a unit of all enterprises", lambda n: number(n.largest_assessment)),
    ]


def limit_table(needs: tuple[Need, ...]) -> list[Row]:
    """What breaks first, as shares of each limit."""
    return [
        ("share of the limit that is used", *(n.scale.name for n in needs), "beyond it"),
        *(
            (limit.name, *(f"{number(used * 100)} %" for used in limit.used), limit.what_then)
            for limit in limits(needs)
        ),
    ]


def delay_table(needs: Sequence[Need]) -> list[Row]:
    """Seconds that reports wait for one replica of ingest."""
    costs = needs[0].costs
    setup, event = costs.cpu["batch, beside its events"], costs.cpu["event"]
    rows: list[Row] = [
        ("one replica of ingest", "mean, s", "99 of 100 within, s", "formula of large batches, s")
    ]
    for used in UTILISATIONS:
        found = at_utilisation(costs, used)
        known = number(batch_delay(used / event, setup, event))
        rows.append((f"{used:.0%} busy", number(found.mean), number(found.late), known))
    for need in needs:
        found = on_deadline_day(need)
        name = f"{need.scale.name}, the day around its busiest hour"
        rows.append((name, number(found.mean), number(found.late), ""))
    for need in needs:
        name = f"{need.scale.name}, both days' reports at once: until all are taken"
        rows.append((name, "", number(backlog_seconds(need)), ""))
    return rows


def tables(costs: Costs) -> dict[str, str]:
    """Markdown by name."""
    needs = tuple(Need(scale, costs) for scale in SCALES)
    found = {
        "costs": cost_table(costs),
        "ratios": ratio_table(costs),
        "bytes": byte_table(costs),
        "needs": need_table(needs),
        "limits": limit_table(needs),
        "delays": delay_table(needs),
    }
    return {name: _markdown(rows) for name, rows in found.items()}


def renewed(page: str, costs: Costs) -> str:
    """The page with the tables of these costs. Raises KeyError for a table that is unknown."""
    made = tables(costs)
    return _BLOCK.sub(lambda found: f"{found[1]}{made[found[2]]}{found[3]}", page)


def _markdown(rows: Sequence[Row]) -> str:
    head, *body = rows
    rule = ["---", *("---:" if any(c.isdigit() for c in r) else "---" for r in body[0][1:])]
    lines = (f"| {' | '.join(row)} |" for row in (head, rule, *body))
    return "\n".join(lines) + "\n"
