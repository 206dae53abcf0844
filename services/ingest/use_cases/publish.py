"""Put into the outbox what the units must learn: the difference between wanted and sent."""

from collections.abc import Iterable

import msgspec

from services.ingest.domain.attribution import Attributor
from services.ingest.domain.facts import (
    Change,
    changes,
    line_facts,
    membership_facts,
    message,
)
from services.ingest.domain.subjects import Subject
from services.ingest.domain.versions import microseconds
from services.ingest.ports import LineKey, Store, Tokens
from services.ingest.use_cases.batch import Batch
from shared.clock import Clock, from_milliseconds
from shared.events.facts import FACTS_TOPIC, MEMBERSHIP
from shared.storage.outbox import OutboxRow


class FactPublisher:
    """Sends facts about lines and memberships of one batch."""

    def __init__(self, attributor: Attributor, tokens: Tokens, clock: Clock) -> None:
        self._attributor = attributor
        self._tokens = tokens
        self._clock = clock

    def __call__(self, store: Store, batch: Batch, lines: Iterable[LineKey]) -> None:
        """Send what changed for these lines and for all subjects whose register changed."""
        keys = sorted(lines, key=lambda key: (key.period, key.subject, key.indicator))
        subjects = sorted({key.subject for key in batch.changed_registrations})
        months = {subject: _register_months(batch, subject) for subject in subjects}
        sent = store.sent([*keys, *(key for found in months.values() for key in found)])
        now_us = microseconds(self._clock.now())
        remembered: list[tuple[Subject, Change]] = []
        for subject in subjects:
            wanted = membership_facts(batch.timeline(subject), self._attributor)
            known = {
                fact: was for key in months[subject] for fact, was in sent.get(key, {}).items()
            }
            found = changes(wanted, known, now_us)
            remembered += self._enqueue(batch, subject, found, batch.register_time(subject))
        for key in keys:
            stored = batch.line(key)
            if stored is None:
                continue
            line = stored.line
            wanted = line_facts(line, batch.timeline(key.subject), self._attributor)
            found = changes(wanted, sent.get(key, {}), now_us)
            remembered += self._enqueue(batch, key.subject, found, line.broker_ms)
        store.save_sent(remembered)

    def _enqueue(
        self, batch: Batch, subject: Subject, found: Iterable[Change], broker_ms: int
    ) -> Iterable[tuple[Subject, Change]]:
        token = self._tokens.token(subject)
        as_of = from_milliseconds(broker_ms).isoformat()
        for change in found:
            fact = message(change, subject=token, as_of=as_of)
            value = msgspec.json.encode(fact)
            batch.outbox.append(
                OutboxRow(FACTS_TOPIC, fact.key.encode(), value, partition_by=fact.unit)
            )
            yield subject, change


def _register_months(batch: Batch, subject: Subject) -> set[LineKey]:
    """Keys of all membership facts ever sent: months in which a register entry begins stay."""
    return {LineKey(subject, MEMBERSHIP, entry.effective) for entry in batch.timeline(subject)}
