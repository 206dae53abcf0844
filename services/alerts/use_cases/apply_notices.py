"""Applies a batch of notices: each is kept once, then the series they are about are evaluated."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from services.alerts.domain.notice_rules import indicator_of
from services.alerts.ports import Ledger, Mode
from services.alerts.use_cases.apply_statuses import Behind, never_behind
from services.alerts.use_cases.decode_notice import decode_notice
from services.alerts.use_cases.evaluate import Evaluate, Evaluated
from shared.clock import Clock
from shared.events.notices import NOTICES_TOPIC, Notice
from shared.events.reasons import Refused
from shared.events.records import Record


@dataclass(frozen=True, slots=True)
class ApplyNotices:
    """The use case of the consumer for `ingest.notices.v1`; runs inside its transaction."""

    evaluate: Evaluate
    clock: Clock
    behind: Behind = never_behind

    def __call__(self, ledger: Ledger, records: Sequence[Record]) -> Evaluated:
        """Store, count, evaluate; nothing is evaluated while loading or behind a backlog."""
        counts: Counter[str] = Counter({"consumed": len(records)})
        notices = _decode(ledger, records, counts)
        new = ledger.put_notices(notices)
        counts["applied"] += new
        counts["duplicate"] += len(notices) - new
        ledger.count(NOTICES_TOPIC, counts)
        if ledger.mode() is Mode.LOADING:
            return Evaluated()
        about = dict.fromkeys((notice.unit, indicator_of(notice)) for notice in notices)
        keys = list(self.evaluate.noticed(about))
        if self.behind(records):
            ledger.put_waiting(keys)
            return Evaluated()
        return self.evaluate(ledger, keys, self.clock.now()) if keys else Evaluated()


def _decode(ledger: Ledger, records: Sequence[Record], counts: Counter[str]) -> list[Notice]:
    """Readable notices; the others are dead-lettered one by one."""
    notices = []
    for record in records:
        try:
            notices.append(decode_notice(record))
        except Refused as refused:
            ledger.dead_letter(record, refused)
            counts["dead_lettered"] += 1
    return notices
