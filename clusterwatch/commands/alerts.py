"""Run the service alerts: tells task forces, writes bulletins. `alerts check` checks rules."""

from pathlib import Path
from typing import Annotated

import typer

from clusterwatch.services import serve

app = typer.Typer(invoke_without_command=True)


@app.callback()
def run(context: typer.Context) -> None:
    """Serve until Ctrl-C or SIGTERM; settings are environment variables CLUSTERWATCH_…."""
    if context.invoked_subcommand is None:
        serve("alerts")


@app.command()
def check(file: Annotated[Path, typer.Argument(metavar="FILE", help="rules (YAML)")]) -> None:
    """Check a rules file; says each wrong field, and exits with 1 if there is one."""
    from services.alerts.adapters.rules_file import RulesError, load_rules  # noqa: PLC0415 - slow

    try:
        rulebook = load_rules(file)
    except RulesError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    plans = ", ".join(sorted(rulebook.plans)) or "none"
    typer.echo(f"{file}: in order; plans with rules of their own: {plans}")
