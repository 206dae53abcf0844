"""Takes alerts that others raise through the same ledger as our own."""

from collections.abc import Iterable
from dataclasses import dataclass

from services.alerts.domain.external import Posted, labels_of, receive
from services.alerts.ports import Ledger
from services.alerts.use_cases.evaluate import Evaluated
from services.alerts.use_cases.tell import Tell
from shared.clock import Clock


@dataclass(frozen=True, slots=True)
class ReceiveExternal:
    """Fires, refreshes and ends external alerts; they are news even while statuses load."""

    tell: Tell
    clock: Clock

    def __call__(self, ledger: Ledger, posted: Iterable[Posted]) -> Evaluated:
        """Apply valid posts in order."""
        ledger.lock_evaluation()
        now = self.clock.now()
        result = Evaluated()
        for post in posted:
            step = receive(ledger.alert(labels_of(post.labels).fingerprint), post, now)
            if step is None:
                continue
            alert, transition = step
            ledger.save_alert(alert)
            if transition is not None:
                result.deliveries += self.tell(ledger, transition, alert, now)
                result.transitions.append(transition)
        return result
