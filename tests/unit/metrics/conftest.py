from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from services.metrics.testing import NOW, Service
from shared.plans import Catalogue, load_catalogue
from shared.settings import CommonSettings
from shared.storage import open_engine
from shared.storage.migrations import migrate
from shared.testing.clock import FixedClock


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return load_catalogue()


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """An empty, migrated SQLite database, to be copied: migrating takes its time."""
    folder = tmp_path_factory.mktemp("template")
    engine = open_engine(CommonSettings(data_dir=folder), "metrics")
    migrate(engine, "metrics")
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return (folder / "metrics.sqlite3").read_bytes()


@pytest.fixture
def make_service(
    tmp_path: Path, template: bytes, catalogue: Catalogue
) -> Iterator[Callable[[], Service]]:
    made: list[Engine] = []

    def make() -> Service:
        folder = tmp_path / str(len(made))
        folder.mkdir()
        (folder / "metrics.sqlite3").write_bytes(template)
        made.append(open_engine(CommonSettings(data_dir=folder), "metrics"))
        return Service(made[-1], catalogue, FixedClock(NOW))

    yield make
    for engine in made:
        engine.dispose()


@pytest.fixture
def service(make_service: Callable[[], Service]) -> Service:
    return make_service()
