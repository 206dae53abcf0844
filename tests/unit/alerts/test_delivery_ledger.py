"""Deliveries: outcomes, retries, leases, crashes; on both databases."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from services.alerts.domain.bundles import Room
from services.alerts.domain.cadence import Cadence
from services.alerts.domain.delivery import SendOutcome, SendResult, backoff, settle

World = Any
LEASE = timedelta(minutes=2)


def send(world: World) -> list[str]:
    return asyncio.run(world.send())


def deliveries(world: World) -> list[dict[str, Any]]:
    items, _ = world.reads.deliveries({}, None, 100)
    return list(reversed(items))


def test_a_transient_failure_is_tried_again_with_growing_pauses(live: World) -> None:
    live.subscribe()
    live.fire()
    live.channel.answers = [SendResult(SendOutcome.TRANSIENT, "HTTP 503")] * 2
    assert len(send(live)) == 1
    (row,) = deliveries(live)
    assert (row["status"], row["attempts"], row["detail"]) == ("pending", 1, "HTTP 503")
    live.clock.advance(timedelta(seconds=9))
    assert send(live) == []
    live.clock.advance(timedelta(seconds=1))
    assert len(send(live)) == 1
    live.clock.advance(timedelta(seconds=20))
    assert len(send(live)) == 1
    (row,) = deliveries(live)
    assert (row["status"], row["attempts"], row["possible_repeat"]) == ("sent", 3, False)


def test_a_throttled_delivery_waits_as_long_as_it_is_told(live: World) -> None:
    live.subscribe()
    live.fire()
    live.channel.answers = [SendResult(SendOutcome.THROTTLED, "", timedelta(minutes=10))]
    send(live)
    live.clock.advance(timedelta(minutes=9))
    assert send(live) == []
    live.clock.advance(timedelta(minutes=1))
    assert len(send(live)) == 1


@pytest.mark.parametrize("outcome", [SendOutcome.PERMANENT_CONFIG, SendOutcome.PERMANENT_CONTENT])
def test_a_permanent_failure_is_failed_and_its_resolved_is_not_sent(
    live: World, outcome: SendOutcome
) -> None:
    subscription = live.subscribe()
    live.fire()
    live.channel.answers = [SendResult(outcome, "no such robot")]
    send(live)
    live.told("2026-06", "achieved")
    assert send(live) == []
    (row,) = deliveries(live)
    assert (row["status"], row["detail"]) == ("failed", "no such robot")
    assert live.explain(subscription)[-1] == ("resolved", False, "never_told")


def test_a_resolved_that_waits_behind_a_failed_firing_is_cancelled(live: World) -> None:
    live.subscribe()
    live.fire()
    live.told("2026-06", "achieved")
    live.channel.answers = [SendResult(SendOutcome.PERMANENT_CONFIG, "gone")]
    assert len(send(live)) == 1
    assert [(row["kind"], row["status"], row["detail"]) for row in deliveries(live)] == [
        ("firing", "failed", "gone"),
        ("resolved", "cancelled", "firing_failed"),
    ]


def test_resolved_never_overtakes_firing(live: World) -> None:
    live.subscribe()
    live.fire()
    live.channel.answers = [SendResult(SendOutcome.TRANSIENT, "HTTP 500")]
    send(live)
    live.told("2026-06", "achieved")
    assert send(live) == []
    live.clock.advance(timedelta(seconds=10))
    assert send(live) == ["firing", "resolved"]


def test_a_delivery_that_keeps_failing_is_given_up_visibly(live: World) -> None:
    live.subscribe()
    live.fire()
    live.channel.answers = [SendResult(SendOutcome.TRANSIENT, "HTTP 500")] * 8
    for _ in range(7):
        send(live)
        live.clock.advance(timedelta(hours=12))
    assert deliveries(live)[0]["status"] == "pending", "a few failures are no reason to give up"
    send(live)
    (row,) = deliveries(live)
    assert (row["status"], row["detail"]) == ("failed", "gave up: HTTP 500")


def test_the_time_to_give_up_begins_when_a_digest_is_due(live: World) -> None:
    live.subscribe(cadence=Cadence.WEEKLY)
    live.fire()
    live.clock.advance(timedelta(days=6, hours=23))
    live.channel.answers = [SendResult(SendOutcome.TRANSIENT, "HTTP 500")] * 9
    for _ in range(9):
        send(live)
        live.clock.advance(timedelta(hours=1))
    (row,) = deliveries(live)
    assert row["status"] == "pending"
    assert send(live) == ["firing"]


def test_a_sender_that_dies_leaves_an_uncertain_row_that_is_sent_again_marked(live: World) -> None:
    live.subscribe()
    live.fire()
    assert len(live.queue.claim(live.clock.now(), LEASE, Room())) == 1  # and the process is killed
    assert send(live) == []
    live.clock.advance(LEASE + timedelta(seconds=1))
    live.queue.claim(live.clock.now(), LEASE, Room(per_kind=0))
    assert deliveries(live)[0]["status"] == "uncertain"
    assert send(live) == ["firing"]
    assert live.channel.sent[0][1].annotations["possible_repeat"] == "true"
    (row,) = deliveries(live)
    assert (row["status"], row["possible_repeat"], row["attempts"]) == ("sent", True, 2)


def test_a_lost_answer_is_uncertain_not_success(live: World) -> None:
    live.subscribe()
    live.fire()
    live.channel.answers = [TimeoutError(), RuntimeError("bug")]
    send(live)
    assert deliveries(live)[0]["status"] == "uncertain"
    live.clock.advance(timedelta(hours=1))
    send(live)
    live.clock.advance(timedelta(hours=1))
    send(live)
    (row,) = deliveries(live)
    assert (row["status"], row["possible_repeat"]) == ("sent", True)


def test_a_sender_that_lost_its_lease_records_nothing(live: World) -> None:
    live.subscribe()
    live.fire()
    (slow,) = live.queue.claim(live.clock.now(), LEASE, Room())
    live.clock.advance(LEASE + timedelta(seconds=1))
    assert send(live) == ["firing"]
    late = settle(slow, SendResult(SendOutcome.TRANSIENT, "late"), live.clock.now(), LEASE)
    assert not live.queue.settle(slow, late, live.clock.now())
    assert deliveries(live)[0]["status"] == "sent"


def test_two_senders_never_claim_the_same_delivery(live: World) -> None:
    for number in range(20):
        live.subscribe(target=f"http://robot/{number}")
    live.fire()
    now = live.clock.now()
    with ThreadPoolExecutor(4) as threads:
        claims = list(threads.map(lambda _: live.queue.claim(now, LEASE, Room()), range(8)))
    ids = [delivery.id for claimed in claims for delivery in claimed]
    ids += [delivery.id for delivery in live.queue.claim(now, LEASE, Room(per_kind=100))]
    assert len(ids) == len(set(ids)) == 20


def test_pauses_double_up_to_an_hour() -> None:
    assert [backoff(n).total_seconds() for n in (1, 2, 3, 9, 10, 1000)] == [
        10,
        20,
        40,
        2560,
        3600,
        3600,
    ]


def test_a_store_that_is_away_while_a_result_is_recorded_makes_nothing_uncertain(
    live: World,
) -> None:
    live.subscribe()
    live.fire()
    faults = [OSError("database is locked")] * 3

    @dataclass(frozen=True)
    class Busy:
        """The queue, which cannot record for a while."""

        def __getattr__(self, name: str) -> Any:
            return getattr(live.queue, name)

        def settle_all(self, *arguments: Any) -> int:
            if faults:
                raise faults.pop()
            kept: int = live.queue.settle_all(*arguments)
            return kept

    deliver = replace(live.deliver, queue=Busy(), record_again_seconds=0.0)
    assert asyncio.run(deliver()) == 1
    (row,) = deliveries(live)
    assert (row["status"], row["attempts"], row["possible_repeat"]) == ("sent", 1, False)
    assert len(live.channel.sent) == 1
