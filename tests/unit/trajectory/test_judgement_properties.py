"""What holds for every input: totality, monotony, independence of the unit."""

import math
from dataclasses import replace

from hypothesis import assume, given
from hypothesis import strategies as st

from services.metrics.domain.assessment import Assessment, Goal, Latest
from services.metrics.domain.paths import Point
from services.metrics.domain.ratio import un_ratio
from services.metrics.domain.verdicts import judge, path_of
from shared.events.status import Verdict
from shared.plans.targets import PathKind

ORDER = [
    Verdict.MOVING_AWAY,
    Verdict.FAR_BEHIND,
    Verdict.BEHIND,
    Verdict.ON_TRACK,
    Verdict.ACHIEVED,
]

integers = st.integers(-(10**30), 10**30)
numbers = st.one_of(
    integers,
    st.floats(allow_nan=False, allow_infinity=False),
    st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**20), max_value=10**20),
    st.sampled_from([0, 1, -1]),
)
years = st.integers(1990, 2060)


@st.composite
def assessments(draw: st.DrawFn) -> Assessment:
    return Assessment(
        goal=draw(
            st.none()
            | st.builds(
                Goal,
                st.none() | numbers,
                st.none() | years,
                st.sampled_from([">", ">=", "<=", "<", "="]),
            )
        ),
        base=draw(st.none() | st.builds(Point, years, st.none() | numbers)),
        latest=draw(st.builds(Latest, st.none() | numbers, years, st.integers(1, 12))),
        direction=draw(st.sampled_from([1, -1])),
        path=draw(st.sampled_from(PathKind)),
        milestones=tuple(draw(st.lists(st.builds(Point, years, numbers), max_size=3))),
        coverage=draw(st.none() | st.floats(0, 1)),
        probability=draw(st.none() | st.floats(0, 1)),
        forecast_is_current=draw(st.booleans()),
    )


@given(assessments())
def test_no_input_makes_a_nan_an_infinity_or_an_exception(assessment: Assessment) -> None:
    judgement = judge(assessment)
    figures = (judgement.ratio, judgement.raw_ratio, judgement.catch_up_rate)
    assert all(figure is None or math.isfinite(figure) for figure in figures)
    assert judgement.reasons or judgement.verdict in ORDER
    path, _ = path_of(assessment)
    value = assessment.latest.value
    if path is not None and value is not None and assessment.latest.at > path.start_year:
        projected = un_ratio(path, assessment.latest.at, assessment.latest.at.__class__(value))
        assert projected is None or math.isfinite(projected)


@given(
    st.builds(
        Assessment,
        goal=st.builds(Goal, numbers, st.integers(2026, 2030)),
        base=st.builds(Point, st.integers(2020, 2023), numbers),
        latest=st.builds(Latest, st.none(), st.integers(2025, 2031), st.integers(1, 12)),
        direction=st.sampled_from([1, -1]),
        path=st.sampled_from(PathKind),
        milestones=st.tuples(st.builds(Point, years, numbers)),
    ),
    numbers,
    numbers,
)
def test_verdicts_are_monotone_in_the_latest_value(
    assessment: Assessment, one: float, other: float
) -> None:
    worse, better = sorted((one, other), key=lambda value: assessment.direction * value)
    at = assessment.latest
    low = judge(replace(assessment, latest=replace(at, value=worse))).verdict
    high = judge(replace(assessment, latest=replace(at, value=better))).verdict
    if low in ORDER and high in ORDER:
        assert ORDER.index(low) <= ORDER.index(high)


@given(
    st.integers(0, 10**12),
    st.integers(0, 10**12),
    st.integers(0, 10**12),
    st.sampled_from([PathKind.CAGR, PathKind.LINEAR, PathKind.CONSTANT, PathKind.YEARLY]),
    st.sampled_from([1, -1]),
    st.sampled_from([10, 1_000, 10_000, 100_000_000]),
)
def test_the_unit_of_account_changes_nothing(
    base: int, target: int, level: int, path: PathKind, direction: int, scale: int
) -> None:
    def judged(factor: int) -> tuple[object, ...]:
        judgement = judge(
            Assessment(
                Goal(target * factor, 2027, ">="),
                Point(2024, base * factor),
                Latest(level * factor, 2026, 5),
                direction,
                path,
            )
        )
        return judgement.verdict, judgement.colour, judgement.ratio, judgement.catch_up_rate

    assert judged(1) == judged(scale)


@given(st.integers(1, 10**13), st.integers(1, 10**13), st.integers(1, 36))
def test_a_level_on_its_path_is_on_track(base: int, target: int, months: int) -> None:
    assume(target > base * 1.02)
    at = Latest(0, 2025 + (months - 1) // 12, (months - 1) % 12 + 1)
    plan = Assessment(Goal(target, 2027), Point(2024, base), at)
    assume(at.at - 2024 >= 1)
    required = judge(plan).required
    assert required is not None
    judgement = judge(replace(plan, latest=replace(at, value=required + 1)))
    assert judgement.verdict in {Verdict.ON_TRACK, Verdict.ACHIEVED}
