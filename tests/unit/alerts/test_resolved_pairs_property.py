"""Resolved pairs with firing for whoever got it, whatever happens in between.

Random months of colours, corrections, silences, failures, restarts, people who come and go; the
real store, worker and decisions, on both databases.
"""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from services.alerts.domain.delivery import SendOutcome, SendResult
from shared.testing.stores import empty

World = Any
PERIODS = ("2026-04", "2026-05", "2026-06", "2026-07", "2026-08", "2026-09", "2026-10")
COLOURS = ("yellow", "achieved", "red", "grey", "green", "orange")
REACHED = {"firing", "updated", "corrected", "repeated", "escalated"}
ENDS = {"resolved", "withdrawn"}

disturbances = st.one_of(
    st.tuples(st.just("correct"), st.sampled_from(COLOURS), st.integers(0, 6)),
    st.tuples(st.just("silence"), st.integers(1, 20)),
    st.tuples(st.just("wait"), st.integers(1, 30)),
    st.tuples(st.just("answers"), st.lists(st.sampled_from(["later", "no"]), max_size=3)),
    st.tuples(st.just("join")),
    st.tuples(st.just("leave"), st.integers(0, 3)),
    st.tuples(st.just("restart")),
)
months = st.lists(
    st.tuples(st.sampled_from(COLOURS), st.lists(disturbances, max_size=2)),
    min_size=4,
    max_size=len(PERIODS),
)
"""A colour for each period, and what happens after it."""


class Story:
    """One service through random months."""

    def __init__(self, make_world: Callable[[], World]) -> None:
        self.make_world = make_world
        self.world = make_world()
        self.told: list[str] = []
        self.subscribers: list[str] = []
        world = self.world
        world.receive(*(world.status(f"2025-{month:02d}") for month in range(4, 13)))
        world.receive(world.status("2026-02"), world.status("2026-03"))
        world.go_live()
        self.join()

    def go(self, action: tuple[Any, ...]) -> None:
        name, *rest = action
        getattr(self, name)(*rest)
        self.send()

    def month(self, colour: str) -> None:
        if len(self.told) < len(PERIODS):
            self.told.append(PERIODS[len(self.told)])
            self.world.clock.advance(timedelta(days=30))
            self.world.told(self.told[-1], colour)

    def correct(self, colour: str, which: int) -> None:
        if self.told:
            self.world.told(self.told[which % len(self.told)], colour)

    def silence(self, days: int) -> None:
        self.world.silence("alertname=trajectory", days=days)

    def wait(self, days: int) -> None:
        self.world.keep_up(days=days)

    def answers(self, kinds: list[str]) -> None:
        outcomes = {"later": SendOutcome.TRANSIENT, "no": SendOutcome.PERMANENT_CONFIG}
        self.world.channel.answers = [SendResult(outcomes[kind], kind) for kind in kinds]

    def join(self) -> None:
        number = len(self.subscribers)
        self.subscribers.append(self.world.subscribe(target=f"http://robot/{number}"))

    def leave(self, which: int) -> None:
        if which < len(self.subscribers):
            with self.world.ledger() as ledger:
                self.world.manage.end(ledger, self.subscribers[which], "test")

    def restart(self) -> None:
        """Another process on the same store; the clock on the wall goes on."""
        before, self.world = self.world, self.make_world()
        self.world.clock.advance(before.clock.now() - self.world.clock.now())
        self.world._version, self.world._offset = before._version, before._offset

    def send(self) -> None:
        asyncio.run(self.world.send())

    def settle(self) -> None:
        """Silences end, pauses pass, everything is sent."""
        self.world.channel.answers = []
        for _ in range(3):
            self.world.keep_up(days=1)
            self.send()


def check(story: Story) -> None:
    alert = story.world.alert()
    if alert is None:
        return
    steps = story.world.reads.alert(alert["fingerprint"])["transitions"]
    rows, _ = story.world.reads.deliveries({"fingerprint": alert["fingerprint"]}, None, 1000)
    assert {row["status"] for row in rows} <= {"sent", "failed", "cancelled"}
    for subscriber in story.subscribers:
        explained = story.world.reads.explain(alert["fingerprint"], subscriber)["items"]
        reasons = {item["sequence"]: item["reason"] for item in explained}
        assert all(reasons.get(step["sequence"]) for step in steps), "every step is accounted for"
        own = {row["sequence"]: row for row in rows if row["subscription"] == subscriber}
        for episode in {step["episode"] for step in steps}:
            check_episode([one for one in steps if one["episode"] == episode], own, reasons)


def check_episode(
    steps: list[dict[str, Any]], own: dict[int, dict[str, Any]], reasons: dict[int, str]
) -> None:
    """Whoever got one message of it got its end, or the ledger says why not; nobody else did.

    There may be two ends: what was resolved is withdrawn when a correction takes its reason away.
    """
    reached = False
    for step in steps:
        row = own.get(step["sequence"])
        if step["kind"] == "pending":  # it may pass without having fired: a new beginning
            reached = False
        if step["kind"] not in ENDS:
            reached |= step["kind"] in REACHED and row is not None and row["status"] == "sent"
            continue
        if row is None:
            assert not reached or reasons[step["sequence"]] == "unsubscribed", steps
        elif row["status"] == "sent":
            assert reached, "an end without a beginning"
        else:
            assert row["detail"], "a failure says why"


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(months)
def test_the_end_reaches_whoever_got_the_beginning_and_nobody_else(
    engine: Engine, make_world: Callable[[], World], played: list[Any]
) -> None:
    empty(engine, "alerts")
    story = Story(make_world)
    for colour, disturbed in played:
        story.go(("month", colour))
        for action in disturbed:
            story.go(action)
    story.settle()
    check(story)
