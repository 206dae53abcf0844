"""Reconciliation and dead letters of the status consumer."""

from typing import Any

import msgspec
import pytest

from services.alerts.use_cases.apply_statuses import ApplyStatuses, EvaluateWaiting
from services.alerts.use_cases.decode_status import decode_status
from shared.events.reasons import Refused
from shared.storage import outbox, reading

World = Any


def test_every_record_is_in_exactly_one_state(live: World) -> None:
    before = live.counts()
    old, new = live.status("2026-04", "yellow"), live.status("2026-04", "green")
    good = [live.record(msgspec.json.encode(status)) for status in (new, new, old)]
    with live.ledger() as ledger:
        live.apply(ledger, [good[0], live.record(b"{"), *good[1:], live.record(None)])
    after = live.counts()
    change = {state: after[state] - before.get(state, 0) for state in after}
    assert change == {
        "consumed": 5,
        "applied": 1,
        "duplicate": 1,
        "stale": 1,
        "dead_lettered": 2,
    }


def test_a_dead_letter_keeps_the_original_bytes(live: World) -> None:
    with live.ledger() as ledger:
        live.apply(ledger, [live.record(b"\xff\xfe")])
    with reading(live.engine) as connection:
        (letter,) = [item.row for item in outbox.take(connection, 100)]
    assert (letter.topic, letter.key, letter.value) == (
        "ingest.dead-letters.v1",
        b"key",
        b"\xff\xfe",
    )


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"period": "2026-01"}, "january_not_collected"),
        ({"period": "2026-13"}, "bad_period"),
        ({"version": "x"}, "wrong_type"),
        ({"colour": "pink"}, "wrong_type"),
        ({"unit": None}, "wrong_type"),
    ],
)
def test_bad_statuses_are_refused_with_their_reason(
    world: World, change: dict[str, Any], reason: str
) -> None:
    body = {**msgspec.to_builtins(world.status("2026-05")), **change}
    with pytest.raises(Refused) as refused:
        decode_status(world.record(msgspec.json.encode(body)))
    assert refused.value.reason == reason


def test_unknown_fields_are_counted_and_missing_ones_refused(world: World) -> None:
    body = msgspec.to_builtins(world.status("2026-05"))
    decoded = decode_status(world.record(msgspec.json.encode({**body, "new_field": 1})))
    assert decoded.unknown_fields == 1
    del body["verdict"]
    with pytest.raises(Refused) as refused:
        decode_status(world.record(msgspec.json.encode(body)))
    assert refused.value.reason == "missing_field"


def test_what_a_backlog_passes_through_is_not_told(live: World) -> None:
    live.subscribe()
    behind = ApplyStatuses(live.apply.evaluate, live.clock, lambda _records: True)
    passed = [live.status("2026-04", "red"), live.status("2026-05", "red")]
    last = [live.status("2026-04", "green"), live.status("2026-05", "green")]
    for batch in (passed, last):
        with live.ledger() as ledger:
            behind(ledger, [live.record(msgspec.json.encode(status)) for status in batch])
    assert live.alert() is None
    assert live.reads.anything_waits()
    with live.ledger() as ledger:
        EvaluateWaiting(live.apply.evaluate, live.clock)(ledger)
    assert live.alert() is None
    assert not live.reads.anything_waits()


def test_what_stands_after_a_backlog_is_told(live: World) -> None:
    behind = ApplyStatuses(live.apply.evaluate, live.clock, lambda _records: True)
    batch = [live.status("2026-04", "red"), live.status("2026-05", "red")]
    with live.ledger() as ledger:
        behind(ledger, [live.record(msgspec.json.encode(status)) for status in batch])
    with live.ledger() as ledger:
        EvaluateWaiting(live.apply.evaluate, live.clock)(ledger)
    assert live.alert()["state"] == "firing"
