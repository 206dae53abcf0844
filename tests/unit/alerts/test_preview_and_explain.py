"""A subscription can be tried on the past, and every alert is accounted for."""

import asyncio
import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from msgspec import structs

from services.alerts.adapters.scratch import scratch_ledger
from services.alerts.domain.subscription import ChannelTarget, ChannelType, Filter, Subscription
from services.alerts.use_cases.preview import Preview
from shared.events.notices import Notice, NoticeKind
from shared.events.status import Colour

World = Any
UNITS = ("szah-lb-bearings", "szah-htz-it", "szah-sx-auto-parts")
COLOURS = ("green", "green", "yellow", "yellow", "orange", "red", "grey", "achieved")


def wanted(**fields: Any) -> Subscription:
    channels = (ChannelTarget(ChannelType.WEBHOOK, "http://robot/1"),)
    return Subscription("", "me", fields.pop("filter", Filter()), channels, **fields)


def preview(world: World, subscription: Subscription, months: int = 24) -> list[Any]:
    found = Preview(world.apply.evaluate, world.clock, scratch_ledger)
    with world.ledger() as ledger:
        return [
            (step.kind.value, step.period, decision.send, decision.reason)
            for step, decision in found(ledger, subscription, months)
        ]


def test_a_preview_tells_what_would_have_been_told(live: World) -> None:
    live.receive(live.status("2025-11", "yellow"), live.status("2025-12", "yellow"))
    live.receive(live.status("2026-02", "achieved"))
    rule = Filter(rule="trajectory")
    expected = [
        ("pending", "2025-11", False, "pending_is_not_told"),
        ("firing", "2025-12", True, "matched"),
        ("resolved", "2026-02", True, "follows_firing"),
    ]
    assert preview(live, wanted(filter=rule)) == expected
    assert [row[1] for row in preview(live, wanted(filter=rule), months=3)] == ["2026-02"]


def test_a_preview_knows_what_ingest_noticed_by_then(make_world: Callable[..., World]) -> None:
    world = make_world(rules=("suspicious_report",))
    world.receive(*(world.status(f"2026-{month:02d}") for month in (2, 3, 4)))
    held = Notice(
        notice_id="h1",
        kind=NoticeKind.REPORT_HELD,
        unit="szah-lb-bearings",
        at="2026-03-10T03:00:00+00:00",
        subject="e1",
        indicator="gross_output",
        period="2026-02",
    )
    settled = structs.replace(
        held, notice_id="c1", kind=NoticeKind.REPORT_CONFIRMED, at="2026-04-01T03:00:00+00:00"
    )
    with world.ledger() as ledger:
        ledger.put_notices([held, settled])
    rows = preview(world, wanted(filter=Filter(plan="suzhou-2027")))
    assert [(row[0], row[2]) for row in rows] == [("firing", True), ("resolved", True)]
    assert preview(world, wanted(filter=Filter(plan="zibo-htz-2025"))) == []


def test_a_preview_says_why_nothing_would_have_been_told(live: World) -> None:
    live.receive(live.status("2025-11", "yellow"), live.status("2025-12", "yellow"))
    rows = preview(live, wanted(filter=Filter(rule="trajectory", minimum_colour=Colour.RED)))
    assert ("firing", "2025-12", False, "below_minimum_colour") in rows


def test_a_preview_stores_and_sends_nothing(live: World) -> None:
    live.receive(live.status("2025-11", "yellow"), live.status("2025-12", "yellow"))
    with live.ledger() as ledger:
        before = (ledger.firing(), ledger.subscriptions())
    preview(live, wanted())
    with live.ledger() as ledger:
        assert (ledger.firing(), ledger.subscriptions()) == before
    assert asyncio.run(live.send()) == []


def simulate(world: World, rng: random.Random) -> None:
    """A year of statuses, corrections, silences, acknowledgements, comings and goings."""
    periods = [f"2025-{month:02d}" for month in range(2, 13)] + ["2026-02", "2026-03"]
    for number, period in enumerate(periods):
        for unit in UNITS:
            world.told(period, rng.choice(COLOURS), unit=unit)
            if number and rng.random() < 0.3:
                world.told(rng.choice(periods[:number]), rng.choice(COLOURS), unit=unit)
        if number % 4 == 1:
            world.silence(f"unit={rng.choice(UNITS)}", days=40, end_on_resolve=number == 5)
        if number == 6:
            world.subscribe(owner="late", target="http://robot/late")
        world.clock.advance(timedelta(days=25))
        world.look_at_calendar()
        world.keep_up(days=5)


def test_every_alert_of_a_year_is_accounted_for_to_every_subscriber(
    make_world: Callable[..., World],
) -> None:
    world = make_world(rules=("trajectory", "report_late", "fell_back", "growth_negative"))
    world.told("2025-02", unit="szah-yq-hi-mfg")
    world.go_live()
    world.subscribe()
    world.subscribe(owner="red", target="http://r/2", filter=Filter(minimum_colour=Colour.RED))
    world.subscribe(owner="rung", target="http://r/3", role="accountable_body", repeat_hours=720)
    world.subscribe(owner="one", target="http://r/4", filter=Filter(unit=UNITS[0]))
    simulate(world, random.Random(7))
    asyncio.run(world.send())
    with world.ledger() as ledger:
        subscriptions = ledger.subscriptions()
    alerts, _ = world.reads.alerts({}, None, 500)
    assert len(alerts) >= 8
    reasons = set()
    for alert in alerts:
        for subscription in subscriptions:
            answer = world.reads.explain(alert["fingerprint"], subscription.id)
            assert [item["sequence"] for item in answer["items"]] == list(
                range(1, alert["sequence"] + 1)
            )
            for item in answer["items"]:
                assert item["told"] == bool(item["deliveries"])
                assert item["reason"]
                reasons.add(item["reason"])
    assert {"matched", "silenced", "mute_ended", "not_acknowledged_in_time"} <= reasons
    assert "not_in_force" not in reasons
