"""Keep what is odd about standing lines up to date, with the numbers of them by kind."""

from collections.abc import Callable, Iterable
from functools import lru_cache

from services.ingest.domain.lines import REMEMBERED_LINES
from services.ingest.domain.warnings import (
    JUDGED_TOPICS,
    Warned,
    line_warnings,
    period_after,
    period_before,
)
from services.ingest.ports import STANDING, LineKey, WarningStore
from services.ingest.use_cases.batch import Batch
from shared.events.period import Month

_NOTHING: frozenset[Warned] = frozenset()


def keep_warnings(store: WarningStore, batch: Batch, arrived: Iterable[LineKey]) -> None:
    """Judge the lines that arrived, and those that go on from them."""
    lines = batch.lines
    flows = {key for key in arrived if lines[key].line.topic in JUDGED_TOPICS}
    after = _at(flows, period_after)
    batch.load_lines(_at(flows, period_before) | after)
    judged = [*flows, *(key for key in after - flows if key in lines)]
    was = store.warned(judged)
    changed = {}
    for key in judged:
        line = lines[key].line
        period = period_before(key.period)
        before = lines.get(_line(key, period)) if period else None
        now = line_warnings(line, before.line if before else None)
        known = was.get(key, _NOTHING)
        if now != known:
            changed[key] = now
            for kind in now ^ known:
                batch.warn(line.topic, STANDING + kind, 1 if kind in now else -1)
    store.save_warned(changed)


def _at(keys: Iterable[LineKey], step: Callable[[Month], Month | None]) -> set[LineKey]:
    """The same subjects' lines one period on, or back, within the year."""
    return {_line(key, period) for key in keys if (period := step(key.period)) is not None}


# Remembered, as the lines themselves come again and again.
@lru_cache(maxsize=REMEMBERED_LINES)
def _line(key: LineKey, period: Month) -> LineKey:
    return LineKey(key.subject, key.indicator, period)
