from collections.abc import Iterator
from pathlib import Path

import pytest

from services.ingest.testing import Ingest
from services.metrics.testing import NOW, Service
from shared.plans import Catalogue, load_catalogue
from shared.settings import CommonSettings
from shared.storage import open_engine
from shared.storage.migrations import migrate
from shared.testing.clock import FixedClock


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return load_catalogue()


@pytest.fixture
def service(tmp_path: Path, catalogue: Catalogue) -> Iterator[Service]:
    engine = open_engine(CommonSettings(data_dir=tmp_path), "metrics")
    migrate(engine, "metrics")
    yield Service(engine, catalogue, FixedClock(NOW))
    engine.dispose()


@pytest.fixture
def ingest(tmp_path: Path) -> Iterator[Ingest]:
    """Ingest with the small plan of tests; nothing is held."""
    made = Ingest(tmp_path, limits=None)
    yield made
    made.engine.dispose()
