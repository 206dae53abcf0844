"""Rules `trajectory` and `indicator_behind`: a unit is off the path to a target."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from msgspec.structs import replace as replace_status

from services.alerts.domain.outcome import Episode, Outcome, Phase, Signal, SignalKind
from services.alerts.domain.severity import is_off_track, milder_of
from shared.events.period import Month
from shared.events.status import Colour, Status, Verdict

_FEBRUARY = 2

FORECAST_NOT_CURRENT = "forecast_not_current"
"""Reason word of statuses whose forecast was made for earlier figures."""

_ROUNDING = 1e-9
"""0.66 + 0.05 is a little above 0.71 in binary."""


@dataclass(frozen=True, slots=True)
class TrajectoryRule:
    """Thresholds of the rule; ratios as in the plan's verdict."""

    enabled: bool = True
    periods: int = 2
    """Consecutive off-track periods before it fires."""
    immediate_ratio: float = 0.0
    """Below this ratio …"""
    immediate_probability: float = 0.10
    """… and below this probability one period is enough."""
    on_track_ratio: float = 0.95
    likely_probability: float = 0.66
    margin: float = 0.05
    """How far above a crossed threshold it clears."""
    minimum_coverage: float = 0.95


@dataclass(frozen=True, slots=True)
class IndicatorBehindRule(TrajectoryRule):
    """The same for indicators beside the one a unit is judged by."""

    periods: int = 1
    """Of indicators that come by the quarter or the year: each period is long enough."""
    monthly_periods: int = 2
    """Of indicators that come every month."""


@dataclass(frozen=True, slots=True)
class Run:
    """Consecutive off-track periods so far; grey and missing ones do not break it."""

    since: Month
    colour: Colour
    count: int = 0
    only_january_february: bool = True
    fired: Month | None = None
    reason: str = ""
    ratio_crossed: bool = False
    probability_crossed: bool = False


def signal(rule: TrajectoryRule, status: Status, run: Run | None) -> Signal:
    """What one status says, given the run it meets; grey and thin coverage hold."""
    if status.coverage is None:
        return Signal(SignalKind.HOLD, "coverage_unknown")
    if status.coverage < rule.minimum_coverage:
        return Signal(SignalKind.HOLD, "coverage_below_gate")
    if status.colour is Colour.GREY:
        return Signal(SignalKind.HOLD, f"grey_{status.verdict}")
    if _is_provisional(status):
        return Signal(SignalKind.HOLD, FORECAST_NOT_CURRENT)
    if is_off_track(status.colour):
        reason = "early_warning" if status.colour is Colour.BLUE else str(status.verdict)
        return Signal(SignalKind.FIRE, reason)
    return _on_track(rule, status, run)


def _is_provisional(status: Status) -> bool:
    """Blue and red wait for the forecast of these figures; it comes seconds later, as a status.

    Telling the colour before would mean telling a correction soon after.
    """
    return FORECAST_NOT_CURRENT in status.reasons


def _on_track(rule: TrajectoryRule, status: Status, run: Run | None) -> Signal:
    """Green clears, unless a firing alert is not yet clear of the thresholds it crossed."""
    if run is None or run.fired is None or status.verdict is Verdict.ACHIEVED:
        return Signal(SignalKind.CLEAR, str(status.verdict))
    if (
        run.ratio_crossed
        and status.ratio is not None
        and status.ratio < rule.on_track_ratio + rule.margin - _ROUNDING
    ):
        return Signal(SignalKind.HOLD, "ratio_within_margin")
    if run.probability_crossed:
        if status.probability is None:
            return Signal(SignalKind.HOLD, "probability_unknown")
        if status.probability < rule.likely_probability + rule.margin - _ROUNDING:
            return Signal(SignalKind.HOLD, "probability_within_margin")
    return Signal(SignalKind.CLEAR, str(status.verdict))


