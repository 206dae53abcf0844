"""Two real processes of alerts on one database send 500 alerts; robots enforce their limits."""

import re
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from shared.clock import SystemClock
from shared.testing import loopback
from shared.testing.loopback import QuietHandler
from shared.testing.robots import DingTalkRobot, FeishuRobot, Robot, WeComRobot, serving
from shared.testing.waiting import wait_until
from tests.integration.senders import senders, subscribe

ALERTS = 500
RED = 60
"""So many are critical; WeCom's group wants those only, as it takes 16 small messages a minute."""
PIECE = 50
"""As many as a Prometheus sends at once, about."""
ENDS = "2100-01-01T00:00:00Z"
NAME = re.compile(r"alert-(\d{3})")
PATIENCE = 300.0


@dataclass
class Hook:
    """A webhook that counts what it gets by delivery."""

    url: str
    deliveries: Counter[str]
    repeats: int = 0


@contextmanager
def webhook() -> Iterator[Hook]:
    hook = Hook("", Counter())
    lock = threading.Lock()

    class Handler(QuietHandler):
        def do_POST(self) -> None:
            self.body()
            with lock:
                hook.deliveries[self.headers["X-Clusterwatch-Delivery"]] += 1
                hook.repeats += "X-Clusterwatch-Possible-Repeat" in self.headers
            self.answer(200)

    with loopback.serving(Handler) as address:
        hook.url = f"{address}/hook"
        yield hook


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def urls(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[list[str]]:
    """Two processes, on both databases."""
    database = request.getfixturevalue("database_url") if request.param == "postgres" else None
    with senders(tmp_path, database, 2) as found:
        yield [one.url for one in found]


def post(url: str, numbers: range) -> None:
    body = [
        {
            "labels": {
                "alertname": f"alert-{number:03}",
                "severity": "critical" if number < RED else "info",
            },
            "annotations": {"summary": f"alert-{number:03} is on"},
            "endsAt": ENDS,
        }
        for number in numbers
    ]
    for start in range(0, len(body), PIECE):
        piece = body[start : start + PIECE]
        httpx.post(f"{url}/api/v2/alerts", json=piece, timeout=120).raise_for_status()


def rows(url: str) -> list[dict[str, Any]]:
    """All deliveries."""
    found: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        query = {"limit": "500", **({"next": cursor} if cursor else {})}
        page = httpx.get(f"{url}/api/v1/deliveries", params=query, timeout=30).json()
        found += page["items"]
        cursor = page["next"]
        if cursor is None:
            return found


def attempts(url: str) -> int:
    """Messages that a process has sent."""
    text = httpx.get(f"{url}/metrics", timeout=30).text
    return sum(
        int(float(line.split()[-1]))
        for line in text.splitlines()
        if line.startswith("clusterwatch_alerts_delivery_attempts_total{")
    )


def messages_about(robot: Robot) -> Counter[str]:
    """In how many messages each alert stood."""
    return Counter(name for text in robot.texts for name in set(NAME.findall(text)))


@dataclass
class Told:
    """What came of it."""

    rows: list[dict[str, Any]]
    dingtalk: str
    """Id of DingTalk's subscription."""
    hook: Hook
    sent_by: list[int]
    """Messages sent by each process."""


def tell(urls: list[str], wecom: Robot, dingtalk: Robot, feishu: Robot) -> Told:
    """Subscribe all, post half of the alerts to each process, wait until everything is sent."""
    first, second = urls
    with ExitStack() as running:
        for robot in (wecom, dingtalk, feishu):
            running.enter_context(serving(robot))
        hook = running.enter_context(webhook())
        subscribe(first, "企业微信群", "wecom", wecom.url, "red")
        ding = subscribe(first, "钉钉群", "dingtalk", dingtalk.url)
        subscribe(second, "飞书群", "feishu", feishu.url)
        subscribe(second, "系统", "webhook", hook.url)
        post(first, range(ALERTS // 2))
        post(second, range(ALERTS // 2, ALERTS))

        def settled() -> bool:
            return all(row["status"] == "sent" for row in rows(first))

        wait_until(settled, seconds=PATIENCE, what="everything is sent")
        return Told(rows(first), ding, hook, [attempts(url) for url in urls])


def test_every_alert_reaches_every_subscriber_once_and_no_limit_is_broken(
    urls: list[str],
) -> None:
    clock = SystemClock()
    wecom, dingtalk = WeComRobot(clock), DingTalkRobot(clock, secret="SECtwo")  # noqa: S106 - a test's
    feishu = FeishuRobot(clock, secret="two")  # noqa: S106 - a test's
    # A failure in the vendor's words with HTTP 200: never success, tried again.
    dingtalk.scripted.append((200, {"errcode": -1, "errmsg": "system busy"}))
    told = tell(urls, wecom, dingtalk, feishu)
    found, wanted = told.rows, 3 * ALERTS + RED
    assert len(found) == wanted
    assert len({(row["alert"], row["sequence"], row["subscription"]) for row in found}) == wanted
    assert not [row for row in found if row["possible_repeat"]], "nothing was uncertain"
    everything = {f"{number:03}" for number in range(ALERTS)}
    for robot, expected in (
        (dingtalk, everything),
        (feishu, everything),
        (wecom, {f"{number:03}" for number in range(RED)}),
    ):
        about = messages_about(robot)
        assert set(about) == expected
        assert set(about.values()) == {1}, "each alert stands in one message"
    assert (len(told.hook.deliveries), told.hook.repeats) == (ALERTS, 0)
    assert set(told.hook.deliveries.values()) == {1}
    # What robots refused is what was scripted: no limit, size or signature rule was broken.
    assert (wecom.refused, feishu.refused) == ([], [])
    assert dingtalk.refused == [{"errcode": -1, "errmsg": "system busy"}]
    assert [row for row in found if row["subscription"] == told.dingtalk and row["attempts"] > 1]
    assert min(told.sent_by) > 0, f"both processes send: {told.sent_by}"
