"""Firing alerts with who gets them and what mutes them, for Alertmanager's tools."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.alerts.domain.alert import Alert
from services.alerts.domain.muting import Mute, MuteKind
from services.alerts.domain.silence import Matcher
from services.alerts.ports import Ledger
from services.alerts.use_cases.tell import Tell


@dataclass(frozen=True, slots=True)
class Standing:
    """One firing alert with its attributes."""

    alert: Alert
    mutes: tuple[Mute, ...]
    receivers: tuple[str, ...]
    """Owners of the subscriptions that were told."""

    def muted_by(self, kind: MuteKind) -> list[str]:
        """Ids of the silences, or fingerprints of the inhibiting alerts."""
        return [mute.by for mute in self.mutes if mute.kind is kind]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which alerts are asked for."""

    active: bool = True
    silenced: bool = True
    inhibited: bool = True
    matchers: Sequence[Matcher] = ()

    def takes(self, standing: Standing) -> bool:
        """Whether an alert is among them."""
        labels = standing.alert.labels.as_dict()
        if not all(matcher.matches(labels) for matcher in self.matchers):
            return False
        if not self.active and not standing.mutes:
            return False
        silenced = standing.muted_by(MuteKind.SILENCED)
        inhibited = standing.muted_by(MuteKind.INHIBITED)
        return (self.silenced or not silenced) and (self.inhibited or not inhibited)


def standing_alerts(ledger: Ledger, tell: Tell, wanted: Wanted, now: datetime) -> list[Standing]:
    """Firing alerts that are wanted, by start."""
    owners = {subscription.id: subscription.owner for subscription in ledger.subscriptions()}
    found = []
    for alert in ledger.firing():
        history = ledger.history(alert.fingerprint, alert.episode)
        told = {id_ for id_, had in history.items() if had.channels}
        names = sorted({owners[id_] for id_ in told & owners.keys()})
        found.append(Standing(alert, tell.mutes(ledger, alert.labels, now), tuple(names)))
    wanted_ones = [standing for standing in found if wanted.takes(standing)]
    return sorted(wanted_ones, key=lambda one: (one.alert.starts_at, one.alert.fingerprint))
