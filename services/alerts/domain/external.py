"""Alerts that others raise, such as Prometheus: their labels, their word on when they end."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from services.alerts.domain.alert import (
    OWN_LABELS,
    Alert,
    Audience,
    External,
    Kind,
    Labels,
    Rule,
    State,
    Transition,
)
from services.alerts.domain.figures import Figures
from shared.events.status import Colour

_LABEL_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_SEVERITIES = {
    "critical": Colour.RED,
    "page": Colour.RED,
    "error": Colour.ORANGE,
    "major": Colour.ORANGE,
    "warning": Colour.YELLOW,
    "info": Colour.BLUE,
    "none": Colour.BLUE,
} | {str(colour): colour for colour in (Colour.BLUE, Colour.YELLOW, Colour.ORANGE, Colour.RED)}
_NAME_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Posted:
    """One alert as it was posted, with defaults filled in."""

    labels: Mapping[str, str]
    starts_at: datetime
    ends_at: datetime
    annotations: Mapping[str, str] = field(default_factory=dict)
    generator_url: str = ""


def why_invalid(posted: Posted) -> str | None:
    """Why an alert cannot be taken, or null; empty labels are dropped before."""
    if not posted.labels:
        return "at least one label is needed"
    bad = [name for name in posted.labels if not _LABEL_NAME.fullmatch(name)]
    if bad:
        return f"invalid label name {bad[0]!r}"
    if posted.labels.get("alertname") in set(Rule):
        return f"alertname {posted.labels['alertname']!r} is one of our own rules"
    return "start time must be before end time" if posted.ends_at < posted.starts_at else None


def labels_of(pairs: Mapping[str, str]) -> Labels:
    """Labels of an external alert; those that ours have too find their place."""
    own = {name: pairs.get(name, "") for name in OWN_LABELS}
    extra = {name: value for name, value in pairs.items() if name not in OWN_LABELS}
    return Labels(**own, extra=extra, external=True)


def colour_of(pairs: Mapping[str, str]) -> Colour:
    """Severity as labelled; yellow where nobody says."""
    return _SEVERITIES.get(pairs.get("severity", "").lower(), Colour.YELLOW)


def receive(
    stored: Alert | None, posted: Posted, now: datetime
) -> tuple[Alert, Transition | None] | None:
    """What a post makes of the alert; null when it ends one that nobody knows."""
    firing = stored is not None and stored.state is State.FIRING
    if posted.ends_at <= now:
        return end(stored, "ended_by_sender", now) if stored is not None and firing else None
    external = External(dict(posted.annotations), posted.generator_url, posted.ends_at)
    if stored is not None and firing:
        starts = min(stored.starts_at, posted.starts_at)
        return replace(stored, starts_at=starts, external=external, updated_at=now), None
    return _fire(stored, posted, external, now)


def end(alert: Alert, reason: str, now: datetime) -> tuple[Alert, Transition]:
    """The alert has ended."""
    ended = replace(
        alert,
        state=State.RESOLVED,
        sequence=alert.sequence + 1,
        ends_at=now,
        updated_at=now,
        reason=reason,
    )
    return ended, _transition(ended, State.FIRING, Kind.RESOLVED, Audience.TOLD)


def _fire(
    stored: Alert | None, posted: Posted, external: External, now: datetime
) -> tuple[Alert, Transition]:
    alert = Alert(
        labels=labels_of(posted.labels),
        state=State.FIRING,
        episode=1 if stored is None else stored.episode + 1,
        sequence=1 if stored is None else stored.sequence + 1,
        colour=colour_of(posted.labels),
        period=None,
        since=None,
        fired=None,
        starts_at=posted.starts_at,
        ends_at=None,
        updated_at=now,
        reason="posted",
        announced=True,
        figures=Figures(_name(posted)),
        external=external,
    )
    before = None if stored is None else stored.state
    return alert, _transition(alert, before, Kind.FIRING, Audience.MATCHING)


def _name(posted: Posted) -> str:
    name = posted.annotations.get("summary") or posted.labels.get("alertname") or "?"
    return name[:_NAME_LENGTH]


def _transition(alert: Alert, before: State | None, kind: Kind, audience: Audience) -> Transition:
    return Transition(
        labels=alert.labels,
        episode=alert.episode,
        sequence=alert.sequence,
        kind=kind,
        state=alert.state,
        previous_state=before,
        colour=alert.colour,
        previous_colour=None if before is None else alert.colour,
        period=None,
        since=None,
        reason=alert.reason,
        audience=audience,
        audience_reason="posted" if audience is Audience.MATCHING else "follows_firing",
        starts_at=alert.starts_at,
        at=alert.updated_at,
        figures=alert.figures,
        external=alert.external,
    )
