"""What is hidden in one period, and in which others because of it."""

from typing import Any

from shared.confidentiality import (
    INVESTMENT_CONFIDENTIAL,
    ConfidentialityLimits,
    Hierarchy,
    Mask,
    Suppressor,
)
from shared.events.status import BaseFigure, Enterprises, Investment, LargestContribution, Status
from shared.testing.statuses import status_of

ALONE = Hierarchy((), {})
BASE_2020 = BaseFigure(2020, 1_000, "plan")


def told(period: str, *, secret: bool = False, **changes: Any) -> Status:
    return status_of(period, confidential=secret, **{"base": BASE_2020, **changes})


def mask_of(*statuses: Status) -> Mask:
    suppressor = Suppressor(ALONE, ConfidentialityLimits())
    suppressor.put(statuses)
    return Mask(suppressor.decision())


def hidden(*statuses: Status) -> list[str]:
    mask = mask_of(*statuses)
    return [status.period for status in statuses if mask.show(status).suppressed]


def test_the_neighbouring_months_of_a_year_are_hidden_too() -> None:
    assert hidden(
        told("2025-12"), told("2026-04"), told("2026-05", secret=True), told("2026-06")
    ) == ["2026-04", "2026-05", "2026-06"]


def test_three_years_after_are_hidden_and_no_year_before() -> None:
    years = [told(f"{year}-05", secret=year == 2022) for year in range(2021, 2028)]
    assert hidden(*years) == ["2022-05", "2023-05", "2024-05", "2025-05"]


def test_a_path_from_a_hidden_base_stays_hidden() -> None:
    base = BaseFigure(2020, 1_000, "feed")
    assert hidden(told("2020-12", secret=True), told("2026-05", base=base)) == [
        "2020-12",
        "2026-05",
    ]


def test_two_early_reports_of_many_hide_the_open_period_alone() -> None:
    early = told("2026-05", secret=True, enterprises=Enterprises(40, 2))
    assert hidden(told("2026-04"), early) == ["2026-05"]


def test_what_is_not_secret_any_more_is_shown_when_the_change_is_known() -> None:
    suppressor = Suppressor(ALONE, ConfidentialityLimits())
    suppressor.put([told("2026-05", secret=True)])
    assert Mask(suppressor.decision()).hides(told("2026-05"))
    suppressor.put([told("2026-05")])
    assert not Mask(suppressor.decision()).hides(told("2026-05"))


def test_an_open_status_tells_nothing_of_its_largest_contributor() -> None:
    status = told("2026-05", largest_contribution=LargestContribution("t", 0.4))
    shown = mask_of(status).show(status)
    assert not shown.suppressed
    assert shown.status.largest_contribution is None
    assert shown.status.ytd == status.ytd


def test_few_projects_hide_their_amounts_and_not_their_number() -> None:
    block = Investment("2026-05", 10, 5, 1.0, 100, 50, {"building": 2}, 0.5)
    status = told("2026-05", investment=block, reasons=(INVESTMENT_CONFIDENTIAL,))
    shown = mask_of(status).show(status)
    assert not shown.suppressed
    assert shown.status.investment == Investment(
        "2026-05", None, None, None, None, None, {"building": 2}
    )
    assert INVESTMENT_CONFIDENTIAL in shown.status.reasons


def test_masking_that_is_off_shows_and_marks_nothing_as_hidden() -> None:
    status = told("2026-05", secret=True, reasons=(INVESTMENT_CONFIDENTIAL,))
    mask = Mask(None)
    assert mask.show(status).status == status
    marked = mask.marked(status)
    assert not marked.confidential
    assert marked.reasons == ()
