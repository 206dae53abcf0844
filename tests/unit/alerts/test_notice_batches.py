"""Notices of ingest are taken once, whatever comes twice, late or broken."""

import json
from collections.abc import Callable
from typing import Any

from services.alerts.use_cases.apply_notices import ApplyNotices
from shared.events.notices import NOTICES_TOPIC
from shared.events.records import Record
from shared.storage import reading, reconciliation

World = Any
HELD = {
    "kind": "report_held",
    "unit": "szah-lb-bearings",
    "at": "2026-05-08T03:00:00+00:00",
    "subject": "e1",
    "topic": "stats.output.v1",
    "indicator": "gross_output",
    "period": "2026-04",
}


def take(world: World, *values: bytes | None, behind: bool = False) -> None:
    use_case = ApplyNotices(world.evaluate, world.clock, lambda _records: behind)
    records = [Record(NOTICES_TOPIC, 0, n, 0, b"k", value) for n, value in enumerate(values)]
    with world.ledger() as ledger:
        use_case(ledger, records)


def notice(name: str, **changes: Any) -> bytes:
    return json.dumps({"notice_id": name, **HELD, **changes}).encode()


def counts(world: World) -> dict[str, int]:
    with reading(world.engine) as connection:
        return reconciliation.read(connection)[NOTICES_TOPIC]


def suspicious(make_world: Callable[..., World]) -> World:
    world = make_world(rules=("suspicious_report",))
    world.receive(world.status("2026-03"))
    world.go_live()
    return world


def test_each_notice_is_counted_in_exactly_one_state(make_world: Callable[..., World]) -> None:
    world = suspicious(make_world)
    take(world, notice("a"), notice("a"), notice("b"), None, b"{", notice("c", at="yesterday"))
    take(world, notice("b"), notice("d", at="2026-05-08T03:00:00"))
    found = counts(world)
    assert found == {"consumed": 8, "applied": 2, "duplicate": 2, "dead_lettered": 4}


def test_a_held_report_of_last_week_is_told_when_it_arrives(
    make_world: Callable[..., World],
) -> None:
    world = suspicious(make_world)
    world.subscribe()
    take(world, notice("a"))
    assert world.alert("suspicious_report")["state"] == "firing"
    assert world.alert("suspicious_report")["labels"]["region"] == "suzhou-ah-lingbi"


def test_behind_a_backlog_notices_wait_for_its_end(make_world: Callable[..., World]) -> None:
    world = suspicious(make_world)
    take(world, notice("a"), behind=True)
    assert world.alert("suspicious_report") is None
    assert world.reads.anything_waits()
    with world.ledger() as ledger:
        assert [key.unit for key in ledger.take_waiting(10)] == ["szah-lb-bearings"]


def test_a_first_load_takes_notices_without_telling(make_world: Callable[..., World]) -> None:
    world = make_world(rules=("suspicious_report",))
    subscription = world.subscribe()
    world.receive(world.status("2026-03"))
    take(world, notice("a"))
    assert world.alert("suspicious_report") is None
    world.go_live()
    assert world.explain(subscription, "suspicious_report") == [("firing", False, "first_load")]


def test_a_unit_of_no_plan_is_kept_and_raises_nothing(make_world: Callable[..., World]) -> None:
    world = suspicious(make_world)
    take(world, notice("a", unit="nowhere"))
    world.look_at_calendar()
    assert world.alert("suspicious_report") is None
    assert counts(world)["applied"] == 1
