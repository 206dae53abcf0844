"""Create, list and revoke the tokens that people and statistics systems sign in with."""

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Annotated

import typer
from rich.table import Table

from clusterwatch.console import fail, out, warn
from shared.access.readers import Reader, Role, Scope
from shared.access.store import DATABASE, AccessStore, open_access_engine
from shared.access.tokens import Token
from shared.clock import SystemClock
from shared.settings import CommonSettings
from shared.storage.migrations import migrate

app = typer.Typer(no_args_is_help=True, help=__doc__)

_DEFAULT_DAYS = 365

Plans = Annotated[list[str] | None, typer.Option("--plan", help="Only this plan; repeatable.")]
Units = Annotated[
    list[str] | None,
    typer.Option("--unit", help="Only this cluster, or region with all in it; repeatable."),
]
Feeds = Annotated[
    list[str] | None, typer.Option("--feed", help="May send for this source only; repeatable.")
]


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="Who gets it: one token per person or system.")],
    role: Annotated[Role, typer.Option(help="What it is for.")],
    plan: Plans = None,
    unit: Units = None,
    feed: Feeds = None,
    *,
    complete: Annotated[
        bool, typer.Option("--complete", help="Shows figures that are masked for others.")
    ] = False,
    days: Annotated[int, typer.Option(min=1, max=3660, help="Days until it ends.")] = _DEFAULT_DAYS,
) -> None:
    """Make a token and show it, this once: only its hash is kept."""
    if role is Role.FEED and not feed:
        warn("this token may send for every source; --feed SOURCE narrows it")
    reader = Reader(name, role, Scope(_limits(plan), _limits(unit), _limits(feed)), complete)
    with _store() as store:
        token, text = store.create(reader, timedelta(days=days), SystemClock().now(), _actor())
    out.print(f"id       {token.id}", f"until    {token.expires_at:%Y-%m-%d}", sep="\n")
    out.print(f"token    {text}", markup=False, highlight=False, soft_wrap=True)


@app.command("list")
def show_list() -> None:
    """Show all tokens, without their text."""
    with _store() as store:
        found = store.tokens()
    now = SystemClock().now()
    table = Table("id", "name", "role", "scope", "until", "state")
    for token in found:
        state = token.why_invalid(now) or "valid"
        ends = f"{token.expires_at:%Y-%m-%d}"
        table.add_row(
            token.id, token.reader.name, str(token.reader.role), _scope(token), ends, state
        )
    out.print(table)


@app.command()
def revoke(
    token_id: Annotated[str, typer.Argument(metavar="ID", help="As `list` shows it.")],
) -> None:
    """End a token and all sessions that were opened with it."""
    with _store() as store:
        revoked = store.revoke(token_id, SystemClock().now(), _actor())
    if revoked is None:
        fail(f"there is no token {token_id} that stands")
    out.print(f"revoked: {revoked.reader.name}; services refuse it within seconds", markup=False)


@contextmanager
def _store() -> Iterator[AccessStore]:
    engine = open_access_engine(CommonSettings())
    try:
        migrate(engine, DATABASE)
        yield AccessStore(engine)
    finally:
        engine.dispose()


def _actor() -> str:
    """Whoever is logged in to this machine, for the audit log."""
    try:
        return f"command line: {getpass.getuser()}"
    except (KeyError, OSError):
        return "command line"


def _limits(values: list[str] | None) -> frozenset[str] | None:
    return frozenset(values) if values else None


def _scope(token: Token) -> str:
    scope = token.reader.scope
    parts = [*sorted(scope.plans or ()), *sorted(scope.units or ()), *sorted(scope.feeds or ())]
    if token.reader.complete:
        parts.append("(complete figures)")
    return ", ".join(parts) or "everything"
