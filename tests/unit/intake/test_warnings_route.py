"""The list of odd lines: by token, in pages, without figures."""

from collections.abc import Sequence

import pytest
from fastapi import FastAPI

from services.ingest.adapters.warning_store import WarnedLine
from services.ingest.api.warnings import warnings_router
from services.ingest.domain.subjects import project
from services.ingest.domain.warnings import Warned
from shared.http import add_problem_handlers
from shared.testing.http import AppClient

LINES = [
    WarnedLine(
        id=number,
        subject=project(f"secret-{number}"),
        topic="stats.investment.v1",
        indicator="investment",
        period="2026-05",
        revision=1,
        warnings=(Warned.SINCE_START_ABOVE_PLANNED_TOTAL,),
    )
    for number in range(1, 6)
]


def _read(
    topic: str | None, warning: Warned | None, after: int, limit: int
) -> Sequence[WarnedLine]:
    found = [line for line in LINES if line.id > after and topic in {None, line.topic}]
    return [line for line in found if warning is None or warning in line.warnings][:limit]


@pytest.fixture
def client() -> AppClient:
    app = FastAPI()
    add_problem_handlers(app)
    app.include_router(warnings_router(_read, lambda subject: f"t-{subject.code[-1]}"))
    return AppClient(app)


def test_odd_lines_are_listed_by_token_and_without_their_codes(client: AppClient) -> None:
    answer = client.get("/api/v1/warnings", {"topic": "stats.investment.v1", "limit": 2})
    body = answer.json()
    assert [item["subject"] for item in body["items"]] == ["t-1", "t-2"]
    assert body["items"][0]["warnings"] == ["since_start_above_planned_total"]
    assert "secret" not in answer.text


def test_pages_follow_each_other_to_the_end(client: AppClient) -> None:
    seen: list[str] = []
    cursor = 0
    while cursor is not None:
        body = client.get("/api/v1/warnings", {"limit": 2, "cursor": cursor}).json()
        seen += [item["subject"] for item in body["items"]]
        cursor = body["next"]
    assert seen == ["t-1", "t-2", "t-3", "t-4", "t-5"]


@pytest.mark.parametrize("params", [{"warning": "boredom"}, {"limit": 0}, {"cursor": -1}])
def test_a_wrong_filter_is_refused(client: AppClient, params: dict[str, str | int]) -> None:
    assert client.get("/api/v1/warnings", params).status_code == 422


def test_a_filter_without_lines_gives_an_empty_list(client: AppClient) -> None:
    wanted: dict[str, str | int] = {"warning": "ytd_identity_mismatch"}
    assert client.get("/api/v1/warnings", wanted).json() == {"items": [], "next": None}
