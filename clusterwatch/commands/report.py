"""Write papers to files, issue them, and list what was issued."""

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import track
from rich.table import Table

from clusterwatch.console import err, fail, out
from clusterwatch.service_api import AccessToken, AlertsAddress, ServiceApi

app = typer.Typer(
    no_args_is_help=True,
    help="Write papers to files, issue them, and list what was issued.\n\n"
    "A paper is issued once: all it is made from is frozen, so it reads the same a year later. "
    "Corrections stand in the next issue. `--draft` shows what is known now and keeps nothing.\n\n"
    "  clusterwatch report issue monthly --period 2026-05 --who 王工\n\n"
    "  clusterwatch report monthly --unit suzhou-ah-lingbi --format docx --format xlsx\n\n"
    "What your token may not see is a star in every format.",
)

_PATH = "/api/v1/reports"
_FORMATS = ("html", "docx", "xlsx", "json")

Plan = Annotated[
    str | None, typer.Option(help="Id of the plan; default: the first that has figures.")
]
Units = Annotated[
    list[str] | None,
    typer.Option(
        "--unit",
        help="City, county, park, industry or cluster; may be given several times. Default: all "
        "of the plan's area.",
    ),
]
Period = Annotated[
    str | None,
    typer.Option(help="2026-W24, 2026-05, 2026-Q2 or 2026. Default: the newest issue."),
]
Formats = Annotated[
    list[str] | None,
    typer.Option(
        "--format", help="html, docx, xlsx or json; may be given several times. Default: docx."
    ),
]
Output = Annotated[
    Path, typer.Option(help="Folder for the files; for a single file also its name.")
]
Draft = Annotated[
    bool, typer.Option("--draft", help="What is known now, instead of what was issued.")
]


def _add(kind: str, help_text: str) -> None:
    def write(
        *,
        plan: Plan = None,
        unit: Units = None,
        period: Period = None,
        file_format: Formats = None,
        output: Output = Path(),
        draft: Draft = False,
        alerts: AlertsAddress = None,
        token: AccessToken = None,
    ) -> None:
        formats = file_format or ["docx"]
        unknown = [one for one in formats if one not in _FORMATS]
        if unknown:
            fail(f"unknown format {unknown[0]!r}: use {', '.join(_FORMATS)}")
        query = {"plan": plan, "period": period, "draft": "true" if draft else None}
        asked = {name: value for name, value in query.items() if value is not None}
        units: list[dict[str, str]] = [{"unit": one} for one in unit or ()]
        wanted = [{**asked, **one, "format": file} for one in units or [{}] for file in formats]
        api = ServiceApi("alerts", alerts, token)
        write_papers(api, kind, wanted, output)

    app.command(kind, help=help_text)(write)


def write_papers(
    api: ServiceApi, kind: str, wanted: list[dict[str, str]], output: Path
) -> list[Path]:
    """Download papers one by one and say where each went."""
    single = output.suffix != "" and not output.is_dir()
    if single and len(wanted) > 1:
        fail(f"{output} is one file, but {len(wanted)} are asked for: name a folder")
    (output.parent if single else output).mkdir(parents=True, exist_ok=True)
    written = []
    for query in track(wanted, f"{kind} papers", console=err):
        name, content = api.download(f"{_PATH}/{kind}", **query)
        path = output if single else output / name
        path.write_bytes(content)
        written.append(path)
    for path in written:
        out.print(str(path), markup=False, soft_wrap=True)
    return written


_add("weekly", "Weekly brief (周汇报): what moved, alerts, late reports, stalled projects.")
_add("monthly", "Monthly bulletin (月通报): progress, growth, investment, quality, corrections.")
_add("quarterly", "Quarterly ranking (季评比): counties and parks side by side.")
_add("tour", "Tour sheet of one county or park: name it with --unit.")
_add("yearly", "Yearly assessment (年考核): achieved against the broken-down targets.")


@app.command()
def issue(
    kind: Annotated[str, typer.Argument(help="weekly, monthly, quarterly or yearly.")],
    who: Annotated[str, typer.Option(help="Your name; it is kept with the paper.")],
    plan: Plan = None,
    period: Annotated[
        str | None,
        typer.Option(
            help="2026-W24, 2026-05, 2026-Q2 or 2026. Default: this week, or what is due."
        ),
    ] = None,
    alerts: AlertsAddress = None,
    token: AccessToken = None,
) -> None:
    """Freeze all that a period's paper is made from; a period is issued once."""
    body = {"plan": plan, "period": period, "by": who}
    given = {name: value for name, value in body.items() if value is not None}
    made = ServiceApi("alerts", alerts, token).post(f"{_PATH}/{kind}", given)
    out.print(
        f"{made['rhythm']} {made['plan']} {made['period']} issued at {made['issued_at']} by "
        f"{made['issued_by']}",
        markup=False,
        soft_wrap=True,
    )


@app.command("list")
def show_list(
    kind: Annotated[str | None, typer.Option(help="Only papers of this kind.")] = None,
    plan: Plan = None,
    alerts: AlertsAddress = None,
    token: AccessToken = None,
) -> None:
    """Show the issued papers, newest first."""
    asked = {"kind": kind, "plan": plan}
    query = {name: value for name, value in asked.items() if value is not None}
    items = ServiceApi("alerts", alerts, token).get(_PATH, **query, limit=500)["items"]
    table = Table("kind", "plan", "period", "issued at", "by", "sha-256")
    for item in items:
        words = ("rhythm", "plan", "period", "issued_at", "issued_by")
        table.add_row(*(item[word] for word in words), item["sha256"][:12])
    if items:
        out.print(table)
    out.print(f"{len(items)} issued")
