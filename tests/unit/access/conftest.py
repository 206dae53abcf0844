"""Tokens in a store, on both databases, and a clock that the test moves."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from shared.access.readers import Reader, Role, Scope
from shared.access.store import DATABASE, AccessStore
from shared.testing.clock import FixedClock
from shared.testing.stores import migrated_store

NOW = datetime(2026, 6, 1, 1, tzinfo=UTC)
MakeToken = Callable[..., str]


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An empty database of access control, on both engines."""
    url = request.getfixturevalue("database_url") if request.param == "postgres" else None
    with migrated_store(DATABASE, tmp_path, url) as opened:
        yield opened


@pytest.fixture
def store(engine: Engine) -> AccessStore:
    return AccessStore(engine)


@pytest.fixture
def make_token(store: AccessStore, clock: FixedClock) -> MakeToken:
    """Text of a new token with a role, and perhaps a scope."""

    def make(role: Role, *, complete: bool = False, **scope: frozenset[str]) -> str:
        reader = Reader(str(role), role, Scope(**scope), complete)
        return store.create(reader, timedelta(days=30), clock.now(), "test")[1]

    return make
