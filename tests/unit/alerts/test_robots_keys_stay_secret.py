"""A robot's key is sown by a subscription and looked for wherever anything is shown."""

import asyncio
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine

from shared.testing.http import AppClient

World = Any
KEY = "cAnArY-0f3e-robots-key"
ROBOTS = (
    {"type": "wecom", "target": f"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={KEY}"},
    {
        "type": "dingtalk",
        "target": f"https://oapi.dingtalk.com/robot/send?access_token={KEY}#{KEY}",
    },
    {"type": "feishu", "target": f"https://open.feishu.cn/open-apis/bot/v2/hook/{KEY}"},
    {"type": "webhook", "target": f"http://127.0.0.1:9/{KEY}?token={KEY}#{KEY}"},
)
REFUSED = (
    {"type": "wecom", "target": f"ftp://qyapi.weixin.qq.com/send?key={KEY}"},
    {"type": "nothing", "target": f"https://qyapi.weixin.qq.com/send?key={KEY}"},
    {"type": "webhook", "target": f"http://10.0.0.1/{KEY}"},
)
PAGES = (
    *("/metrics", "/api/v1/subscriptions", "/api/v1/deliveries", "/api/v1/alerts", "/api/v1/audit"),
    *("/api/v1/reconciliation", "/readyz", "/console", "/console/alerts", "/console/deliveries"),
    *("/console/subscriptions", "/console/audit", "/openapi.json"),
)


@pytest.fixture
def engine(sqlite_engine: Engine) -> Engine:
    return sqlite_engine


def test_no_page_no_log_and_no_refusal_shows_a_robots_key(
    app: FastAPI, live: World, capsys: pytest.CaptureFixture[str]
) -> None:
    http, kept = AppClient(app), []
    for robot in (*ROBOTS, *REFUSED):
        body = {"owner": "专班", "channels": [robot]}
        answer = http.request("POST", "/api/v1/subscriptions", json=body)
        assert KEY not in answer.text, robot
        if answer.status_code == 201:
            kept.append(answer.headers["location"])
    assert kept
    live.receive(live.status("2026-04", "yellow"), live.status("2026-05", "yellow"))
    asyncio.run(live.send())
    for path in (*PAGES, *kept, *(f"{path}/test" for path in kept)):
        answer = http.request("POST" if path.endswith("/test") else "GET", path)
        assert KEY not in answer.text, path
        assert KEY not in str(answer.headers), path
    shown = capsys.readouterr()
    assert KEY not in shown.out + shown.err
