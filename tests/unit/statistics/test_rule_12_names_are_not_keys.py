"""Rule 12: events name clusters by id; files may use any of a plan's names for them."""

from dataclasses import replace

import pytest

from services.ingest.testing import Ingest
from shared.events.reasons import Reason
from shared.files.mapping import shipped_mappings
from shared.files.names import with_plan_names
from shared.plans import Plan
from shared.testing.events import funds, records, registration
from shared.testing.plans import BEARINGS, PARTS, small_plan


def named(**aliases: tuple[str, ...]) -> Plan:
    plan = small_plan()
    units = [replace(unit, aliases=aliases.get(unit.id, ())) for unit in plan.units]
    return replace(plan, units=tuple(units))


def translations(plan: Plan) -> dict[str, str]:
    mapping = with_plan_names(shipped_mappings()["5-funds"], [plan])
    return mapping.fields["cluster"].translate or {}


@pytest.mark.parametrize("field", ["name", "alias", "id"])
def test_a_file_may_name_a_cluster_by_name_alias_or_id(field: str) -> None:
    plan = named(bearings=("灵璧轴承", "轴承产业集群"))
    written = {"name": "bearings", "alias": "轴承产业集群", "id": BEARINGS}[field]
    assert translations(plan)[written] == BEARINGS


def test_a_name_of_two_clusters_is_left_to_the_sender(ingest: Ingest) -> None:
    plan = named(bearings=("集群",), parts=("集群",))
    assert "集群" not in translations(plan)
    ingest.take(records([funds(cluster="集群")]))
    assert ingest.dead_letters() == {"stats.funds.v1": {Reason.OUT_OF_RANGE: 1}}


def test_two_enterprises_of_one_name_are_two(ingest: Ingest) -> None:
    listed = [{"cluster": PARTS, "weight": 10_000}]
    ingest.take(records(registration(n, name="同名企业", memberships=listed) for n in (1, 2)))
    assert len({fact.subject for fact in ingest.live_facts().values()}) == 2


def test_no_name_leaves_ingest(ingest: Ingest) -> None:
    ingest.take(records([registration(name="绝密企业"), funds(cluster=BEARINGS)]))
    facts = ingest.facts()
    assert facts
    assert not [fact for fact in facts if "绝密" in str(fact)]
    assert {fact.subject[:2] for fact in facts} <= {"e-", "p-"}
