"""Bring the services' databases to the newest schema."""

from typing import Annotated

import typer
from sqlalchemy import Engine

from clusterwatch.console import fail, out
from clusterwatch.services import SERVICES, settings_class
from shared.access.store import DATABASE as ACCESS
from shared.access.store import open_access_engine
from shared.settings import CommonSettings
from shared.storage import open_engine
from shared.storage.migrations import migrate


def command(
    services: Annotated[
        list[str] | None, typer.Argument(help="ingest, metrics, alerts, access; all without it.")
    ] = None,
) -> None:
    """Apply the migrations that are missing; services do so at start unless told otherwise."""
    known = (*SERVICES, ACCESS)
    for service in services or known:
        if service not in known:
            fail(f"there is no database {service}; there are {', '.join(known)}")
        engine = _engine(service)
        try:
            migrate(engine, service)
        finally:
            engine.dispose()
        out.print(f"{service}: newest schema")


def _engine(service: str) -> Engine:
    if service == ACCESS:
        return open_access_engine(CommonSettings())
    return open_engine(settings_class(service)(), service)
