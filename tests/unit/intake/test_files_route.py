"""The route that takes files, on an inbox in memory."""

import base64
import csv
import io
from collections.abc import Sequence
from datetime import UTC, datetime

import httpx
import pytest
from fastapi import FastAPI
from prometheus_client.registry import CollectorRegistry

from services.ingest.api.files import files_router
from services.ingest.ports import KafkaUnavailableError, Outgoing
from services.ingest.telemetry import HttpCounts
from services.ingest.use_cases.accept import CheckEvents
from shared.files.mapping import shipped_mappings
from shared.http import add_problem_handlers
from shared.testing.clock import FixedClock
from shared.testing.http import AppClient
from shared.testing.load import credit_code

TABLE = f"""2026年5月,单位：千元,
信用代码,工业总产值/本月,工业总产值/1-本月
{credit_code(1)},1,5
{credit_code(2)},x,6
合计,1,11
"""


class MemoryInbox:
    """Keeps what is sent; `down` makes it refuse to acknowledge."""

    def __init__(self) -> None:
        self.events: list[Outgoing] = []
        self.down = False

    async def send(self, events: Sequence[Outgoing]) -> None:
        if self.down:
            raise KafkaUnavailableError("no broker")
        self.events += events


class Files:
    """The route as an application."""

    def __init__(self, check: CheckEvents) -> None:
        self.inbox = MemoryInbox()
        self.registry = CollectorRegistry()
        app = FastAPI()
        add_problem_handlers(app)
        clock = FixedClock(datetime(2026, 6, 10, tzinfo=UTC))
        counts = HttpCounts(self.registry)
        app.include_router(
            files_router(check, self.inbox, counts, clock, shipped_mappings(), body_limit=100_000)
        )
        self._client = AppClient(app)

    def post(self, body: bytes, **params: str) -> httpx.Response:
        return self._client.request(
            "POST",
            "/api/v1/files",
            content=body,
            params={"source": "tjj-suzhou", **params},
            headers={"content-type": "text/csv"},
        )


@pytest.fixture
def files(check: CheckEvents) -> Files:
    return Files(check)


def test_a_file_is_sent_and_its_refused_rows_come_back_to_be_mended(files: Files) -> None:
    answer = files.post(TABLE.encode("gbk"))
    assert answer.status_code == 207
    body = answer.json()
    assert (body["mapping"], body["rows"], body["events"]) == ("1-output-summary", 3, 1)
    assert body["skipped"] == {"total": 1}
    (refused,) = body["refused"]
    assert (refused["row"], refused["field"], refused["reason"]) == (4, "month", "wrong_type")
    assert [event.key for event in files.inbox.events] == [credit_code(1).encode()]

    mend = base64.b64decode(body["mend"][0]["csv_base64"]).decode("utf-8-sig")
    again = files.post(mend.replace(",x,", ",2,").encode()).json()
    assert (again["rows_taken"], again["rows_refused"]) == (1, 0)
    name = "clusterwatch_ingest_http_accepted_total"
    assert files.registry.get_sample_value(name, {"topic": "stats.output.v1"}) == 2


@pytest.mark.parametrize("attack", ["=1+1", "+1+A1", "-1-A1", "@SUM(A1)", "\t=1", "\r=1"])
def test_refused_rows_come_back_as_text_that_no_spreadsheet_computes(
    attack: str, files: Files
) -> None:
    quoted = f'"{attack}"'
    table = TABLE.replace(",x,", f",{quoted},").replace("合计,", f"{quoted},")

    body = files.post(table.encode()).json()

    assert body["rows_refused"] == 2
    mend = base64.b64decode(body["mend"][0]["csv_base64"]).decode("utf-8-sig")
    cells = [cell for row in csv.reader(io.StringIO(mend, newline="")) for cell in row]
    assert cells.count(f"'{attack}") == 2
    assert attack not in cells


def test_a_dry_run_sends_nothing(files: Files) -> None:
    assert files.post(TABLE.encode(), dry_run="true").json()["events"] == 1
    assert files.inbox.events == []


def test_without_kafka_a_file_is_to_be_sent_again(files: Files) -> None:
    files.inbox.down = True
    assert files.post(TABLE.encode()).status_code == 503


@pytest.mark.parametrize(
    ("body", "params", "status"),
    [
        (b"a,b\n1,2\n", {}, 400),
        (b"PK\x03\x04", {}, 400),
        (b"", {}, 400),
        (b"x" * 100_001, {}, 413),
        (TABLE.encode(), {"mapping": "no-such"}, 422),
        (TABLE.encode(), {"mapping": "3-register"}, 400),
        (TABLE.encode(), {"period": "May"}, 422),
        (TABLE.encode(), {"source": ""}, 422),
        (TABLE.encode(), {"revision": "0"}, 422),
    ],
)
def test_what_cannot_be_read_is_a_problem(
    files: Files, body: bytes, params: dict[str, str], status: int
) -> None:
    answer = files.post(body, **params)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
