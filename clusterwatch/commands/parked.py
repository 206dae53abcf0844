"""List whose reports wait for the register."""

import typer
from rich.table import Table

from clusterwatch.console import out
from clusterwatch.service_api import AccessToken, IngestAddress, ServiceApi

app = typer.Typer(
    no_args_is_help=True,
    help="List whose reports wait for the register.\n\n"
    "A report of an enterprise that is not in the register is kept and counted, and is applied as "
    "soon as its register event comes (stats.enterprise.v1). Nothing needs to be sent again.",
)


@app.callback()
def _group() -> None:
    """With one command alone, typer would not want its name."""


@app.command("list")
def show_list(ingest: IngestAddress = None, token: AccessToken = None) -> None:
    """Show the enterprises by token, and how long their reports have waited."""
    api = ServiceApi("ingest", ingest, token)
    table = Table("enterprise", "topic", "reports", "from", "to")
    for item in api.items("/api/v1/parked/subjects"):
        table.add_row(
            item["subject"],
            item["topic"],
            str(item["lines"]),
            item["first_period"],
            item["last_period"],
        )
    if table.row_count:
        out.print(table)
    for topic in api.get("/api/v1/parked")["items"]:
        out.print(
            f"{topic['topic']}: {topic['lines']} reports of {topic['enterprises']} enterprises, "
            f"the oldest since {topic['oldest_at']}"
        )
    if not table.row_count:
        out.print("nothing waits for the register")
