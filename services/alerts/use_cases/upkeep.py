"""What time alone does to firing alerts: acknowledgements lapse, rungs and repeats fall due."""

from dataclasses import dataclass
from datetime import datetime

from services.alerts.domain.acknowledgement import has_lapsed, rung_due
from services.alerts.domain.alert import Alert, Transition
from services.alerts.domain.external import end
from services.alerts.domain.rulebook import Rulebook
from services.alerts.domain.standing import escalate, lapse, repeat
from services.alerts.ports import Ledger
from services.alerts.use_cases.announce_silences import AnnounceSilences
from services.alerts.use_cases.evaluate import Evaluated
from services.alerts.use_cases.tell import Tell
from shared.clock import Clock


@dataclass(frozen=True, slots=True)
class KeepUp:
    """One look at all firing alerts."""

    rulebook: Rulebook
    tell: Tell
    clock: Clock

    def __call__(self, ledger: Ledger) -> Evaluated:
        """Record what has fallen due; while loading only external alerts fire."""
        result = Evaluated()
        ledger.lock_evaluation()
        now = self.clock.now()
        AnnounceSilences(self.tell)(ledger, now, result)
        for alert in ledger.firing():
            self._look_at(ledger, alert, now, result)
        return result

    def _look_at(self, ledger: Ledger, alert: Alert, now: datetime, result: Evaluated) -> None:
        if alert.external is not None and alert.external.ends_at <= now:
            self._record(ledger, end(alert, "not_posted_again", now), now, result)
            return
        if has_lapsed(alert.attention, now):
            alert = self._record(ledger, lapse(alert, now), now, result)
        rule = self.rulebook.of(alert.labels.plan).escalation
        rung = rung_due(rule, alert.attention, alert.colour, now, self.tell.working_days)
        if rung is not None and alert.external is None:
            step = escalate(alert, rung, rule.ladder[rung], now)
            alert = self._record(ledger, step, now, result)
        moved, transition = repeat(alert, now)
        muted = self.tell.mutes(ledger, alert.labels, now)
        decisions = self.tell.decisions(ledger, transition, moved, now, muted)
        if any(decision.send for decision in decisions):
            self._record(ledger, (moved, transition), now, result)

    def _record(
        self,
        ledger: Ledger,
        step: tuple[Alert, Transition],
        now: datetime,
        result: Evaluated,
    ) -> Alert:
        alert, transition = step
        ledger.save_alert(alert)
        result.deliveries += self.tell(ledger, transition, alert, now)
        result.transitions.append(transition)
        return alert
