"""Decides when a first load is over, and records the alerts that exist then without sending."""

from dataclasses import dataclass
from datetime import timedelta

from services.alerts.ports import Ledger, Mode
from services.alerts.use_cases.evaluate import Evaluate, Evaluated
from shared.clock import Clock


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


@dataclass(frozen=True, slots=True)
class EvaluateByCalendar:
    """Rules about time need no status to arrive: all series are evaluated from time to time."""

    evaluate: Evaluate
    clock: Clock

    def __call__(self, ledger: Ledger) -> Evaluated:
        """Evaluate everything once; nothing while loading."""
        if ledger.mode() is Mode.LOADING:
            return Evaluated()
        return self.evaluate.everything(ledger, self.clock.now())
