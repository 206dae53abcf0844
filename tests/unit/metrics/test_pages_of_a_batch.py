"""How often a batch asks the disk: what grows with a store is pages, which steps do not show."""

import random
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from sqlalchemy import Engine

from services.metrics.adapters.fact_store import SqlFactStore
from services.metrics.domain.keys import pack_cell, pack_fact
from services.metrics.domain.standing import Standing
from services.metrics.use_cases.apply_facts import apply_facts
from services.metrics.use_cases.changes import Changed
from shared.events.period import Month
from shared.events.records import Record
from shared.settings import CommonSettings
from shared.storage import open_engine, writing
from shared.storage.migrations import migrate
from shared.testing.facts import fact, records_of

_FIRMS, _BATCH, _PAGE = 2_000, 2_000, 4_096
_LAST_YEAR = 1_750_000_000_000
PERIODS = [Month(2010 + n // 12, 1 + n % 12) for n in range(50)]


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """100,000 facts in a file: twice the pages that SQLite keeps in memory by itself."""
    opened = open_engine(CommonSettings(data_dir=tmp_path), "metrics")
    migrate(opened, "metrics")
    firms = {f"firm-{number}" for number in range(_FIRMS)}
    with writing(opened) as connection:
        store = SqlFactStore(connection)
        [unit] = store.unit_ids({"a": 0}).values()
        [indicator] = store.indicator_ids(["gross_output"]).values()
        subjects = store.subject_ids(firms).values()
        cells = [pack_cell(unit, indicator, period) for period in PERIODS]
        keys = [pack_fact(cell, subject) for cell in cells for subject in subjects]
        store.save_facts([Standing(key, 1, 1, 0, 1, 1, 1, 1, None, _LAST_YEAR) for key in keys])
    opened.dispose()  # what was written is in the file, and nothing is kept in memory
    yield opened
    opened.dispose()


def from_anywhere(rng: random.Random, version: int) -> list[Record]:
    """Newer versions of facts, which lie on nearly all pages."""
    return records_of(
        fact("a", f"firm-{rng.randrange(_FIRMS)}", str(period), version=version, ytd=version)
        for period in rng.choices(PERIODS, k=_BATCH)
    )


@pytest.mark.skipif(not psutil.LINUX, reason="other systems do not count what a process reads")
def test_a_batch_reads_a_page_once_and_writes_it_once(engine: Engine, tmp_path: Path) -> None:
    log, rng = tmp_path / "metrics.sqlite3-wal", random.Random(7)
    written = 0
    for version in (2, 3):
        batch, before = from_anywhere(rng, version), psutil.Process().io_counters()
        with writing(engine) as connection:
            apply_facts(SqlFactStore(connection), batch, Changed())
        after = psutil.Process().io_counters()
        pages, written = (log.stat().st_size - written) // _PAGE, log.stat().st_size

        assert pages >= 600
        assert after.read_count - before.read_count <= pages * 1.2
        # Twice for a page in the log; the file has its turn after some batches only.
        assert after.write_count - before.write_count <= pages * 2.2
