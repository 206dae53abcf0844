"""`clusterwatch assess`: progress of any indicators, by the published methods, from a CSV file."""

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from clusterwatch.console import fail
from clusterwatch.progress_file import GoodRow, TableError, read_progress
from services.metrics.domain.assess import ProgressResult, assess
from shared.files.writing import inert

ADDED = (
    "ratio",
    "verdict",
    "published_style_status",
    "un_ratio",
    "linear_ratio",
    "catch_up_rate",
)
"""Columns that are added to those of the file."""


def command(
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="table of indicators")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="write the CSV here, not to the screen")
    ] = None,
    table: Annotated[  # noqa: FBT002 - a flag of the command line
        bool, typer.Option("--table", help="print a table for reading instead of CSV")
    ] = False,
) -> None:
    """Assess the progress of every indicator in a CSV file.

    Columns: indicator, direction (1 or -1), base_year, base_value, latest_year, latest_value, and
    where there is one target with target_year, and limit (the indicator's natural limit). Rows
    that cannot be used are reported by number; the others are assessed, and the exit code is 1.
    """
    try:
        content = read_progress(file.read_bytes())
    except OSError as error:
        fail(f"{file}: {error.strerror}; name a CSV file", code=2)
    except TableError as error:
        fail(f"{file}: {error}", code=2)
    results = [(row, assess(row.progress)) for row in content.good]
    if table:
        Console().print(_readable(results))
    if output is not None or not table:
        text = _csv(content.columns, results)
        _write(text, output)
    for problem in content.bad:
        typer.echo(str(problem), err=True)
    if content.bad:
        raise typer.Exit(1)


def _write(text: str, output: Path | None) -> None:
    if output is None:
        typer.echo(text, nl=False)
        return
    try:
        # The mark at the start lets spreadsheets see that it is UTF-8.
        output.write_text(text, encoding="utf-8-sig", newline="")
    except OSError as error:
        fail(f"{output}: {error.strerror}", code=2)


def _csv(columns: Sequence[str], results: Iterable[tuple[GoodRow, ProgressResult]]) -> str:
    kept = [name for name in columns if name and name not in ADDED]
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*map(inert, kept), *ADDED])
    for row, result in results:
        writer.writerow([*(inert(row.cells.get(name, "")) for name in kept), *_added(result)])
    return text.getvalue()


def _added(result: ProgressResult) -> list[str]:
    return [
        _figure(result.ratio),
        result.verdict.value,
        result.published_style_status,
        _figure(result.un_ratio),
        _figure(result.linear_ratio),
        _figure(result.catch_up_rate),
    ]


def _figure(value: float | None) -> str:
    """Six decimals are what the published figures are compared by; no figure is an empty cell."""
    return "" if value is None else f"{value:.6f}"


def _readable(results: Iterable[tuple[GoodRow, ProgressResult]]) -> Table:
    """The same figures in short columns: R (growth where there is no target), UN's P, linear."""
    table = Table(box=None, padding=(0, 1, 0, 0))
    table.add_column("indicator", overflow="fold", min_width=9)
    for name in ("R", "verdict", "status", "UN", "linear", "catch-up"):
        textual = name in {"verdict", "status"}
        table.add_column(name, overflow="fold", justify="left" if textual else "right")
    for row, result in results:
        figures = (result.ratio, result.un_ratio, result.linear_ratio)
        ratio, un, linear = ("" if figure is None else f"{figure:.3f}" for figure in figures)
        rate = "" if result.catch_up_rate is None else f"{result.catch_up_rate:+.1%}"
        table.add_row(
            row.cells["indicator"],
            ratio,
            result.verdict.value,
            result.published_style_status,
            un,
            linear,
            rate,
        )
    return table
