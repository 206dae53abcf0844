"""From statuses to raw values: what each criterion counts, and when it does not."""

from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.alerts.domain.alert import Audience, Kind, Labels, State, Transition
from services.alerts.domain.figures import Figures
from services.alerts.domain.papers.quarter import Quarter, days_late
from services.alerts.domain.papers.ranking import Raw, ranking
from services.alerts.domain.papers.ranking_figures import achievement, entry_of
from services.alerts.domain.papers.ranking_rules import Criterion, RankingRules
from services.alerts.domain.papers.rhythm import Rhythm
from services.alerts.domain.papers.view import mask_of
from services.alerts.testing import hiding, snapshot_of
from shared.confidentiality import EVERYTHING
from shared.events.period import Month
from shared.events.status import (
    Colour,
    Enterprises,
    OpenProject,
    Projects,
    Status,
    Verdict,
)
from shared.plans import Plan, load_catalogue
from shared.testing.statuses import status_of

LINGBI = "suzhou-ah-lingbi"
BEARINGS = "szah-lb-bearings"
RULES = RankingRules()


PLAN = load_catalogue().plan("suzhou-2027")


@pytest.fixture(scope="module")
def plan() -> Plan:
    return PLAN


def cluster(period: str, gap: int, unit: str = BEARINGS, made: int = 900, **more: Any) -> Status:
    """A cluster that made 900, so much more (or less) than is required."""
    return status_of(period, unit=unit, ytd=made, required_ytd=made - gap, gap=gap, **more)


def region(period: str, **changes: Any) -> Status:
    """The county as a whole: no target of its own."""
    fields: dict[str, Any] = {
        "unit": LINGBI,
        "unit_kind": "region",
        "target": None,
        "verdict": Verdict.NO_TARGET,
        "colour": Colour.GREY,
        "ytd_growth": 0.08,
        "coverage": 1.0,
    }
    return status_of(period, **fields | changes)


def projects(*opened: OpenProject, producing: int = 0, more: int = 0) -> Projects:
    return Projects(
        "2026-06", {"building": len(opened), "producing": producing}, {}, opened, len(opened) + more
    )


def project(number: int, since: str, stage: str = "building", **more: Any) -> OpenProject:
    last = more.pop("last_progress", "2026-06")
    return OpenProject(f"t{number}", stage, since, None, last, **more)


def raw_of(plan: Plan, criterion: Criterion, *statuses: Status, **changes: Any) -> Raw:
    masked = changes.pop("masked", False)
    snapshot = snapshot_of(plan, Rhythm.QUARTERLY, "2026-Q2", statuses, **changes)
    quarter = Quarter(snapshot, mask_of(snapshot) if masked else EVERYTHING, Month(2026, 6))
    county = snapshot.plan.by_id[LINGBI]
    return entry_of(quarter, county, RULES).raws[criterion]


def test_the_level_is_the_mean_of_what_clusters_achieved_of_their_requirement(plan: Plan) -> None:
    found = raw_of(plan, Criterion.LEVEL, cluster("2026-06", -100))
    assert found.value == Fraction(9, 10)
    assert [(one.figure, one.value) for one in found.evidence] == [("ytd", 900), ("gap", -100)]
    assert {one.key for one in found.evidence} == {f"suzhou-2027|{BEARINGS}|gross_output|2026-06"}


def test_a_requirement_that_came_only_in_part_is_compared_with_the_reports_that_came() -> None:
    thin = cluster("2026-06", -50)
    assert achievement(msgspec.structs.replace(thin, required_ytd=1000)) == Fraction(900, 950)


def test_where_less_is_wanted_less_achieves_more() -> None:
    stand = status_of("2026-06", required_ytd=None, level=80, gap=20)
    assert achievement(stand, direction=-1) == Fraction(100, 80)


@pytest.mark.parametrize("gap", [900, 2000])
def test_without_a_positive_requirement_nothing_is_divided(gap: int) -> None:
    assert achievement(cluster("2026-06", gap)) is None


