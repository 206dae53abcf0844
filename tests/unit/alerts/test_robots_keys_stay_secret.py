"""A robot's key is sown by a subscription and looked for wherever anything is shown."""

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine

from services.alerts.adapters.sealed_targets import keyring_of
from services.alerts.main import create_app
from services.alerts.settings import AlertsSettings
from shared.plans.catalogue import SHIPPED
from shared.settings import CommonSettings
from shared.storage import open_engine
from shared.storage.sealing import use_keys

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
def engine(migrated_file: Path, tmp_path: Path) -> Iterator[Engine]:
    shutil.copy(migrated_file, tmp_path / "alerts.sqlite3")
    opened = open_engine(CommonSettings(data_dir=tmp_path), "alerts")
    use_keys(opened, keyring_of(AlertsSettings(data_dir=tmp_path)))
    yield opened
    opened.dispose()


@pytest.fixture
def app(live: World, tmp_path: Path) -> Iterator[FastAPI]:
    assert live is not None
    settings = AlertsSettings(
        data_dir=tmp_path,
        plans=[SHIPPED / "suzhou-2027.yaml"],
        auto_migrate=False,
        kafka_bootstrap_servers="127.0.0.1:9",
        alerts_private_targets=["127.0.0.0/8"],
    )
    found = create_app(settings)
    yield found
    found.state.alerts.engine.dispose()


def call(app: FastAPI, method: str, path: str, **options: Any) -> httpx.Response:
    async def run() -> httpx.Response:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://alerts") as client:
            return await client.request(method, path, **options)

    return asyncio.run(run())


def test_no_page_no_log_and_no_refusal_shows_a_robots_key(
    app: FastAPI, live: World, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = []
    for robot in (*ROBOTS, *REFUSED):
        answer = call(
            app, "POST", "/api/v1/subscriptions", json={"owner": "专班", "channels": [robot]}
        )
        assert KEY not in answer.text, robot
        if answer.status_code == 201:
            kept.append(answer.headers["location"])
    assert kept
    live.receive(live.status("2026-04", "yellow"), live.status("2026-05", "yellow"))
    asyncio.run(live.send())
    for path in (*PAGES, *kept, *(f"{path}/test" for path in kept)):
        answer = call(app, "POST" if path.endswith("/test") else "GET", path)
        assert KEY not in answer.text, path
        assert KEY not in str(answer.headers), path
    shown = capsys.readouterr()
    assert KEY not in shown.out + shown.err
