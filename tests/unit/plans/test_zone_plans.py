"""The four zone plans: their traps are kept as the documents have them."""

from decimal import Decimal

import pytest

from shared.events.period import Month
from shared.plans import (
    Base,
    Catalogue,
    Comparator,
    Missing,
    PathKind,
    PlanIndicator,
    TargetKind,
    UnitKind,
    load_catalogue,
)
from shared.plans.comparing import meets
from shared.plans.model import Attribute, Cadence


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


@pytest.mark.parametrize(
    ("plan_id", "clusters", "indicators", "projects", "mechanisms", "notes"),
    [
        ("suzhou-2027", 21, 35, 30, 31, 19),
        ("suzhou-htz-2025", 31, 42, 27, 27, 20),
        ("zibo-htz-2025", 13, 59, 79, 46, 24),
        ("anshan-htz-2025", 20, 35, 65, 48, 17),
        ("lianyungang-htz-2025", 10, 22, 18, 33, 18),
    ],
)
def test_each_document_is_there_in_full(
    catalogue: Catalogue,
    plan_id: str,
    clusters: int,
    indicators: int,
    projects: int,
    mechanisms: int,
    notes: int,
) -> None:
    plan = catalogue.plan(plan_id)
    judged = [unit for unit in plan.units if unit.kind in {UnitKind.CLUSTER, UnitKind.INDUSTRY}]
    assert len(judged) == clusters
    assert len(plan.indicators) == indicators
    assert len(plan.projects) == projects
    assert len(plan.mechanisms) == mechanisms
    assert len(plan.notes) >= notes
    for note in plan.notes:
        assert len(note.readings) >= 2, note.id


def test_every_kind_of_target_occurs(catalogue: Catalogue) -> None:
    found = {entry.kind for plan in catalogue.plans for entry in plan.indicators}
    assert found == set(TargetKind)


def test_ids_of_units_and_indicators_are_unique_over_all_plans(catalogue: Catalogue) -> None:
    ids = [entry.id for plan in catalogue.plans for entry in plan.indicators]
    assert len(ids) == len(set(ids))
    shared = {"suzhou-ah-htz"}  # the same park in the plan of its city and in its own
    units = [unit.id for plan in catalogue.plans for unit in plan.units if unit.id not in shared]
    assert len(units) == len(set(units))


def test_zone_clusters_have_no_members_by_rule(catalogue: Catalogue) -> None:
    for plan in catalogue.plans[1:]:
        clusters = [unit for unit in plan.units if unit.kind is UnitKind.CLUSTER]
        assert not any(unit.membership for unit in clusters)
        assert plan.unit(plan.city).membership


def _indicator(catalogue: Catalogue, plan: str, indicator: str) -> PlanIndicator:
    return catalogue.plan(plan).indicator(indicator)


def _base(indicator: PlanIndicator) -> Base:
    assert indicator.base is not None
    return indicator.base


def test_the_unemployment_ceiling_is_looser_than_its_base(catalogue: Catalogue) -> None:
    rate = _indicator(catalogue, "zibo-htz-2025", "zibo-htz-registered-unemployment-rate")
    assert rate.target is not None
    assert (rate.kind, rate.path, rate.direction) == (TargetKind.CEILING, PathKind.CONSTANT, -1)
    assert _base(rate).value == Decimal("1.87")
    assert (rate.target.comparator, rate.target.value) == (Comparator.AT_MOST, Decimal("4.5"))


def test_the_grain_base_equals_its_target_and_is_a_floor(catalogue: Catalogue) -> None:
    grain = _indicator(catalogue, "zibo-htz-2025", "zibo-htz-grain-capacity")
    assert grain.target is not None
    assert (grain.kind, grain.path) == (TargetKind.FLOOR, PathKind.CONSTANT)
    assert grain.target.base_units == _base(grain).base_units == 6_400


def test_gdp_keeps_the_level_and_the_growth_a_year(catalogue: Catalogue) -> None:
    level = _indicator(catalogue, "zibo-htz-2025", "zibo-htz-gdp")
    growth = _indicator(catalogue, "zibo-htz-2025", "zibo-htz-gdp-growth")
    assert level.target is not None
    assert growth.target is not None
    assert (level.target.value, level.target.comparator.value) == (Decimal(570), ">=")
    assert (growth.kind, growth.target.value) == (TargetKind.GROWTH, Decimal(15))
    note = next(n for n in catalogue.plan("zibo-htz-2025").notes if n.id == "gdp-level-and-growth")
    assert set(note.about) == {level.id, growth.id}


@pytest.mark.parametrize("row", ["co2-intensity-reduction", "good-air-days-ratio"])
def test_a_merged_table_cell_is_no_figure(catalogue: Catalogue, row: str) -> None:
    indicator = _indicator(catalogue, "zibo-htz-2025", f"zibo-htz-{row}")
    assert indicator.target is not None
    assert indicator.target.value is None
    assert indicator.target.missing is Missing.ASSIGNED
    assert indicator.attribute is Attribute.BINDING


def test_the_change_over_five_years_never_judges(catalogue: Catalogue) -> None:
    share = _indicator(catalogue, "zibo-htz-2025", "zibo-htz-urbanization-rate")
    assert [target.value for target in share.targets] == [Decimal(93)]
    (change,) = share.also_stated
    assert (change.value, change.measure) == (Decimal("1.76"), "个百分点")


