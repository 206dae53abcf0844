"""Funds received: by currency and origin, and judged by the growth that the plan wants."""

import msgspec
import pytest

from services.metrics.testing import Service
from shared.events.facts import Fact, funds_indicator
from shared.events.status import Colour, Status, TargetFigure, Verdict
from shared.testing.facts import fact

LINGBI = "suzhou-ah-lingbi"
SHANGHAI, JIANGSU, ANHUI = "31", "32", "34"


def funds(
    period: str,
    project: str,
    ytd: int | None,
    last_year: int | None,
    origin: str = SHANGHAI,
    currency: str = "CNY",
    version: int = 1,
) -> Fact:
    indicator = funds_indicator(currency, origin)
    return fact(
        LINGBI,
        project,
        period,
        indicator=indicator,
        ytd=ytd,
        ytd_last_year=last_year,
        version=version,
    )


def judged(service: Service, period: str = "2026-05") -> Status:
    return service.status(LINGBI, period, "funds")


def month(period: str, growth: float, base: int = 1_000_000) -> list[Fact]:
    """Four projects from Shanghai and Jiangsu, each grown by `growth`."""
    origins = (SHANGHAI, SHANGHAI, JIANGSU, JIANGSU)
    return [
        funds(period, f"p{n}", round(base * (1 + growth)), base, origin)
        for n, origin in enumerate(origins)
    ]


def test_growth_of_the_named_origins_in_yuan_is_held_against_the_plan(service: Service) -> None:
    service.feed(
        [
            *month("2026-05", 0.12),
            funds("2026-05", "local", 90_000_000, 1_000_000, ANHUI),
            funds("2026-05", "dollars", 70_000_000, 1_000_000, SHANGHAI, "USD"),
        ]
    )

    status = judged(service)

    assert (status.ytd, status.ytd_last_year) == (4_480_000, 4_000_000)
    assert status.ytd_growth == pytest.approx(0.12)
    assert status.target == TargetFigure(None, 150_000, "growth_pa")
    assert status.level == 120_000
    assert status.ratio == pytest.approx(0.8)
    assert (status.verdict, status.colour) == (Verdict.BEHIND, Colour.YELLOW)
    assert status.required_ytd == 4_600_000
    assert status.gap == -120_000
    assert status.catch_up_rate is None
    assert status.contributors == 4


@pytest.mark.parametrize(
    ("growth", "verdict"),
    [
        (0.15, Verdict.ACHIEVED),
        (0.1499, Verdict.ON_TRACK),
        (0.05, Verdict.FAR_BEHIND),
        (-0.01, Verdict.MOVING_AWAY),
    ],
)
def test_fifteen_per_cent_is_enough_and_a_fall_moves_away(
    service: Service, growth: float, verdict: Verdict
) -> None:
    service.feed(month("2026-05", growth))
    assert judged(service).verdict is verdict


def test_each_currency_has_a_block_of_its_own_by_origin(service: Service) -> None:
    service.feed(
        [
            *month("2026-05", 0.12),
            funds("2026-05", "local", 500, 400, ANHUI),
            funds("2026-05", "abroad", 70, 50, "foreign", "USD"),
        ]
    )

    yuan, dollars = judged(service).funds

    assert (yuan.currency, yuan.total.ytd, yuan.projects) == ("CNY", 4_480_500, 5)
    assert yuan.planned is not None
    assert yuan.planned.ytd == 4_480_000
    assert {origin: f.ytd for origin, f in yuan.by_origin.items()} == {
        SHANGHAI: 2_240_000,
        JIANGSU: 2_240_000,
        ANHUI: 500,
    }
    assert (dollars.currency, dollars.total.ytd, dollars.planned) == ("USD", 70, None)


def test_the_blocks_stand_beside_the_value_indicator_with_their_own_period(
    service: Service,
) -> None:
    service.feed([*month("2026-04", 0.12), fact(LINGBI, "firm", "2026-05", ytd=10)])

    (block,) = service.status(LINGBI, "2026-05").funds

    assert block.period == "2026-04"


def test_a_project_that_has_not_reported_again_greys_the_verdict(service: Service) -> None:
    service.feed([*month("2026-04", 0.2), *month("2026-05", 0.2)[:3]])

    status = judged(service)

    assert status.coverage == pytest.approx(0.75)
    assert (status.enterprises.expected, status.enterprises.reporting) == (4, 3)
    assert status.verdict is Verdict.INCOMPLETE
    assert {"coverage_below_gate", "reports_missing"} <= set(status.reasons)


def test_nobody_is_due_in_the_first_period_of_a_year(service: Service) -> None:
    service.feed([*month("2025-12", 0.2), *month("2026-02", 0.2)[:3]])

    status = judged(service, "2026-02")

    assert status.coverage is None
    assert status.enterprises.expected == 0
    assert status.verdict is Verdict.ACHIEVED


def test_new_projects_alone_have_no_growth(service: Service) -> None:
    service.feed([funds("2026-05", f"p{n}", 100, 0) for n in range(4)])

    status = judged(service)

    assert status.ytd == 400
    assert status.ytd_growth is None
    assert status.verdict is Verdict.INCOMPLETE
    assert status.required_ytd is None


def test_the_year_requires_last_years_total_and_so_much_more(service: Service) -> None:
    service.feed([*month("2025-12", 0.0, 3_000_000), *month("2026-05", 0.12)])
    assert judged(service).required_year == 13_800_000


def test_a_county_without_a_target_shows_its_funds_and_is_not_judged(service: Service) -> None:
    cluster = "szah-lb-bearings"
    indicator = funds_indicator("CNY", SHANGHAI)
    service.feed([fact(cluster, "p", "2026-05", indicator=indicator, ytd=5, ytd_last_year=4)])

    status = service.status(cluster, "2026-05", "funds")

    assert status.ytd == 5
    assert status.verdict is Verdict.NO_TARGET
    assert status.funds[0].planned is None


def test_too_few_projects_are_named_as_confidential(service: Service) -> None:
    service.feed([funds("2026-05", "p0", 10, 8), funds("2026-05", "p1", 10, 8, JIANGSU)])
    assert judged(service).confidential
    assert "funds_confidential" in judged(service).reasons
    service.feed(month("2026-06", 0.1))
    assert not judged(service, "2026-06").confidential
    assert "funds_origins_confidential" in judged(service, "2026-06").reasons


def test_a_retracted_month_does_not_hide_who_was_behind_the_one_before(service: Service) -> None:
    """The status of a month shows the newest funds: whether they are secret stays known."""
    gone = funds("2026-03", "p", None, None, version=2)
    service.feed([funds("2026-02", "p", 100, 90), funds("2026-02", "q", 100, 90, currency="USD")])
    service.feed([funds("2026-03", "p", 200, 190)])
    service.feed([msgspec.structs.replace(gone, deleted=True)])
    told = fact(LINGBI, "firm", "2026-03", ytd=10)

    service.feed([told])

    status = service.status(LINGBI, "2026-03", "gross_output")
    assert [block.period for block in status.funds] == ["2026-02", "2026-02"]
    assert "funds_confidential" in status.reasons
