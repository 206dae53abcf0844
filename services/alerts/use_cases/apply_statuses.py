"""Applies a batch of statuses: newest version stands, then the touched series are evaluated."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.alerts.domain.alert import SeriesKey
from services.alerts.ports import Ledger, Mode
from services.alerts.use_cases.decode_status import DecodedStatus, decode_status
from services.alerts.use_cases.evaluate import Evaluate, Evaluated
from shared.clock import Clock
from shared.events.reasons import Refused
from shared.events.records import Record
from shared.events.status import STATUS_TOPIC, Status


@dataclass(slots=True)
class Applied:
    """What a batch came to."""

    evaluated: Evaluated
    unknown_fields: int = 0


Behind = Callable[[Sequence[Record]], bool]
"""Whether more statuses wait behind a batch, so that it shows only a part of what happened."""


def never_behind(_records: Sequence[Record]) -> bool:
    """Every batch is the newest there is."""
    return False


@dataclass(frozen=True, slots=True)
class ApplyStatuses:
    """The use case of the consumer; runs inside its transaction."""

    evaluate: Evaluate
    clock: Clock
    behind: Behind = never_behind

    def __call__(self, ledger: Ledger, records: Sequence[Record]) -> Applied:
        """Store, count, evaluate.

        While loading nothing is evaluated; while a backlog is read it waits for its end, so that
        nobody is told of what was true for a moment only.
        """
        now = self.clock.now()
        counts: Counter[str] = Counter({"consumed": len(records)})
        decoded = _decode(ledger, records, counts)
        standing = _newest(ledger, decoded, counts)
        ledger.put_statuses([(item.status, item.payload) for item in standing], now)
        ledger.count(STATUS_TOPIC, counts)
        unknown = sum(item.unknown_fields for item in decoded)
        if ledger.mode() is Mode.LOADING:
            return Applied(Evaluated(), unknown)
        keys = list(dict.fromkeys(_series_of(item.status) for item in standing))
        if self.behind(records):
            ledger.put_waiting(keys)
            return Applied(Evaluated(), unknown)
        return Applied(self._evaluate(ledger, keys, now), unknown)

    def _evaluate(self, ledger: Ledger, keys: list[SeriesKey], now: datetime) -> Evaluated:
        return self.evaluate(ledger, keys, now) if keys else Evaluated()


AT_ONCE = 100
"""Series evaluated in one transaction: on SQLite everybody else waits meanwhile."""


@dataclass(frozen=True, slots=True)
class EvaluateWaiting:
    """Evaluates what waited for the end of a backlog."""

    evaluate: Evaluate
    clock: Clock

    def __call__(self, ledger: Ledger) -> Evaluated:
        """Evaluate the next series that wait: as many as others may wait for meanwhile."""
        ledger.lock_evaluation()
        keys = ledger.take_waiting(AT_ONCE)
        return self.evaluate(ledger, keys, self.clock.now()) if keys else Evaluated()


def _decode(ledger: Ledger, records: Sequence[Record], counts: Counter[str]) -> list[DecodedStatus]:
    """Readable statuses; the others are dead-lettered one by one."""
    decoded = []
    for record in records:
        try:
            decoded.append(decode_status(record))
        except Refused as refused:
            ledger.dead_letter(record, refused)
            counts["dead_lettered"] += 1
    return decoded


def _newest(
    ledger: Ledger, decoded: Sequence[DecodedStatus], counts: Counter[str]
) -> list[DecodedStatus]:
    """Those that stand after this batch; each record is counted in exactly one state."""
    versions = dict(ledger.versions(item.status.key for item in decoded))
    standing: dict[str, DecodedStatus] = {}
    for item in decoded:
        key, version = item.status.key, item.status.version
        known = versions.get(key)
        if known is not None and version <= known:
            counts["duplicate" if version == known else "stale"] += 1
            continue
        counts["applied"] += 1
        versions[key] = version
        standing[key] = item
    return list(standing.values())


def _series_of(status: Status) -> SeriesKey:
    return SeriesKey(status.plan, status.unit, status.indicator)
