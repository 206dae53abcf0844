"""Ingest's use case on a real SQLite store."""

from collections.abc import Callable, Iterator

import pytest

from services.ingest.domain.subjects import Subject
from services.ingest.testing import TOKENS, Ingest


@pytest.fixture(scope="session")
def two_stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Ingest, Ingest]]:
    """Two services for property tests, which empty them for each example."""
    folder = tmp_path_factory.mktemp("ingest")
    made = (Ingest(folder / "one"), Ingest(folder / "other"))
    yield made
    for each in made:
        each.engine.dispose()


@pytest.fixture
def ingest(two_stores: tuple[Ingest, Ingest]) -> Ingest:
    """A service with an empty store."""
    two_stores[0].empty()
    return two_stores[0]


@pytest.fixture
def token() -> Callable[[Subject], str]:
    """Token of a subject in the stores of these tests."""
    return TOKENS.token
