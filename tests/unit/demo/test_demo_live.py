"""The simulated present: who reports when, and what is sent afterwards."""

import asyncio
import json
from datetime import UTC, datetime
from itertools import islice

from demo.feed import load, play
from demo.history import World, outstanding
from demo.live import TRICKLE_SECONDS, Due, live, trickle
from demo.messages import Message, Note
from demo.oracle import HomeRules, totals
from demo.profiles import PROFILES

START = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)


class MemoryPublisher:
    """Keeps what it was given."""

    def __init__(self) -> None:
        self.sent: list[Message] = []

    async def send(self, message: Message) -> None:
        self.sent.append(message)

    async def flush(self) -> None:
        return None


def test_outstanding_reports_come_within_ten_minutes(world: World) -> None:
    dues = trickle(world, START)
    assert len(dues) == sum(len(members) for members in outstanding(world).values())
    assert dues[0].after < 30
    assert 0.8 * TRICKLE_SECONDS < dues[-1].after <= TRICKLE_SECONDS


def test_some_clusters_are_complete_from_the_start(world: World) -> None:
    complete = {p.cluster for p in PROFILES} - outstanding(world).keys()
    assert complete == {p.cluster for p in PROFILES if p.at_start == 1.0}
    assert len(complete) >= 4


def test_clusters_become_complete_one_after_the_other(world: World) -> None:
    completed_at: dict[str, float] = {}
    for due in trickle(world, START):
        completed_at[due.home] = due.after
    assert len({round(after / 20) for after in completed_at.values()}) > 8


def test_after_the_trickle_all_expected_reports_count_but_the_silent_and_the_held_one(
    world: World, sent: list[Message]
) -> None:
    everything = [*sent, *(due.message for due in trickle(world, START))]
    sums = totals(everything, HomeRules(world.enterprises))
    expected = sum(
        e.reports_in(world.last) and e.indicator == "gross_output" for e in world.enterprises
    )
    assert sums["341300", "gross_output", world.last].reporting == expected - 2


def test_corrections_follow_now_and_then_with_growing_revisions(world: World) -> None:
    later = [due for due in islice(live(world, START), 400) if due.after > TRICKLE_SECONDS]
    notes = {due.message.note for due in later}
    assert notes == {Note.CORRECTION, Note.DUPLICATE, Note.MALFORMED}
    seen: dict[str, int] = {}
    for due in later:
        if due.message.note is Note.CORRECTION:
            value = (due.message.value or b"").decode()
            body = json.loads(value)
            body = body.get("data", body)
            identity = f"{body['uscc']}:{body['period']}"
            assert body["revision"] > seen.get(identity, 2)
            seen[identity] = body["revision"]


def test_the_present_is_reproducible_too(world: World) -> None:
    first, second = (list(islice(live(world, START), 300)) for _ in range(2))
    assert first == second


def test_loading_sends_everything_in_order() -> None:
    messages = [Message(START, "t", None, str(i).encode()) for i in range(5)]
    publisher, steps = MemoryPublisher(), []
    count = asyncio.run(load(messages, publisher, asyncio.Event(), lambda: steps.append(1)))
    assert publisher.sent == messages
    assert count == len(steps) == 5


def test_playing_stops_when_told() -> None:
    async def scenario() -> list[Message]:
        stop, publisher = asyncio.Event(), MemoryPublisher()
        dues = [
            Due(0.0, Message(START, "t", None, b"1"), "c"),
            Due(3600.0, Message(START, "t", None, b"2"), "c"),
        ]
        await play(dues, publisher, stop, lambda _: stop.set())
        return publisher.sent

    assert [m.value for m in asyncio.run(scenario())] == [b"1"]
