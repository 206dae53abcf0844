"""Acknowledgement and escalation along the ladder, in virtual time."""

import asyncio
from typing import Any

import pytest

from services.alerts.use_cases.acknowledge import NotAcknowledged

World = Any


def send(world: World) -> list[str]:
    return asyncio.run(world.send())


def ladder(world: World) -> dict[str, str]:
    roles = ("task_force", "accountable_body", "coordination_office")
    return {role: world.subscribe(owner=role, target=f"http://{role}", role=role) for role in roles}


def reached(world: World, kind: str) -> list[str]:
    return [
        message.receiver for _, message in world.channel.sent if message.annotations["kind"] == kind
    ]


def test_who_acknowledges_and_what_will_be_done_is_kept_with_the_alert(live: World) -> None:
    live.fire("orange")
    live.ack(days=5)
    alert = live.alert()
    assert alert["state"] == "firing"
    assert alert["acknowledgement"]["by"] == "王工"
    assert alert["acknowledgement"]["action"] == "约谈企业"
    assert live.outbox("alerts.events.v1")[-1]["acknowledged"] is True


def test_only_a_firing_alert_with_a_future_deadline_is_acknowledged(live: World) -> None:
    live.fire("orange")
    with pytest.raises(NotAcknowledged, match="until"):
        live.ack(days=0)
    live.told("2026-06", "achieved")
    with pytest.raises(NotAcknowledged, match="resolved"):
        live.ack(days=5)


def test_a_worse_colour_and_the_end_withdraw_the_acknowledgement(live: World) -> None:
    live.fire("orange")
    live.ack(days=30)
    live.told("2026-06", "yellow")
    assert live.alert()["acknowledgement"] is not None
    live.told("2026-07", "red")
    assert live.alert()["acknowledgement"] is None
    live.ack(days=30)
    live.told("2026-08", "achieved")
    assert live.alert()["acknowledgement"] is None


def test_without_acknowledgement_the_next_rungs_are_told_in_turn(live: World) -> None:
    ids = ladder(live)
    live.fire("orange")
    live.keep_up(days=2)
    send(live)
    assert reached(live, "escalated") == []
    live.keep_up(days=1)
    send(live)
    assert reached(live, "escalated") == ["accountable_body"]
    live.keep_up(days=5)
    live.keep_up(days=30)
    send(live)
    assert reached(live, "escalated") == ["accountable_body", "coordination_office"]
    assert live.explain(ids["task_force"])[-1] == ("escalated", False, "other_rung")
    assert live.explain(ids["coordination_office"])[-1] == (
        "escalated",
        True,
        "not_acknowledged_in_time",
    )


def test_weekends_do_not_count_for_the_deadline(live: World) -> None:
    ladder(live)
    live.clock.advance(live.clock.now().replace(day=14) - live.clock.now())  # Thursday 14 May
    live.fire("orange")
    live.keep_up(days=4)  # Monday
    send(live)
    assert reached(live, "escalated") == []
    live.keep_up(days=1)
    send(live)
    assert reached(live, "escalated") == ["accountable_body"]


def test_an_acknowledged_alert_is_not_escalated_until_its_deadline_passes(live: World) -> None:
    ids = ladder(live)
    live.fire("orange")
    live.ack(days=10)
    live.keep_up(days=9)
    assert live.explain(ids["accountable_body"])[-1][0] == "acknowledged"
    live.keep_up(days=1)
    assert live.explain(ids["accountable_body"])[-1] == ("lapsed", False, "acknowledgement_over")
    live.keep_up(days=5)
    assert live.explain(ids["accountable_body"])[-1][0] == "escalated"


def test_milder_alerts_are_not_escalated(live: World) -> None:
    ladder(live)
    live.fire()
    live.keep_up(days=60)
    assert live.alert()["rung"] == 0


def test_alerts_of_a_first_load_are_not_escalated(world: World) -> None:
    ladder(world)
    world.receive(world.status("2026-03", "orange"), world.status("2026-04", "orange"))
    world.go_live()
    world.keep_up(days=60)
    assert send(world) == []


def test_who_was_escalated_to_is_told_the_end(live: World) -> None:
    live.fire("orange")
    ladder(live)  # subscribed after the firing: only the escalation reaches them
    live.keep_up(days=8)
    send(live)
    live.told("2026-06", "achieved")
    send(live)
    assert reached(live, "resolved") == ["accountable_body"]
