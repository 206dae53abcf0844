"""The verdict on one indicator: where it stands against its target, and why."""

from collections.abc import Iterator
from fractions import Fraction

from services.metrics.domain.assessment import Assessment, Goal, Judgement, Latest, Why
from services.metrics.domain.levels import LARGEST_RATIO, exact, growth_rate, rounded
from services.metrics.domain.paths import Path, milestones_of, required_level
from services.metrics.domain.ratio import DISPLAY_LIMIT, is_near, path_ratio
from services.metrics.domain.thresholds import Thresholds
from shared.events.status import Colour, Verdict
from shared.plans.comparing import meets
from shared.plans.targets import PathKind

DEFAULT_THRESHOLDS = Thresholds()

COLOURS = {
    Verdict.ACHIEVED: Colour.GREEN,
    Verdict.ON_TRACK: Colour.GREEN,
    Verdict.BEHIND: Colour.YELLOW,
    Verdict.FAR_BEHIND: Colour.ORANGE,
    Verdict.MOVING_AWAY: Colour.RED,
}
"""Colours before the forecast has its say; every other verdict is grey."""

_NO_TARGET = (Verdict.NO_TARGET, Why.NO_TARGET_VALUE)

_HOLDS_FROM_THE_START = frozenset({PathKind.CONSTANT, PathKind.YEARLY})


def judge(assessment: Assessment, thresholds: Thresholds = DEFAULT_THRESHOLDS) -> Judgement:
    """Judge one indicator. Total: any finite input gives a verdict, never an exception or NaN."""
    path, notes = path_of(assessment)
    grey = next(_why_not_judged(assessment, path, thresholds), None)
    raw: float | None = None
    more: tuple[Why, ...]
    if grey is None:
        raw = _ratio(assessment, path)
        verdict, colour, more = _classify(assessment, path, raw, thresholds)
    else:
        verdict, colour, more = grey[0], Colour.GREY, (grey[1],)
    ratio, clipping = _displayed(path, raw)
    required, required_year = _required(assessment, path)
    lasting = path is not None and path.shape in _HOLDS_FROM_THE_START
    value = assessment.latest.value
    return Judgement(
        verdict=verdict,
        colour=colour,
        ratio=ratio,
        raw_ratio=raw,
        path=path.shape if path is not None else assessment.path,
        required=required,
        required_year=required_year,
        gap=None if value is None or required is None else rounded(exact(value)) - required,
        catch_up_rate=None if lasting else catch_up_rate(assessment.goal, assessment.latest),
        target_met=target_met(assessment),
        reasons=tuple(str(word) for word in (*more, *notes, *clipping)),
    )


def target_met(assessment: Assessment) -> bool:
    """Whether the latest level meets the target by the target's own comparator, exactly."""
    goal, value = assessment.goal, assessment.latest.value
    if goal is None or goal.value is None or value is None:
        return False
    return meets(value, goal.comparator, goal.value, assessment.direction)


def catch_up_rate(goal: Goal | None, latest: Latest) -> float | None:
    """``(T/y_t)^(1/(T-t)) - 1``; None after the target year or where a level is not positive."""
    if goal is None or goal.value is None or goal.year is None or latest.value is None:
        return None
    level, wanted, years = exact(latest.value), exact(goal.value), goal.year - latest.at
    if years <= 0 or level <= 0 or wanted <= 0:
        return None
    return growth_rate(level, wanted, years)


def path_of(assessment: Assessment) -> tuple[Path | None, tuple[str, ...]]:
    """The path between base and target, None while an end is unknown, and notes on its choice."""
    goal, base, shape = assessment.goal, assessment.base, assessment.path
    if goal is None or goal.value is None or shape is PathKind.NONE:
        return None, ()
    end = exact(goal.value)
    if base is None or base.value is None:
        if shape not in _HOLDS_FROM_THE_START:
            return None, ()
        return Path(
            shape, assessment.latest.year, end, goal.year or assessment.latest.year, end
        ), ()
    start = exact(base.value)
    notes: list[str] = []
    if shape is PathKind.CAGR and min(start, end) <= 0:
        shape = PathKind.LINEAR
        notes.append(Why.ZERO_BASE_LINEAR if start == 0 else Why.THROUGH_ZERO_LINEAR)
    if shape is not PathKind.YEARLY and assessment.direction * (end - start) <= 0:
        notes.append(Why.TARGET_NOT_BEYOND_BASE)
    end_year = base.year if goal.year is None else goal.year
    stations = milestones_of(assessment.milestones)
    return Path(shape, base.year, start, end_year, end, stations), tuple(notes)


