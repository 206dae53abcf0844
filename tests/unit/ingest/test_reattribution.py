"""Another plan reaches old reports; another token secret is refused."""

from dataclasses import replace
from typing import Any

import pytest

from services.ingest.adapters.attribution_store import SqlSubjects
from services.ingest.adapters.secret_store import keep_secret
from services.ingest.adapters.store import SqlStore
from services.ingest.adapters.tokens import HmacTokens
from services.ingest.use_cases import IngestBatch
from services.ingest.use_cases import reattribute as reattributing
from services.ingest.use_cases.reattribute import Reattribute, plans_digest
from shared.configuration import SettingsError
from shared.plans import Plan
from shared.storage import writing
from shared.testing.events import output, records, registration
from shared.testing.plans import small_plan

SECRET = b"a secret for tests only"


def without(plan: Plan, unit: str) -> Plan:
    units = tuple(each for each in plan.units if each.id != unit)
    of_units = tuple(each for each in plan.indicators if each.unit != unit)
    return replace(plan, units=units, indicators=of_units)


def follow(ingest: Any, plan: Plan) -> int:
    """Run the job of a service that was started with this plan; returns the pieces it took."""
    use_case = IngestBatch.following([plan], HmacTokens(SECRET), ingest.clock, None)
    job = Reattribute(use_case, [plan])
    pieces = 1
    while True:
        with writing(ingest.engine) as connection:
            if not job.step(SqlStore(connection), SqlSubjects(connection)):
                return pieces
        pieces += 1


def units_of(ingest: Any) -> set[str]:
    return {f.unit for f in ingest.live_facts().values() if f.indicator == "gross_output"}


@pytest.fixture
def filled(ingest: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(reattributing, "PIECE", 2)
    ingest.take(records([registration(n) for n in range(1, 6)]))
    ingest.take(records([output(n) for n in range(1, 6)]))
    follow(ingest, small_plan())
    return ingest


def test_a_unit_that_a_plan_drops_is_taken_back_and_comes_again(filled: Any) -> None:
    before = filled.live_facts()

    assert follow(filled, without(small_plan(), "bearings")) == 3
    assert units_of(filled) == {"equipment", "lingbi", "city"}
    follow(filled, small_plan())

    assert filled.live_facts() == before


def test_the_same_plan_sends_nothing(filled: Any) -> None:
    sent = len(filled.facts())

    assert follow(filled, small_plan()) == 1
    assert len(filled.facts()) == sent


def test_a_plan_that_changes_in_the_middle_begins_again(filled: Any) -> None:
    other = without(small_plan(), "bearings")
    use_case = IngestBatch.following([other], HmacTokens(SECRET), filled.clock, None)
    with writing(filled.engine) as connection:
        more = Reattribute(use_case, [other]).step(SqlStore(connection), SqlSubjects(connection))
    before = units_of(filled)

    follow(filled, small_plan())

    assert more
    assert before == {"bearings", "equipment", "lingbi", "city"}
    assert len([f for f in filled.live_facts().values() if f.unit == "bearings"]) == 10


def test_a_target_alone_changes_the_digest_too() -> None:
    plan = small_plan()

    assert plans_digest([plan]) == plans_digest([small_plan()])
    assert plans_digest([replace(plan, indicators=plan.indicators[1:])]) != plans_digest([plan])


def test_another_secret_is_refused_with_the_remedy(ingest: Any) -> None:
    keep_secret(ingest.engine, HmacTokens(SECRET))
    keep_secret(ingest.engine, HmacTokens(SECRET))

    with pytest.raises(SettingsError, match="CLUSTERWATCH_TOKEN_SECRET"):
        keep_secret(ingest.engine, HmacTokens(b"another"))
