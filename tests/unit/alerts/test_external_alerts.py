"""External alerts go through the same ledger, in virtual time."""

import asyncio
from datetime import timedelta
from typing import Any

from services.alerts.domain.external import Posted, colour_of, labels_of, why_invalid
from services.alerts.domain.fingerprint import fingerprint
from services.alerts.domain.subscription import Filter
from services.alerts.use_cases.external import ReceiveExternal
from services.alerts.use_cases.standing_alerts import Wanted, standing_alerts

World = Any
PAIRS = {"alertname": "Down", "job": "db", "severity": "critical", "region": "suzhou-ah-lingbi"}


def send(world: World) -> list[str]:
    return asyncio.run(world.send())


def post(world: World, *, minutes: float = 5, back: float = 0, **pairs: str) -> None:
    now = world.clock.now()
    starts = now - timedelta(minutes=back)
    posted = Posted({**PAIRS, **pairs}, starts, now + timedelta(minutes=minutes), {"summary": "S"})
    with world.ledger() as ledger:
        ReceiveExternal(world.tell, world.clock)(ledger, [posted])


def test_an_external_alert_is_told_once_and_its_end_too(live: World) -> None:
    everything = live.subscribe()
    outside = live.subscribe(owner="x", target="http://robot/2", filter=Filter(rule="trajectory"))
    post(live)
    post(live, minutes=6)
    assert send(live) == ["firing"]
    post(live, minutes=0)
    assert send(live) == ["resolved"]
    assert live.explain(everything, "Down")[-1] == ("resolved", True, "follows_firing")
    assert live.explain(outside, "Down")[0] == ("firing", False, "other_rule")


def test_without_another_post_it_ends(live: World) -> None:
    live.subscribe(filter=Filter(rule="external"))
    post(live)
    live.keep_up(minutes=4)
    assert live.alert("Down")["state"] == "firing"
    live.keep_up(minutes=1)
    assert send(live) == ["firing", "resolved"]
    assert live.alert("Down")["reason"] == "not_posted_again"
    post(live)
    assert live.alert("Down")["episode"] == 2


def test_the_earliest_start_wins(live: World) -> None:
    post(live, back=1)
    post(live, back=10)
    post(live)
    starts = live.alert("Down")["starts_at"]
    assert starts == (live.clock.now() - timedelta(minutes=10)).isoformat()


def test_it_is_told_even_while_statuses_load(world: World) -> None:
    world.subscribe(filter=Filter(region="suzhou-ah-lingbi"))
    post(world)
    assert send(world) == ["firing"]


def test_external_alerts_are_not_escalated(live: World) -> None:
    live.subscribe(role="accountable_body", filter=Filter(rule="trajectory"))
    post(live, minutes=10**6)
    live.keep_up(days=60)
    assert live.alert("Down")["rung"] == 0


def test_labels_keep_their_identity() -> None:
    assert labels_of(PAIRS).as_dict() == PAIRS
    assert labels_of(PAIRS).fingerprint == fingerprint(PAIRS)


def test_severity_is_as_labelled() -> None:
    found = [str(colour_of({"severity": word})) for word in ("critical", "Warning", "info", "red")]
    assert found == ["red", "yellow", "blue", "red"]
    assert str(colour_of({})) == "yellow"


def test_what_cannot_be_taken_says_why(live: World) -> None:
    now = live.clock.now()
    for pairs, word in (
        ({}, "label"),
        ({"a b": "x"}, "name"),
        ({"alertname": "trajectory"}, "own"),
    ):
        assert word in str(why_invalid(Posted(pairs, now, now)))
    assert why_invalid(Posted(PAIRS, now, now)) is None
    assert "before" in str(why_invalid(Posted(PAIRS, now, now - timedelta(1))))


def test_firing_alerts_show_their_receivers_and_what_mutes_them(live: World) -> None:
    live.subscribe(owner="运维")
    post(live)
    silence = live.silence("job=other", hours=1)
    muting = live.silence("alertname=Down", hours=1)
    with live.ledger() as ledger:
        now = live.clock.now()
        (found,) = standing_alerts(ledger, live.tell, Wanted(), now)
        assert standing_alerts(ledger, live.tell, Wanted(silenced=False), now) == []
        assert len(standing_alerts(ledger, live.tell, Wanted(active=False), now)) == 1
    assert found.receivers == ("运维",)
    assert [mute.by for mute in found.mutes] == [muting.id] != [silence.id]
