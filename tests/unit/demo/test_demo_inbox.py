"""The simulated inbox and its subscription."""

import asyncio
import json
import urllib.request
from datetime import datetime
from typing import Any

import httpx
import pytest

from demo.inbox import Inbox, Notice, page, read_webhook
from demo.messages import CHINA
from demo.subscriptions import OWNER, subscribe

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=CHINA)
ROBOT = "http://127.0.0.1:8104/robot"


def webhook(title: str = "轴承制造：累计低于路径", status: str = "firing") -> bytes:
    alert = {
        "status": status,
        "labels": {"alertname": "trajectory", "unit": "szah-lb-bearings"},
        "annotations": {"summary": title, "description": "累计 25.7 亿元", "colour": "orange"},
    }
    return json.dumps({"version": "4", "status": status, "alerts": [alert]}).encode()


def test_a_webhook_becomes_notices() -> None:
    (notice,) = read_webhook(webhook(), NOW)
    assert notice == Notice(NOW, "firing", "orange", "轴承制造：累计低于路径", "累计 25.7 亿元")


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"alerts":[{}]}', b'{"alerts":1}'])
def test_another_body_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_webhook(body, NOW)


def test_the_page_says_simulated_and_escapes_what_it_shows() -> None:
    shown = page([Notice(NOW, "firing", "red", "<script>x</script>", "")])
    assert "模拟" in shown
    assert "<script>" not in shown
    assert "[红]" in shown


def test_the_inbox_takes_webhooks_over_http() -> None:
    told: list[Notice] = []
    with Inbox(0, told.append) as inbox:
        answer = httpx.post(f"{inbox.url}/robot", content=webhook(), trust_env=False)
        assert answer.json() == {"errcode": 0, "errmsg": "ok", "received": 1}
        refused = httpx.post(f"{inbox.url}/robot", content=b"{}", trust_env=False)
        assert refused.status_code == 400
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"{inbox.url}/") as shown:
            assert "累计低于路径" in shown.read().decode()
        items = httpx.get(f"{inbox.url}/messages", trust_env=False).json()["items"]
    assert [item["title"] for item in items] == [notice.title for notice in told]


class AlertsApi:
    """A stand-in for the alerts service that remembers its subscriptions."""

    def __init__(self, *, refuse: bool = False) -> None:
        self.items: list[dict[str, Any]] = []
        self.refuse = refuse

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(200, json={"items": self.items, "next": None})
        if self.refuse:
            return httpx.Response(422, json={"title": "private address"})
        self.items.append({"id": "s1"} | json.loads(request.content))
        return httpx.Response(201, json=self.items[-1])


def subscribed(api: AlertsApi, told: list[str]) -> str | None:
    async def scenario() -> str | None:
        transport = httpx.MockTransport(api)
        async with httpx.AsyncClient(transport=transport, base_url="http://alerts") as client:
            return await subscribe(client, ROBOT, told.append)

    return asyncio.run(scenario())


def test_the_inbox_is_subscribed_once() -> None:
    api = AlertsApi()
    assert subscribed(api, []) == "s1"
    assert subscribed(api, []) == "s1"
    assert [(item["owner"], item["channels"][0]["target"]) for item in api.items] == [
        (OWNER, ROBOT)
    ]


def test_a_refused_subscription_is_told() -> None:
    told: list[str] = []
    assert subscribed(AlertsApi(refuse=True), told) is None
    assert "422" in told[0]