def assess_trajectory(rule: TrajectoryRule, statuses: Iterable[Status]) -> Outcome:
    """Outcome of a series of one unit and indicator, by period."""
    run: Run | None = None
    ended: list[Episode] = []
    newest: tuple[Month, Status, Signal] | None = None
    colours: dict[Month, Colour] = {}
    for period, status in _by_period(statuses):
        said = signal(rule, status, run)
        if _is_judged(rule, status):
            newest = (period, status, said)
            colours[period] = status.colour
        if said.kind is SignalKind.FIRE:
            run = _extend(rule, run, period, status)
        elif said.kind is SignalKind.CLEAR:
            if run is not None and run.fired is not None:
                ended.append(Episode(run.since, run.fired, period))
            run = None
    if newest is None:
        return Outcome(Phase.INACTIVE, "nothing_judged")
    return _outcome(run, newest, colours, ended)


def assess_indicator_behind(
    rule: IndicatorBehindRule, statuses: Iterable[Status], *, monthly: bool
) -> Outcome:
    """The same for a zone or cluster indicator; one without expected reports has no coverage."""
    series = tuple(
        replace_status(status, coverage=1.0) if _is_one_figure(status) else status
        for status in statuses
    )
    periods = rule.monthly_periods if monthly else rule.periods
    return assess_trajectory(replace(rule, periods=periods), series)


def _is_one_figure(status: Status) -> bool:
    return status.coverage is None and status.enterprises.expected == 0


def _by_period(statuses: Iterable[Status]) -> Sequence[tuple[Month, Status]]:
    return sorted(((Month.parse(s.period), s) for s in statuses), key=lambda pair: pair[0])


def _is_judged(rule: TrajectoryRule, status: Status) -> bool:
    covered = status.coverage is not None and status.coverage >= rule.minimum_coverage
    return covered and status.colour is not Colour.GREY and not _is_provisional(status)


def _extend(rule: TrajectoryRule, run: Run | None, period: Month, status: Status) -> Run:
    """Add an off-track period; January–February alone neither fires nor makes it worse."""
    is_first = period.month == _FEBRUARY
    before = run or Run(since=period, colour=status.colour)
    blue = status.colour is Colour.BLUE
    extended = replace(
        before,
        count=before.count + 1,
        colour=milder_of(status.colour, before.colour) if is_first else status.colour,
        only_january_february=before.only_january_february and is_first,
        ratio_crossed=before.ratio_crossed or not blue,
        probability_crossed=before.probability_crossed or blue,
    )
    if extended.fired is not None or extended.only_january_february:
        return extended
    if extended.count >= rule.periods:
        return replace(extended, fired=period, reason="consecutive_periods")
    if not is_first and _is_hopeless(rule, status):
        return replace(extended, fired=period, reason="moving_away_and_very_unlikely")
    return extended


def _is_hopeless(rule: TrajectoryRule, status: Status) -> bool:
    return (
        status.ratio is not None
        and status.probability is not None
        and status.ratio < rule.immediate_ratio
        and status.probability < rule.immediate_probability
    )


def _outcome(
    run: Run | None,
    newest: tuple[Month, Status, Signal],
    colours: dict[Month, Colour],
    ended: list[Episode],
) -> Outcome:
    period, status, said = newest
    if run is None:
        return Outcome(
            Phase.INACTIVE,
            said.reason,
            period=period,
            colour=status.colour,
            status=status,
            colours=colours,
            ended=tuple(ended),
        )
    return Outcome(
        Phase.PENDING if run.fired is None else Phase.FIRING,
        _pending_reason(run) if run.fired is None else run.reason,
        period=period,
        colour=run.colour,
        since=run.since,
        fired=run.fired,
        announces=said.kind is SignalKind.FIRE,
        status=status,
        colours=colours,
        ended=tuple(ended),
    )


def _pending_reason(run: Run) -> str:
    return "january_february_alone" if run.only_january_february else "run_too_short"
