"""Published statuses and worked figures come out of the same function as the verdicts."""

import csv
import math
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.metrics.domain.assess import Progress, assess
from services.metrics.domain.trend import room_left
from shared.events.status import Verdict

PUBLISHED = Path(__file__).parents[2] / "data" / "statcan_progress.csv"


def rows() -> list[dict[str, str]]:
    with PUBLISHED.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def progress(row: dict[str, str]) -> Progress:
    def optional(name: str) -> Decimal | None:
        return Decimal(row[name]) if row[name] else None

    target_year = optional("target_year")
    return Progress(
        direction=int(row["direction"]),
        base_year=int(row["base_year"]),
        base_value=Decimal(row["base_value"]),
        latest_year=int(row["latest_year"]),
        latest_value=Decimal(row["latest_value"]),
        target=optional("target"),
        target_year=None if target_year is None else int(target_year),
        limit=optional("limit"),
    )


def test_there_are_87_published_statuses() -> None:
    assert len(rows()) == 87


@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{row['set']}-{row['indicator']}")
def test_the_published_status_comes_out(row: dict[str, str]) -> None:
    result = assess(progress(row))
    assert result.published_style_status == row["published_status"]
    if row["recomputed_value"]:
        assert result.ratio == pytest.approx(float(row["recomputed_value"]), abs=1e-6)


@pytest.mark.parametrize(
    ("value", "ratio", "un_ratio", "linear"),
    [
        ("24.0", -0.0613, -0.0347, -0.036),
        ("30.0", 0.3474, 0.2483, 0.204),
        ("33.7075", 0.6000, 0.4910, 0.352),
        ("38.8452", 0.9500, 0.9273, 0.557),
        ("39.5791", 1.0000, 1.0000, 0.586),
    ],
)
def test_the_three_ratios_of_the_bearings_cluster(
    value: str, ratio: float, un_ratio: float, linear: float
) -> None:
    result = assess(Progress(1, 2024, Decimal("24.9"), 2025, Decimal(value), Decimal(100), 2027))
    assert result.ratio == pytest.approx(ratio, abs=6e-5)
    assert result.un_ratio == pytest.approx(un_ratio, abs=6e-5)
    assert result.linear_ratio == pytest.approx(linear, abs=6e-4)


def test_the_bearings_cluster_needs_59_per_cent_a_year() -> None:
    result = assess(Progress(1, 2024, Decimal("24.9"), 2025, Decimal(30), Decimal(100), 2027))
    from_base = assess(Progress(1, 2023, Decimal(1), 2024, Decimal("24.9"), Decimal(100), 2027))
    assert from_base.catch_up_rate == pytest.approx(0.58952, abs=5e-6)
    assert result.catch_up_rate == pytest.approx((100 / 30) ** 0.5 - 1)


@pytest.mark.parametrize(
    ("latest", "verdict"),
    [
        ("101.5", Verdict.ON_TRACK),
        ("101.49", Verdict.BEHIND),
        ("100.5", Verdict.BEHIND),
        ("100.49", Verdict.FAR_BEHIND),
        ("100", Verdict.FAR_BEHIND),
        ("99.99", Verdict.MOVING_AWAY),
    ],
)
def test_without_a_target_the_growth_a_year_decides(latest: str, verdict: Verdict) -> None:
    assert assess(Progress(1, 2024, Decimal(100), 2025, Decimal(latest))).verdict is verdict


def test_near_a_natural_limit_less_growth_is_asked_for() -> None:
    close = Progress(1, 2020, Decimal("97.4"), 2021, Decimal("97.6"), limit=Decimal(100))
    assert assess(close).verdict is Verdict.ON_TRACK
    far = Progress(1, 2020, Decimal(50), 2021, Decimal("50.1"), limit=Decimal(100))
    assert assess(far).verdict is Verdict.FAR_BEHIND


def test_the_room_to_a_limit_is_mirrored_beyond_it() -> None:
    limit = Fraction(100)
    inside, beyond = room_left(Fraction(90), limit, 4.44), room_left(Fraction(110), limit, 4.44)
    assert inside == pytest.approx(beyond)
    assert inside == pytest.approx(1 - 0.9**4.44)
    assert room_left(Fraction(201), limit, 4.44) == 1.0


numbers = st.decimals(-(10**25), 10**25, allow_nan=False, allow_infinity=False)
years = st.integers(1990, 2050)


@given(
    st.builds(
        Progress,
        st.sampled_from([1, -1]),
        years,
        numbers,
        years,
        numbers,
        st.none() | numbers,
        st.none() | years,
        st.none() | numbers,
    )
)
def test_any_row_gives_a_verdict_and_finite_figures(row: Progress) -> None:
    result = assess(row)
    figures = (result.ratio, result.un_ratio, result.linear_ratio, result.catch_up_rate)
    assert all(figure is None or math.isfinite(figure) for figure in figures)
