"""Every route of every service × every role, by the one authorisation table."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from clusterwatch.services import SERVICES, settings_class
from shared.access.control import Access
from shared.access.gate import Gate, Readers, compiled_routes
from shared.access.readers import Reader, Role
from shared.access.store import DATABASE, open_access_engine
from shared.access.table import NEEDS, Need, need_of
from shared.clock import SystemClock
from shared.settings import CommonSettings
from shared.storage.migrations import migrate
from shared.testing.oidc import AUDIENCE, Provider, serving_provider

Tokens = dict[str, Role]


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with serving_provider() as found:
        yield found


@pytest.fixture(scope="module", params=["own tokens", "tokens of a provider"])
def kind(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


@pytest.fixture(scope="module", params=SERVICES)
def service(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, FastAPI]:
    """Name and application of a service with access control."""
    name: str = request.param
    settings = settings_class(name)(data_dir=tmp_path_factory.mktemp(name), access="on")
    return name, import_module(f"services.{name}.main").create_app(settings)


def routes(app: FastAPI) -> list[str]:
    return sorted(
        f"{method} {path}"
        for _, methods, path in compiled_routes(app)
        for method in methods - {"HEAD"}
    )


async def let_through(scope: Scope, receive: Receive, send: Send) -> None:
    await Response(status_code=204)(scope, receive, send)


def test_every_route_has_an_entry_and_every_entry_a_route(service: tuple[str, FastAPI]) -> None:
    name, app = service
    assert sorted(NEEDS[name]) == routes(app)


def test_the_gate_stands_before_every_service(service: tuple[str, FastAPI]) -> None:
    _, app = service
    stands: list[Any] = [one.cls for one in app.user_middleware]
    assert stands.count(Gate) == 1
    assert stands[0] is Gate, "nothing may answer before the gate"


def tokens_of(
    kind: str, folder: Path, provider: Provider
) -> tuple[Callable[[str], Reader | None], Tokens]:
    """Whose tokens they are, by the service's own look-up, and a token of each role."""
    settings = CommonSettings(
        data_dir=folder,
        access="on",
        oidc_issuer=provider.issuer,
        oidc_audience=AUDIENCE,
        oidc_roles={f"cw-{role}": role for role in Role},
    )
    access = Access("ingest", settings)
    assert access.store is not None
    migrate(open_access_engine(settings), DATABASE)
    if kind == "tokens of a provider":
        return access.finder(), {provider.token(roles=[f"cw-{role}"]): role for role in Role}
    made = {
        access.store.create(Reader(role, role), timedelta(days=1), SystemClock().now(), "test")[
            1
        ]: role
        for role in Role
    }
    return access.finder(), made


def test_the_gate_lets_each_role_through_where_the_table_says(
    service: tuple[str, FastAPI], kind: str, tmp_path: Path, provider: Provider
) -> None:
    name, app = service
    find, tokens = tokens_of(kind, tmp_path, provider)
    gate = Gate(let_through, routes=app, service=name, readers=Readers(find))

    async def ask_all() -> dict[tuple[str, str], int]:
        transport = httpx.ASGITransport(gate)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return {
                (route, token): (
                    await client.request(
                        route.split()[0],
                        route.split()[1].replace("{", "").replace("}", "").replace(":path", ""),
                        headers={"Authorization": f"Bearer {token}"} if token else {},
                    )
                ).status_code
                for route in routes(app)
                for token in ("", "cwt_unknown", "not.a.token", *tokens)
            }

    answers = asyncio.run(ask_all())
    assert len(answers) == len(routes(app)) * (len(Role) + 3)
    for (route, token), status in answers.items():
        need = NEEDS[name][route]
        role = tokens.get(token)
        if need is Need.PUBLIC or (role is not None and need.allows(role)):
            assert status == 204, (route, token)
        else:
            assert status == (401 if role is None else 403), (route, token)


def test_a_route_without_an_entry_is_for_administrators_only() -> None:
    need = need_of("ingest", "GET", "/api/v1/something-new")
    assert [role for role in Role if need.allows(role)] == [Role.ADMINISTRATOR]


def test_feeds_read_nothing_and_readers_send_nothing() -> None:
    for table in NEEDS.values():
        for route, need in table.items():
            if need is Need.PUBLIC:
                continue
            reads = route.startswith("GET")
            assert not (reads and need.allows(Role.FEED)), route
            assert not (not reads and need.allows(Role.VIEWER)), route
