"""What `clusterwatch plans breakdown` does between its options and its file."""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import httpx
import typer

from clusterwatch.breakdown import tables
from clusterwatch.breakdown.files import csv_text, write_xlsx
from clusterwatch.breakdown.known import Known, KnownBase, KnownFigures, Share
from clusterwatch.breakdown.metrics_api import MetricsApi, MetricsError
from clusterwatch.breakdown.requirements import TargetBreakdown, break_down
from clusterwatch.breakdown.supplied import SuppliedError, read_bases, read_shares
from clusterwatch.console import fail
from clusterwatch.services import settings_class
from shared.authorities import believed
from shared.plans import Plan, PlanIndicator

_YEARS = re.compile(r"(\d{4})(?:-(\d{4}))?")
_MOST_YEARS = 50
_USAGE = 2

Key = TypeVar("Key")
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Sources:
    """Where bases and shares come from, as the options name them."""

    bases: Path | None = None
    shares: Path | None = None
    metrics_url: str | None = None


@dataclass(frozen=True, slots=True)
class _Both:
    """Files first, the metrics service for what they leave open."""

    files: KnownFigures
    api: Known

    def base(self, plan: Plan, indicator: PlanIndicator) -> KnownBase | None:
        return self.files.base(plan, indicator) or self.api.base(plan, indicator)

    def share(self, plan: Plan, indicator: PlanIndicator, year: int, month: int) -> Share | None:
        found = self.files.share(plan, indicator, year, month)
        return found or self.api.share(plan, indicator, year, month)


def parse_years(text: str | None) -> tuple[int, ...] | None:
    """``2027`` or ``2025-2027``; ends the command with a usage error otherwise."""
    if text is None:
        return None
    match = _YEARS.fullmatch(text.strip())
    first = int(match[1]) if match else 1
    last = int(match[2] or match[1]) if match else 0
    if not first <= last < first + _MOST_YEARS:
        fail(f"--years {text!r}: write one year, or first-last like 2025-2027", code=_USAGE)
    return tuple(range(first, last + 1))


def write(
    plans: Sequence[Plan],
    sources: Sources,
    years: tuple[int, ...] | None,
    output: Path | None,
    data_label: str,
) -> None:
    """Break the plans down into a file, or to the screen as CSV."""
    if output is not None and output.suffix.lower() not in {".xlsx", ".csv"}:
        fail(f"--output {output}: name a file that ends in .xlsx or .csv", code=_USAGE)
    with _known(sources, plans) as known:
        found = [target for plan in plans for target in _of(plan, known, years)]
    if output is None:
        typer.echo(csv_text(tables.flat_table(found)), nl=False)
        return
    try:
        if output.suffix.lower() == ".csv":
            text = csv_text(tables.flat_table(found))
            output.write_text(text, encoding="utf-8-sig", newline="")
        else:
            write_xlsx(_sheets(found, plans, sources, data_label), output)
    except OSError as error:
        fail(f"{output}: {error.strerror}", code=_USAGE)
    blank = sum(bool(target.reasons) and not _has_figures(target) for target in found)
    typer.echo(f"{output}: {len(found)} targets, {blank} of them left blank with the reason")


def _of(plan: Plan, known: Known, years: tuple[int, ...] | None) -> list[TargetBreakdown]:
    try:
        return break_down(plan, known, years)
    except MetricsError as error:
        fail(str(error))


def _has_figures(target: TargetBreakdown) -> bool:
    return any(year.required is not None for year in target.years)


def _sheets(
    found: Sequence[TargetBreakdown], plans: Sequence[Plan], sources: Sources, data_label: str
) -> list[tables.Table]:
    service = f"统计数据服务 {sources.metrics_url}" if sources.metrics_url else ""
    bases = [str(sources.bases.name) if sources.bases else "", service]
    shares = [str(sources.shares.name) if sources.shares else "", service]
    return [
        tables.annual_table(found),
        tables.monthly_table(found),
        tables.notes_table(
            plans,
            data_label,
            "、".join(filter(None, bases)) or "未提供：取自统计数据的基数留空",
            "、".join(filter(None, shares)) or "未提供：年度总量的1—11月留空",
        ),
    ]


@contextmanager
def _known(sources: Sources, plans: Sequence[Plan]) -> Iterator[Known]:
    files = KnownFigures(
        _read(read_bases, sources.bases, plans), _read(read_shares, sources.shares, plans)
    )
    if sources.metrics_url is None:
        yield files
        return
    try:
        verify = believed(settings_class("metrics")().http_ca_file)
        client = httpx.Client(base_url=sources.metrics_url, trust_env=False, verify=verify)
    except (httpx.InvalidURL, ValueError) as error:
        fail(f"--metrics-url {sources.metrics_url!r}: {error}", code=_USAGE)
    with client:
        yield _Both(files, MetricsApi(client))


def _read(
    read: Callable[[Path, Sequence[Plan]], dict[Key, Value]],
    path: Path | None,
    plans: Sequence[Plan],
) -> dict[Key, Value]:
    if path is None:
        return {}
    try:
        return read(path, plans)
    except OSError as error:
        fail(f"{path}: {error.strerror}", code=_USAGE)
    except SuppliedError as error:
        fail("\n".join(f"{path}: {problem}" for problem in error.problems), code=_USAGE)
