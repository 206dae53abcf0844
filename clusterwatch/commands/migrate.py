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
from shared.storage.migrations import (
    SchemaState,
    compatibility,
    migrate,
    schema_state,
)
from shared.storage.standing import Standing

_KNOWN = (*SERVICES, ACCESS)


def command(
    services: Annotated[
        list[str] | None, typer.Argument(help="ingest, metrics, alerts, access; all without it.")
    ] = None,
    *,
    check: Annotated[
        bool, typer.Option("--check", help="Change nothing; say whether replicas may go on.")
    ] = False,
) -> None:
    """Apply the migrations that are missing; services do so at start unless told otherwise.

    With --check nothing is changed: exit code 0 when this version may come while the replicas
    that run now go on, 1 when they must be stopped first or the databases are too new for it.
    """
    for service in services or _KNOWN:
        if service not in _KNOWN:
            fail(f"there is no database {service}; there are {', '.join(_KNOWN)}")
    states = [_check(service) if check else _migrate(service) for service in services or _KNOWN]
    for state in states:
        out.print(f"{state.service}: {in_words(state)}", soft_wrap=True, markup=False)
    if not all(may_come(state) for state in states):
        raise typer.Exit(1)


def may_come(state: SchemaState) -> bool:
    """Whether this version may start beside the replicas that run on the database."""
    return state.standing is not Standing.TOO_NEW and state.others_may_go_on


def in_words(state: SchemaState) -> str:
    """One line about a database."""
    match state.standing:
        case Standing.EMPTY:
            return f"empty, {_number(state)} to apply"
        case Standing.OLDER if state.others_may_go_on:
            return f"{state.found}, {_number(state)} to apply; replicas that run now may go on"
        case Standing.OLDER:
            needed = compatibility(state.service)
            return (
                f"{state.found}, {_number(state)} to apply; stop all replicas first: the new "
                f"schema needs a version that knows {needed}"
            )
        case Standing.NEWEST:
            return f"{state.found}, newest schema"
        case Standing.NEWER:
            return f"{state.found}, of a later version; this one can work with it"
        case Standing.TOO_NEW:
            return f"{state.found}, too new: this version knows the schemas up to {state.known[-1]}"


def _number(state: SchemaState) -> str:
    count = len(state.missing)
    return f"{count} migration{'s' if count > 1 else ''}"


def _check(service: str) -> SchemaState:
    engine = _engine(service)
    try:
        return schema_state(engine, service)
    finally:
        engine.dispose()


def _migrate(service: str) -> SchemaState:
    engine = _engine(service)
    try:
        migrate(engine, service)
        return schema_state(engine, service)
    finally:
        engine.dispose()


def _engine(service: str) -> Engine:
    if service == ACCESS:
        return open_access_engine(CommonSettings())
    return open_engine(settings_class(service)(), service)