def _why_not_judged(
    assessment: Assessment, path: Path | None, thresholds: Thresholds
) -> Iterator[tuple[Verdict, Why]]:
    """Reasons that forbid a judgement, in the order the verdicts are tested."""
    goal, latest = assessment.goal, assessment.latest
    if goal is None or goal.value is None:
        missing_base = goal is not None and goal.of_base
        yield (Verdict.NO_BASE, Why.NO_BASE_VALUE) if missing_base else _NO_TARGET
        return
    if assessment.path is PathKind.NONE:
        due = goal.year is None or latest.at >= goal.year
        yield (Verdict.NO_TARGET, Why.NO_PATH) if due else (Verdict.TOO_EARLY, Why.NOT_DUE_YET)
        return
    if path is None:
        yield Verdict.NO_BASE, Why.NO_BASE_VALUE
        return
    lasting = path.shape in _HOLDS_FROM_THE_START
    if not lasting and latest.at - path.start_year < 1:
        yield Verdict.TOO_EARLY, Why.FIRST_YEAR
    if latest.value is None:
        yield Verdict.INCOMPLETE, Why.NO_LATEST_VALUE
        return
    if assessment.coverage is not None and assessment.coverage < thresholds.coverage:
        yield Verdict.INCOMPLETE, Why.COVERAGE_BELOW_GATE
    if assessment.broken and not lasting:
        yield Verdict.NOT_ASSESSABLE, Why.SERIES_BREAK
    if path.shape is PathKind.CAGR and latest.value < 0:
        yield Verdict.NOT_ASSESSABLE, Why.MIXED_SIGNS
    if not target_met(assessment):
        yield from _why_not_measured(assessment, goal, path)


def _why_not_measured(
    assessment: Assessment, goal: Goal, path: Path
) -> Iterator[tuple[Verdict, Why]]:
    """Reasons why the way to an unmet target cannot be measured."""
    if path.shape is PathKind.CONSTANT and (
        assessment.base is None or assessment.base.value is None
    ):
        yield Verdict.NO_BASE, Why.NO_BASE_VALUE
    if path.shape in _HOLDS_FROM_THE_START:
        return
    if goal.year is None:
        yield Verdict.NOT_ASSESSABLE, Why.NO_TARGET_YEAR
    elif path.span <= 0:
        yield Verdict.NOT_ASSESSABLE, Why.TARGET_YEAR_NOT_AFTER_BASE


def _ratio(assessment: Assessment, path: Path | None) -> float | None:
    value, at = assessment.latest.value, assessment.latest.at
    if path is None or value is None:
        return None
    if path.shape not in _HOLDS_FROM_THE_START and (path.span <= 0 or at <= path.start_year):
        return None
    level = exact(value) + exact(assessment.outstanding)
    return path_ratio(path, at, level, assessment.direction)


def _classify(
    assessment: Assessment, path: Path | None, raw: float | None, thresholds: Thresholds
) -> tuple[Verdict, Colour, tuple[Why, ...]]:
    if target_met(assessment):
        return Verdict.ACHIEVED, Colour.GREEN, (Why.TARGET_MET,)
    ratio = raw if raw is not None else 0.0
    if path is not None and path.shape is not PathKind.YEARLY and is_near(path):
        ratio = float((ratio > 0) - (ratio < 0))
    late = _past(assessment, path)
    probability = assessment.probability
    if probability is not None and not assessment.forecast_is_current:
        probability, late = None, (*late, Why.FORECAST_NOT_CURRENT)
    verdict = verdict_of_ratio(ratio, thresholds)
    match verdict:
        case Verdict.ON_TRACK if probability is not None and probability < thresholds.likely:
            return verdict, Colour.BLUE, (Why.UNLIKELY_TO_ARRIVE, *late)
        case Verdict.FAR_BEHIND if (
            probability is not None and probability < thresholds.very_unlikely
        ):
            return verdict, Colour.RED, (Why.VERY_UNLIKELY_TO_ARRIVE, *late)
    return verdict, COLOURS[verdict], late


def verdict_of_ratio(ratio: float, thresholds: Thresholds = DEFAULT_THRESHOLDS) -> Verdict:
    """Verdict of R; lower bounds are inclusive, to 12 digits so that rounding does not decide."""
    value = round(ratio, 12)
    if value >= thresholds.on_track:
        return Verdict.ON_TRACK
    if value >= thresholds.behind:
        return Verdict.BEHIND
    return Verdict.FAR_BEHIND if value >= 0 else Verdict.MOVING_AWAY


def _past(assessment: Assessment, path: Path | None) -> tuple[Why, ...]:
    goal = assessment.goal
    if path is None or goal is None or goal.year is None:
        return ()
    return (Why.TARGET_YEAR_PAST,) if assessment.latest.at > goal.year else ()


def _required(assessment: Assessment, path: Path | None) -> tuple[int | None, int | None]:
    if path is None:
        return None, None
    looser = assessment.direction * (path.end - path.start) <= 0
    if looser or path.shape in _HOLDS_FROM_THE_START:
        return rounded(path.end), rounded(path.end)
    if assessment.goal is None or assessment.goal.year is None or path.span <= 0:
        return None, None
    at = assessment.latest.at
    year = Fraction(assessment.latest.year)
    return rounded(required_level(path, at)), rounded(required_level(path, year))


def _displayed(path: Path | None, raw: float | None) -> tuple[float | None, tuple[Why, ...]]:
    """R for display: clipped where it exploded because base and target nearly coincide."""
    if path is None or raw is None or abs(raw) <= DISPLAY_LIMIT:
        return raw, ()
    if not is_near(path) and abs(raw) < LARGEST_RATIO:
        return raw, ()
    return (DISPLAY_LIMIT if raw > 0 else -DISPLAY_LIMIT), (Why.CLIPPED,)
