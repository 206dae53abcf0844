"""What time alone does to firing alerts: acknowledgements lapse, rungs and repeats fall due."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.alerts.domain.acknowledgement import has_lapsed, rung_due
from services.alerts.domain.alert import Alert, Transition
from services.alerts.domain.calendar import next_midnight_in_china
from services.alerts.domain.external import end
from services.alerts.domain.rulebook import Rulebook
from services.alerts.domain.standing import escalate, lapse, repeat
from services.alerts.ports import Ledger
from services.alerts.use_cases.announce_silences import AnnounceSilences
from services.alerts.use_cases.evaluate import Evaluated
from services.alerts.use_cases.tell import Tell
from shared.clock import Clock

AT_ONCE = 50
"""Alerts looked at in one transaction: on SQLite everybody else waits meanwhile."""


@dataclass(frozen=True, slots=True)
class KeepUp:
    """One look at the firing alerts that time may have brought something of."""

    rulebook: Rulebook
    tell: Tell
    clock: Clock

    def __call__(self, ledger: Ledger) -> Evaluated:
        """Record all that has fallen due; while loading only external alerts fire."""
        result = self.piece(ledger, "")
        while result.after is not None:
            more = self.piece(ledger, result.after)
            more.add(result)
            result = more
        return result

    def piece(self, ledger: Ledger, after: str) -> Evaluated:
        """Look at some alerts, in the order of fingerprints; `after` tells where to go on."""
        result = Evaluated()
        ledger.lock_evaluation()
        now = self.clock.now()
        if not after:
            AnnounceSilences(self.tell)(ledger, now, result)
        alerts = ledger.to_look_at(now, after, AT_ONCE)
        times: dict[str, datetime] = {}
        for alert in alerts:
            again = self._look_at(ledger, alert, now, result)
            if again is not None:
                times[alert.fingerprint] = again
        ledger.look_again(times)
        result.after = alerts[-1].fingerprint if len(alerts) == AT_ONCE else None
        return result

    def _look_at(
        self, ledger: Ledger, alert: Alert, now: datetime, result: Evaluated
    ) -> datetime | None:
        """Record what has fallen due; returns until when nothing more will, null for at once."""
        if alert.external is not None and alert.external.ends_at <= now:
            self._record(ledger, end(alert, "not_posted_again", now), now, result)
            return None
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
            return None
        # What mutes it may end with any change of another alert.
        return None if muted else min(self._times(ledger, alert, now))

    def _times(self, ledger: Ledger, alert: Alert, now: datetime) -> Iterator[datetime]:
        """When something may fall due of an alert that nothing mutes, a day from now at most."""
        yield next_midnight_in_china(now)  # rungs are counted in working days
        if alert.external is not None:
            yield alert.external.ends_at
        if alert.attention.acknowledgement is not None:
            yield alert.attention.acknowledgement.until
            return
        history = ledger.history(alert.fingerprint, alert.episode)
        for subscription in ledger.subscriptions():
            told = history.get(subscription.id)
            hours = subscription.repeat_hours
            if told is not None and told.told_at is not None and hours is not None:
                due = told.told_at + timedelta(hours=hours)
                if due > now:
                    yield due

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
