"""List and show reports that are held as suspicious, and confirm or reject them."""

import time
from collections.abc import Callable
from typing import Annotated, Any

import typer
from rich.table import Table

from clusterwatch.console import fail, out, warn
from clusterwatch.service_api import AccessToken, IngestAddress, ServiceApi

app = typer.Typer(
    no_args_is_help=True,
    help="List and show reports that are held as suspicious, and confirm or reject them.\n\n"
    "A report is held when it looks like a mixed-up unit (元, 千元, 万元) or a wild value beside "
    "last year's, and would move a cluster or another unit by more than the limit. It is kept and "
    "counted, but no figure contains it until somebody confirms it.\n\n"
    "Find out first: `held show ID` says what it was compared with; then call whoever reported it. "
    "A decision is kept for ever, with your name and reason.",
)

_PATIENCE_SECONDS = 30.0
_POLL_SECONDS = 0.3

Id = Annotated[str, typer.Argument(metavar="ID", help="As `held list` shows it.")]
Who = Annotated[str, typer.Option(help="Your name; it is kept with the decision, for ever.")]
Why = Annotated[str, typer.Option(help="What you found out, such as whom you called.")]
Revision = Annotated[
    int | None,
    typer.Option(min=1, help="Revision you have looked at; refused when another stands by now."),
]


@app.command("list")
def show_list(
    *,
    rejected: Annotated[
        bool, typer.Option("--rejected", help="Those rejected, which wait for a new revision.")
    ] = False,
    ingest: IngestAddress = None,
    token: AccessToken = None,
) -> None:
    """Show what waits for confirmation: by token, without figures."""
    api = ServiceApi("ingest", ingest, token)
    table = Table("id", "period", "looks like", "moves", "by", "revision")
    number = 0
    for item in api.items("/api/v1/held", state="rejected" if rejected else "waiting"):
        number += 1
        table.add_row(
            item["id"],
            item["period"],
            _likeness(item),
            item["unit"] or "-",
            _percent(item["share_of_unit"]),
            str(item["revision"]),
        )
    if number:
        out.print(table)
    out.print(f"{number} {'rejected' if rejected else 'held'}")


@app.command()
def show(held: Id, ingest: IngestAddress = None, token: AccessToken = None) -> None:
    """Show one report: the suspicious figure, what it was compared with, what it would move."""
    body = ServiceApi("ingest", ingest, token).get(f"/api/v1/held/{held}")
    lines = {
        "id": body["id"],
        "state": body["state"],
        "report": f"{body['indicator']} {body['period']}, revision {body['revision']}",
        "looks like": _likeness(body),
    }
    if body["reference"] is not None:
        reference = body["reference"]
        words = reference["kind"].replace("_", " ")
        lines["suspicious"] = f"{body['field']} {_amount(body['value'])}"
        lines["compared with"] = f"{_amount(reference['value'])} ({words}, {reference['period']})"
    for name in ("month", "ytd", "month_last_year", "ytd_last_year", "planned_total"):
        if body[name] is not None:
            lines[name] = _amount(body[name])
    for unit, share in sorted(body["shares"].items(), key=lambda pair: -pair[1]):
        lines[f"would move {unit}"] = _percent(share)
    for decision in body["decisions"]:
        lines[f"{decision['verdict']} {decision['decided_at']}"] = (
            f"by {decision['who']}, revision {decision['revision']}: {decision['why']}"
        )
    for name, text in lines.items():
        out.print(f"{name}: {text}", markup=False, soft_wrap=True)
    out.print("amounts are in base units (yuan, kWh, persons)")


@app.command()
def confirm(
    held: Id,
    who: Who,
    why: Why,
    revision: Revision = None,
    ingest: IngestAddress = None,
    token: AccessToken = None,
) -> None:
    """The figures are right: let them count, in later revisions that say the same too."""
    _decide(
        ServiceApi("ingest", ingest, token), held, "confirm", {"who": who, "why": why}, revision
    )


@app.command()
def reject(
    held: Id,
    who: Who,
    why: Why,
    revision: Revision = None,
    ingest: IngestAddress = None,
    token: AccessToken = None,
) -> None:
    """The figures are wrong: keep them out until another revision comes."""
    _decide(ServiceApi("ingest", ingest, token), held, "reject", {"who": who, "why": why}, revision)


def _decide(
    api: ServiceApi, held: str, verb: str, body: dict[str, object], revision: int | None
) -> None:
    if not all(str(text).strip() for text in body.values()):
        fail("--who and --why must say something: both are kept with the decision")
    if revision is not None:
        body["revision"] = revision
    decided = api.post(f"/api/v1/held/{held}/{verb}", body)
    if _until(lambda: _in_effect(api.get(f"/api/v1/held/{held}"), decided)):
        out.print(f"{decided['verdict']}: {held}, revision {decided['revision']}")
    else:
        warn("the decision is kept, and takes effect as soon as ingest has read it from Kafka")


def _in_effect(body: dict[str, Any], decided: dict[str, Any]) -> bool:
    wanted = "applied" if decided["verdict"] == "confirmed" else "rejected"
    return bool(body["state"] == wanted or body["revision"] != decided["revision"])


def _until(done: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if done():
            return True
        time.sleep(_POLL_SECONDS)
    return False


def _likeness(item: dict[str, Any]) -> str:
    factor = item["suspected_factor"]
    if factor:
        return f"unit slip by {factor:,}"
    return str(item["reason"] or "-").replace("_", " ")


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share * 100:,.1f} %"


def _amount(number: int) -> str:
    return f"{number:,}"
