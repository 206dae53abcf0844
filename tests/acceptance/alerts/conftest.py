"""The real alerts service in virtual time, driven by scripts; its messages go over real HTTP.

Everything is what `create_app` wires: rules, life cycle, store, delivery worker, webhook channel,
HTTP API. Only Kafka is left out - batches are handed over - and the clock is moved by the script.
"""

import asyncio
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx
import msgspec
import pytest
import yaml
from sqlalchemy import Engine, text

from services.alerts import main
from services.alerts.adapters.rules_file import SHIPPED_RULES
from services.alerts.adapters.tables import TABLES
from services.alerts.domain.calendar import BEIJING
from services.alerts.settings import AlertsSettings
from services.alerts.use_cases.apply_notices import ApplyNotices
from services.alerts.use_cases.apply_statuses import ApplyStatuses
from services.alerts.wiring import parts
from shared.events.notices import NOTICES_TOPIC
from shared.events.records import Record
from shared.events.status import STATUS_TOPIC, Status
from shared.plans import Catalogue, load_catalogue
from shared.settings import CommonSettings
from shared.storage import open_engine
from shared.storage.migrations import migrate
from shared.testing.clock import FixedClock
from shared.testing.loopback import QuietHandler, serving
from shared.testing.postgres import PostgresServer
from shared.testing.statuses import status_of

HISTORY = [f"2025-{month:02d}" for month in range(4, 13)] + ["2026-02", "2026-03"]
"""Periods on track that a first load finds, unless a script says otherwise."""
START = "2026-05-11 10:00"
_DAILY_LOOK = time(9, 5)
"""When the jobs run on days without a step: just after digests are due."""
_FIELDS = {field.name: field.type for field in msgspec.structs.fields(Status)}


class Robot:
    """An HTTP endpoint that keeps what it is given, and refuses while it is told to."""

    def __init__(self) -> None:
        self.bodies: list[tuple[str, dict[str, Any]]] = []
        self.down = False
        robot = self

        class Handler(QuietHandler):
            def do_POST(self) -> None:
                body = json.loads(self.body())
                if not robot.down:
                    robot.bodies.append((unquote(self.path.strip("/")), body))
                self.answer(503 if robot.down else 200)

        self._open = ExitStack()
        self.url = self._open.enter_context(serving(Handler))

    def close(self) -> None:
        self._open.close()


