"""Make the dashboards, and bring them into a Grafana."""

from pathlib import Path
from typing import Annotated

import typer

from clusterwatch.console import fail, out
from clusterwatch.grafana.api import GrafanaHttp
from clusterwatch.grafana.ports import GrafanaError
from clusterwatch.grafana.push import Target, push
from clusterwatch.grafana.rendering import dashboards, playlist, write
from clusterwatch.grafana.settings import GrafanaSettings

app = typer.Typer(no_args_is_help=True, help=__doc__)


@app.command()
def render(
    root: Annotated[
        Path, typer.Option(help="Folder below which deploy/grafana is written.")
    ] = Path(),
) -> None:
    """Write the dashboards and the playlist as JSON files, the same bytes each time."""
    for path in write(root):
        out.print(str(root / path), soft_wrap=True)


@app.command("push")
def push_command(
    prometheus: Annotated[
        str, typer.Option(help="Address of Prometheus, as Grafana reaches it.")
    ] = "http://127.0.0.1:9090",
) -> None:
    """Bring folder, data source, dashboards and playlist into a Grafana; again changes nothing.

    CLUSTERWATCH_GRAFANA_URL names the Grafana, CLUSTERWATCH_GRAFANA_TOKEN holds the token of a
    service account with the role Admin, which data sources need.
    """
    settings = GrafanaSettings()
    if settings.grafana_token is None:
        fail("CLUSTERWATCH_GRAFANA_TOKEN is not set: make a token for a service account in Grafana")
    try:
        grafana = GrafanaHttp(settings.grafana_url, settings.grafana_token.get_secret_value())
        for line in push(grafana, Target(prometheus), dashboards(), playlist()):
            out.print(line, soft_wrap=True, markup=False)
    except GrafanaError as error:
        fail(str(error))
