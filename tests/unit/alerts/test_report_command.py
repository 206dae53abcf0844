"""`clusterwatch report` against the routes of papers over a real store."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine
from typer.testing import CliRunner

from clusterwatch.commands.report import app
from services.alerts.api.papers import papers_router
from services.alerts.domain.papers.model import decode_paper
from services.alerts.settings import AlertsSettings
from services.alerts.wiring.parts import Alerts
from shared.http import add_problem_handlers
from shared.plans.catalogue import SHIPPED
from shared.testing.serving import served

World = Any
OWN = "szah-lb-bearings"


@pytest.fixture
def engine(sqlite_engine: Engine) -> Engine:
    return sqlite_engine


@pytest.fixture
def address(live: World, tmp_path: Path) -> Iterator[str]:
    """Routes of papers with figures up to April."""
    live.told("2026-04")
    settings = AlertsSettings(data_dir=tmp_path, plans=[SHIPPED / "suzhou-2027.yaml"])
    alerts = Alerts(settings, live.clock)
    web = FastAPI()
    add_problem_handlers(web)
    web.include_router(papers_router(alerts.papers.of_routes))
    with served(web) as url:
        yield url
    alerts.papers.press.close()
    alerts.engine.dispose()


def run(address: str, *words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, [*words, "--alerts", address], env={"COLUMNS": "200"})
    return done.exit_code, " ".join(done.output.split())


def test_a_paper_is_issued_listed_and_written_in_several_formats(
    address: str, tmp_path: Path
) -> None:
    issued = run(address, "issue", "monthly", "--period", "2026-04", "--who", "王工")
    listed = run(address, "list")
    folder = tmp_path / "papers"
    formats = ("--format", "json", "--format", "html", "--format", "docx", "--format", "xlsx")
    written = run(address, "monthly", "--unit", OWN, *formats, "--output", str(folder))

    assert issued[0] == 0
    assert "2026-04" in issued[1]
    assert listed[1].endswith("1 issued")
    assert written[0] == 0, written[1]
    name = f"suzhou-2027.{OWN}.monthly.2026-04"
    assert {path.name for path in folder.iterdir()} == {
        f"{name}.{ending}" for ending in ("json", "html", "docx", "xlsx")
    }
    assert decode_paper((folder / f"{name}.json").read_bytes()).unit == OWN


def test_a_single_paper_can_be_given_a_name(address: str, tmp_path: Path) -> None:
    file = tmp_path / "draft.json"
    options = ("--draft", "--format", "json", "--unit", OWN)
    code, output = run(address, "weekly", *options, "--output", str(file))
    assert code == 0, output
    assert decode_paper(file.read_bytes()).draft


def test_what_was_not_issued_says_what_to_do(address: str, tmp_path: Path) -> None:
    code, output = run(address, "monthly", "--period", "2026-03", "--output", str(tmp_path))
    assert code == 1
    assert "404" in output
    assert "draft=true" in output


def test_an_unknown_format_is_refused_before_anything_is_asked() -> None:
    code, output = run("http://127.0.0.1:1", "monthly", "--format", "pdf")
    assert code == 1
    assert "html, docx, xlsx, json" in output
