"""What time alone does to firing alerts: acknowledgements lapse, rungs and repeats fall due."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.alerts.domain.acknowledgement import has_lapsed, rung_due
from services.alerts.domain.alert import Alert, Transition
from services.alerts.domain.calendar import next_midnight_in_china
from services.alerts.domain.external import end
from services.alerts.domain.rulebook import Rulebook
from services.alerts.domain.standing import escalate, lapse, repeat
from services.alerts.domain.subscription import History
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
        histories = ledger.histories({alert.fingerprint: alert.episode for alert in alerts})
        times: dict[str, datetime] = {}
        for alert in alerts:
            again = self._look_at(ledger, alert, histories[alert.fingerprint], now, result)
            if again is not None:
                times[alert.fingerprint] = again
        ledger.look_again(times)
        result.after = alerts[-1].fingerprint if len(alerts) == AT_ONCE else None
        return result

    def _look_at(
        self,
        ledger: Ledger,
        alert: Alert,
        history: Mapping[str, History],
        now: datetime,
        result: Evaluated,
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
        times = list(self._times(ledger, alert, history, now))
        if all(time > now for time in times):
            return min(times)
        moved, transition = repeat(alert, now)
        muted = self.tell.mutes(ledger, alert.labels, now)
        decisions = self.tell.decisions(ledger, transition, moved, now, muted)
        if any(decision.send for decision in decisions):
            self._record(ledger, (moved, transition), now, result)
        return None

    def _times(
        self, ledger: Ledger, alert: Alert, history: Mapping[str, History], now: datetime
    ) -> Iterator[datetime]:
        """When something may fall due: `now` where it has, a day from now at most."""
        yield next_midnight_in_china(now)  # rungs are counted in working days
        if alert.external is not None:
            yield alert.external.ends_at
        taken = alert.attention.acknowledgement
        if taken is not None:
            yield taken.until
        for subscription in ledger.subscriptions() if history else ():
            had = history.get(subscription.id)
            if had is None:
                continue
            if had.owed:
                yield now
            elif had.channels and had.told_at and subscription.repeat_hours and taken is None:
                yield max(had.told_at + timedelta(hours=subscription.repeat_hours), now)

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
