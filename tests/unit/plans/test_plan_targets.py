"""Figures of plans: measures, comparators and default paths of each kind of target."""

from decimal import Decimal
from pathlib import Path

import pytest

from shared.events.period import Month
from shared.plans import Comparator, PathKind, Plan, Target, load_catalogue
from shared.plans.comparing import meets
from shared.plans.measures import MEASURES

_SMALL = (Path(__file__).parents[2] / "data" / "plans" / "small.yaml").read_text(encoding="utf-8")


def _plan(tmp_path: Path, text: str) -> Plan:
    path = tmp_path / "small.yaml"
    path.write_text(text, encoding="utf-8")
    return load_catalogue([path]).plan("small")


@pytest.mark.parametrize(
    ("value", "measure", "base_units"),
    [
        ("100", "亿元", 10_000_000_000),
        ("0.00000001", "亿元", 1),
        ("0.000000001", "亿元", None),
        ("15", "%", 150_000),
        ("0.0001", "%", 1),
        ("9.5", "亿美元", 950_000_000),
        ("0.64", "万吨", 6_400),
        ("0.4", "吨标准煤/万元", 400_000),
        ("12.3", "件/万人", 12_300_000),
        ("1.5", "家", None),
    ],
)
def test_figures_become_whole_base_units_or_nothing(
    value: str, measure: str, base_units: int | None
) -> None:
    target = Target(2025, Decimal(value), Comparator.AT_LEAST, measure)
    assert target.base_units == base_units
    if base_units is not None:
        assert MEASURES[measure].from_base_units(base_units) == Decimal(value)


@pytest.mark.parametrize(
    ("comparator", "direction", "below", "at", "above"),
    [
        (Comparator.ABOVE, 1, False, False, True),
        (Comparator.AT_LEAST, 1, False, True, True),
        (Comparator.AT_MOST, -1, True, True, False),
        (Comparator.EQUAL, 1, False, True, True),
        (Comparator.EQUAL, -1, True, True, False),
        (Comparator.GROWTH, 1, False, True, True),
    ],
)
def test_a_comparator_says_what_meets_the_figure(
    comparator: Comparator, direction: int, *, below: bool, at: bool, above: bool
) -> None:
    assert [meets(actual, comparator, 100, direction) for actual in (99, 100, 101)] == [
        below,
        at,
        above,
    ]


@pytest.mark.parametrize(
    ("kind", "path", "direction"),
    [
        ("annual_flow", PathKind.CAGR, 1),
        ("stock", PathKind.CAGR, 1),
        ("per_capita", PathKind.CAGR, 1),
        ("share", PathKind.LINEAR, 1),
        ("rate", PathKind.LINEAR, 1),
        ("increment", PathKind.LINEAR, 1),
        ("rank", PathKind.LINEAR, -1),
        ("coverage", PathKind.LINEAR, 1),
        ("yearly_count", PathKind.YEARLY, 1),
        ("floor", PathKind.CONSTANT, 1),
        ("ceiling", PathKind.CONSTANT, -1),
        ("milestone", PathKind.NONE, 1),
        ("text", PathKind.NONE, 1),
    ],
)
def test_each_kind_has_its_own_path(
    tmp_path: Path, kind: str, path: PathKind, direction: int
) -> None:
    plan = _plan(tmp_path, _SMALL.replace("kind: annual_flow", f"kind: {kind}", 1))
    indicator = plan.indicator("bearings-output")
    assert (indicator.path, indicator.direction) == (path, direction)


def test_a_zero_base_is_never_a_growth_rate(tmp_path: Path) -> None:
    plan = _plan(tmp_path, _SMALL.replace("value: 5}", "value: 0}"))
    assert plan.indicator("bearings-output").path is PathKind.LINEAR


def test_a_base_may_be_a_bound(tmp_path: Path) -> None:
    plan = _plan(tmp_path, _SMALL.replace("value: 5}", "value: 5, comparator: '>'}"))
    base = plan.indicator("bearings-output").base
    assert base is not None
    assert base.comparator is Comparator.ABOVE
    assert base.source == "document"


def test_versions_of_a_plan_take_over_at_their_date(tmp_path: Path) -> None:
    first, second = tmp_path / "one.yaml", tmp_path / "two.yaml"
    first.write_text(_SMALL, encoding="utf-8")
    later = _SMALL.replace("version: '1'", "version: '2'\n  effective_from: 2023-07")
    second.write_text(later.replace("12.5", "11"), encoding="utf-8")
    catalogue = load_catalogue([first, second])
    at_start, later_on = (
        catalogue.plan("small", catalogue_month)
        for catalogue_month in (_month("2023-06"), _month("2023-07"))
    )
    assert (at_start.version, later_on.version) == ("1", "2")
    assert catalogue.plan("small").version == "2"


def _month(text: str) -> Month:
    return Month.parse(text)


def test_the_decisive_target_is_the_latest_dated_one(tmp_path: Path) -> None:
    text = _SMALL.replace(
        "      - {year: 2025, value: 12.5, comparator: '>'}",
        "      - {year: 2023, value: 8, comparator: '>'}\n"
        "      - {year: 2025, value: 12.5, comparator: '>'}",
    )
    target = _plan(tmp_path, text).indicator("bearings-output").target
    assert target is not None
    assert target.year == 2025