def test_a_grey_cluster_is_not_judged_and_is_no_zero(plan: Plan) -> None:
    grey = cluster("2026-06", -100, verdict=Verdict.INCOMPLETE, colour=Colour.GREY)
    assert raw_of(plan, Criterion.LEVEL, grey) == Raw(None, "not_judged")


def test_a_region_is_judged_by_half_of_its_clusters_and_not_by_less(plan: Plan) -> None:
    region_of = {
        u.id: [c.id for c in plan.units if c.kind == "cluster" and c.region == u.id]
        for u in plan.units
        if u.kind == "region"
    }
    two = next(unit for unit, found in region_of.items() if len(found) == 2)
    three = next(unit for unit, found in region_of.items() if len(found) == 3)
    for unit, value in ((two, Fraction(9, 10)), (three, None)):
        statuses = [cluster("2026-06", -100, unit=region_of[unit][0])]
        snapshot = snapshot_of(plan, Rhythm.QUARTERLY, "2026-Q2", statuses)
        quarter = Quarter(snapshot, EVERYTHING, Month(2026, 6))
        found = entry_of(quarter, snapshot.plan.by_id[unit], RULES).raws[Criterion.LEVEL]
        assert found.value == value
        assert found.reason == ("" if value else "too_few_judged")


def test_the_gap_closed_is_a_share_of_the_shortfall_of_last_quarter(plan: Plan) -> None:
    """From 20 % short to 10 % short: half of it."""
    found = raw_of(plan, Criterion.GAP_CLOSED, cluster("2026-03", -225), cluster("2026-06", -100))
    assert found.value == Fraction(1, 2)


@pytest.mark.parametrize(
    ("then", "now", "closed"),
    [(0, 10, 1), (0, -10, -1), (-100, -100, 0), (-100, 50, 1), (-10, -800, -1)],
)
def test_nothing_to_close_is_all_that_can_be_asked_and_a_new_gap_the_least(
    plan: Plan, then: int, now: int, closed: int
) -> None:
    found = raw_of(plan, Criterion.GAP_CLOSED, cluster("2026-03", then), cluster("2026-06", now))
    assert found.value == closed


def test_without_last_quarter_no_gap_is_known_to_have_closed(plan: Plan) -> None:
    found = raw_of(plan, Criterion.GAP_CLOSED, cluster("2026-06", -100))
    assert found == Raw(None, "no_figure_last_quarter")


def test_growth_is_the_regions_own_and_thin_figures_are_not_assessed(plan: Plan) -> None:
    assert raw_of(plan, Criterion.GROWTH, region("2026-06")).value == Fraction(0.08)
    thin = raw_of(plan, Criterion.GROWTH, region("2026-06", coverage=0.9))
    assert (thin.value, thin.reason) == (None, "incomplete")
    assert raw_of(plan, Criterion.GROWTH).reason == "no_status"
    new = region("2026-06", ytd_growth=None)
    assert raw_of(plan, Criterion.GROWTH, new).reason == "growth_unknown"


def test_funds_are_held_against_the_growth_that_the_plan_wants(plan: Plan) -> None:
    funds = region("2026-06", indicator="funds", ytd_growth=0.12)
    found = raw_of(plan, Criterion.FUNDS, funds)
    assert found.value is not None
    assert float(found.value) == pytest.approx(0.8)
    assert [one.value for one in found.evidence] == [0.12, 150_000]


def test_projects_that_moved_count_for_and_stalled_ones_against(plan: Plan) -> None:
    """Two moved, one was finished, one stands still since January: (2 + 1 - 1) of 4."""
    now = projects(
        project(1, "2026-05-10"),
        project(2, "2026-04-01"),
        project(3, "2025-06-01", last_progress="2026-02"),
        producing=3,
    )
    before = Projects("2026-03", {"producing": 2}, {}, (), 0)
    found = raw_of(
        plan,
        Criterion.PROJECTS,
        region("2026-03", projects=before),
        region("2026-06", projects=now),
    )
    assert found.value == Fraction(2, 4)
    assert [(one.figure, one.value) for one in found.evidence] == [
        ("projects.moved", 3),
        ("projects.stalled", 1),
        ("projects.of", 4),
    ]


