"""A clock that was wrong for a while silences nobody once it is right again; on both databases."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.alerts.domain.bundles import Room
from services.alerts.domain.delivery import SendOutcome, SendResult, settle
from services.alerts.domain.sending_limits import LIMITS, LONGEST_PAUSE, Limit
from services.alerts.domain.subscription import ChannelType
from services.alerts.use_cases.deliver import LEASE

World = Any
YEAR = timedelta(days=365)
AHEAD = (timedelta(hours=1), timedelta(hours=24), YEAR)
NOW = datetime(2026, 6, 11, 9, tzinfo=UTC)


def send(world: World) -> list[str]:
    return asyncio.run(world.send())


@pytest.mark.parametrize("ahead", AHEAD)
def test_a_retry_put_off_by_a_clock_that_ran_ahead_is_made_when_the_clock_is_right(
    ahead: timedelta, live: World
) -> None:
    live.subscribe()
    live.fire()
    live.channel.answers = [SendResult(SendOutcome.TRANSIENT, "HTTP 503")]
    live.clock.advance(ahead)
    assert len(send(live)) == 1
    live.clock.advance(-ahead)
    assert len(send(live)) == 1


@pytest.mark.parametrize("ahead", AHEAD)
def test_the_lease_of_a_sender_that_died_while_the_clock_was_ahead_ends(
    ahead: timedelta, live: World
) -> None:
    live.subscribe()
    live.fire()
    live.clock.advance(ahead)
    assert len(live.queue.claim(live.clock.now(), LEASE, Room())) == 1  # and the process is killed
    live.clock.advance(-ahead)
    send(live)
    live.clock.advance(2 * LEASE)
    send(live)
    assert len(live.channel.messages) == 1
    assert live.channel.messages[-1].annotations["possible_repeat"] == "true"


@pytest.mark.parametrize("ahead", AHEAD)
def test_a_robot_that_was_full_while_the_clock_ran_ahead_takes_messages_when_it_is_right(
    ahead: timedelta, live: World
) -> None:
    limits = {ChannelType.WEBHOOK: Limit(1, timedelta(seconds=5), 4096)}
    queue = replace(live.queue, limits=limits)
    live.subscribe()
    live.fire()
    live.clock.advance(ahead)
    (first,) = queue.claim(live.clock.now(), LEASE, Room())
    queue.pause(first.channel, live.clock.now() + timedelta(minutes=30))
    result = SendResult(SendOutcome.OK, "")
    queue.settle(first, settle(first, result, live.clock.now(), YEAR), live.clock.now())
    live.clock.advance(-ahead)
    live.receive(live.status("2026-05", "red"))

    assert len(queue.claim(live.clock.now(), LEASE, Room())) == 1


def test_clocks_of_replicas_that_differ_a_little_put_nothing_right(live: World) -> None:
    live.subscribe()
    live.fire()
    live.channel.answers = [SendResult(SendOutcome.TRANSIENT, "HTTP 503")]
    live.clock.advance(timedelta(minutes=2))
    assert len(send(live)) == 1
    live.clock.advance(-timedelta(minutes=2))
    assert send(live) == [], "the retry keeps its time"


def test_no_other_side_puts_a_message_off_for_longer_than_a_day(live: World) -> None:
    live.subscribe()
    live.fire()
    live.channel.answers = [SendResult(SendOutcome.THROTTLED, "", timedelta(days=300))]
    assert len(send(live)) == 1
    live.clock.advance(timedelta(hours=23))
    assert send(live) == []
    live.clock.advance(timedelta(hours=1))
    assert len(send(live)) == 1


@pytest.mark.parametrize("channel", LIMITS)
def test_a_robot_used_while_the_clock_was_ahead_is_not_silent_until_then(
    channel: ChannelType,
) -> None:
    limit, now = LIMITS[channel], NOW
    full_at = limit.take(now + YEAR, now + YEAR, limit.burst)
    assert limit.tokens(full_at, now) == limit.burst
    assert limit.take(full_at, now, 1) == now + limit.interval


@pytest.mark.parametrize("channel", LIMITS)
def test_a_pause_of_a_day_is_kept(channel: ChannelType) -> None:
    limit, now = LIMITS[channel], NOW
    full_at = limit.pause(now, now + timedelta(days=1))
    assert full_at - now <= LONGEST_PAUSE
    assert limit.tokens(full_at, now) == 0
