"""Someone takes an alert on."""

from dataclasses import dataclass
from datetime import datetime

from services.alerts.domain.acknowledgement import Acknowledgement
from services.alerts.domain.alert import Alert, State
from services.alerts.domain.standing import acknowledge
from services.alerts.ports import Ledger
from services.alerts.use_cases.tell import Tell
from shared.clock import Clock


class NotAcknowledged(Exception):  # noqa: N818 - a refusal is a normal answer
    """The alert cannot be acknowledged; the text says why."""


@dataclass(frozen=True, slots=True)
class AcknowledgeAlert:
    """Record who will do what until when."""

    tell: Tell
    clock: Clock

    def __call__(
        self,
        ledger: Ledger,
        fingerprint: str,
        by: str,
        action: str,
        until: datetime,
        actor: str | None = None,
    ) -> Alert | None:
        """The acknowledged alert; null when there is none. Raises `NotAcknowledged`.

        `actor` is who the audit log names: whoever is signed in, else `by`.
        """
        ledger.lock_evaluation()
        now = self.clock.now()
        alert = ledger.alert(fingerprint)
        if alert is None:
            return None
        if alert.state is not State.FIRING:
            raise NotAcknowledged(f"the alert is {alert.state}, only a firing one can be taken on")
        if until <= now:
            raise NotAcknowledged("until: must be in the future")
        moved, transition = acknowledge(alert, Acknowledgement(by, action, until, now))
        ledger.save_alert(moved)
        self.tell(ledger, transition, moved, now)
        detail = f"{fingerprint} by {by} until {until.isoformat()}"
        ledger.audit(actor or by, "alert_acknowledged", detail, now)
        return moved
