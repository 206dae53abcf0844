"""Keep what is odd about standing lines up to date, with the numbers of them by kind."""

from collections.abc import Callable, Iterable

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
    lines = ((key, batch.line(key)) for key in arrived)
    flows = {key for key, stored in lines if stored and stored.line.topic in JUDGED_TOPICS}
    after = _at(flows, period_after)
    batch.load_lines(_at(flows, period_before) | after)
    judged = {key for key in flows | after if batch.line(key) is not None}
    was = store.warned(judged)
    changed = {}
    for key in judged:
        stored = batch.line(key)
        if stored is None:
            continue
        period = period_before(key.period)
        before = period and batch.line(LineKey(key.subject, key.indicator, period))
        now = line_warnings(stored.line, before.line if before else None)
        known = was.get(key, _NOTHING)
        if now == known:
            continue
        changed[key] = now
        for kind in now ^ known:
            batch.warn(stored.line.topic, STANDING + kind, 1 if kind in now else -1)
    store.save_warned(changed)


def _at(keys: Iterable[LineKey], step: Callable[[Month], Month | None]) -> set[LineKey]:
    """The same subjects' lines one period on, or back, within the year."""
    return {
        LineKey(key.subject, key.indicator, period)
        for key in keys
        if (period := step(key.period)) is not None
    }
