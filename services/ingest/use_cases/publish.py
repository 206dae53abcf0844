"""Put into the outbox what the units must learn: the difference between wanted and sent."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from operator import attrgetter
from types import MappingProxyType

import msgspec

from services.ingest.domain.attribution import Attributor
from services.ingest.domain.facts import (
    Change,
    Sent,
    Told,
    changes,
    encoded,
    line_facts,
    membership_facts,
    membership_months,
)
from services.ingest.domain.lines import Line
from services.ingest.domain.project_facts import project_facts
from services.ingest.domain.series import SeriesCatalogue, plan_indicator, series_facts, siblings
from services.ingest.domain.subjects import Subject
from services.ingest.domain.versions import microseconds
from services.ingest.ports import LineKey, Store, Tokens
from services.ingest.use_cases.batch import Batch
from shared.clock import Clock, from_milliseconds
from shared.events.facts import FACTS_TOPIC, MEMBERSHIP, PROJECT
from shared.events.inputs import INDICATOR_TOPIC, PROJECT_TOPIC
from shared.plans import Plan
from shared.storage.outbox import OutboxRow

_NOTHING: Mapping[str, Sent] = MappingProxyType({})
_PERIOD = attrgetter("period")


class _Wanted(msgspec.Struct, frozen=True, gc=False):
    """What should be known under one identity."""

    key: LineKey
    """Of a line, or the months of a membership or of a project."""
    told: Told
    broker_ms: int
    """Broker time of the newest input behind it, milliseconds since 1970."""


class FactPublisher:
    """Sends facts about lines and memberships of one batch."""

    def __init__(self, plans: Sequence[Plan], tokens: Tokens, clock: Clock) -> None:
        self._attributor = Attributor(plans)
        self._series = SeriesCatalogue(plans)
        self._tokens = tokens
        self._clock = clock

    def __call__(self, store: Store, batch: Batch, lines: Iterable[LineKey]) -> None:
        """Send what changed for these lines and for all subjects whose register changed."""
        wanted = [*self._memberships(batch), *self._of_lines(batch, lines)]
        sent = store.sent([each.key for each in wanted])
        now_us = microseconds(self._clock.now())
        changed: dict[LineKey, dict[str, Sent]] = {}
        for each in wanted:
            known = sent.get(each.key, _NOTHING)
            found = changes(each.told, known, now_us)
            if found:
                self._enqueue(batch, each, found)
                changed[each.key] = {**known}
                for change in found:
                    changed[each.key] |= dict.fromkeys(change.units, change.sent)
        store.save_sent(changed)

    def _memberships(self, batch: Batch) -> Iterator[_Wanted]:
        for subject in sorted({key.subject for key in batch.changed_registrations}):
            entries = batch.timeline(subject)
            told = membership_facts(entries, self._attributor)
            broker_ms = batch.register_time(subject)
            for month in membership_months(entries, self._attributor):
                key = LineKey(subject, MEMBERSHIP, month)
                yield _Wanted(key, told.get(month, {}), broker_ms)

    def _of_lines(self, batch: Batch, keys: Iterable[LineKey]) -> Iterator[_Wanted]:
        """By period, so that a reader can follow; stages of a project count all together."""
        series: set[LineKey] = set()
        projects: set[Subject] = set()
        for key in sorted(keys, key=_PERIOD):
            stored = batch.line(key)
            if stored is None:
                continue
            if stored.line.topic == INDICATOR_TOPIC:
                series.add(LineKey(key.subject, plan_indicator(key.indicator), key.period))
            elif stored.line.topic == PROJECT_TOPIC:
                projects.add(key.subject)
            elif stored.state.counts:
                entries = batch.timeline(key.subject)
                told = line_facts(stored.line, entries, self._attributor)
                yield _Wanted(key, told, stored.line.broker_ms)
            else:  # what is kept back says nothing, and takes back what its earlier version said
                yield _Wanted(key, {}, stored.line.broker_ms)
        yield from (self._of_series(batch, key) for key in sorted(series, key=_order))
        yield from self._of_projects(batch, projects)

    def _of_series(self, batch: Batch, key: LineKey) -> _Wanted:
        related = [LineKey(key.subject, each, key.period) for each in siblings(key.indicator)]
        found = [stored for each in related if (stored := batch.line(each)) is not None]
        told = series_facts([each.line for each in found if each.state.counts], self._series)
        return _Wanted(key, told, max(each.line.broker_ms for each in found))

    def _of_projects(self, batch: Batch, subjects: set[Subject]) -> Iterator[_Wanted]:
        batch.load_lines_of(subjects)
        stages: dict[Subject, list[Line]] = {}
        for stored in batch.lines_of(subjects):
            if stored.line.topic == PROJECT_TOPIC:
                stages.setdefault(stored.line.subject, []).append(stored.line)
        for subject in sorted(stages):
            lines = stages[subject]
            told = project_facts(lines, self._attributor)
            broker_ms = max(line.broker_ms for line in lines)
            for month in sorted({line.period for line in lines}):
                yield _Wanted(LineKey(subject, PROJECT, month), told.get(month, {}), broker_ms)

    def _enqueue(self, batch: Batch, wanted: _Wanted, found: Sequence[Change]) -> None:
        key = wanted.key
        token, as_of = self._tokens.token(key.subject), _moment(wanted.broker_ms)
        period = str(key.period)
        for change in found:
            for unit, name, value in encoded(change, token, key.indicator, period, as_of):
                batch.outbox.append(OutboxRow(FACTS_TOPIC, name, value, (), unit))


@lru_cache(maxsize=1_024)
def _moment(broker_ms: int) -> str:
    """RFC 3339; remembered because records come in batches of one broker time."""
    return from_milliseconds(broker_ms).isoformat()


def _order(key: LineKey) -> tuple[object, ...]:
    return (key.period, key.subject, key.indicator)
