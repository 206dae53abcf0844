"""Run the service alerts: tells task forces, writes bulletins. `alerts check` checks rules."""

from pathlib import Path
from typing import Annotated

import typer

from clusterwatch.services import serve
from shared.clock import SystemClock
from shared.plans import load_catalogue
from shared.settings import CommonSettings

app = typer.Typer(invoke_without_command=True)


@app.callback()
def run(context: typer.Context) -> None:
    """Serve until Ctrl-C or SIGTERM; settings are environment variables CLUSTERWATCH_…."""
    if context.invoked_subcommand is None:
        serve("alerts")


@app.command()
def check(
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="rules (YAML); the shipped ones without")
    ] = None,
) -> None:
    """Check a rules file and explain what it makes of each rule; exits with 1 for a wrong field."""
    from services.alerts.adapters.holidays import calendar_warning  # noqa: PLC0415 - slow
    from services.alerts.adapters.rules_file import (  # noqa: PLC0415 - slow
        SHIPPED_RULES,
        RulesError,
        load_rules,
    )
    from services.alerts.adapters.rules_words import explained, switched_off  # noqa: PLC0415 - slow

    try:
        rulebook = load_rules(file)
    except RulesError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    for line in explained(rulebook):
        typer.echo(line)
    known = {plan.id for plan in load_catalogue(CommonSettings().plans or None).plans}
    unknown = [f"plans.{plan}: no such plan" for plan in sorted(rulebook.plans.keys() - known)]
    calendar = calendar_warning(SystemClock().now().date())
    for line in (*unknown, *switched_off(rulebook), *([calendar] if calendar else [])):
        typer.echo(f"note: {line}")
    typer.echo(f"{file or SHIPPED_RULES}: in order")
