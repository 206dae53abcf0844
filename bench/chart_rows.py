"""What the pictures of docs/performance.md show: the rows of bench/results/*.json by their names.

The names of figures are sentences; the patterns below are the only place that reads them. What a
run has not measured (no PostgreSQL, no run at all, a peer that failed) is said in words.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

STORES = ("SQLite", "PostgreSQL")
MEDIAN, LATE = "median (p50)", "99th percentile (p99)"
OTHER = "another stream processor"
STATEMENTS = "SQLite's statements alone"
"""Beside the bare read: what SQLite leaves to a program that takes no time itself."""
KNOWN, NEW = "newer version of a known fact", "fact of a new subject"

_NO_RUN = "there is no committed run yet"
_NOT_MEASURED = "not measured in this run"

_RATE = re.compile(r"(?P<store>[^,]+), (?P<job>.+): of the bare read's rate")
_STATEMENTS = re.compile(
    r"SQLite, (?P<job>.+): rate if nothing but these and the bare read took time"
)
_PEER = re.compile(r"(?P<peer>.+): of its rate")
_OURS = re.compile(r"ingest into (?P<store>[^,]+), .+")
_DELAY = re.compile(
    r"(?P<store>[^,]+), (?P<share>\d+)% of capacity: /metrics, (?P<quantile>p50|p99), s"
)
_GROWTH = re.compile(r"CPU time a fact(?P<new> of a new subject)?, (?P<size>[\d,]+ facts.*)")
_GOAL = re.compile(r"at (?:least|most) ([\d.]+)")

Row = Mapping[str, Any]
"""`figure`, `value` and `goal`, as in the results' `summary`."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One figure of the results."""

    series: str
    value: float
    goal: str | None = None
    """In the words of the results: `at least 0.35`."""

    @property
    def limit(self) -> float | None:
        """The number in the goal."""
        found = _GOAL.match(self.goal or "")
        return float(found[1]) if found else None


@dataclass(frozen=True, slots=True)
class Group:
    """Bars that belong together; without bars the note says why."""

    name: str
    bars: tuple[Bar, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Panel:
    """Groups with one heading; the note says what was not measured."""

    title: str
    groups: tuple[Group, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """Panels one below the other, with one axis of values."""

    name: str
    """Of its file, without `.svg`."""
    title: str
    axis: str
    digits: int
    """Of a value, after the point."""
    unit: str
    """Behind each value, with a blank before it."""
    panels: tuple[Panel, ...]

    @property
    def bars(self) -> list[Bar]:
        """Those of all panels."""
        return [bar for panel in self.panels for group in panel.groups for bar in group.bars]

    @property
    def words(self) -> str:
        """Everything that is drawn, a line for each group."""
        lines = [f"{self.title}. {self.axis}."]
        for panel in self.panels:
            lines.append(f"{panel.title}{f': {panel.note}' if panel.note else ''}")
            lines += [_line(group, self.unit) for group in panel.groups]
        return "\n".join(lines)


def _line(group: Group, unit: str) -> str:
    told = [
        f"{bar.series} {bar.value}{unit}{f' (goal: {bar.goal}{unit})' if bar.goal else ''}"
        for bar in group.bars
    ]
    return f"- {group.name}: {'; '.join(told) or group.note}"


def pictures_of(results: Path) -> tuple[Picture, ...]:
    """The pictures of a folder of results; a file that is not there is said in its panel."""
    reports = {
        name: _report(results / f"{name}.json")
        for name in ("throughput", "peers", "delay", "growth")
    }
    return (
        Picture(
            "bench-rate",
            "How fast simulated reports are taken in, beside a bare read of the same topics",
            "share of the bare batch read's rate (bare batch read = 1)",
            3,
            "",
            (rates(reports["throughput"]), peers(reports["peers"])),
        ),
        Picture(
            "bench-delay",
            "How long until a simulated report is shown on /metrics, by share of the capacity",
            "seconds from the time a report was meant for",
            2,
            " s",
            tuple(delays(reports["delay"], store) for store in STORES),
        ),
        Picture(
            "bench-growth",
            "What a simulated fact costs metrics, by the size of the store (SQLite)",
            "CPU time a fact, as a multiple of that in the store of 100,000 (= 1)",
            2,
            "",
            (growth(reports["growth"]),),
        ),
    )


def rates(report: Row | None) -> Panel:
    """Rates of ingest by job and store, from throughput.json."""
    title = "Ingest, with all that it does"
    found = [(each["job"], _bar(each["store"], row)) for each, row in _matches(_RATE, report)]
    there = {bar.series for _, bar in found}
    found += [(each["job"], _bar(STATEMENTS, row)) for each, row in _matches(_STATEMENTS, report)]
    missing = [f"{store}: {_NOT_MEASURED}" for store in STORES if store not in there]
    return Panel(title, _grouped(found), _note(report, found) or "; ".join(missing))


def peers(report: Row | None) -> Panel:
    """Rates of the peers and of ingest beside them, the quickest first, from peers.json."""
    title = "The core of the same job in other stream processors, and all of it in ingest"
    found = []
    for each, row in _matches(_PEER, report):
        ours = _OURS.fullmatch(each["peer"])
        found.append((each["peer"], _bar(ours["store"] if ours else OTHER, row)))
    found.sort(key=lambda one: one[1].value, reverse=True)
    failed = [Group(peer, (), why) for peer, why in (report or {}).get("failed", {}).items()]
    return Panel(title, (*_grouped(found), *failed), _note(report, found))


def delays(report: Row | None, store: str) -> Panel:
    """Median and p99 by share of the capacity, from delay.json."""
    series = {"p50": MEDIAN, "p99": LATE}
    found = [
        (f"at {each['share']} % of capacity", _bar(series[each["quantile"]], row))
        for each, row in _matches(_DELAY, report)
        if each["store"] == store
    ]
    return Panel(store, _grouped(found), _note(report, found))


def growth(report: Row | None) -> Panel:
    """Costs of a fact by the size of the store, from growth.json."""
    found = [
        (each["size"], _bar(NEW if each["new"] else KNOWN, row))
        for each, row in _matches(_GROWTH, report)
    ]
    return Panel("Standing facts in the store", _grouped(found), _note(report, found))


def _report(path: Path) -> Row | None:
    if not path.exists():
        return None
    report: Row = json.loads(path.read_text(encoding="utf-8"))
    return report


def _matches(pattern: re.Pattern[str], report: Row | None) -> Iterator[tuple[re.Match[str], Row]]:
    for row in (report or {}).get("summary", []):
        found = pattern.fullmatch(row["figure"])
        if found:
            yield found, row


def _bar(series: str, row: Row) -> Bar:
    return Bar(series, row["value"], row["goal"])


def _grouped(found: Iterable[tuple[str, Bar]]) -> tuple[Group, ...]:
    bars: dict[str, list[Bar]] = {}
    for name, bar in found:
        bars.setdefault(name, []).append(bar)
    return tuple(Group(name, tuple(each)) for name, each in bars.items())


def _note(report: Row | None, found: list[tuple[str, Bar]]) -> str:
    if report is None:
        return _NO_RUN
    return "" if found else _NOT_MEASURED
