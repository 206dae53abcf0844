"""Papers over HTTP: issued once, read in every format, masked for each reader."""

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from docx import Document
from fastapi import FastAPI
from openpyxl import load_workbook
from sqlalchemy import Engine

from services.alerts.adapters.papers.policy import POLICY
from services.alerts.domain.papers.model import Masking, Paper, decode_paper
from shared.access.readers import Reader, Role, Scope
from shared.access.store import DATABASE, AccessStore
from shared.clock import SystemClock
from shared.testing.clock import FixedClock
from shared.testing.http import AppClient
from shared.testing.stores import migrated_store
from tests.unit.alerts.conftest import application

World = Any
PLAN = "suzhou-2027"
OWN, OTHER = "szah-lb-bearings", "szah-ds-green-food"
PATH = "/api/v1/reports"
OFFICE = "宿州市双招双引办公室"
APRIL = {"plan": PLAN, "period": "2026-04"}


@pytest.fixture
def engine(sqlite_engine: Engine) -> Engine:
    return sqlite_engine


class Service:
    """The application with access control, and tokens for it."""

    def __init__(self, app: FastAPI, store: AccessStore, clock: FixedClock) -> None:
        self.http = AppClient(app)
        self.store = store
        self.clock = clock

    def token(self, role: Role, *units: str, complete: bool = False) -> str:
        scope = Scope(units=frozenset(units) or None)
        reader = Reader(f"{role} of a test", role, scope, complete)
        return self.store.create(reader, timedelta(days=1), SystemClock().now(), "test")[1]

    def get(self, token: str, path: str, **query: Any) -> httpx.Response:
        headers = {"authorization": f"Bearer {token}"}
        return self.http.request("GET", path, headers=headers, params=query or None)

    def issue(self, token: str, kind: str, **body: str) -> httpx.Response:
        headers = {"authorization": f"Bearer {token}"}
        return self.http.request(
            "POST", f"{PATH}/{kind}", headers=headers, json={"by": "王工", **body}
        )

    def paper(self, token: str, kind: str, **query: Any) -> Paper:
        answer = self.get(token, f"{PATH}/{kind}", format="json", **query)
        assert answer.status_code == 200, answer.text
        return decode_paper(answer.content)


@pytest.fixture
def service(live: World, tmp_path: Path) -> Iterator[Service]:
    """Two clusters and their county and city in April; the other cluster is confidential."""
    live.told("2026-04", "yellow", unit=OWN, region="suzhou-ah-lingbi")
    live.told("2026-04", "yellow", unit=OTHER, region="suzhou-ah-dangshan", confidential=True)
    for unit, kind in (("suzhou-ah-lingbi", "region"), ("suzhou-ah", "city")):
        live.told("2026-04", unit=unit, region=unit, unit_kind=kind)
    labels = {"data_label": "模拟数据", "alerts_papers_issuer": OFFICE}
    with migrated_store(DATABASE, tmp_path) as opened:
        app = application(tmp_path, live.clock, access="on", **labels)
        yield Service(app, AccessStore(opened), live.clock)
        app.state.alerts.engine.dispose()


@pytest.fixture
def boss(service: Service) -> str:
    return service.token(Role.ADMINISTRATOR, complete=True)


def test_a_paper_is_issued_once_and_listed(service: Service, boss: str) -> None:
    first = service.issue(boss, "monthly", **APRIL)
    second = service.issue(boss, "monthly", **APRIL)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    (listed,) = service.get(boss, PATH, kind="monthly").json()["items"]
    assert listed == first.json()
    assert listed["issued_by"] == "王工 (administrator of a test)"


def test_a_paper_comes_in_every_format_with_its_figures(service: Service, boss: str) -> None:
    service.issue(boss, "monthly", **APRIL)
    page = service.get(boss, f"{PATH}/monthly", plan=PLAN, unit=OWN)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["content-security-policy"] == POLICY
    assert "灵璧县轴承制造主导产业" in page.text
    assert "模拟" in page.text
    word = service.get(boss, f"{PATH}/monthly", unit=OWN, format="docx")
    assert "attachment" in word.headers["content-disposition"]
    text = "\n".join(one.text for one in Document(BytesIO(word.content)).paragraphs)
    assert "20.00 亿元" in text.replace("\u00a0", " ")
    assert OFFICE in text
    assert OFFICE in page.text
    book = service.get(boss, f"{PATH}/monthly", unit=OWN, format="xlsx")
    assert len(load_workbook(BytesIO(book.content)).sheetnames) > 1
    figures = {one.id: one.value for one in service.paper(boss, "monthly", unit=OWN).figures()}
    assert figures[f"{OWN}|gross_output|2026-04|ytd"] == 2_000_000_000


