"""The Suzhou 2027 plan against a transcription made from the document, not from the catalogue."""

from decimal import Decimal

import pytest

from shared.events.period import Month
from shared.plans import Missing, PathKind, Plan, TargetKind, UnitKind, load_catalogue
from shared.plans.comparing import meets
from shared.plans.model import Cadence, PlanStatus


@pytest.fixture(scope="module")
def plan() -> Plan:
    return load_catalogue().plan("suzhou-2027")


def test_the_plan_is_a_draft_with_the_units_of_three_levels(plan: Plan) -> None:
    kinds = [unit.kind for unit in plan.units]
    assert plan.status is PlanStatus.DRAFT
    assert kinds.count(UnitKind.CITY) == 1
    assert kinds.count(UnitKind.REGION) == 8
    assert kinds.count(UnitKind.INDUSTRY) == 6
    assert kinds.count(UnitKind.CLUSTER) == 15
    assert len(plan.indicators) == 35
    assert len(plan.projects) == 30
    assert len(plan.mechanisms) == 31


def test_redacted_targets_are_null_and_say_so(plan: Plan) -> None:
    redacted = [
        indicator.unit
        for indicator in plan.indicators
        for target in indicator.targets
        if target.redacted
    ]
    assert redacted == [
        "szah-green-food",
        "szah-new-materials",
        "szah-new-energy",
        "szah-equipment",
        "szah-life-health",
    ]
    for unit in redacted:
        target = plan.indicators_of(unit)[0].target
        assert target is not None
        assert target.value is None
        assert target.base_units is None
        assert target.missing is Missing.REDACTED


def test_the_enabling_industry_has_no_target_at_all(plan: Plan) -> None:
    assert plan.indicators_of("szah-new-it") == ()


def test_the_lower_bounds_below_the_city_sum_to_2100(plan: Plan) -> None:
    values = [
        target.value
        for unit in plan.units
        if unit.kind is UnitKind.CLUSTER
        for indicator in plan.indicators_of(unit.id)
        for target in indicator.targets
    ]
    assert len(values) == 15
    assert sum(value for value in values if value is not None) == Decimal(2100)


def test_the_bearings_target_is_ten_billion_yuan_from_the_feeds_2024(plan: Plan) -> None:
    bearings = plan.indicator("szah-lb-bearings-output")
    assert bearings.target is not None
    assert bearings.target.base_units == 10_000_000_000
    assert not meets(10_000_000_000, bearings.target.comparator, 10_000_000_000)
    assert bearings.base is not None
    assert (bearings.base.year, bearings.base.value) == (2024, None)
    assert bearings.base.from_data
    assert bearings.path is PathKind.CAGR


def test_at_least_is_met_by_the_figure_itself(plan: Plan) -> None:
    paper = plan.indicator("szah-suma-paper-output").target
    assert paper is not None
    assert meets(paper.base_units or 0, paper.comparator, 50_000_000_000)


def test_computing_power_is_followed_by_revenue_everything_else_by_output(plan: Plan) -> None:
    by_revenue = {unit.id for unit in plan.units if unit.value_indicator == "revenue"}
    assert by_revenue == {"szah-htz-it", "szah-new-it", "suzhou-ah-htz"}
    assert plan.indicator("szah-htz-it-output").indicator == "revenue"
    assert plan.indicator("szah-lb-bearings-output").indicator == "gross_output"


def test_funds_grow_15_per_cent_a_year_from_three_origins_without_a_base(plan: Plan) -> None:
    funds = [entry for entry in plan.indicators if entry.kind is TargetKind.GROWTH]
    assert len(funds) == 8
    for indicator in funds:
        assert indicator.origins == ("31", "32", "33")
        assert indicator.base is None
        assert indicator.path is PathKind.YEARLY
        assert indicator.targets[0].base_units == 150_000


def test_the_pharma_cluster_has_two_parents_and_no_primary_one(plan: Plan) -> None:
    cluster = plan.unit("szah-etdz-pharma-chem")
    assert cluster.parents == ("szah-life-health", "szah-new-materials")
    assert cluster.primary_parent is None
    assert plan.unit("szah-lb-bearings").primary_parent == "szah-equipment"


def test_names_of_headings_and_certificates_are_aliases(plan: Plan) -> None:
    assert "算力产业集群" in plan.unit("szah-htz-it").aliases
    assert "新能源汽车零部件" in plan.unit("szah-ds-equipment").aliases
    assert plan.unit("szah-lb-bearings").certified_name == "灵璧机械制造省级县域特色产业集群"
    certified = [unit for unit in plan.units if unit.certified_name]
    assert len(certified) == 5


def test_the_accountable_body_is_the_county_or_park(plan: Plan) -> None:
    assert plan.unit("szah-sx-new-energy").accountable_body == "泗县人民政府"
    assert plan.unit("szah-htz-it").accountable_body == "市高新区管委会"
    for indicator in plan.indicators:
        assert indicator.accountable_body


def test_the_four_papers_have_their_cadence(plan: Plan) -> None:
    papers = next(entry for entry in plan.mechanisms if entry.id == "reporting-cadence")
    assert papers.cadence == (
        Cadence.WEEKLY,
        Cadence.MONTHLY,
        Cadence.QUARTERLY,
        Cadence.YEARLY,
    )


def test_revenue_thresholds_define_the_coverage_populations(plan: Plan) -> None:
    activity = plan.indicator("szah-rd-activity-coverage").population
    organisation = plan.indicator("szah-rd-org-coverage").population
    assert activity is not None
    assert organisation is not None
    assert (activity.value, activity.comparator.value) == (Decimal(1), ">=")
    assert (organisation.value, organisation.comparator.value) == (Decimal(5), ">=")


def test_every_note_keeps_both_readings(plan: Plan) -> None:
    assert len(plan.notes) >= 19
    for note in plan.notes:
        assert len(note.readings) >= 2, note.id


def test_the_plan_decides_from_its_base_on(plan: Plan) -> None:
    assert plan.effective_from == Month(2025, 1)
    with pytest.raises(KeyError):
        load_catalogue().plan("suzhou-2027", Month(2024, 12))
