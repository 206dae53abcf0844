"""Eleven periods a year: January is not collected, and February stands for both."""

from collections.abc import Sequence
from fractions import Fraction

import pytest

from services.metrics.domain.history import SEASON, history_of
from services.metrics.domain.shares import PastYear, cumulative_share
from services.metrics.testing import Service
from shared.events.facts import (
    INVESTMENT,
    PROJECT,
    Fact,
    ProjectState,
    funds_indicator,
)
from shared.events.period import Month
from shared.testing.facts import fact, membership

UNIT = "szah-lb-bearings"
RETAIL: Sequence[int] = (14, 21, 28, 36, 44, 52, 61, 70, 80, 90, 100)
"""A year-to-date with a large first period, in per cent of the year."""


@pytest.mark.parametrize("indicator", ["gross_output", INVESTMENT, funds_indicator("CNY", "31")])
def test_no_report_of_a_january_is_taken(service: Service, indicator: str) -> None:
    service.feed([fact(UNIT, "a", "2026-01", indicator=indicator, ytd=5)])
    assert service.counts() == {"consumed": 1, "dead_lettered": 1}
    assert service.statuses() == {}


def test_register_and_stages_know_january(service: Service) -> None:
    signed = ProjectState("signed", occurred_on="2026-01-20")
    service.feed(
        [
            membership(UNIT, "a", "2026-01"),
            fact(UNIT, "p", "2026-01", indicator=PROJECT, project=signed),
        ]
    )
    assert service.counts()["applied"] == 2


def test_the_period_before_february_is_last_years_december() -> None:
    assert Month(2026, 2).reporting_before() == Month(2025, 12)
    assert Month(2025, 12).reporting_after() == Month(2026, 2)


def test_a_year_without_gaps_has_eleven_figures() -> None:
    figures = {(2025, month): ytd for month, ytd in zip(range(2, 13), RETAIL, strict=True)}
    history = history_of({**figures, (2026, 2): 15}, 2026, 2)
    assert history is not None
    assert len(history.closed[0]) == SEASON == 11
    assert history.increments[0] == 14  # January and February together, never split


def test_a_january_that_exists_by_mistake_is_passed_over() -> None:
    figures = {(2025, month): ytd for month, ytd in zip(range(2, 13), RETAIL, strict=True)}
    assert history_of({**figures, (2025, 1): 7}, 2025, 12) == history_of(figures, 2025, 12)


def test_the_requirement_follows_the_years_own_shape_and_no_calendar_twelfths() -> None:
    share = cumulative_share(2, [PastYear(14, 100)])
    assert share is not None
    assert share.value == Fraction(14, 100)
    assert share.value != Fraction(2, 12)


def year(number: int, factor: int = 1_000_000) -> list[Fact]:
    return [
        fact(UNIT, "a", f"{number}-{month:02}", ytd=share * factor, ytd_last_year=share * factor)
        for month, share in zip(range(2, 13), RETAIL, strict=True)
    ]


def test_required_year_to_date_of_february_is_what_february_usually_carries(
    service: Service,
) -> None:
    service.feed([*year(2024), *year(2025), fact(UNIT, "a", "2026-02", ytd=15_000_000)])
    status = service.status(UNIT, "2026-02")
    assert status.required_ytd is not None
    assert status.required_year is not None
    assert status.required_ytd == pytest.approx(0.14 * status.required_year, abs=1)
