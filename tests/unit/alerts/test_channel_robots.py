"""Group robots: signatures, sizes, answers; against strict robots on this machine."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import Engine

from services.alerts.adapters.budget import SqlSendingBudget
from services.alerts.adapters.channels.guard import TargetGuard
from services.alerts.adapters.channels.pieces import pieces
from services.alerts.adapters.channels.pinned import new_client
from services.alerts.adapters.channels.posting import Poster
from services.alerts.adapters.channels.robots import (
    Dialect,
    DingTalk,
    Feishu,
    RobotChannel,
    WeCom,
)
from services.alerts.adapters.channels.signatures import dingtalk_signature, feishu_signature
from services.alerts.adapters.channels.targets import why_refused
from services.alerts.domain.delivery import SendOutcome, SendResult
from services.alerts.domain.sending_limits import LIMITS
from services.alerts.domain.subscription import ChannelTarget, ChannelType
from services.alerts.domain.target import masked_target, unmasked, with_secret
from services.alerts.ports import Message
from shared.testing.clock import FixedClock
from shared.testing.robots import DingTalkRobot, FeishuRobot, Robot, WeComRobot, serving
from shared.testing.stores import migrated_store

HERE = TargetGuard((ip_network("127.0.0.0/8"),))

NOW = datetime(2026, 6, 12, 1, tzinfo=UTC)
MESSAGE = Message(
    subject="【模拟数据】【告警·黄色】轴承 2026年5月",
    text="第一行\n第二行\n\n大屏：https://wall.test/wall\n",
    html="",
    status="firing",
    labels={"alertname": "trajectory"},
    annotations={},
    starts_at=NOW,
    ends_at=None,
    at=NOW,
    generator_url="https://alerts.test/1",
    fingerprint="0123456789abcdef",
    group_key="{}:{}",
    thread="t",
    opens_thread=True,
    id="1",
    receiver="轴承专班",
    notification_reason="firing",
    external_url="https://alerts.test",
)
DIALECTS: dict[str, Dialect] = {"wecom": WeCom(), "dingtalk": DingTalk(), "feishu": Feishu()}
SIGNING = "SECtest-secret"
Send = Callable[..., SendResult]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with migrated_store("alerts", Path(tmp_path_factory.mktemp("robots"))) as engine:
        yield engine


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def robots(clock: FixedClock) -> Iterator[dict[str, Robot]]:
    found: dict[str, Robot] = {
        "wecom": WeComRobot(clock),
        "dingtalk": DingTalkRobot(clock, secret=SIGNING),
        "feishu": FeishuRobot(clock, secret=SIGNING),
    }
    with ExitStack() as stack:
        for robot in found.values():
            stack.enter_context(serving(robot))
        yield found


@pytest.fixture
def send(store: Engine, clock: FixedClock, robots: dict[str, Robot]) -> Send:
    budget = SqlSendingBudget(store, clock, LIMITS)

    def post(vendor: str, message: Message = MESSAGE, target: str = "") -> SendResult:
        async def run() -> SendResult:
            async with new_client(HERE) as client:
                channel = RobotChannel(DIALECTS[vendor], Poster(client), budget, clock)
                return await channel.send(target or robots[vendor].url, message)

        return asyncio.run(run())

    return post


def test_dingtalks_signature_is_the_published_one() -> None:
    found = dingtalk_signature(1_700_000_000_000, "SECtest")
    assert found == "aZLLrriXgn05YbwaGR7knYsLeJADjr9NwLaNNKpxh4g="
    assert quote(found, safe="").endswith("4g%3D")


def test_feishus_signature_is_the_published_one() -> None:
    found = feishu_signature(1_700_000_000, "test")
    assert found == "eSJQnOl8XqPTMPHWz9e5IzeHS/tqoc68g2967ekIPmg="


@pytest.mark.parametrize("vendor", DIALECTS)
def test_a_robot_shows_title_and_text(send: Send, robots: dict[str, Robot], vendor: str) -> None:
    assert send(vendor).outcome is SendOutcome.OK
    (text,) = robots[vendor].texts
    assert "【模拟数据】【告警·黄色】轴承 2026年5月" in text
    assert "第二行" in text
    assert "https://wall.test/wall" in text
    assert robots[vendor].refused == []


CODES: list[tuple[str, int, Any, SendOutcome, int | None]] = [
    ("wecom", 200, {"errcode": 45009}, SendOutcome.THROTTLED, 60),
    ("wecom", 200, {"errcode": 40058}, SendOutcome.PERMANENT_CONTENT, None),
    ("wecom", 200, {"errcode": 93000}, SendOutcome.PERMANENT_CONFIG, None),
    ("wecom", 200, {"errcode": 12345}, SendOutcome.TRANSIENT, None),
    ("wecom", 200, {"errcode": False}, SendOutcome.TRANSIENT, None),
    ("wecom", 500, {"errcode": 0}, SendOutcome.TRANSIENT, None),
    ("wecom", 200, b"<html>welcome to the guest network</html>", SendOutcome.TRANSIENT, None),
    ("wecom", 200, b"\xff\xfe", SendOutcome.TRANSIENT, None),
    ("wecom", 302, b"", SendOutcome.PERMANENT_CONFIG, None),
    ("dingtalk", 200, {"errcode": 310000}, SendOutcome.PERMANENT_CONFIG, None),
    ("dingtalk", 200, {"errcode": 400101}, SendOutcome.PERMANENT_CONFIG, None),
    ("dingtalk", 200, {"errcode": 130101}, SendOutcome.THROTTLED, 600),
    ("dingtalk", 200, {"status": 1111, "punish": "deny"}, SendOutcome.THROTTLED, 600),
    ("dingtalk", 200, {"errcode": 460101}, SendOutcome.PERMANENT_CONTENT, None),
    ("dingtalk", 200, {"errcode": -1}, SendOutcome.TRANSIENT, None),
    ("feishu", 400, {"code": 9499}, SendOutcome.THROTTLED, 60),
    ("feishu", 200, {"code": 11232}, SendOutcome.THROTTLED, 60),
    ("feishu", 200, {"code": 19001}, SendOutcome.PERMANENT_CONFIG, None),
    ("feishu", 200, {"code": 19021}, SendOutcome.PERMANENT_CONFIG, None),
    ("feishu", 200, {"code": 19022}, SendOutcome.PERMANENT_CONFIG, None),
    ("feishu", 200, {"code": 19024}, SendOutcome.PERMANENT_CONFIG, None),
    ("feishu", 200, {"StatusCode": 0}, SendOutcome.OK, None),
    ("feishu", 429, b"", SendOutcome.THROTTLED, None),
    ("feishu", 200, [], SendOutcome.TRANSIENT, None),
]


@pytest.mark.parametrize(("vendor", "status", "body", "outcome", "pause"), CODES)
def test_status_and_body_together_decide(
    send: Send,
    robots: dict[str, Robot],
    vendor: str,
    status: int,
    body: Any,
    outcome: SendOutcome,
    pause: int | None,
) -> None:
    robots[vendor].scripted.append((status, body))
    result = send(vendor)
    assert result.outcome is outcome
    assert result.retry_after == (None if pause is None else timedelta(seconds=pause))


@pytest.mark.parametrize("vendor", DIALECTS)
def test_no_answer_repeats_the_robots_key_or_secret(
    send: Send, robots: dict[str, Robot], vendor: str
) -> None:
    robot = robots[vendor]
    robot.scripted.append((400, f"no robot {robot.key} {robot.secret}".encode()))
    detail = send(vendor).detail
    assert robot.key not in detail
    assert not robot.secret or robot.secret not in detail
    away = send(vendor, target=robot.url.replace(robot.base_url, "http://127.0.0.1:9")).detail
    assert robot.key not in away
    assert robot.key not in masked_target(robot.url)


@pytest.mark.parametrize("vendor", ["dingtalk", "feishu"])
def test_a_wrong_secret_is_a_matter_of_settings(
    send: Send, robots: dict[str, Robot], vendor: str
) -> None:
    result = send(vendor, target=robots[vendor].url + "x")
    assert result.outcome is SendOutcome.PERMANENT_CONFIG
    assert robots[vendor].accepted == []


@pytest.mark.parametrize("vendor", DIALECTS)
def test_a_long_message_comes_in_parts_that_lose_nothing(
    send: Send, robots: dict[str, Robot], clock: FixedClock, vendor: str
) -> None:
    clock.advance(timedelta(hours=1))
    size = 6_000 if vendor == "wecom" else 30_000
    lines = [f"{i:04d}产业集群😀" * 4 for i in range(size // 80)]
    result = send(vendor, replace(MESSAGE, text="\n".join(lines)))
    assert result.outcome is SendOutcome.OK
    assert robots[vendor].refused == []
    assert len(robots[vendor].accepted) > 1
    shown = "\n".join(robots[vendor].texts)
    assert all(line in shown for line in lines)
    assert all("【模拟数据】" in text for text in robots[vendor].texts)


def test_a_message_for_more_parts_than_the_robot_takes_says_that_it_is_cut(
    send: Send, robots: dict[str, Robot], clock: FixedClock
) -> None:
    clock.advance(timedelta(hours=1))
    assert send("wecom", replace(MESSAGE, text="很长的一行" * 20_000)).outcome is SendOutcome.OK
    assert len(robots["wecom"].accepted) == LIMITS[ChannelType.WECOM].burst
    assert "其余见详情" in robots["wecom"].texts[-1]
    assert robots["wecom"].refused == []


def test_parts_that_the_bucket_does_not_pay_for_wait_unsent(
    send: Send, robots: dict[str, Robot], clock: FixedClock
) -> None:
    clock.advance(timedelta(hours=1))
    long = replace(MESSAGE, text="很长的一行" * 20_000)
    assert send("wecom", long).outcome is SendOutcome.OK
    held = send("wecom", long)
    assert held.outcome is SendOutcome.THROTTLED
    assert held.retry_after is not None
    assert held.retry_after > timedelta()
    assert not held.maybe_delivered
    assert len(robots["wecom"].accepted) == LIMITS[ChannelType.WECOM].burst


def test_a_failure_after_the_first_part_may_have_delivered(
    send: Send, robots: dict[str, Robot], clock: FixedClock
) -> None:
    clock.advance(timedelta(hours=1))
    robots["wecom"].scripted.extend([(200, {"errcode": 0}), (500, b"")])
    result = send("wecom", replace(MESSAGE, text="很长的一行" * 500))
    assert (result.outcome, result.maybe_delivered) == (SendOutcome.TRANSIENT, True)


@pytest.mark.parametrize("vendor", DIALECTS)
def test_names_cannot_call_everybody_or_plant_links(
    send: Send, robots: dict[str, Robot], vendor: str
) -> None:
    text = '<@all> <at user_id="all">所有人</at> [点击](https://evil.test)'
    assert send(vendor, replace(MESSAGE, text=text)).outcome is SendOutcome.OK
    (shown,) = robots[vendor].texts
    assert "<" not in shown
    assert "](https://evil" not in shown


@pytest.mark.parametrize("room", range(8, 40))
def test_pieces_never_cut_inside_a_character(room: int) -> None:
    line = "产业e\u0301集群👩\u200d🏭ab😀末"
    parts = ["".join(piece) for piece in pieces([line], room, 0)]
    assert "".join(parts) == line
    assert all(len(part.encode()) <= room for part in parts)
    if room >= 11:  # the joined worker needs that many bytes
        assert not any(part.startswith(("\u0301", "\u200d", "🏭")) for part in parts)


@pytest.mark.parametrize(
    ("channel", "target", "accepted"),
    [
        (ChannelType.WECOM, "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=abc", True),
        (ChannelType.WECOM, "https://qyapi.weixin.qq.com/cgi-bin/webhook/send", False),
        (ChannelType.DINGTALK, "https://oapi.dingtalk.com/robot/send?access_token=a#SEC", True),
        (ChannelType.DINGTALK, "https://oapi.dingtalk.com/robot/send?key=a", False),
    ],
)
def test_a_robots_url_must_hold_its_key(
    channel: ChannelType, target: str, *, accepted: bool
) -> None:
    found = why_refused(
        ChannelTarget(channel, target), TargetGuard(lookup=lambda _host: ["93.184.216.34"])
    )
    assert (found is None) is accepted


def test_a_target_that_was_read_masked_stays_what_it_was() -> None:
    robot = ChannelTarget(
        ChannelType.DINGTALK,
        with_secret("https://oapi.dingtalk.com/robot/send?access_token=abcdef", "SEC123"),
    )
    shown = ChannelTarget(robot.type, masked_target(robot.target))
    other = ChannelTarget(ChannelType.EMAIL, "zhuanban@office.gov.cn")
    assert "abcdef" not in shown.target
    assert "SEC123" not in shown.target
    assert unmasked([shown, other], [robot]) == (robot, other)
    assert unmasked([shown], []) == (shown,)
