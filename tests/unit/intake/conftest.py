"""Tables as statistics systems export them, and the use case that takes them."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from services.ingest.domain.reading import Reader
from services.ingest.use_cases.accept import CheckEvents
from services.ingest.use_cases.take_file import TakeFile, TakenFile, choose_mapping
from shared.files.events import FileStamp
from shared.files.mapping import Mapping, shipped_mappings
from shared.files.tables import read_tables
from shared.testing.clock import FixedClock
from shared.testing.plans import small_plan

STAMP = FileStamp(source="tjj-suzhou", reported_at="2026-06-09T16:20:00+08:00")

Take = Callable[..., TakenFile]


@pytest.fixture(scope="session")
def check() -> CheckEvents:
    return CheckEvents(Reader([small_plan()]), FixedClock(datetime(2026, 6, 10, tzinfo=UTC)))


@pytest.fixture(scope="session")
def take(check: CheckEvents) -> Take:
    """Takes the bytes of a file by the mapping that fits, or by a given one."""

    def take(data: bytes, mapping: Mapping | None = None, stamp: FileStamp = STAMP) -> TakenFile:
        sheets = read_tables(data)
        chosen = mapping or choose_mapping(sheets, shipped_mappings())
        return TakeFile(check).table(sheets, chosen, stamp)

    return take
