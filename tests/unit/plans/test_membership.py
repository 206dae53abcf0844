"""Where an enterprise counts: the park wins over the county, each level takes it once."""

import pytest

from shared.events.period import Month
from shared.plans import Catalogue, MembershipRule, Plan, UnitKind, load_catalogue
from shared.plans.overlaps import can_meet, overlapping_units

_MAY = Month(2026, 5)


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


@pytest.fixture(scope="module")
def plan(catalogue: Catalogue) -> Plan:
    return catalogue.plan("suzhou-2027")


def _selected(
    plan: Plan, kind: UnitKind, region: str, park: str | None, industry: str
) -> list[str]:
    return [
        unit.id
        for unit in plan.units
        if unit.kind is kind and unit.includes(region, park, industry, _MAY)
    ]


@pytest.mark.parametrize(
    ("region", "park", "industry", "clusters", "industries", "county"),
    [
        ("341323", None, "3451", "szah-lb-bearings", "szah-equipment", "suzhou-ah-lingbi"),
        ("341323", None, "3452", "szah-lb-bearings", "szah-equipment", "suzhou-ah-lingbi"),
        ("341323", None, "3453", "", "szah-equipment", "suzhou-ah-lingbi"),
        ("341324", None, "3825", "szah-sx-new-energy", "szah-new-energy", "suzhou-ah-sixian"),
        ("341324", None, "3670", "szah-sx-auto-parts", "szah-equipment", "suzhou-ah-sixian"),
        ("341321", None, "3841", "szah-ds-equipment", "szah-new-energy", "suzhou-ah-dangshan"),
        ("341302", None, "3841", "", "szah-new-energy", "suzhou-ah-yongqiao"),
        ("341302", None, "2110", "szah-yq-smart-home", "szah-new-materials", "suzhou-ah-yongqiao"),
        ("341371", None, "2221", "szah-suma-paper", "szah-new-materials", "suzhou-ah-suma"),
        ("341372", None, "2710", "szah-etdz-pharma-chem", "szah-life-health", "suzhou-ah-etdz"),
        ("341372", None, "2614", "szah-etdz-pharma-chem", "szah-new-materials", "suzhou-ah-etdz"),
        ("341302", "suzhou-ah-htz", "6450", "szah-htz-it", "szah-new-it", "suzhou-ah-htz"),
        ("341302", "suzhou-ah-htz", "6550", "szah-htz-it", "szah-new-it", "suzhou-ah-htz"),
        ("341302", None, "6450", "", "szah-new-it", "suzhou-ah-yongqiao"),
        ("341302", "suzhou-ah-htz", "3511", "", "szah-equipment", "suzhou-ah-htz"),
        (
            "341302",
            "another-park",
            "3511",
            "szah-yq-hi-mfg",
            "szah-equipment",
            "suzhou-ah-yongqiao",
        ),
        ("341322", None, "7010", "", "", "suzhou-ah-xiaoxian"),
    ],
)
def test_an_enterprise_counts_once_on_each_level(
    plan: Plan,
    region: str,
    park: str | None,
    industry: str,
    clusters: str,
    industries: str,
    county: str,
) -> None:
    def selected(kind: UnitKind) -> list[str]:
        return _selected(plan, kind, region, park, industry)

    assert selected(UnitKind.CLUSTER) == [clusters] * bool(clusters)
    assert selected(UnitKind.INDUSTRY) == [industries] * bool(industries)
    assert selected(UnitKind.REGION) == [county]
    assert selected(UnitKind.CITY) == ["suzhou-ah"]


def test_an_enterprise_elsewhere_belongs_nowhere(catalogue: Catalogue) -> None:
    for unit in catalogue.units.values():
        assert not unit.includes("320500", None, "3451", _MAY)


def test_every_place_and_industry_is_in_one_unit_of_a_level(plan: Plan) -> None:
    """The overlap check against brute force over all codes that occur."""
    places: list[tuple[str, str | None]] = [("341302", "suzhou-ah-htz")]
    places += [(code, None) for unit in plan.units for code in unit.codes]
    prefixes = {
        prefix for unit in plan.units for rule in unit.membership for prefix in rule.industries
    }
    codes = prefixes | {prefix.ljust(4, end) for prefix in prefixes for end in "019"}
    for region, park in places:
        for code in sorted(codes):
            for kind in UnitKind:
                assert len(_selected(plan, kind, region, park, code)) <= 1


def test_a_park_means_the_same_place_in_every_plan(catalogue: Catalogue) -> None:
    city, zone = catalogue.plan("suzhou-2027"), catalogue.plan("suzhou-htz-2025")
    assert city.unit("suzhou-ah-htz").membership == zone.unit("suzhou-ah-htz").membership


def test_the_shipped_rules_do_not_overlap(catalogue: Catalogue) -> None:
    for plan in catalogue.plans:
        assert overlapping_units(plan) == []


def test_a_dated_rule_holds_in_its_months_only() -> None:
    rule = MembershipRule(regions=("341302",), valid_from=Month(2025, 3), valid_to=Month(2026, 2))
    held = [
        rule.matches("341302", None, "3451", month)
        for month in (Month(2025, 2), Month(2025, 3), Month(2026, 2), Month(2026, 3))
    ]
    assert held == [False, True, True, False]


@pytest.mark.parametrize(
    ("first", "second", "meets"),
    [
        (MembershipRule(), MembershipRule(), True),
        (MembershipRule(regions=("1",)), MembershipRule(regions=("2",)), False),
        (MembershipRule(regions=("1",)), MembershipRule(parks=("p",)), True),
        (MembershipRule(regions=("1",), not_parks=("p",)), MembershipRule(parks=("p",)), False),
        (MembershipRule(parks=("p",)), MembershipRule(parks=("q",)), False),
        (MembershipRule(industries=("345",)), MembershipRule(industries=("34",)), True),
        (MembershipRule(industries=("345",)), MembershipRule(industries=("346",)), False),
        (MembershipRule(industries=("345",)), MembershipRule(), True),
        (
            MembershipRule(valid_to=Month(2025, 1)),
            MembershipRule(valid_from=Month(2025, 2)),
            False,
        ),
        (
            MembershipRule(valid_to=Month(2025, 2)),
            MembershipRule(valid_from=Month(2025, 2)),
            True,
        ),
    ],
)
def test_rules_meet_where_one_enterprise_could_satisfy_both(
    first: MembershipRule, second: MembershipRule, *, meets: bool
) -> None:
    assert can_meet(first, second) is meets
    assert can_meet(second, first) is meets
