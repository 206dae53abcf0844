"""The ledger of deliveries as a state machine: senders claim, die, lose answers, and record.

What went out is counted outside of the ledger, and the ledger may never say less than that.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import text

from services.alerts.domain.bundles import Room
from services.alerts.domain.delivery import Delivery, SendOutcome, SendResult, settle
from shared.storage import reading
from shared.testing.machines import machine_settings
from shared.testing.stores import empty

World = Any
LEASE = timedelta(minutes=2)
GIVE_UP = timedelta(hours=72)
COLOURS = ("yellow", "orange", "red", "achieved")


@dataclass
class Sender:
    """A process that holds a message's deliveries."""

    held: Sequence[Delivery]
    claimed_at: Any


class Ledger(RuleBasedStateMachine):
    """Alerts are raised and end, and several senders try to tell of them."""

    make_world: Callable[[], World]

    def __init__(self) -> None:
        super().__init__()
        self.world = self.make_world()
        self.period = 3
        self.year = 2026
        self.senders: list[Sender] = []
        self.went_out: Counter[int] = Counter()

    @rule(colour=st.sampled_from(COLOURS))
    def another_month(self, colour: str) -> None:
        """A status that may begin, change or end an alert."""
        self.year, self.period = (
            (self.year + 1, 2) if self.period == 12 else (self.year, self.period + 1)
        )
        self.world.told(f"{self.year}-{self.period:02d}", colour)

    @rule(limit=st.integers(1, 3))
    def claim(self, limit: int) -> None:
        now = self.world.clock.now()
        claimed = self.world.queue.claim(now, LEASE, Room(per_target=limit))
        held = {one.id for sender in self.alive() for one in sender.held}
        assert not held & {one.id for one in claimed}, "two senders hold one delivery"
        for _, message in groupby(claimed, key=lambda one: one.lease):
            self.senders.append(Sender(tuple(message), now))

    def alive(self) -> list[Sender]:
        """Those whose lease has not run out."""
        now = self.world.clock.now()
        return [one for one in self.senders if now - one.claimed_at <= LEASE]

    def chosen(self, data: st.DataObject) -> Sender | None:
        if not self.senders:
            return None
        return self.senders.pop(data.draw(st.integers(0, len(self.senders) - 1)))

    @rule(data=st.data())
    def die(self, data: st.DataObject) -> None:
        """Killed before it sent anything."""
        self.chosen(data)

    @rule(data=st.data(), some=st.booleans())
    def give_back(self, data: st.DataObject, *, some: bool) -> None:
        """Told to end before it sent anything, or no room for all; perhaps after its lease."""
        sender = self.chosen(data)
        if sender is None:
            return
        now = self.world.clock.now()
        before = {row.id: row for row in self.rows()}
        back = sender.held[1:] if some else sender.held
        self.world.queue.release(back, now)
        if some and sender.held[:1]:
            self.senders.append(Sender(sender.held[:1], sender.claimed_at))
        after = {row.id: row for row in self.rows()}
        mine = {one.id for one in back if before[one.id].lease == one.lease}
        assert all(after[key] == before[key] for key in before.keys() - mine), "nobody else's"
        for key in mine:
            assert (after[key].lease, after[key].attempts) == (None, before[key].attempts - 1)

    @rule(data=st.data())
    def send_and_die(self, data: st.DataObject) -> None:
        """Killed between sending and recording."""
        sender = self.chosen(data)
        if sender is not None:
            self.went_out.update(one.id for one in sender.held)

    @rule(
        data=st.data(),
        outcome=st.sampled_from(list(SendOutcome)),
        lost=st.booleans(),
    )
    def send_and_record(self, data: st.DataObject, outcome: SendOutcome, *, lost: bool) -> None:
        """Whatever the answer; `lost`: the message arrived, its answer did not."""
        sender = self.chosen(data)
        if sender is None:
            return
        lost = lost and outcome is SendOutcome.TRANSIENT
        if lost or outcome is SendOutcome.OK:
            self.went_out.update(one.id for one in sender.held)
        now = self.world.clock.now()
        result = SendResult(outcome, maybe_delivered=lost)
        verdicts = [(one, settle(one, result, now, GIVE_UP)) for one in sender.held]
        kept = self.world.queue.settle_all(verdicts, now)
        if now - sender.claimed_at <= LEASE:
            assert kept == len(sender.held), "who holds a lease records its result"

    @rule(seconds=st.sampled_from([1, 30, 121, 4000]))
    def wait(self, seconds: int) -> None:
        self.world.clock.advance(timedelta(seconds=seconds))

    def rows(self) -> list[Any]:
        with reading(self.world.engine) as connection:
            return list(connection.execute(text("select * from delivery order by id")))

    @invariant()
    def the_ledger_hides_nothing(self) -> None:
        for row in self.rows():
            out = self.went_out[row.id]
            assert row.status != "sent" or out >= 1, "nothing is called sent that never went out"
            assert out <= 1 or row.possible_repeat or row.status == "sending", (
                "what may have arrived twice is marked"
            )

    @invariant()
    def what_is_over_stays_over(self) -> None:
        for row in self.rows():
            over = row.status in {"sent", "failed", "cancelled"}
            assert over is (row.finished_ms is not None)
            assert not over or row.lease is None

    def teardown(self) -> None:
        """Once all is well again everything ends, and nothing that was to be told is missing."""
        self.senders.clear()
        for _ in range(60):
            self.world.clock.advance(timedelta(hours=1, minutes=1))
            claimed = self.world.queue.claim(
                self.world.clock.now(), LEASE, Room(per_target=50, per_kind=50)
            )
            if not claimed and all(row.finished_ms is not None for row in self.rows()):
                break
            now = self.world.clock.now()
            self.went_out.update(one.id for one in claimed)
            done = SendResult(SendOutcome.OK)
            self.world.queue.settle_all(
                [(one, settle(one, done, now, GIVE_UP)) for one in claimed], now
            )
        for row in self.rows():
            assert row.finished_ms is not None, "nothing waits for ever"
            assert row.status != "sent" or self.went_out[row.id] >= 1


@pytest.fixture
def fresh_world(make_world: Callable[..., World]) -> Callable[[], World]:
    """A live service with two subscriptions and an empty ledger."""

    def make() -> World:
        made = make_world()
        empty(made.engine, "alerts")
        made.receive(made.status("2026-02"), made.status("2026-03"))
        made.go_live()
        made.subscribe(owner="one", target="http://robot/1")
        made.subscribe(owner="two", target="http://robot/2")
        return made

    return make


def test_the_ledger_never_says_less_than_what_went_out(
    fresh_world: Callable[[], World], request: pytest.FixtureRequest
) -> None:
    class Machine(Ledger):
        make_world = staticmethod(fresh_world)

    run_state_machine_as_test(Machine, settings=machine_settings(8, 25))
