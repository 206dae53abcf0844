"""Put into the outbox what the units must learn: the difference between wanted and sent."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from services.ingest.domain.attribution import Attributor
from services.ingest.domain.facts import (
    Change,
    Content,
    FactKey,
    Sent,
    changes,
    encoded,
    line_facts,
    membership_facts,
    membership_months,
)
from services.ingest.domain.lines import Line
from services.ingest.domain.project_facts import project_facts
from services.ingest.domain.series import SeriesCatalogue, plan_indicator, series_facts, siblings
from services.ingest.domain.subjects import Subject, SubjectKind
from services.ingest.domain.versions import microseconds
from services.ingest.ports import LineKey, Store, StoredLine, Tokens
from services.ingest.use_cases.batch import Batch
from shared.clock import Clock, from_milliseconds
from shared.events.facts import FACTS_TOPIC, MEMBERSHIP, PROJECT
from shared.events.inputs import PROJECT_TOPIC
from shared.plans import Plan
from shared.storage.outbox import OutboxRow


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What should be known of a subject under some identities of facts."""

    subject: Subject
    keys: Sequence[LineKey]
    """Subject, indicator and period under which facts may have been sent before."""
    facts: Mapping[FactKey, Content]
    broker_ms: int
    """Broker time of the newest input behind them, milliseconds since 1970."""


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
        sent = store.sent([key for each in wanted for key in each.keys])
        now_us = microseconds(self._clock.now())
        changed: dict[LineKey, dict[FactKey, Sent]] = {}
        for each in wanted:
            known: dict[FactKey, Sent] = {}
            for key in each.keys:
                known |= sent.get(key, {})
            found = list(changes(each.facts, known, now_us))
            self._enqueue(batch, each, found)
            for change in found:
                fact = change.key
                key = LineKey(each.subject, fact.indicator, fact.period)
                changed.setdefault(key, sent.setdefault(key, {}))[fact] = change.sent
        store.save_sent(changed)

    def _memberships(self, batch: Batch) -> Iterator[_Wanted]:
        for subject in sorted({key.subject for key in batch.changed_registrations}):
            entries = batch.timeline(subject)
            months = membership_months(entries, self._attributor)
            yield _Wanted(
                subject,
                [LineKey(subject, MEMBERSHIP, month) for month in months],
                membership_facts(entries, self._attributor),
                batch.register_time(subject),
            )

    def _of_lines(self, batch: Batch, keys: Iterable[LineKey]) -> Iterator[_Wanted]:
        """By period, so that a reader can follow; stages of a project count all together."""
        series: set[LineKey] = set()
        projects: set[Subject] = set()
        for key in sorted(keys, key=_period):
            stored = batch.line(key)
            if stored is None:
                continue
            if key.subject.kind is SubjectKind.SERIES:
                series.add(LineKey(key.subject, plan_indicator(key.indicator), key.period))
            elif stored.line.topic == PROJECT_TOPIC:
                projects.add(key.subject)
            else:
                yield self._of_line(batch, key, stored)
        yield from (self._of_series(batch, key) for key in sorted(series, key=_period))
        yield from self._of_projects(batch, projects)

    def _of_line(self, batch: Batch, key: LineKey, stored: StoredLine) -> _Wanted:
        """What is kept back says nothing, and takes back what its earlier version said."""
        facts: Mapping[FactKey, Content] = {}
        if stored.state.counts:
            facts = line_facts(stored.line, batch.timeline(key.subject), self._attributor)
        return _Wanted(key.subject, [key], facts, stored.line.broker_ms)

    def _of_series(self, batch: Batch, key: LineKey) -> _Wanted:
        related = [LineKey(key.subject, each, key.period) for each in siblings(key.indicator)]
        found = [stored for each in related if (stored := batch.line(each)) is not None]
        facts = series_facts([each.line for each in found if each.state.counts], self._series)
        return _Wanted(key.subject, [key], facts, max(each.line.broker_ms for each in found))

    def _of_projects(self, batch: Batch, subjects: set[Subject]) -> Iterator[_Wanted]:
        batch.load_lines_of(subjects)
        stages: dict[Subject, list[Line]] = {}
        for stored in batch.lines_of(subjects):
            if stored.line.topic == PROJECT_TOPIC:
                stages.setdefault(stored.line.subject, []).append(stored.line)
        for subject in sorted(stages):
            lines = stages[subject]
            yield _Wanted(
                subject,
                [LineKey(subject, PROJECT, month) for month in {line.period for line in lines}],
                project_facts(lines, self._attributor),
                max(line.broker_ms for line in lines),
            )

    def _enqueue(self, batch: Batch, wanted: _Wanted, found: Sequence[Change]) -> None:
        if not found:
            return
        token = self._tokens.token(wanted.subject)
        as_of = _moment(wanted.broker_ms)
        for unit, key, value in encoded(found, subject=token, as_of=as_of):
            batch.outbox.append(OutboxRow(FACTS_TOPIC, key, value, partition_by=unit))


@lru_cache(maxsize=1_024)
def _moment(broker_ms: int) -> str:
    """RFC 3339; remembered because records come in batches of one broker time."""
    return from_milliseconds(broker_ms).isoformat()


def _period(key: LineKey) -> tuple[object, ...]:
    period, subject = key.period, key.subject
    return (period.year, period.month, subject.kind, subject.code, key.indicator)
