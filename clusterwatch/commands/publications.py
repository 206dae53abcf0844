"""Publish a month, list what was published, and what was corrected since."""

from typing import Annotated

import typer
from rich.table import Table

from clusterwatch.console import out
from clusterwatch.service_api import AccessToken, MetricsAddress, ServiceApi

app = typer.Typer(
    no_args_is_help=True,
    help="Publish a month, list what was published, and what was corrected since.\n\n"
    "Publishing keeps all statuses of a plan's month as they are now, for ever. Reports that come "
    "later change the current figures and appear as corrections beside what was said.",
)

_PATH = "/api/v1/publications"

Plan = Annotated[str, typer.Argument(help="Id of the plan, such as suzhou-2027.")]
Period = Annotated[str, typer.Argument(help="Reporting period YYYY-MM.")]


@app.command("list")
def show_list(metrics: MetricsAddress = None, token: AccessToken = None) -> None:
    """Show the published months, newest first."""
    items = ServiceApi("metrics", metrics, token).get(_PATH)["items"]
    table = Table("plan", "period", "published at", "by", "note")
    for item in items:
        words = ("plan", "period", "published_at", "actor", "note")
        table.add_row(*(item[word] for word in words))
    if items:
        out.print(table)
    out.print(f"{len(items)} published")


@app.command()
def publish(
    plan: Plan,
    period: Period,
    who: Annotated[str, typer.Option(help="Your name; it is kept with the publication.")],
    note: Annotated[str, typer.Option(help="A remark, such as the bulletin's number.")] = "",
    metrics: MetricsAddress = None,
    token: AccessToken = None,
) -> None:
    """Keep a month's figures as they are now; a month is published once."""
    body = {"plan": plan, "period": period, "by": who, "note": note}
    made = ServiceApi("metrics", metrics, token).post(_PATH, body)
    out.print(f"{made['plan']} {made['period']} published at {made['published_at']}")


@app.command()
def corrections(
    plan: Plan, period: Period, metrics: MetricsAddress = None, token: AccessToken = None
) -> None:
    """Show field by field what reads differently now than when the month was published."""
    body = ServiceApi("metrics", metrics, token).get(f"{_PATH}/{plan}/{period}/corrections")
    table = Table("unit", "field", "published", "now", "difference")
    for item in body["items"]:
        for change in item["changes"]:
            values = (change["published"], change["current"], change["difference"])
            table.add_row(item["cluster"], change["field"], *(_text(value) for value in values))
    if body["items"]:
        out.print(table)
    published = body["publication"]["published_at"]
    out.print(f"{len(body['items'])} units corrected since {published}")


def _text(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