class World:
    """The service of one script."""

    def __init__(self, settings: AlertsSettings, robot: Robot, start: str) -> None:
        self.settings = settings
        self.robot = robot
        self.clock = FixedClock(moment(start))
        self.runner = asyncio.Runner()
        self.subscriptions: dict[str, str] = {}
        self.silences: dict[str, str] = {}
        self._read = 0
        self._version = 0
        self._offset = 0
        self._start()

    def _start(self) -> None:
        self.app = main.create_app(self.settings, self.clock)
        self.alerts = self.app.state.alerts
        self.jobs = self.alerts.jobs()
        self._statuses = ApplyStatuses(self.alerts.evaluate, self.clock)
        self._notices = ApplyNotices(self.alerts.evaluate, self.clock)
        transport = httpx.ASGITransport(self.app)
        self._client = httpx.AsyncClient(transport=transport, base_url="http://alerts")

    def _stop(self) -> None:
        self.runner.run(self._client.aclose())
        self.runner.run(self.alerts.client.aclose())
        self.alerts.papers.press.close()
        self.alerts.engine.dispose()

    def close(self) -> None:
        self._stop()
        self.runner.close()

    def restart(self) -> None:
        """Another process on the same store."""
        self._stop()
        self._start()

    def call(self, method: str, path: str, body: Any = None) -> Any:
        answer = self.runner.run(self._client.request(method, path, json=body))
        assert answer.status_code < 300, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    # what happens

    def statuses(self, *wanted: dict[str, Any]) -> None:
        values = [msgspec.json.encode(self._status(dict(one))) for one in wanted]
        with self.alerts.transaction() as ledger:
            self._statuses(ledger, [self._record(STATUS_TOPIC, value) for value in values])

    def _status(self, wanted: dict[str, Any]) -> Status:
        self._version += 1
        colour = wanted.pop("colour", "green")
        changes = {name: msgspec.convert(value, _FIELDS[name]) for name, value in wanted.items()}
        plain = status_of(changes.pop("period"), colour, version=self._version)
        return msgspec.structs.replace(plain, **changes)

    def notices(self, *wanted: dict[str, Any]) -> None:
        values: list[bytes] = []
        for one in wanted:
            at = moment(one["at"]) if "at" in one else self.clock.now()
            default = {"notice_id": f"n{self._offset}-{len(values)}", "unit": "szah-lb-bearings"}
            values.append(json.dumps({**default, **one, "at": at.isoformat()}).encode())
        with self.alerts.transaction() as ledger:
            self._notices(ledger, [self._record(NOTICES_TOPIC, value) for value in values])

    def _record(self, topic: str, value: bytes) -> Record:
        self._offset += 1
        at_ms = int(self.clock.now().timestamp() * 1000)
        return Record(topic, 0, self._offset, at_ms, b"key", value)

    def subscribe(self, name: str, fields: dict[str, Any]) -> None:
        channel = {"type": "webhook", "target": f"{self.robot.url}/{name}"}
        body = {"owner": name, "channels": [channel], **fields}
        self.subscriptions[name] = self.call("POST", "/api/v1/subscriptions", body)["id"]

    def subscribe_all(self, wanted: dict[str, dict[str, Any] | None]) -> None:
        for name, fields in wanted.items():
            self.subscribe(name, fields or {})

    def unsubscribe(self, name: str) -> None:
        self.call("DELETE", f"/api/v1/subscriptions/{self.subscriptions[name]}")

    def ack(self, rule: str, hours: float, unit: str | None = None) -> None:
        until = self.clock.now() + timedelta(hours=hours)
        body = {"by": "王工", "action": "约谈企业", "until": until.isoformat()}
        self.call("POST", f"/api/v1/alerts/{self.fingerprint(rule, unit)}/ack", body)

    def silence(self, name: str, matchers: list[str], hours: float, **fields: Any) -> None:
        ends = self.clock.now() + timedelta(hours=hours)
        body = {"matchers": matchers, "owner": "值班员", "comment": "检修"}
        answer = self.call(
            "POST", "/api/v1/silences", {**body, "ends_at": ends.isoformat(), **fields}
        )
        self.silences[name] = answer["id"]

    def expire(self, name: str) -> None:
        self.call("DELETE", f"/api/v1/silences/{self.silences[name]}")

    def external(self, *posted: dict[str, Any]) -> None:
        self.call("POST", "/api/v2/alerts", list(posted))

    # time

    def go_live(self) -> None:
        self.clock.advance(timedelta(seconds=self.settings.alerts_settle_seconds + 1))
        with self.alerts.transaction() as ledger:
            assert self.jobs.end_first_load(ledger, caught_up=True) is not None

    def until(self, at: str, *, days: int = 1) -> None:
        """Let time pass: the jobs run every morning (or every few days), and at the end."""
        end = moment(at)
        assert end >= self.clock.now(), f"{at} is in the past"
        while (look := self._next_look(days)) < end:
            self.clock.advance(look - self.clock.now())
            self.run_jobs()
        self.clock.advance(end - self.clock.now())

    def _next_look(self, days: int) -> datetime:
        local = self.clock.now().astimezone(BEIJING)
        look = datetime.combine(local.date(), _DAILY_LOOK, BEIJING)
        return look if look > local else look + timedelta(days=days)

    def run_jobs(self) -> None:
        with self.alerts.transaction() as ledger:
            self.jobs.by_calendar(ledger)
        with self.alerts.transaction() as ledger:
            self.jobs.upkeep(ledger)
        self.jobs.queue_papers()
        while self.runner.run(self._deliver()):
            pass

    async def _deliver(self) -> int:
        return int(await self.jobs.deliver())

    # what was told

    def fingerprint(self, rule: str, unit: str | None = None) -> str:
        found = self.call("GET", f"/api/v1/alerts?rule={rule}" + (f"&unit={unit}" if unit else ""))
        assert found["items"], f"no alert of {rule}"
        return str(found["items"][0]["fingerprint"])

    def messages(self) -> list[tuple[str, dict[str, Any]]]:
        """Requests since the last look."""
        new = self.robot.bodies[self._read :]
        self._read = len(self.robot.bodies)
        return new

    def told(self, bodies: list[tuple[str, dict[str, Any]]]) -> list[dict[str, Any]]:
        """One line for each thing told, with the decision's reason."""
        return [self._line(name, alert) for name, body in bodies for alert in body["alerts"]]

    def _line(self, name: str, alert: dict[str, Any]) -> dict[str, Any]:
        notes, labels = alert["annotations"], alert["labels"]
        return {
            "to": name,
            "kind": notes["kind"],
            "rule": labels["alertname"],
            "unit": labels.get("unit"),
            "colour": notes.get("colour"),
            "period": notes.get("period"),
            "reason": self.reason(name, alert["fingerprint"], notes["kind"], told=True),
            "text": notes["description"],
        }

    def reason(self, name: str, fingerprint: str, kind: str, *, told: bool) -> str | None:
        """Why a subscription was (not) told of the newest step of that kind."""
        found = self.explain(name, fingerprint)
        mine = [item for item in found if item["kind"] == kind and item["told"] is told]
        return str(mine[-1]["reason"]) if mine else None

    def explain(self, name: str, fingerprint: str) -> list[dict[str, Any]]:
        """What the ledger answers; notices about silences are explained too, but are no alerts."""
        found = self.alerts.reads.explain(fingerprint, self.subscriptions[name])
        return [] if found is None else list(found["items"])


