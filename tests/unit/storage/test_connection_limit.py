"""How many connections a process opens to PostgreSQL."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from pydantic import SecretStr, ValidationError
from sqlalchemy import Engine
from sqlalchemy.exc import TimeoutError as NoConnectionError

from shared.access.store import CONNECTIONS, open_access_engine
from shared.settings import CommonSettings
from shared.storage import open_engine, ping

pytestmark = pytest.mark.postgres
OpenEngine = Callable[[CommonSettings], Engine]


@pytest.fixture
def settings(database_url: str) -> CommonSettings:
    return CommonSettings(database_url=SecretStr(database_url), database_connections=11)


def store(settings: CommonSettings) -> Engine:
    return open_engine(settings, "ingest")


def most_at_once(engine: Engine) -> Iterator[int]:
    """Takes connections until there are no more, and counts them."""
    engine.pool._timeout = 0.2  # type: ignore[attr-defined]  # it waits 30 s for one to come back
    with ExitStack() as held:
        number = 0
        while True:
            try:
                held.enter_context(engine.connect())
            except NoConnectionError:
                return
            number += 1
            yield number


@pytest.mark.parametrize(
    ("opened", "most"), [(store, 11), (open_access_engine, CONNECTIONS)], ids=["store", "access"]
)
def test_a_process_opens_as_many_connections_as_it_may_and_no_more(
    opened: OpenEngine, most: int, settings: CommonSettings
) -> None:
    engine = opened(settings)
    assert max(most_at_once(engine)) == most
    ping(engine)  # they are given back
    engine.dispose()


def test_fewer_than_the_jobs_of_a_service_need_at_once_are_refused() -> None:
    with pytest.raises(ValidationError, match="database_connections"):
        CommonSettings(database_connections=3)
