"""A small plan with one of everything that attribution has to decide about."""

from shared.plans import Plan, Unit, UnitKind
from shared.plans.model import PlanIndicator, PlanStatus
from shared.plans.targets import PathKind, TargetKind
from shared.plans.units import MembershipRule

CITY, YONGQIAO, LINGBI, PARK = "city", "yongqiao", "lingbi", "park"
EQUIPMENT, FOOD = "equipment", "food"
BEARINGS, PARTS, SNACKS, CHEMISTRY = "bearings", "parts", "snacks", "chemistry"

_CODES = ("341300", "341302", "341323")


def small_plan() -> Plan:
    """A city of two counties and a park inside Yongqiao (341302); Lingbi is 341323.

    Clusters: bearings (Lingbi, 345…) and parts (Yongqiao, 34…) of the industry equipment (34…),
    snacks (the park, 14…) of food (14…), chemistry (Lingbi, 26…) of both industries. Three
    indicators have no target: research-coverage of the city (%), park-firms (家), and
    bearings-patents (件).
    """
    return Plan(
        id="small",
        version="1",
        title="A small plan",
        issuer="tests",
        status=PlanStatus.DRAFT,
        city=CITY,
        target_year=2027,
        base_year=2024,
        units=(
            Unit(CITY, "City", UnitKind.CITY, CITY, codes=("341300",)),
            Unit(YONGQIAO, "Yongqiao", UnitKind.REGION, YONGQIAO, codes=("341302",)),
            Unit(LINGBI, "Lingbi", UnitKind.REGION, LINGBI, codes=("341323",)),
            Unit(PARK, "Park", UnitKind.REGION, PARK, parks=("park",)),
            _unit(EQUIPMENT, UnitKind.INDUSTRY, MembershipRule(_CODES, industries=("34",))),
            _unit(FOOD, UnitKind.INDUSTRY, MembershipRule(_CODES, industries=("14",))),
            _cluster(BEARINGS, MembershipRule(("341323",), industries=("345",)), EQUIPMENT),
            _cluster(PARTS, MembershipRule(("341302",), (), ("park",), ("34",)), EQUIPMENT),
            _cluster(SNACKS, MembershipRule(parks=("park",), industries=("14",)), FOOD),
            _cluster(CHEMISTRY, MembershipRule(("341323",), industries=("26",)), EQUIPMENT, FOOD),
        ),
        indicators=(
            _stated("research-coverage", CITY, "%", TargetKind.COVERAGE),
            _stated("park-firms", PARK, "家", TargetKind.STOCK),
            _stated("bearings-patents", BEARINGS, "件", TargetKind.STOCK),
        ),
    )


def _unit(unit: str, kind: UnitKind, rule: MembershipRule) -> Unit:
    return Unit(unit, unit.title(), kind, CITY, membership=(rule,))


def _cluster(unit: str, rule: MembershipRule, *parents: str) -> Unit:
    return Unit(unit, unit.title(), UnitKind.CLUSTER, CITY, parents=parents, membership=(rule,))


def _stated(name: str, unit: str, measure: str, kind: TargetKind) -> PlanIndicator:
    return PlanIndicator(name, unit, name, name.title(), measure, kind, (), PathKind.NONE, 1)
