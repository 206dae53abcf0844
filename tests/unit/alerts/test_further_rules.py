"""Rules beside trajectory and late reports, as pure functions and through the service."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from services.alerts.domain.further_rules import (
    PeriodRule,
    assess_below_parent,
    assess_fell_back,
    assess_growth_negative,
    assess_restatement,
)
from services.alerts.domain.outcome import Outcome, Phase
from shared.events.status import Decomposition
from shared.testing.statuses import status_of

World = Any
GROWTH = PeriodRule(periods=2)
RESTATED = PeriodRule(threshold=0.05)


def grown(*growths: float | None, **changes: Any) -> list[Any]:
    """Statuses from 2026-03 on with these growths."""
    return [
        status_of(f"2026-{3 + n:02d}", ytd_growth=growth, **changes)
        for n, growth in enumerate(growths)
    ]


def restated(*restatements: int, **changes: Any) -> list[Any]:
    return [
        status_of(
            f"2026-{3 + n:02d}",
            ytd_last_year=1000,
            decomposition=Decomposition(0, 0, 0, amount),
            **changes,
        )
        for n, amount in enumerate(restatements)
    ]


def coloured(*colours: str) -> list[Any]:
    return [status_of(f"2026-{3 + n:02d}", colour) for n, colour in enumerate(colours)]


def phase(outcome: Outcome) -> tuple[str, str]:
    return str(outcome.phase), outcome.reason


def test_falling_back_fires_at_once_and_only_after_having_been_on_track() -> None:
    rule = PeriodRule()
    assert phase(assess_fell_back(rule, coloured("green", "yellow"))) == ("firing", "lost_again")
    assert phase(assess_fell_back(rule, coloured("achieved", "red")))[0] == "firing"
    assert phase(assess_fell_back(rule, coloured("yellow", "red")))[0] == "inactive"
    assert phase(assess_fell_back(rule, coloured("green", "grey", "yellow")))[0] == "firing"
    assert phase(assess_fell_back(rule, coloured("green", "red", "green")))[0] == "inactive"
    assert phase(assess_fell_back(rule, coloured("green", "blue")))[0] == "inactive"


@pytest.mark.parametrize(
    ("growths", "expected"),
    [
        ((-0.1,), "pending"),
        ((-0.1, -0.1), "firing"),
        ((-0.1, None, -0.1), "firing"),
        ((-0.1, 0.1, -0.1), "pending"),
        ((-0.1, -0.1, 0.0), "inactive"),
    ],
)
def test_growth_below_zero_for_two_periods(growths: Any, expected: str) -> None:
    assert phase(assess_growth_negative(GROWTH, grown(*growths)))[0] == expected


def test_thin_coverage_and_confidential_figures_hold() -> None:
    for changes in ({"coverage": 0.9}, {"coverage": None}, {"confidential": True}):
        statuses = grown(-0.1, -0.1, **changes)
        assert assess_growth_negative(GROWTH, statuses).phase is Phase.INACTIVE
        assert assess_below_parent(GROWTH, statuses, grown(0.2, 0.2)).phase is Phase.INACTIVE
    assert assess_restatement(RESTATED, restated(900, confidential=True)).phase is Phase.INACTIVE


def test_growth_below_the_parents_in_the_same_periods() -> None:
    own = grown(0.1, 0.1)
    assert phase(assess_below_parent(GROWTH, own, grown(0.2, 0.2)))[0] == "firing"
    assert phase(assess_below_parent(GROWTH, own, grown(0.2, 0.05)))[0] == "inactive"
    assert phase(assess_below_parent(GROWTH, own, []))[0] == "inactive"
    assert phase(assess_below_parent(GROWTH, own, grown(0.2, 0.2, confidential=True)))[0] == (
        "inactive"
    )


def test_a_base_restated_by_more_than_its_share() -> None:
    assert phase(assess_restatement(RESTATED, restated(-51))) == ("firing", "base_restated")
    assert phase(assess_restatement(RESTATED, restated(50)))[0] == "inactive"
    assert phase(assess_restatement(RESTATED, restated(90, 10)))[0] == "inactive"


def test_the_order_of_arrival_plays_no_part() -> None:
    statuses = grown(-0.1, 0.1, -0.1, -0.1)
    assert assess_growth_negative(GROWTH, statuses) == assess_growth_negative(
        GROWTH, statuses[::-1]
    )
    mixed = coloured("green", "yellow", "green", "red")
    assert assess_fell_back(GROWTH, mixed) == assess_fell_back(GROWTH, mixed[::-1])


def test_every_rule_has_words_in_both_languages(
    make_world: Callable[..., World],
) -> None:
    world = make_world(rules=("fell_back", "growth_negative", "restatement"))
    world.receive(world.status("2026-02"), world.status("2026-03"))
    world.go_live()
    world.subscribe()
    world.subscribe(owner="en", target="http://robot/2", language="en")
    worse: dict[str, Any] = {"ytd_growth": -0.1, "ytd_last_year": 1000, "coverage": 0.96}
    worse["decomposition"] = Decomposition(0, 0, 0, 900)
    world.receive(*(world.status(f"2026-0{n}", "yellow", **worse) for n in (4, 5)))
    kinds = asyncio.run(world.send())
    assert kinds == ["firing"] * 6
    assert len(world.channel.sent) == 2, "what is told of one cluster and period is one message"
    subjects = " ".join(message.subject for message in world.channel.messages)
    assert "累计可比增速为负" in subjects
    assert "was on track before" in subjects
    for word in ("lost_again", "growth_negative", "base_restated"):
        assert word not in subjects


def test_a_cluster_below_its_parent_is_muted_while_its_trajectory_fires(
    make_world: Callable[..., World],
) -> None:
    world = make_world(rules=("trajectory", "below_parent"))
    parent = {"unit": "szah-equipment", "unit_kind": "industry", "colour": "green"}
    for period in ("2026-03", "2026-04", "2026-05", "2026-06"):
        world.told(period, ytd_growth=0.9, **{k: v for k, v in parent.items() if k != "colour"})
    world.told("2026-03")
    world.go_live()
    subscription = world.subscribe()
    world.receive(world.status("2026-04", "yellow"), world.status("2026-05", "yellow"))
    assert asyncio.run(world.send()) == ["firing"]
    assert world.explain(subscription, "below_parent")[-1] == ("firing", False, "inhibited")
    world.told("2026-06", "achieved", ytd_growth=0.1)
    world.keep_up(minutes=1)
    assert asyncio.run(world.send()) == ["repeated", "resolved"]
