"""Ordering papers: over the API and in the console."""

import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.alerts.main import create_app
from services.alerts.settings import AlertsSettings
from shared.plans.catalogue import SHIPPED
from shared.testing.clock import FixedClock
from shared.testing.http import AppClient

PLAN, LINGBI, BEARINGS = "suzhou-2027", "suzhou-ah-lingbi", "szah-lb-bearings"
MONTHLY = {"kind": "monthly", "plan": PLAN, "unit": BEARINGS}
NOW = datetime(2026, 6, 1, 1, tzinfo=UTC)
URL = "/api/v1/subscriptions"
NEW = "/console/subscriptions/new"


@pytest.fixture
def client(migrated_file: Path, tmp_path: Path) -> Iterator[AppClient]:
    shutil.copy(migrated_file, tmp_path / "alerts.sqlite3")
    settings = AlertsSettings(data_dir=tmp_path, plans=[SHIPPED / "suzhou-2027.yaml"])
    app = create_app(settings, FixedClock(NOW))
    yield AppClient(app)
    app.state.alerts.papers.press.close()
    app.state.alerts.engine.dispose()


def post(client: AppClient, path: str, **options: Any) -> httpx.Response:
    return client.request("POST", path, **options)


def body(*papers: dict[str, Any], **more: Any) -> dict[str, Any]:
    channel = {"type": "email", "target": "zhuanban@office.test"}
    return {"owner": "专班", "channels": [channel], "papers": list(papers), **more}


def test_an_order_is_kept_with_its_usual_calendar(client: AppClient) -> None:
    made = post(client, URL, json=body(MONTHLY, {"kind": "quarterly", "plan": PLAN}, alerts=False))
    assert made.status_code == 201
    found = client.get(f"{URL}/{made.json()['id']}").json()
    assert found["alerts"] is False
    assert found["papers"] == [
        {
            "kind": "monthly",
            "plan": PLAN,
            "unit": BEARINGS,
            "formats": ["docx"],
            "weekday": 5,
            "working_day": 1,
            "at": "09:00:00",
        },
        {
            "kind": "quarterly",
            "plan": PLAN,
            "unit": "suzhou-ah",
            "formats": ["docx"],
            "weekday": 5,
            "working_day": 1,
            "at": "09:00:00",
        },
    ]


@pytest.mark.parametrize(
    ("paper", "words"),
    [
        ({"kind": "monthly", "plan": "atlantis"}, "no plan 'atlantis'"),
        ({"kind": "monthly", "plan": PLAN, "unit": "nowhere"}, "no unit 'nowhere'"),
        ({"kind": "tour", "plan": PLAN, "unit": BEARINGS}, "counties, parks or the city"),
        ({**MONTHLY, "working_day": 0}, "working_day"),
        ({**MONTHLY, "formats": ["pdf"]}, "formats"),
        ({"kind": "hourly", "plan": PLAN}, "kind"),
    ],
)
def test_an_order_that_cannot_be_met_is_refused_with_its_place(
    client: AppClient, paper: dict[str, Any], words: str
) -> None:
    refused = post(client, URL, json=body(paper))
    assert refused.status_code == 422
    assert words in refused.text


def test_the_same_paper_cannot_be_ordered_twice(client: AppClient) -> None:
    refused = post(client, URL, json=body(MONTHLY, {**MONTHLY, "working_day": 9}))
    assert refused.status_code == 422
    assert "papers.1: the same paper is ordered twice" in refused.text


def test_a_preview_says_when_papers_will_come(client: AppClient) -> None:
    weekly = {"kind": "weekly", "plan": PLAN, "unit": LINGBI, "at": "16:00"}
    found = post(client, f"{URL}/preview", json=body(MONTHLY, weekly)).json()["papers"]
    assert [(one["kind"], one["period"], one["due_at"]) for one in found[:4]] == [
        ("weekly", "2026-W23", "2026-06-05T16:00:00+08:00"),
        ("weekly", "2026-W24", "2026-06-12T16:00:00+08:00"),
        ("monthly", "2026-05", "2026-06-15T09:00:00+08:00"),
        ("weekly", "2026-W25", "2026-06-18T16:00:00+08:00"),
    ]
    assert len(found) == 8


def test_the_console_orders_shows_and_changes_papers(client: AppClient) -> None:
    opened = client.get(NEW)
    cookies = "; ".join(f"{name}={value}" for name, value in opened.cookies.items())
    page, headers = opened.text, {"cookie": cookies}
    typed = {
        "csrf": field(page, "csrf"),
        "owner": "轴承专班",
        "role": "task_force",
        "minimum_colour": "yellow",
        "cadence": "at_once",
        "language": "zh",
        "type0": "email",
        "target0": "zhuanban@office.test",
        "papers_only": "yes",
        "paper_kind0": "weekly",
        "paper_plan0": PLAN,
        "paper_unit0": LINGBI,
        "paper_formats0": "docx+xlsx",
        "paper_weekday0": "4",
        "paper_working_day0": "1",
        "paper_at0": "15:30",
        "paper_kind1": "",
    }
    ahead = post(client, NEW, data={**typed, "do": "preview"}, headers=headers)
    assert "今后的定期材料" in ahead.text
    assert "2026-W23" in ahead.text
    saved = post(client, NEW, data={**typed, "do": "save"}, headers=headers)
    assert saved.status_code == 303
    (stored,) = client.get(URL).json()["items"]
    (order,) = stored["papers"]
    assert (order["formats"], order["weekday"], order["at"]) == (["docx", "xlsx"], 4, "15:30:00")
    assert stored["alerts"] is False
    again = client.get(f"/console/subscriptions/{stored['id']}", headers=headers).text
    assert re.search(r'name="papers_only" value="yes" checked', again)
    assert re.search(r'name="paper_weekday0"[^>]* value="4"', again)
    assert "paper_kind1" in again


def field(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None
    return found[1]
