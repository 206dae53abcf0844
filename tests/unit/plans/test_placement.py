"""Where an enterprise counts: the park wins over the county, each level takes it once."""

import pytest

from shared.events.period import Month
from shared.plans import MembershipRule, Plan, load_catalogue
from shared.plans.overlaps import can_meet, overlapping_units
from shared.plans.placement import Placement, Site, place

_MAY = Month(2026, 5)


@pytest.fixture(scope="module")
def plan() -> Plan:
    return load_catalogue().plan("suzhou-2027")


@pytest.mark.parametrize(
    ("region", "park", "industry", "clusters", "industries", "county"),
    [
        ("341323", None, "3451", "szah-lb-bearings", "szah-equipment", "suzhou-ah-lingbi"),
        ("341323", None, "3452", "szah-lb-bearings", "szah-equipment", "suzhou-ah-lingbi"),
        ("341323", None, "3453", "", "szah-equipment", "suzhou-ah-lingbi"),
        ("341324", None, "3825", "szah-sx-new-energy", "szah-new-energy", "suzhou-ah-sixian"),
        ("341324", None, "3670", "szah-sx-auto-parts", "szah-equipment", "suzhou-ah-sixian"),
        ("341321", None, "3841", "szah-ds-equipment", "szah-equipment", "suzhou-ah-dangshan"),
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
    assert place(plan, Site(region, park, industry), _MAY) == Placement(
        clusters=(clusters,) if clusters else (),
        industries=(industries,) if industries else (),
        regions=(county, "suzhou-ah"),
    )


def test_an_enterprise_elsewhere_belongs_nowhere(plan: Plan) -> None:
    assert place(plan, Site("320500", None, "3451"), _MAY).units == ()


def test_every_pair_of_places_and_industries_is_in_one_unit_of_a_level(plan: Plan) -> None:
    """The overlap check against brute force over all codes that occur."""
    places: list[tuple[str, str | None]] = [("341302", "suzhou-ah-htz")]
    places += [(code, None) for unit in plan.units for code in unit.codes]
    prefixes = {
        prefix for unit in plan.units for rule in unit.membership for prefix in rule.industries
    }
    codes = prefixes | {prefix.ljust(4, end) for prefix in prefixes for end in "019"}
    for region, park in places:
        for code in sorted(codes):
            found = place(plan, Site(region, park, code), _MAY)
            assert len(found.clusters) <= 1
            assert len(found.industries) <= 1
            assert len(found.regions) <= 2


def test_the_shipped_rules_do_not_overlap(plan: Plan) -> None:
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
