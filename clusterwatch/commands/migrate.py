"""Bring the services' databases to the newest schema."""

from typing import Annotated

import typer

from clusterwatch.console import fail, out
from clusterwatch.services import SERVICES, settings_class
from shared.storage import open_engine
from shared.storage.migrations import migrate


def command(
    services: Annotated[
        list[str] | None, typer.Argument(help="ingest, metrics, alerts; all without it.")
    ] = None,
) -> None:
    """Apply the migrations that are missing; services do so at start unless told otherwise."""
    for service in services or SERVICES:
        if service not in SERVICES:
            fail(f"there is no service {service}; there are {', '.join(SERVICES)}")
        engine = open_engine(settings_class(service)(), service)
        try:
            migrate(engine, service)
        finally:
            engine.dispose()
        out.print(f"{service}: newest schema")
