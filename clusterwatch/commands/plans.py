"""`clusterwatch plans`: look at the plan catalogue, check plan files, break targets down."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from shared.plans import Catalogue, PlanError, Unit, UnitKind, load_catalogue
from shared.plans.catalogue import shipped_plans
from shared.plans.model import Plan, PlanIndicator
from shared.plans.targets import DOCUMENT, Missing, Target
from shared.settings import CommonSettings

app = typer.Typer(no_args_is_help=True, help="The plan catalogue: look, check, break down.")

_MISSING = {
    Missing.REDACTED: "未公布 redacted",
    Missing.ASSIGNED: "上级下达 assigned elsewhere",
    Missing.UNSTATED: "未列明 unstated",
}


@app.command("list")
def list_plans() -> None:
    """List the plans that are followed."""
    table = _table("id", "version", "status", "until", "units", "indicators", "title")
    for plan in _catalogue().plans:
        table.add_row(
            plan.id,
            plan.version,
            plan.status.value,
            str(plan.target_year),
            str(len(plan.units)),
            str(len(plan.indicators)),
            plan.title,
        )
    Console().print(table)


@app.command()
def show(plan_id: Annotated[str, typer.Argument(metavar="ID", help="id of the plan")]) -> None:
    """Show one plan: units, indicators with targets, and open questions."""
    plan = _plan(plan_id)
    console = Console()
    console.print(f"[bold]{plan.title}[/bold]\n{plan.issuer} · {plan.id} {plan.version}")
    for source in plan.overlays:
        console.print(f"overlay: {source}", markup=False)
    console.print(_units_table(plan))
    console.print(_indicators_table(plan))
    if plan.notes:
        console.print(_notes_table(plan))


@app.command()
def check(
    files: Annotated[
        list[Path] | None, typer.Argument(metavar="[FILE…]", help="plan files; none: shipped ones")
    ] = None,
) -> None:
    """Check plan files; every problem is named with file, line, field and remedy."""
    paths = files or list(shipped_plans())
    try:
        catalogue = load_catalogue(paths)
    except PlanError as error:
        for problem in error.problems:
            typer.echo(str(problem))
        typer.echo(f"{len(error.problems)} problem(s)", err=True)
        raise typer.Exit(1) from None
    for plan in catalogue.plans:
        typer.echo(f"{plan.id} {plan.version}: {len(plan.indicators)} indicators, no problems")


@app.command()
def breakdown(
    plan_id: Annotated[
        str | None, typer.Argument(metavar="[PLAN]", help="id of the plan; none: all of them")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help=".xlsx or .csv; none: CSV to screen"),
    ] = None,
    bases: Annotated[
        Path | None,
        typer.Option(metavar="FILE.csv", help="columns indicator, value [, measure, year, source]"),
    ] = None,
    shares: Annotated[
        Path | None,
        typer.Option(metavar="FILE.csv", help="columns month (2-12), share (0-1) [, unit]"),
    ] = None,
    metrics_url: Annotated[
        str | None,
        typer.Option(metavar="URL", help="ask the metrics service: http://127.0.0.1:8102"),
    ] = None,
    years: Annotated[
        str | None, typer.Option(metavar="YEARS", help="2027 or 2025-2027; none: the plan's term")
    ] = None,
) -> None:
    """Write what every target requires of each year and month (年度分解).

    Years follow the target's path; months of a year's total follow the share of a year that was
    usually done by then, never months over twelve. Bases that the plan takes from the feed, and
    those shares, come from files or from the metrics service. What is not known stays blank and
    says why.

    Example: clusterwatch plans breakdown suzhou-2027 --metrics-url http://127.0.0.1:8102
    -o breakdown.xlsx
    """
    from clusterwatch.breakdown import command  # noqa: PLC0415 - a spreadsheet library, for this only

    settings = CommonSettings()
    plans = _newest(_catalogue()) if plan_id is None else [_plan(plan_id)]
    sources = command.Sources(bases, shares, metrics_url)
    command.write(plans, sources, command.parse_years(years), output, settings.data_label)


def _newest(catalogue: Catalogue) -> list[Plan]:
    """The newest version of every plan."""
    return [catalogue.plan(name) for name in dict.fromkeys(plan.id for plan in catalogue.plans)]


def _plan(plan_id: str) -> Plan:
    """A plan of the catalogue. Ends the command when there is none."""
    catalogue = _catalogue()
    try:
        return catalogue.plan(plan_id)
    except KeyError:
        known = ", ".join(plan.id for plan in catalogue.plans)
        typer.echo(f"there is no plan {plan_id!r}; there are: {known}", err=True)
        raise typer.Exit(1) from None


def _catalogue() -> Catalogue:
    """The catalogue the settings name. Ends the command with the problems when it is broken."""
    try:
        return load_catalogue(CommonSettings().plans or None)
    except PlanError as error:
        for problem in error.problems:
            typer.echo(str(problem), err=True)
        raise typer.Exit(1) from None


def _table(*columns: str, title: str | None = None) -> Table:
    """A table whose first column, an id or a name to copy, is never cut off."""
    table = Table(title=title)
    for number, column in enumerate(columns):
        table.add_column(column, no_wrap=number == 0, overflow="fold")
    return table


def _units_table(plan: Plan) -> Table:
    table = _table("id", "名称", "kind", "parents", "value", "members", title="units 单元")
    for unit in plan.units:
        table.add_row(
            unit.id,
            unit.name,
            unit.kind.value,
            " ".join(plan.unit(parent).name for parent in unit.parents),
            unit.value_indicator,
            _members_text(unit),
        )
    return table


def _members_text(unit: Unit) -> str:
    """Industry prefixes of clusters and industries, codes and parks of regions."""
    rules = unit.membership
    if unit.kind in {UnitKind.CLUSTER, UnitKind.INDUSTRY}:
        words = [prefix for rule in rules for prefix in rule.industries]
    else:
        words = [place for rule in rules for place in (*rule.regions, *rule.parks)]
    return " ".join(dict.fromkeys(words)) or "–"


def _indicators_table(plan: Plan) -> Table:
    table = _table(
        "unit", "指标", "kind", "base 基期", "target 目标", "path", "lines", title="indicators 指标"
    )
    for indicator in plan.indicators:
        lines = indicator.locator.lines if indicator.locator else ()
        table.add_row(
            plan.unit(indicator.unit).name,
            indicator.name,
            indicator.kind.value,
            _base_text(indicator),
            "\n".join(_target_text(target) for target in indicator.targets) or "–",
            indicator.path.value,
            " ".join(str(line) for line in lines),
        )
    return table


def _base_text(indicator: PlanIndicator) -> str:
    base = indicator.base
    if base is None:
        return "–"
    if base.from_data:
        return f"{base.year}: from the feed"
    if base.value is None:
        return f"{base.year}: –"
    bound = base.comparator.value if base.comparator else ""
    return f"{base.year}: {bound}{base.value:f} {base.measure}{_source_text(base.source)}"


def _target_text(target: Target) -> str:
    year = "" if target.year is None else f"{target.year}: "
    if target.value is None:
        reason = _MISSING[target.missing] if target.missing else "–"
        return f"{year}{target.comparator.value} {reason}"
    source = _source_text(target.source)
    return f"{year}{target.comparator.value} {target.value:f} {target.measure}{source}"


def _source_text(source: str) -> str:
    """Who says so, where it is not the plan document."""
    return "" if source == DOCUMENT else f" – {source}"


def _notes_table(plan: Plan) -> Table:
    table = Table("note", "readings", title="open questions 存疑", show_lines=True)
    for note in plan.notes:
        readings = "\n".join(
            f"({number}) {reading.text}" for number, reading in enumerate(note.readings, 1)
        )
        table.add_row(note.text, readings)
    return table
