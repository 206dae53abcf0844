"""Forgets notices that no rule reads any more."""

from dataclasses import dataclass

from services.alerts.domain.read_notices import no_longer_read
from services.alerts.ports import Ledger
from shared.clock import Clock


@dataclass(frozen=True, slots=True)
class PruneNotices:
    """One look at all notices, unit by unit."""

    clock: Clock

    def __call__(self, ledger: Ledger) -> int:
        """Forget; returns how many."""
        now = self.clock.now()
        forgotten = 0
        for unit in sorted({unit for unit, _ in ledger.noticed()}):
            ids = list(no_longer_read(ledger.notices([unit]), now))
            ledger.forget_notices(ids)
            forgotten += len(ids)
        return forgotten