def test_a_rank_counts_downwards(catalogue: Catalogue) -> None:
    rank = _indicator(catalogue, "zibo-htz-2025", "zibo-htz-national-hitech-zone-rank")
    assert rank.target is not None
    assert (rank.kind, rank.direction, _base(rank).value) == (TargetKind.RANK, -1, Decimal(43))
    assert meets(30, rank.target.comparator, rank.target.base_units or 0, rank.direction)


def test_a_zero_base_has_a_straight_path(catalogue: Catalogue) -> None:
    gazelles = _indicator(catalogue, "anshan-htz-2025", "anshan-htz-gazelle-unicorn-enterprises")
    assert _base(gazelles).base_units == 0
    assert gazelles.path is PathKind.LINEAR


def test_listed_companies_are_a_level_with_the_increment_beside_it(catalogue: Catalogue) -> None:
    listed = _indicator(catalogue, "anshan-htz-2025", "anshan-htz-listed-companies")
    assert listed.target is not None
    assert listed.target.value == Decimal(14)
    assert [target.value for target in listed.also_stated] == [Decimal(7)]


def test_more_than_and_the_figure_itself_are_both_kept(catalogue: Catalogue) -> None:
    revenue = _indicator(catalogue, "anshan-htz-2025", "anshan-htz-total-operating-revenue")
    assert revenue.target is not None
    assert revenue.base is None
    assert revenue.target.comparator is Comparator.EQUAL
    assert revenue.also_stated[0].comparator is Comparator.ABOVE
    patents = _indicator(catalogue, "suzhou-htz-2025", "szah-htz-invention-patents-per-10k")
    assert patents.target is not None
    assert patents.target.comparator is Comparator.AT_LEAST
    assert patents.also_stated[0].comparator is Comparator.ABOVE


def test_energy_intensity_is_a_ceiling_in_the_unit_of_its_cell(catalogue: Catalogue) -> None:
    energy = _indicator(
        catalogue, "anshan-htz-2025", "anshan-htz-energy-per-industrial-value-added"
    )
    assert energy.target is not None
    assert (energy.kind, energy.direction) == (TargetKind.CEILING, -1)
    assert energy.target.base_units == 400_000
    assert energy.attribute is Attribute.BINDING


def test_a_doubling_without_a_base_stays_a_multiple(catalogue: Catalogue) -> None:
    pension = _indicator(catalogue, "suzhou-htz-2025", "szah-htz-resident-basic-pension")
    assert (pension.kind, pension.multiple, pension.base) == (TargetKind.MULTIPLE, Decimal(2), None)


def test_bases_without_a_year_start_no_path(catalogue: Catalogue) -> None:
    intensity = _indicator(catalogue, "lianyungang-htz-2025", "lyg-htz-rd-intensity")
    assert intensity.base is None
    assert intensity.undated_base is not None
    assert intensity.undated_base.comparator is Comparator.ABOVE
    assert intensity.undated_base.value == Decimal(5)


def test_a_subset_names_its_whole(catalogue: Catalogue) -> None:
    skilled = _indicator(catalogue, "lianyungang-htz-2025", "lyg-htz-skilled-talent")
    assert skilled.part_of == "lyg-htz-new-high-level-talent"
    parts = [
        entry.target.value
        for entry in catalogue.plan("suzhou-htz-2025").indicators
        if entry.part_of == "szah-htz-cloud-industry-scale" and entry.target is not None
    ]
    assert sum(value or 0 for value in parts) == Decimal(350)


def test_a_merger_breaks_the_series(catalogue: Catalogue) -> None:
    (series_break,) = catalogue.plan("lianyungang-htz-2025").unit("lyg-htz").series_breaks
    assert series_break.month == Month(2020, 7)


def test_words_for_figures_stay_words(catalogue: Catalogue) -> None:
    history = {figure.id: figure for figure in catalogue.plan("suzhou-htz-2025").history}
    vague = history["szah-htz-h-platform-cloud-leaders"]
    bound = history["szah-htz-h-leading-industry-registered"]
    assert (vague.value, vague.wording) == (None, "数十")
    assert (bound.value, bound.comparator, bound.approximate) == (
        Decimal(1200),
        Comparator.AT_LEAST,
        True,
    )


def test_printed_growth_is_kept_beside_levels_that_contradict_it(catalogue: Catalogue) -> None:
    history = {figure.id: figure for figure in catalogue.plan("anshan-htz-2025").history}
    first, last = history["anshan-htz-h-gdp-2015"], history["anshan-htz-h-gdp-2020"]
    assert (first.value, last.value) == (Decimal(51), Decimal(95))
    growth = next(change for change in last.changes if change.kind == "average_growth")
    assert growth.value == Decimal("8.3")


def test_only_one_plan_has_a_full_rhythm_of_follow_up(catalogue: Catalogue) -> None:
    duties = {duty.id: duty for duty in catalogue.plan("suzhou-htz-2025").mechanisms}
    assert duties["szah-htz-one-enterprise-one-person"].cadence == (
        Cadence.WEEKLY,
        Cadence.MONTHLY,
        Cadence.QUARTERLY,
        Cadence.HALF_YEARLY,
    )
