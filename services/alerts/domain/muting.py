"""What mutes an alert at a moment: an attribute of the alert, never a state."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.alerts.domain.alert import Labels
from services.alerts.domain.silence import Silence, SilenceState


class MuteKind(StrEnum):
    """Kinds of mute, and the reason word of a decision."""

    SILENCED = "silenced"
    INHIBITED = "inhibited"


MUTE_REASONS = frozenset(str(kind) for kind in MuteKind)


@dataclass(frozen=True, slots=True)
class Mute:
    """One cause; `by` is a silence's id or the inhibiting alert's fingerprint."""

    kind: MuteKind
    by: str


@dataclass(frozen=True, slots=True)
class Inhibition:
    """While `source` fires, alerts of `target` about the same unit are muted."""

    source: str
    target: str


def mutes(
    labels: Labels,
    silences: Iterable[Silence],
    firing: Iterable[Labels],
    inhibitions: Iterable[Inhibition],
    now: datetime,
) -> tuple[Mute, ...]:
    """All causes that mute an alert with these labels; `firing` are alerts that fire now."""
    pairs = labels.as_dict()
    found = [
        Mute(MuteKind.SILENCED, silence.id)
        for silence in silences
        if silence.state(now) is SilenceState.ACTIVE and silence.matches(pairs)
    ]
    sources = {item.source for item in inhibitions if item.target == labels.alertname}
    found += [
        Mute(MuteKind.INHIBITED, other.fingerprint)
        for other in firing
        if other.alertname in sources
        and (other.plan, other.unit) == (labels.plan, labels.unit)
        and other.fingerprint != labels.fingerprint
    ]
    return tuple(found)
