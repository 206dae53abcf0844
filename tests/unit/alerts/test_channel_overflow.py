"""Five hundred alerts at once: everybody is told of every one, no limit is broken."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_network
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from services.alerts.adapters.budget import SqlSendingBudget
from services.alerts.adapters.channels.guard import TargetGuard
from services.alerts.adapters.channels.pinned import new_client
from services.alerts.adapters.channels.posting import Poster
from services.alerts.adapters.channels.robots import DingTalk, Feishu, RobotChannel, WeCom
from services.alerts.adapters.message_context import Links
from services.alerts.adapters.queue import SqlDeliveryQueue
from services.alerts.adapters.rendering import TemplateRenderer
from services.alerts.domain.alert import Audience, Kind, Labels, State, Transition
from services.alerts.domain.bundles import Due, Room, bundles
from services.alerts.domain.directory import Directory
from services.alerts.domain.figures import figures_of
from services.alerts.domain.sending_limits import LIMITS
from services.alerts.domain.subscription import (
    ChannelTarget,
    ChannelType,
    Decision,
    Filter,
    Subscription,
)
from services.alerts.use_cases.deliver import DeliverDue, DeliveryCounts
from shared.events.status import Colour
from shared.plans import Catalogue
from shared.storage import reading
from shared.testing.robots import DingTalkRobot, FeishuRobot, Robot, WeComRobot, serving
from shared.testing.statuses import status_of

World = Any
ALERTS = 500
SIGNING = "SECtest"
COLOURS = (Colour.BLUE, Colour.YELLOW, Colour.ORANGE, Colour.RED)


HERE = TargetGuard((ip_network("127.0.0.0/8"),))


@pytest.fixture
def robots(live: World) -> Iterator[dict[ChannelType, Robot]]:
    found: dict[ChannelType, Robot] = {
        ChannelType.WECOM: WeComRobot(live.clock),
        ChannelType.DINGTALK: DingTalkRobot(live.clock, secret=SIGNING),
        ChannelType.FEISHU: FeishuRobot(live.clock, secret=SIGNING),
    }
    with ExitStack() as stack:
        for robot in found.values():
            stack.enter_context(serving(robot))
        yield found


def replica(world: World, client: httpx.AsyncClient, catalogue: Catalogue) -> DeliverDue:
    """One of several services on the same store."""
    poster = Poster(client)
    budget = SqlSendingBudget(world.engine, world.clock, LIMITS)
    return DeliverDue(
        SqlDeliveryQueue(world.engine),
        {
            dialect.type: RobotChannel(dialect, poster, budget, world.clock)
            for dialect in (WeCom(), DingTalk(), Feishu())
        },
        TemplateRenderer(
            Directory(catalogue), Links("http://wall.test/wall", "http://alerts.test"), "模拟数据"
        ),
        world.clock,
        timedelta(hours=72),
        DeliveryCounts(),
    )


def transition(
    world: World, number: int, kind: Kind = Kind.FIRING, sequence: int = 1
) -> Transition:
    status = status_of("2026-05", "orange")
    ended = kind is Kind.RESOLVED
    return Transition(
        labels=Labels("trajectory", "suzhou-2027", f"unit-{number}", "suzhou-ah", "gross_output"),
        episode=1,
        sequence=sequence,
        kind=kind,
        state=State.RESOLVED if ended else State.FIRING,
        previous_state=State.PENDING,
        colour=COLOURS[number % 4],
        previous_colour=None,
        period="2026-05",
        since="2026-04",
        reason="on_track" if ended else "consecutive_periods",
        audience=Audience.MATCHING,
        audience_reason="newest_period",
        starts_at=world.clock.now(),
        at=world.clock.now(),
        figures=replace(figures_of(status, ""), name=f"第{number:03d}号产业集群"),
    )


def subscribe(world: World, *channels: ChannelTarget, owner: str = "轴承专班") -> Subscription:
    wanted = Subscription("", owner, Filter(), channels)
    with world.ledger() as ledger:
        created: Subscription = world.manage.create(ledger, wanted, "test")
    return created


def fire(world: World, subscription: Subscription, numbers: range, **changes: Any) -> None:
    decision = Decision(
        subscription.id, send=True, reason="matched", channels=subscription.channels
    )
    with world.ledger() as ledger:
        for number in numbers:
            ledger.record(transition(world, number, **changes), [decision], world.clock.now())


def statuses(world: World) -> Counter[str]:
    with reading(world.engine) as connection:
        return Counter(connection.execute(text("select status from delivery")).scalars())


async def deliver_all(world: World, catalogue: Catalogue, *, replicas: int = 1) -> None:
    """Let virtual seconds pass until nothing waits."""
    async with new_client(HERE) as client:
        senders = [replica(world, client, catalogue) for _ in range(replicas)]
        for _ in range(3600):
            while sum(await asyncio.gather(*(send() for send in senders))):
                pass
            if not statuses(world).keys() & {"pending", "uncertain", "sending"}:
                return
            world.clock.advance(timedelta(seconds=1))


def test_five_hundred_alerts_at_once_reach_every_robot_within_its_limits(
    live: World, robots: dict[ChannelType, Robot], catalogue: Catalogue
) -> None:
    targets = [ChannelTarget(channel, robot.url) for channel, robot in robots.items()]
    fire(live, subscribe(live, *targets), range(ALERTS))
    began = live.clock.now()
    asyncio.run(deliver_all(live, catalogue, replicas=2))
    assert statuses(live) == {"sent": ALERTS * len(robots)}
    assert live.clock.now() - began < timedelta(minutes=10)
    for robot in robots.values():
        assert robot.refused == []
        shown = "\n".join(robot.texts)
        assert [n for n in range(ALERTS) if shown.count(f"第{n:03d}号") != 1] == []
        assert all("模拟数据" in message for message in robot.texts)


def test_the_worst_come_first_in_a_digest(
    live: World, robots: dict[ChannelType, Robot], catalogue: Catalogue
) -> None:
    robot = robots[ChannelType.WECOM]
    fire(live, subscribe(live, ChannelTarget(ChannelType.WECOM, robot.url)), range(40))
    asyncio.run(deliver_all(live, catalogue))
    lines = [line for line in robot.texts[0].splitlines() if line.startswith("•")]
    assert "红色" in lines[0]
    assert "共" in robot.texts[0]


def test_a_few_alerts_are_messages_of_their_own(
    live: World, robots: dict[ChannelType, Robot], catalogue: Catalogue
) -> None:
    robot = robots[ChannelType.DINGTALK]
    fire(live, subscribe(live, ChannelTarget(ChannelType.DINGTALK, robot.url)), range(3))
    asyncio.run(deliver_all(live, catalogue))
    assert len(robot.texts) == 3
    assert all("责任主体" in message for message in robot.texts)


def test_subscriptions_of_one_robot_share_its_limit_but_not_their_digests(
    live: World, robots: dict[ChannelType, Robot], catalogue: Catalogue
) -> None:
    robot = robots[ChannelType.WECOM]
    target = ChannelTarget(ChannelType.WECOM, robot.url)
    for owner in ("甲", "乙", "丙"):
        fire(live, subscribe(live, target, owner=owner), range(0))
    subscriptions = [subscribe(live, target, owner=f"专班{n}") for n in range(6)]
    for n, subscription in enumerate(subscriptions):
        fire(live, subscription, range(n * 10, n * 10 + 10))
    asyncio.run(deliver_all(live, catalogue))
    assert robot.refused == []
    assert len(robot.texts) == 6
    assert statuses(live) == {"sent": 60}


@pytest.mark.parametrize(
    "answer", [(200, {"errcode": 45009, "errmsg": "freq"}), (200, b"<html>"), (503, b"")]
)
def test_a_refused_digest_is_not_success_and_is_sent_again(
    live: World, robots: dict[ChannelType, Robot], catalogue: Catalogue, answer: Any
) -> None:
    robot = robots[ChannelType.WECOM]
    robot.scripted.append(answer)
    fire(live, subscribe(live, ChannelTarget(ChannelType.WECOM, robot.url)), range(12))

    async def once() -> None:
        async with new_client(HERE) as client:
            await replica(live, client, catalogue)()

    asyncio.run(once())
    assert statuses(live)["sent"] == 0
    assert robot.accepted == []
    asyncio.run(deliver_all(live, catalogue))
    assert statuses(live) == {"sent": 12}
    assert len(robot.refused) == 1


def test_a_throttled_robot_is_left_alone_by_all_its_deliveries(
    live: World, robots: dict[ChannelType, Robot], catalogue: Catalogue
) -> None:
    robot = robots[ChannelType.DINGTALK]
    robot.scripted.append((200, {"status": 1111, "punish": "deny"}))
    subscription = subscribe(live, ChannelTarget(ChannelType.DINGTALK, robot.url))
    fire(live, subscription, range(1))
    began = live.clock.now()

    async def for_nine_minutes() -> None:
        async with new_client(HERE) as client:
            send = replica(live, client, catalogue)
            await send()
            fire(live, subscription, range(1, 30))
            for _ in range(9):
                live.clock.advance(timedelta(minutes=1))
                await send()

    asyncio.run(for_nine_minutes())
    assert robot.accepted == []
    assert len(robot.refused) == 1
    asyncio.run(deliver_all(live, catalogue))
    assert live.clock.now() - began >= timedelta(minutes=10)
    assert statuses(live) == {"sent": 30}
    assert len(robot.refused) == 1


def test_resolved_comes_after_its_firing_through_digests_too(
    live: World, robots: dict[ChannelType, Robot], catalogue: Catalogue
) -> None:
    robot = robots[ChannelType.WECOM]
    subscription = subscribe(live, ChannelTarget(ChannelType.WECOM, robot.url))
    fire(live, subscription, range(60))
    fire(live, subscription, range(60), kind=Kind.RESOLVED, sequence=2)
    asyncio.run(deliver_all(live, catalogue))
    shown = "\n".join(robot.texts)
    for number in range(60):
        assert shown.index(f"第{number:03d}号") < shown.rindex(f"第{number:03d}号")
        line = next(one for one in shown.splitlines() if f"第{number:03d}号" in one)
        assert "解除" not in line


def test_a_digest_whose_sender_dies_comes_back_marked(
    live: World, robots: dict[ChannelType, Robot], catalogue: Catalogue
) -> None:
    robot = robots[ChannelType.WECOM]
    fire(live, subscribe(live, ChannelTarget(ChannelType.WECOM, robot.url)), range(20))
    queue = SqlDeliveryQueue(live.engine)
    claimed = queue.claim(
        live.clock.now(), timedelta(minutes=2), Room()
    )  # and the process is killed
    assert len(claimed) == 20
    live.clock.advance(timedelta(minutes=3))
    asyncio.run(deliver_all(live, catalogue))
    with reading(live.engine) as connection:
        rows = connection.execute(text("select status, possible_repeat from delivery")).all()
    assert [tuple(row) for row in rows] == [("sent", True)] * 20


def test_a_group_is_one_message_and_an_unlimited_target_gets_no_digest() -> None:
    hook = ChannelTarget(ChannelType.WEBHOOK, "http://hook.test")
    robot = ChannelTarget(ChannelType.WECOM, "http://robot.test?key=1")
    due = [Due(n, "s", f"group-{n // 2}", hook) for n in range(6)]
    due += [Due(n, "s", f"group-{n // 2}", robot) for n in range(6, 12)]
    found = bundles(due, {robot: 2}, Room(per_target=10))
    assert [[one.id for one in bundle] for bundle in found] == [
        [0, 1],
        [2, 3],
        [4, 5],
        [6, 7, 8, 9, 10, 11],
    ]
    assert bundles(due, {robot: 0}, Room()) == found[:2]
    assert len(bundles([replace(due[0], id=n) for n in range(300)], {}, Room())[0]) == 100
