"""The process is killed at every step between decision and record, on both databases.

A kill is an exception that nothing catches, raised before each SQL statement and each commit, and
before and after each message: once at every one of these points, in runs that are otherwise the
same. Then the service starts again, and is given again what it had not finished.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event

from services.alerts.domain.delivery import SendResult
from services.alerts.ports import Message
from services.alerts.use_cases.deliver import LEASE
from shared.testing.stores import empty

World = Any
ROUNDS = 4


class Killed(BaseException):
    """The end of the process: no handler of the service may see it."""


@dataclass
class Fate:
    """Counts the points at which a process may be killed, and kills it at one of them."""

    at: int | None = None
    passed: int = 0
    points: list[str] = field(default_factory=list)

    def point(self, name: str) -> None:
        self.points.append(name)
        self.passed += 1
        if self.passed == self.at:
            raise Killed(name)

    @contextmanager
    def watching(self, engine: Engine) -> Iterator[None]:
        def on_statement(*arguments: Any) -> None:
            self.point(f"statement {str(arguments[2]).split()[0]}")

        def on_commit(_connection: Any) -> None:
            self.point("commit")

        event.listen(engine, "before_cursor_execute", on_statement)
        event.listen(engine, "commit", on_commit)
        try:
            yield
        finally:
            event.remove(engine, "before_cursor_execute", on_statement)
            event.remove(engine, "commit", on_commit)


@dataclass
class Outside:
    """The channel: what was accepted is out in the world, whatever becomes of the process."""

    fate: Fate
    got: list[Message] = field(default_factory=list)
    inner: Any = None

    async def send(self, target: str, message: Message) -> SendResult:
        self.fate.point("before the message")
        result: SendResult = await self.inner.send(target, message)
        self.got.append(message)
        self.fate.point("after the message")
        return result


@dataclass
class Run:
    """One life of the service, with a kill in it and a new start."""

    make_world: Callable[[], World]
    engine: Engine
    fate: Fate

    def __post_init__(self) -> None:
        empty(self.engine, "alerts")
        self.world = self.make_world()
        self.world.receive(*(self.world.status(f"2025-{month:02d}") for month in range(4, 13)))
        self.world.receive(self.world.status("2026-02"), self.world.status("2026-03"))
        self.world.go_live()
        self.world.subscribe()
        self.outside = Outside(self.fate, inner=self.world.channel)
        self.world.deliver.channels.clear()
        self.world.deliver.channels.update({"webhook": self.outside})
        bad = [self.world.status("2026-04", "yellow"), self.world.status("2026-05", "yellow")]
        good = [self.world.status("2026-06", "achieved")]
        self.steps: list[Callable[[], None]] = [
            lambda: self.world.receive(*bad),
            self.send,
            lambda: self.world.receive(*good),
            self.send,
        ]

    def send(self) -> None:
        async def rounds() -> None:
            while await self.world.deliver():
                pass

        asyncio.run(rounds())

    def go(self) -> None:
        """All steps; the one in which the process is killed is done again after the start."""
        for step in self.steps:
            with suppress(Killed), self.fate.watching(self.engine):
                step()
                continue
            step()
            self.recover()
        self.recover()

    def recover(self) -> None:
        """Leases of the dead end, pauses pass."""
        for _ in range(ROUNDS):
            self.world.clock.advance(LEASE + timedelta(seconds=1))
            self.send()


def check(run: Run) -> None:
    """Nothing lost; twice only where it is marked; one row per message, and it tells the truth."""
    rows, _ = run.world.reads.deliveries({}, None, 100)
    assert [(row["kind"], row["status"]) for row in reversed(rows)] == [
        ("firing", "sent"),
        ("resolved", "sent"),
    ]
    uncertain = {row["kind"]: row["possible_repeat"] for row in rows}
    first: dict[str, Message] = {}
    for message in run.outside.got:
        kind = message.annotations["kind"]
        if kind in first:
            assert message.annotations["possible_repeat"] == "true"
            assert message.id == first[kind].id, "receivers can drop the second one"
            assert uncertain[kind]
        first.setdefault(kind, message)
    assert list(first) == ["firing", "resolved"]
    assert max(Counter(one.id for one in run.outside.got).values()) <= 2


def test_a_kill_at_any_point_loses_nothing_and_hides_no_repeat(
    engine: Engine, make_world: Callable[[], World], request: pytest.FixtureRequest
) -> None:
    undisturbed = Run(make_world, engine, Fate())
    undisturbed.go()
    check(undisturbed)
    assert [one.annotations.get("possible_repeat") for one in undisturbed.outside.got] == [None] * 2
    points = undisturbed.fate.points
    assert {"commit", "before the message", "after the message"} <= set(points)
    # PostgreSQL has the same points; every third of them is enough to see that it agrees.
    step = 1 if "sqlite" in request.node.callspec.id else 3
    repeated = 0
    for at in range(1, len(points) + 1, step):
        run = Run(make_world, engine, Fate(at))
        run.go()
        check(run)
        repeated += len(run.outside.got) - 2
    assert repeated >= 1, "a kill after the message must have led to a marked repeat"
