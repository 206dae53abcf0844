"""Rules about contributions, funds and investment, as pure functions."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.alerts.domain.further_rules import PeriodRule
from services.alerts.domain.money_rules import (
    InvestmentPaceRule,
    assess_contribution,
    assess_funds_growth,
    assess_investment_pace,
    wanted_investment,
)
from services.alerts.domain.outcome import Outcome
from shared.events.status import (
    Enterprises,
    Funds,
    FundsFigure,
    Investment,
    LargestContribution,
    Status,
)
from shared.testing.statuses import status_of

HALF = PeriodRule(threshold=0.5)
TWICE = PeriodRule(periods=2)
NOBODY: dict[str, Any] = {"coverage": None, "enterprises": Enterprises(0, 0)}


def said(outcome: Outcome) -> tuple[str, str]:
    return str(outcome.phase), outcome.reason


def fall(growth: float | None, share: float | None, **changes: Any) -> Status:
    largest = None if share is None else LargestContribution("e1", share)
    return status_of("2026-05", ytd_growth=growth, largest_fall=largest, **changes)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (fall(-0.1, 0.51), ("firing", "one_explains_the_fall")),
        (fall(-0.1, 0.5), ("inactive", "many_explain_the_fall")),
        (fall(0.0, 0.9), ("inactive", "no_fall")),
        (fall(-0.1, None), ("inactive", "nothing_judged")),
        (fall(None, 0.9), ("inactive", "nothing_judged")),
        (fall(-0.1, 0.9, coverage=0.9), ("inactive", "nothing_judged")),
        (fall(-0.1, 0.9, confidential=True), ("inactive", "nothing_judged")),
    ],
)
def test_one_contributor_counts_only_in_a_fall_that_can_be_shown(
    status: Status, expected: tuple[str, str]
) -> None:
    assert said(assess_contribution(HALF, [status])) == expected


def test_the_contributor_is_known_by_token_only() -> None:
    detail = assess_contribution(HALF, [fall(-0.1, 0.8)]).detail
    assert (detail.subject, detail.share) == ("e1", 0.8)


def funds(*growths: float | None, **changes: Any) -> list[Status]:
    return [
        status_of(f"2026-{3 + n:02d}", ytd_growth=growth, **{**NOBODY, **changes})
        for n, growth in enumerate(growths)
    ]


def test_funds_below_the_plans_growth_fire_after_two_periods_and_clear_with_one() -> None:
    assert said(assess_funds_growth(TWICE, funds(0.14), 0.15))[0] == "pending"
    fires = assess_funds_growth(TWICE, funds(0.14, 0.1), 0.15)
    assert said(fires) == ("firing", "funds_below_plan")
    assert (fires.detail.growth, fires.detail.wanted_growth) == (0.1, 0.15)
    assert said(assess_funds_growth(TWICE, funds(0.1, 0.1, 0.15), 0.15))[0] == "inactive"


def test_funds_without_a_base_or_a_target_are_not_judged() -> None:
    assert said(assess_funds_growth(TWICE, funds(None, None), 0.15))[1] == "nothing_judged"
    assert said(assess_funds_growth(TWICE, funds(0.1, 0.1), None))[1] == "nothing_judged"


def test_of_several_currencies_the_yuan_of_the_plans_origins_counts() -> None:
    yuan = Funds("2026-03", "CNY", FundsFigure(9, 1, 8.0), FundsFigure(1, 2, -0.5), {}, 3)
    dollar = Funds("2026-03", "USD", FundsFigure(9, 1, 8.0), FundsFigure(9, 1, 8.0), {}, 3)
    (status,) = funds(0.9, funds=(dollar, yuan))
    assert assess_funds_growth(PeriodRule(), [status], 0.15).detail.growth == -0.5


def invested(ytd: int, last_year: int | None, **changes: Any) -> Investment:
    fields: dict[str, Any] = {"planned_total": 12_000, "since_start": 1_000 + ytd, **changes}
    return Investment("2026-06", ytd, last_year, None, projects={}, **fields)


PACE = InvestmentPaceRule(periods=1, years=2)


@pytest.mark.parametrize(
    ("investment", "expected"),
    [
        (invested(100, 200), "investment_behind"),
        (invested(300, 200), "investment_in_pace"),
        (invested(2_800, 9_000), "investment_in_pace"),
        (invested(100, None), "nothing_judged"),
        (invested(100, 200, planned_total=None), "nothing_judged"),
        (None, "nothing_judged"),
    ],
)
def test_investment_is_slow_when_it_is_behind_last_year_and_behind_the_plans(
    investment: Investment | None, expected: str
) -> None:
    status = status_of("2026-06", investment=investment)
    assert assess_investment_pace(PACE, [status]).reason == expected


def test_confidential_or_older_investment_is_not_judged() -> None:
    slow = invested(100, 200)
    for changes in ({"confidential": True}, {"reasons": ("investment_confidential",)}):
        status = status_of("2026-06", investment=slow, **changes)
        assert assess_investment_pace(PACE, [status]).reason == "nothing_judged"
    assert assess_investment_pace(PACE, [status_of("2026-07", investment=slow)]).reason == (
        "nothing_judged"
    )


def test_what_was_left_at_the_beginning_of_the_year_is_spread_over_the_years() -> None:
    status = status_of("2026-06", investment=invested(100, 200))
    assert wanted_investment(PACE, status) == round((12_000 - 1_000) / 2 / 2)


@given(st.lists(st.tuples(st.integers(1, 11), st.floats(-0.9, 0.9)), max_size=8), st.randoms())
def test_the_order_of_arrival_plays_no_part(found: list[tuple[int, float]], chance: Any) -> None:
    statuses = [
        status_of(f"2025-{month + 1:02d}", ytd_growth=growth, **NOBODY)
        for month, growth in dict(found).items()
    ]
    shuffled = list(statuses)
    chance.shuffle(shuffled)
    assert assess_funds_growth(TWICE, statuses, 0.15) == assess_funds_growth(TWICE, shuffled, 0.15)
