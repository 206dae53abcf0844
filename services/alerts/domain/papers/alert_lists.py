"""Alerts of a paper's scope: new, open and resolved, and who has taken them on."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, time

from services.alerts.domain.alert import Alert, State
from services.alerts.domain.calendar import BEIJING
from services.alerts.domain.figures import coarse, marked_by
from services.alerts.domain.papers.desk import Desk
from services.alerts.domain.papers.figure import Figure, Kind, figure_id
from services.alerts.domain.papers.model import Block, Paragraph, Row, Run, Section
from services.alerts.domain.papers.wording import listed
from services.alerts.domain.severity import rank
from shared.events.status import Colour

_ENDED = frozenset({State.RESOLVED, State.WITHDRAWN})
_COLOURS = (Colour.RED, Colour.ORANGE, Colour.YELLOW, Colour.BLUE)


@dataclass(frozen=True, slots=True)
class Listed:
    """An alert as the reader may see it."""

    alert: Alert
    state: str
    """new, open, resolved or withdrawn."""
    level: str
    """A colour; where figures are hidden on or off track alone."""
    place: tuple[int, int]
    """Order: the most severe first, then as the plan orders units."""

    @property
    def is_open(self) -> bool:
        """Whether it fires."""
        return self.state in {"new", "open"}


def alerts(desk: Desk) -> list[Section]:
    """Counts, levels, and the list of all that is open, new or has ended."""
    found = listed_alerts(desk)
    blocks: list[Block] = [_counts(desk, found), *_levels(desk, found)]
    columns = [
        desk.column(key)
        for key in ("unit", "rule", "level", "since", "state", "acknowledged_by", "action", "until")
    ]
    blocks += desk.table("alert_list", columns, [_row(desk, one) for one in found])
    return desk.section("alerts", blocks)


def listed_alerts(desk: Desk) -> list[Listed]:
    """Alerts of the scope that fire, or ended since the issue before."""
    order = {unit.id: place for place, unit in enumerate(desk.scope)}
    since = _since(desk)
    found = []
    for alert in desk.snapshot.alerts:
        state = _state(alert, since)
        if state is not None and alert.labels.unit in order:
            level = _level(desk, alert)
            severity = rank(Colour(level)) if level in set(Colour) else 0
            place = (-severity, order[alert.labels.unit])
            found.append(Listed(alert, state, level, place))
    return sorted(found, key=lambda one: (not one.is_open, *one.place, one.alert.fingerprint))


def _since(desk: Desk) -> datetime:
    """The issue before, which told what stood then; without one the period's first moment."""
    before = desk.snapshot.before
    if before is not None:
        return before.issued_at
    return datetime.combine(desk.snapshot.paper_period.first_day, time(), BEIJING)


def _state(alert: Alert, since: datetime) -> str | None:
    if alert.state is State.FIRING:
        return "new" if alert.starts_at > since else "open"
    if alert.state in _ENDED and alert.sequence and (alert.ends_at or alert.updated_at) > since:
        return str(alert.state)
    return None


def _level(desk: Desk, alert: Alert) -> str:
    place = (alert.labels.unit, alert.labels.indicator, alert.period)
    hidden = marked_by(desk.view.mask, alert.figures, place).confidential
    if hidden and desk.view.mask.suppression and not desk.view.complete(alert.labels.unit):
        return coarse(alert.colour)
    return str(alert.colour)


def _counts(desk: Desk, found: list[Listed]) -> Paragraph:
    fires = [one for one in found if one.is_open]
    taken = sum(one.alert.attention.acknowledgement is not None for one in fires)
    numbers = {
        "open": len(fires),
        "acknowledged": taken,
        "unclaimed": len(fires) - taken,
        "new": sum(one.state == "new" for one in found),
        "resolved": sum(not one.is_open for one in found),
    }
    counts = {key: desk.count(f"alerts.{key}", number, "条") for key, number in numbers.items()}
    return desk.say("alerts", today=desk.day("today", desk.snapshot.calendar.today), **counts)


def _levels(desk: Desk, found: Iterable[Listed]) -> Iterator[Paragraph]:
    levels = [one.level for one in found if one.is_open]
    words = [str(colour) for colour in _COLOURS] + ["off_track", "on_track"]
    items = [
        desk.wording.runs(
            "level_count",
            level=desk.wording.word("levels", level),
            count=desk.count(f"alerts.{level}", levels.count(level), "条"),
        )
        for level in words
        if level in levels
    ]
    if items:
        yield desk.say("alert_levels", list=listed(items, "、"))


def _row(desk: Desk, one: Listed) -> Row:
    alert, word = one.alert, desk.wording.word
    since: Run = ""
    if alert.since is not None:
        since = Figure(_id(alert, "since"), Kind.PERIOD, alert.since)
    given = alert.attention.acknowledgement
    taken: tuple[Run, Run, Run] = ("", "", "")
    if given is not None:
        until = given.until.astimezone(BEIJING).date().isoformat()
        taken = (
            Figure(_id(alert, "acknowledged_by"), Kind.TEXT, given.by),
            Figure(_id(alert, "action"), Kind.TEXT, given.action),
            Figure(_id(alert, "until"), Kind.DATE, until),
        )
    return Row(
        (
            desk.name(alert.labels.unit),
            word("rules", alert.labels.rule),
            word("levels", one.level),
            since,
            word("states", one.state),
            *taken,
        )
    )


def _id(alert: Alert, field: str) -> str:
    place = f"alert.{alert.fingerprint}.{alert.episode}"
    return figure_id(alert.labels.unit, alert.labels.indicator, "", f"{place}.{field}")
