"""Rules that judge period by period: so many bad periods in a row fire, a good one clears."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from services.alerts.domain.detail import Detail
from services.alerts.domain.outcome import Episode, Outcome, Phase, Signal, SignalKind
from shared.events.period import Month
from shared.events.status import Colour, Status


@dataclass(frozen=True, slots=True)
class Stretch:
    """Consecutive bad periods so far; held and missing ones do not break it."""

    since: Month
    count: int = 0
    fired: Month | None = None


Say = Callable[[Status, Stretch | None], Signal]
"""What one status says, given the stretch it meets."""


def _nothing(_status: Status) -> Detail:
    return Detail()


def assess_periods(
    statuses: Iterable[Status],
    say: Say,
    periods: int,
    colour: Callable[[Status], Colour],
    found: Callable[[Status], Detail] = _nothing,
) -> Outcome:
    """Outcome of one series; the order of arrival plays no part."""
    table = sorted(((Month.parse(one.period), one) for one in statuses), key=lambda pair: pair[0])
    stretch: Stretch | None = None
    ended: list[Episode] = []
    newest: tuple[Month, Status, Signal] | None = None
    colours: dict[Month, Colour] = {}
    for period, status in table:
        said = say(status, stretch)
        if said.kind is SignalKind.HOLD:
            continue
        newest = (period, status, said)
        if said.kind is SignalKind.FIRE:
            colours[period] = colour(status)
            stretch = _longer(stretch, period, periods)
            continue
        colours[period] = Colour.GREEN
        if stretch is not None and stretch.fired is not None:
            ended.append(Episode(stretch.since, stretch.fired, period))
        stretch = None
    if newest is None:
        return Outcome(Phase.INACTIVE, "nothing_judged")
    period, status, said = newest
    outcome = Outcome(
        Phase.INACTIVE,
        said.reason,
        period=period,
        colour=colours[period],
        status=status,
        colours=colours,
        ended=tuple(ended),
        detail=found(status),
    )
    if stretch is None:
        return outcome
    phase = Phase.PENDING if stretch.fired is None else Phase.FIRING
    return replace(outcome, phase=phase, since=stretch.since, fired=stretch.fired, announces=True)


def _longer(stretch: Stretch | None, period: Month, periods: int) -> Stretch:
    before = stretch or Stretch(period)
    count = before.count + 1
    fired = before.fired or (period if count >= periods else None)
    return Stretch(before.since, count, fired)