def moment(text: str) -> datetime:
    """A time in China as scripts write it."""
    return datetime.fromisoformat(text).replace(tzinfo=BEIJING)


def rules_file(folder: Path, only: list[str] | None, changes: dict[str, Any]) -> Path:
    """The shipped rules, all but some switched off."""
    shipped = yaml.safe_load(SHIPPED_RULES.read_text(encoding="utf-8"))
    defaults: dict[str, Any] = {name: dict(fields) for name, fields in changes.items()}
    for name in shipped["defaults"]:
        if only is not None and name not in {*only, "escalation", "ranking"}:
            defaults.setdefault(name, {})["enabled"] = False
    path = folder / "rules.yaml"
    path.write_text(yaml.safe_dump({"defaults": defaults}), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    folder = tmp_path_factory.mktemp("acceptance")
    opened = open_engine(CommonSettings(data_dir=folder), "alerts")
    migrate(opened, "alerts")
    opened.dispose()
    return folder / "alerts.sqlite3"


@pytest.fixture(scope="session")
def migrated_postgres(postgres: PostgresServer) -> Iterator[tuple[str, Engine]]:
    """URL of a migrated PostgreSQL database."""
    url = postgres.create_database()
    opened = open_engine(CommonSettings(database_url=url), "alerts")
    migrate(opened, "alerts")
    yield url, opened
    opened.dispose()
    postgres.drop_database(url)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, Any]:
    """Settings of an empty migrated database, on both engines."""
    if request.param == "postgres":
        url, opened = request.getfixturevalue("migrated_postgres")
        names = ", ".join(table.name for table in TABLES)
        with opened.begin() as connection:
            connection.execute(text(f"truncate {names} restart identity"))
        return {"database_url": url}
    shutil.copy(request.getfixturevalue("migrated_file"), tmp_path / "alerts.sqlite3")
    return {}


@pytest.fixture
def robot() -> Iterator[Robot]:
    opened = Robot()
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return load_catalogue()


@pytest.fixture
def make_world(
    store: dict[str, Any],
    robot: Robot,
    tmp_path: Path,
    catalogue: Catalogue,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Callable[..., World]]:
    """Makes the service of a script."""
    made: list[World] = []
    # Reading the plans takes longer than most scripts; they are the same for all.
    monkeypatch.setattr(parts, "load_catalogue", lambda _files=None: catalogue)

    def make(
        *,
        rules: list[str] | None = None,
        settings: dict[str, Any] | None = None,
        start: str = START,
        **more: Any,
    ) -> World:
        wanted = AlertsSettings(
            data_dir=tmp_path,
            alerts_rules=rules_file(tmp_path, rules, settings or {}),
            alerts_private_targets=["127.0.0.0/8"],
            **store,
            **more,
        )
        made.append(World(wanted, robot, start))
        return made[-1]

    yield make
    for world in made:
        world.close()
