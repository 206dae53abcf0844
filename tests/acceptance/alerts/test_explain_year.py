"""A simulated year: for each subscriber every alert is accounted for, by the ledger alone."""

import random
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

World = Any
DOCS = Path(__file__).parents[3] / "docs" / "concepts" / "alerts.md"
UNITS = (
    {"unit": "szah-lb-bearings"},
    {"unit": "szah-htz-it", "indicator": "revenue", "region": "suzhou-ah-htz", "name": "算力"},
    {"unit": "szah-sx-auto-parts", "region": "suzhou-ah-sixian", "name": "汽车零部件"},
)
HISTORY = [f"2025-{month:02d}" for month in range(4, 13)] + ["2026-02", "2026-03"]
PERIODS = [f"2026-{month:02d}" for month in range(4, 13)] + ["2027-02", "2027-03"]
SUBSCRIPTIONS: dict[str, dict[str, Any]] = {
    "所有": {},
    "轴承": {"filter": {"unit": "szah-lb-bearings"}, "repeat_hours": 500},
    "橙红": {"filter": {"minimum_colour": "orange"}, "language": "en"},
    "主体": {"role": "accountable_body", "filter": {"rule": "trajectory"}},
    "日报": {"cadence": "daily"},
    "周报": {"cadence": "weekly", "quiet": {"starts": "20:00", "ends": "10:00"}},
    "旧人": {},
}
COLOURS = ("green", "green", "achieved", "yellow", "yellow", "orange", "red", "grey")


def documented() -> set[str]:
    """Reason words in the table of the page about alerts."""
    _, _, section = DOCS.read_text(encoding="utf-8").partition("## Why did (or didn't) I get this?")
    rows = re.findall(r"^\| (`[^|]*) \|", section, re.MULTILINE)
    return {word for row in rows for word in re.findall(r"`(\w+)`", row)}


def month_of(world: World, period: str, chance: random.Random) -> None:
    """What happens in the month after a period: reports, restatements, silence, thanks, trouble."""
    year, month = (int(part) for part in period.split("-"))
    after = f"{year + month // 12}-{month % 12 + 1:02d}"
    world.until(f"{after}-08 10:00", days=8)
    world.statuses(*(status(period, unit, chance) for unit in UNITS))
    world.run_jobs()
    world.until(f"{after}-14 10:00", days=8)
    world.robot.down = chance.random() < 0.2
    if chance.random() < 0.4:
        world.statuses(status(chance.choice(PERIODS[:3]), chance.choice(UNITS), chance))
    if chance.random() < 0.3:
        world.silence(f"s{period}", ["alertname=~traj.*|fell_back"], chance.choice((40, 400)))
    world.run_jobs()
    world.until(f"{after}-16 10:00")
    world.robot.down = False
    firing = world.call("GET", "/api/v1/alerts?state=firing")["items"]
    if firing and chance.random() < 0.5:
        labels = chance.choice(firing)["labels"]
        world.ack(labels["alertname"], 300, labels["unit"])
    if period == "2026-08":
        world.unsubscribe("旧人")
        world.subscribe("新人", {})
    if period == "2026-09":
        world.restart()


def status(period: str, unit: dict[str, str], chance: random.Random) -> dict[str, Any]:
    growth = chance.choice((-0.2, -0.01, 0.1, 0.6))
    share = chance.choice((0.3, 0.7))
    fall = {"subject": "e1a2b3c4d5", "share": share} if growth < 0 else None
    colour = chance.choice(COLOURS)
    probability = 0.05 if colour == "red" else 0.8
    return {
        **unit,
        "period": period,
        "colour": colour,
        "ytd_growth": growth,
        "largest_fall": fall,
        "probability": probability,
    }


@pytest.mark.parametrize("seed", [1])
def test_explain_accounts_for_every_alert_of_a_year_to_every_subscriber(
    make_world: Callable[..., World], seed: int
) -> None:
    chance = random.Random(seed)
    world = make_world(start="2026-04-20 10:00")
    world.statuses(*({**unit, "period": period} for unit in UNITS for period in HISTORY))
    world.go_live()
    for name, fields in SUBSCRIPTIONS.items():
        world.subscribe(name, fields)
    for period in PERIODS:
        month_of(world, period, chance)
    world.until("2027-05-07 12:00", days=8)
    world.run_jobs()

    alerts = world.call("GET", "/api/v1/alerts?limit=200")["items"]
    assert {alert["labels"]["alertname"] for alert in alerts} >= {
        "trajectory",
        "fell_back",
        "contribution",
        "growth_negative",
    }
    seen: Counter[str] = Counter()
    told: Counter[str] = Counter()
    for name in world.subscriptions:
        for alert in alerts:
            for item in account(world, name, alert):
                seen[item["reason"]] += 1
                told[name] += len(item["deliveries"])
    assert set(seen) <= documented()
    assert len(seen) > 12, "the year was too quiet to show anything"
    arrived = Counter(
        name
        for name, body in world.messages()
        for alert in body["alerts"]
        if alert["labels"]["alertname"] != "silence"
    )
    assert arrived == told, "what arrived is what the ledger says was told, message by message"


def account(world: World, name: str, alert: dict[str, Any]) -> list[dict[str, Any]]:
    """Every step of an alert: told, with a delivery that arrived, or not, with one reason."""
    fingerprint = alert["fingerprint"]
    steps = world.call("GET", f"/api/v1/alerts/{fingerprint}")["transitions"]
    items: list[dict[str, Any]] = world.explain(name, fingerprint)
    assert [item["sequence"] for item in items] == [step["sequence"] for step in steps]
    for item in items:
        assert item["reason"], item
        statuses = {delivery["status"] for delivery in item["deliveries"]}
        assert statuses == ({"sent"} if item["told"] else set()), (name, alert["labels"], item)
    return items