def test_what_is_not_issued_can_be_seen_as_a_draft_only(service: Service, boss: str) -> None:
    answer = service.get(boss, f"{PATH}/monthly", **APRIL)
    assert answer.status_code == 404
    assert "draft=true" in answer.json()["detail"]
    paper = service.paper(boss, "monthly", **APRIL, draft=True)
    assert paper.draft
    assert paper.simulated
    assert service.get(boss, PATH).json()["items"] == []


def test_each_reader_sees_what_the_token_covers(service: Service, boss: str) -> None:
    service.issue(boss, "monthly", **APRIL)
    own = service.token(Role.TASK_FORCE, OWN)
    assert service.paper(own, "monthly", unit=OWN).unit == OWN
    for unit in (OTHER, "suzhou-ah"):
        answer = service.get(own, f"{PATH}/monthly", unit=unit)
        assert answer.status_code == 404
    county = service.token(Role.VIEWER, "suzhou-ah-lingbi")
    assert {row.cells[0] for row in table(service.paper(county, "monthly", unit=OWN), "own")} == {
        "灵璧县轴承制造主导产业"
    }


def test_masked_figures_are_shown_to_those_with_the_right_alone(
    service: Service, boss: str
) -> None:
    service.issue(boss, "monthly", **APRIL)
    viewer = service.token(Role.VIEWER)
    task_force = service.token(Role.TASK_FORCE, OTHER, complete=True)
    public = service.paper(viewer, "monthly", unit=OTHER)
    own = service.paper(task_force, "monthly", unit=OTHER)
    ytd = f"{OTHER}|gross_output|2026-04|ytd"
    seen = {one.id: one for one in public.figures()}
    assert seen[ytd].suppressed
    assert public.masking is Masking.MASKED
    assert {one.id: one.value for one in own.figures()}[ytd] == 2_000_000_000
    assert own.masking is Masking.INTERNAL


def test_only_administrators_of_all_units_issue(service: Service) -> None:
    for token in (
        service.token(Role.TASK_FORCE),
        service.token(Role.VIEWER),
        service.token(Role.ADMINISTRATOR, OWN),
    ):
        assert service.issue(token, "monthly", **APRIL).status_code == 403


def test_what_cannot_be_issued_is_answered_with_a_problem(service: Service, boss: str) -> None:
    for kind, body, status in (
        ("monthly", {"plan": PLAN, "period": "2026-01"}, 422),
        ("monthly", {"plan": PLAN, "period": "2026-W20"}, 422),
        ("monthly", {"plan": PLAN, "period": "2026-05"}, 409),
        ("monthly", {"plan": "atlantis", "period": "2026-04"}, 404),
        ("monthly", {**APRIL, "by": "\x00"}, 422),
        ("daily", {"plan": PLAN}, 422),
    ):
        answer = service.issue(boss, kind, **body)
        assert answer.status_code == status, body
        assert answer.headers["content-type"] == "application/problem+json"
    assert service.get(boss, PATH, plan="atlantis").json()["items"] == []


def test_the_console_lists_papers_with_links_that_work(service: Service, boss: str) -> None:
    service.issue(boss, "monthly", **APRIL)
    page = service.get(boss, "/console/papers", unit=OWN)
    assert "月通报" in page.text
    assert "2026年4月" in page.text
    link = re.search(r'href="(/api/v1/reports/[^"]*format=html)"', page.text)
    assert link is not None
    assert service.get(boss, unescape(link[1])).status_code == 200
    limited = service.token(Role.TASK_FORCE, OTHER)
    shown = service.get(limited, "/console/papers").text
    assert f'value="{OTHER}"' in shown
    assert OWN not in shown


def table(paper: Paper, name: str) -> Any:
    return next(one for one in paper.tables() if one.id == name).rows
