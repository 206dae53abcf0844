"""Decides when a first load is over, and records the alerts that exist then without sending."""

from dataclasses import dataclass
from datetime import date, timedelta

from services.alerts.domain.calendar import today_in_china
from services.alerts.ports import Ledger, Mode
from services.alerts.use_cases.evaluate import Evaluate, Evaluated
from shared.clock import Clock
from shared.confidentiality import Mask


@dataclass(frozen=True, slots=True)
class EndFirstLoad:
    """Loading ends when the topic has been read to its end and has been quiet for a while.

    A store without any status stays in loading: its first statuses are a first load.
    """

    evaluate: Evaluate
    clock: Clock
    settle: timedelta

    def __call__(self, ledger: Ledger, *, caught_up: bool) -> Evaluated | None:
        """Go live if it is time; returns what was recorded, or null while loading goes on."""
        now = self.clock.now()
        last = ledger.last_status_at()
        if ledger.mode() is Mode.LIVE or not caught_up or last is None:
            return None
        if now - last < self.settle:
            return None
        evaluated = self.evaluate.everything(ledger, now, first_load=True)
        ledger.go_live()
        return evaluated


@dataclass(slots=True)
class EvaluateByCalendar:
    """Rules about time need no status to arrive: all series are evaluated when a day has begun.

    And when statuses came: a series is evaluated as its own statuses arrive, those that are
    compared with it, or hidden for its sake, at the next look. Without either there is nothing
    to find.
    """

    evaluate: Evaluate
    clock: Clock
    _seen: tuple[date, str, Mask] | None = None
    """Day, statuses and mask of the last look of this process."""

    def __call__(self, ledger: Ledger) -> Evaluated:
        """Evaluate everything that may have changed; nothing while loading."""
        if ledger.mode() is Mode.LOADING:
            return Evaluated()
        now = self.clock.now()
        seen = (today_in_china(now), ledger.change_mark(), self.evaluate.mask_of(ledger))
        if seen == self._seen:
            return Evaluated()
        result = self.evaluate.everything(ledger, now)
        self._seen = seen
        return result