def test_without_projects_or_with_a_list_cut_short_nothing_is_assessed(plan: Plan) -> None:
    none = raw_of(plan, Criterion.PROJECTS, region("2026-06"))
    assert none.reason == "no_projects"
    cut = raw_of(
        plan,
        Criterion.PROJECTS,
        region("2026-06", projects=projects(project(1, "2026-05-10"), more=3)),
    )
    assert cut.reason == "projects_not_listed"


def test_the_first_quarter_has_two_periods(plan: Plan) -> None:
    snapshot = snapshot_of(plan, Rhythm.QUARTERLY, "2026-Q1", [])
    quarter = Quarter(snapshot, EVERYTHING, Month(2026, 3))
    assert quarter.months == (Month(2026, 2), Month(2026, 3))
    assert quarter.before == Month(2025, 12)
    assert quarter.first_day.isoformat() == "2026-01-01"


def test_coverage_is_the_mean_of_the_quarter_and_every_period_must_be_there(plan: Plan) -> None:
    months = [region(f"2026-{month:02}", coverage=c) for month, c in ((4, 1.0), (5, 0.9), (6, 0.8))]
    found = raw_of(plan, Criterion.DATA_DISCIPLINE, *months)
    assert found.value is not None
    assert float(found.value) == pytest.approx(0.9)
    assert raw_of(plan, Criterion.DATA_DISCIPLINE, *months[1:]).reason == "no_status"


def test_nobody_reporting_is_a_coverage_of_zero_and_no_null(plan: Plan) -> None:
    months = [
        region(f"2026-{month:02}", coverage=0.0, enterprises=Enterprises(4, 0))
        for month in (4, 5, 6)
    ]
    assert raw_of(plan, Criterion.DATA_DISCIPLINE, *months).value == 0


def test_days_late_are_those_that_alerts_recorded(plan: Plan) -> None:
    snapshot = snapshot_of(
        plan,
        Rhythm.QUARTERLY,
        "2026-Q2",
        [],
        transitions=tuple(
            late(*one) for one in ((BEARINGS, "2026-05", 3), (BEARINGS, "2026-05", 5))
        ),
    )
    quarter = Quarter(snapshot, EVERYTHING, Month(2026, 6))
    county = snapshot.plan.by_id[LINGBI]
    assert days_late(quarter, county) == {f"{BEARINGS}|2026-05": 5}
    assert days_late(quarter, snapshot.plan.by_id["suzhou-ah-sixian"]) == {}


def late(unit: str, period: str, days: int) -> Transition:
    at = datetime(2026, 6, 20, tzinfo=UTC)
    return Transition(
        labels=Labels("report_late", "suzhou-2027", unit, LINGBI, "gross_output"),
        episode=1,
        sequence=days,
        kind=Kind.FIRING,
        state=State.FIRING,
        previous_state=None,
        colour=Colour.BLUE,
        previous_colour=None,
        period=period,
        since=period,
        reason="nobody_reported",
        audience=Audience.MATCHING,
        audience_reason="",
        starts_at=at,
        at=at,
        figures=Figures("轴承", working_days_late=days),
    )


@given(hidden=st.integers(1, 2000), other=st.integers(1, 2000))
def test_a_masked_ranking_tells_nothing_of_what_is_hidden(hidden: int, other: int) -> None:
    """Whatever the hidden cluster made, readers without the right get the same ranking."""
    first, second = (
        [cluster("2026-06", made - 900, made=made), region("2026-06")] for made in (hidden, other)
    )

    def masked(statuses: list[Status]) -> Any:
        snapshot = snapshot_of(
            PLAN,
            Rhythm.QUARTERLY,
            "2026-Q2",
            statuses,
            hidden=hiding("gross_output", "2026-06", [BEARINGS]),
        )
        quarter = Quarter(snapshot, mask_of(snapshot), Month(2026, 6))
        return ranking([entry_of(quarter, snapshot.plan.by_id[LINGBI], RULES)], RULES)

    assert masked(first) == masked(second)
    level = next(part for part in masked(first)[0].parts if part.criterion is Criterion.LEVEL)
    assert (level.score, level.raw.reason) == (None, "suppressed")
