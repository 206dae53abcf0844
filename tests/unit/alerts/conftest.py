"""The alerts service in virtual time: all but the channel is real."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, text

from services.alerts.adapters.holidays import chinese_working_days
from services.alerts.adapters.message_context import Links
from services.alerts.adapters.queue import SqlDeliveryQueue
from services.alerts.adapters.reads import SqlReads
from services.alerts.adapters.rendering import TemplateRenderer
from services.alerts.adapters.rules_file import load_rules
from services.alerts.adapters.sealed_targets import keyring_of
from services.alerts.adapters.store import SqlLedger
from services.alerts.adapters.tables import TABLES
from services.alerts.domain.delivery import SendOutcome, SendResult
from services.alerts.domain.directory import Directory
from services.alerts.domain.rulebook import PlanRules, Rulebook
from services.alerts.domain.silence import Silence, parse_matcher
from services.alerts.domain.subscription import (
    ChannelTarget,
    ChannelType,
    Filter,
    Subscription,
)
from services.alerts.main import create_app
from services.alerts.ports import Message
from services.alerts.settings import AlertsSettings
from services.alerts.use_cases.acknowledge import AcknowledgeAlert
from services.alerts.use_cases.apply_statuses import ApplyStatuses
from services.alerts.use_cases.deliver import DeliverDue, DeliveryCounts
from services.alerts.use_cases.evaluate import Evaluate
from services.alerts.use_cases.first_load import EndFirstLoad, EvaluateByCalendar
from services.alerts.use_cases.silences import ManageSilences
from services.alerts.use_cases.subscriptions import ManageSubscriptions
from services.alerts.use_cases.upkeep import KeepUp
from shared.clock import Clock
from shared.confidentiality import ConfidentialityLimits, Masking
from shared.events.records import Record
from shared.events.status import STATUS_TOPIC, Status
from shared.plans import Catalogue, load_catalogue
from shared.plans.catalogue import SHIPPED
from shared.settings import CommonSettings
from shared.storage import open_engine, outbox, reading, reconciliation, writing
from shared.storage.migrations import migrate
from shared.storage.sealing import Keyring, use_keys
from shared.testing.clock import FixedClock
from shared.testing.postgres import PostgresServer
from shared.testing.statuses import status_of

START = datetime(2026, 5, 11, 1, tzinfo=UTC)
"""A Monday before the deadline of 2026-04, 9 o'clock in China."""


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return load_catalogue()


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    folder = tmp_path_factory.mktemp("alerts")
    opened = open_engine(CommonSettings(data_dir=folder), "alerts")
    migrate(opened, "alerts")
    opened.dispose()
    return folder / "alerts.sqlite3"


@pytest.fixture(scope="session")
def migrated_postgres(postgres: PostgresServer) -> Iterator[Engine]:
    """A migrated PostgreSQL database."""
    url = postgres.create_database()
    opened = open_engine(CommonSettings(database_url=url), "alerts")
    migrate(opened, "alerts")
    yield opened
    opened.dispose()
    postgres.drop_database(url)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An empty migrated database of the service, on both engines."""
    if request.param == "postgres":
        opened = request.getfixturevalue("migrated_postgres")
        names = ", ".join(table.name for table in TABLES)
        with opened.begin() as connection:
            connection.execute(text(f"truncate {names} restart identity"))
        use_keys(opened, Keyring([b"a key of tests that is long enough"]))
        yield opened
        return
    shutil.copy(request.getfixturevalue("migrated_file"), tmp_path / "alerts.sqlite3")
    opened = open_engine(CommonSettings(data_dir=tmp_path), "alerts")
    use_keys(opened, Keyring([b"a key of tests that is long enough"]))
    yield opened
    opened.dispose()


@pytest.fixture
def sqlite_engine(migrated_file: Path, tmp_path: Path) -> Iterator[Engine]:
    """A database for the application in `tmp_path`, with its keys.

    SQLite alone: what differs between databases is tested below the application.
    """
    shutil.copy(migrated_file, tmp_path / "alerts.sqlite3")
    opened = open_engine(CommonSettings(data_dir=tmp_path), "alerts")
    use_keys(opened, keyring_of(AlertsSettings(data_dir=tmp_path)))
    yield opened
    opened.dispose()


def application(folder: Path, clock: Clock | None = None, **options: Any) -> FastAPI:
    """The application over the database in a folder; Kafka is away, which it can live with."""
    settings = {
        "data_dir": folder,
        "plans": [SHIPPED / "suzhou-2027.yaml"],
        "auto_migrate": False,
        "kafka_bootstrap_servers": "127.0.0.1:9",
        "alerts_private_targets": ["127.0.0.0/8"],
    }
    return create_app(AlertsSettings(**{**settings, **options}), clock)


@dataclass
class RecordingChannel:
    """Keeps what it is given; answers what it is told to, ok otherwise."""

    sent: list[tuple[str, Message]] = field(default_factory=list)
    answers: list[SendResult | Exception] = field(default_factory=list)

    async def send(self, target: str, message: Message) -> SendResult:
        self.sent.append((target, message))
        answer = self.answers.pop(0) if self.answers else SendResult(SendOutcome.OK)
        if isinstance(answer, Exception):
            raise answer
        return answer

    @property
    def messages(self) -> list[Message]:
        """What was told, also where one message tells several things."""
        return [one for _, message in self.sent for one in message.members or (message,)]

    @property
    def kinds(self) -> list[str]:
        return [message.annotations["kind"] for message in self.messages]


def only(rules: tuple[str, ...]) -> Rulebook:
    """The shipped rules with all but these switched off."""
    book = load_rules()
    switched = {
        name: replace(getattr(book.defaults, name), enabled=name in rules)
        for name in PlanRules.__dataclass_fields__
        if name != "escalation"
    }
    return replace(book, defaults=replace(book.defaults, **switched))


class World:
    """The service without Kafka and HTTP; the test moves the clock."""

    def __init__(
        self,
        engine: Engine,
        catalogue: Catalogue,
        *,
        masking: bool = True,
        rules: tuple[str, ...] = ("trajectory", "report_late"),
    ) -> None:
        self.engine = engine
        self.clock = FixedClock(START)
        self.channel = RecordingChannel()
        limits = ConfidentialityLimits() if masking else None
        mask_of = Masking(catalogue.plans, limits, overlap=60_000).of
        self.reads = SqlReads(engine, mask_of)
        directory = Directory(catalogue)
        evaluate = Evaluate(only(rules), directory, chinese_working_days, mask_of)
        self.evaluate = evaluate
        self.apply = ApplyStatuses(evaluate, self.clock)
        self.end_first_load = EndFirstLoad(evaluate, self.clock, timedelta(seconds=60))
        self.by_calendar = EvaluateByCalendar(evaluate, self.clock)
        self.manage = ManageSubscriptions(self.clock, lambda _channel: None)
        self.queue = SqlDeliveryQueue(engine)
        self.deliver = DeliverDue(
            self.queue,
            {ChannelType.WEBHOOK: self.channel},
            TemplateRenderer(directory, Links("http://wall.test/wall", "http://alerts.test")),
            self.clock,
            timedelta(hours=72),
            DeliveryCounts(),
        )
        self.tell = evaluate.tell
        self.acknowledge = AcknowledgeAlert(self.tell, self.clock)
        self.silences = ManageSilences(self.clock)
        self.upkeep = KeepUp(evaluate.rulebook, self.tell, self.clock)
        self._version = 0
        self._offset = 0

    @contextmanager
    def ledger(self) -> Iterator[SqlLedger]:
        with writing(self.engine) as connection:
            yield SqlLedger(connection)

    def record(self, value: bytes | None) -> Record:
        self._offset += 1
        return Record(STATUS_TOPIC, 0, self._offset, 0, b"key", value)

    def status(self, period: str, colour: str = "green", **changes: Any) -> Status:
        """A status with a greater version than all before."""
        self._version += 1
        return status_of(period, colour, **{"version": self._version, **changes})

    def receive(self, *statuses: Status) -> None:
        """One batch."""
        records = [self.record(msgspec.json.encode(status)) for status in statuses]
        with self.ledger() as ledger:
            self.apply(ledger, records)

    def told(self, period: str, colour: str = "green", **changes: Any) -> None:
        """One status in a batch of its own."""
        self.receive(self.status(period, colour, **changes))

    def fire(self, colour: str = "yellow") -> None:
        """Two periods of this colour, with which an alert fires."""
        self.receive(self.status("2026-04", colour), self.status("2026-05", colour))

    def go_live(self) -> None:
        """Let the first load settle."""
        self.clock.advance(timedelta(seconds=61))
        with self.ledger() as ledger:
            assert self.end_first_load(ledger, caught_up=True) is not None

    def keep_up(self, **later: float) -> None:
        """Let time pass (as `timedelta` takes it), then do what has fallen due."""
        self.clock.advance(timedelta(**later))
        with self.ledger() as ledger:
            self.upkeep(ledger)

    def ack(self, by: str = "王工", **until: float) -> None:
        """Acknowledge the trajectory alert."""
        with self.ledger() as ledger:
            alert = self.alert()
            assert alert is not None
            deadline = self.clock.now() + timedelta(**until)
            assert self.acknowledge(ledger, alert["fingerprint"], by, "约谈企业", deadline)

    def silence(self, *matchers: str, end_on_resolve: bool = False, **span: float) -> Silence:
        """Silence alerts from now for a while."""
        now = self.clock.now()
        wanted = Silence(
            "",
            tuple(parse_matcher(text) for text in matchers),
            "值班员",
            "检修",
            now,
            now + timedelta(**span),
            now,
            end_on_resolve,
        )
        with self.ledger() as ledger:
            return self.silences.put(ledger, wanted)

    def look_at_calendar(self) -> None:
        with self.ledger() as ledger:
            self.by_calendar(ledger)

    def subscribe(
        self, owner: str = "轴承专班", target: str = "http://robot/1", **fields: Any
    ) -> str:
        wanted = Subscription(
            id="",
            owner=owner,
            filter=fields.pop("filter", Filter()),
            channels=(ChannelTarget(ChannelType.WEBHOOK, target),),
            **fields,
        )
        with self.ledger() as ledger:
            return self.manage.create(ledger, wanted, "test").id

    async def send(self) -> list[str]:
        """Send all that is due; kinds of the messages sent, in order."""
        before = len(self.channel.messages)
        while await self.deliver():
            pass
        return self.channel.kinds[before:]

    def alert(self, rule: str = "trajectory") -> dict[str, Any] | None:
        items, _ = self.reads.alerts({"alertname": rule}, None, 10)
        return items[0] if items else None

    def explain(self, subscription: str, rule: str = "trajectory") -> list[tuple[str, bool, str]]:
        alert = self.alert(rule)
        assert alert is not None
        answer = self.reads.explain(alert["fingerprint"], subscription)
        assert answer is not None
        return [(item["kind"], item["told"], item["reason"]) for item in answer["items"]]

    def counts(self) -> dict[str, int]:
        with reading(self.engine) as connection:
            return reconciliation.read(connection)[STATUS_TOPIC]

    def outbox(self, topic: str) -> list[dict[str, Any]]:
        """Values waiting for a topic, decoded where they are JSON."""
        with reading(self.engine) as connection:
            waiting = [item.row for item in outbox.take(connection, 1_000_000)]
        return [msgspec.json.decode(row.value or b"") for row in waiting if row.topic == topic]


@pytest.fixture
def make_world(engine: Engine, catalogue: Catalogue) -> Callable[..., World]:
    return lambda **options: World(engine, catalogue, **options)


@pytest.fixture
def world(make_world: Callable[..., World]) -> World:
    """A service that is still loading."""
    return make_world()


@pytest.fixture
def live(world: World) -> World:
    """A live service that has seen a year on track up to 2026-03."""
    world.receive(*(world.status(f"2025-{month:02d}") for month in range(4, 13)))
    world.receive(world.status("2026-02"), world.status("2026-03"))
    world.go_live()
    return world


@pytest.fixture
def app(live: World, tmp_path: Path) -> Iterator[FastAPI]:
    """The application over the database of a live world, for tests whose engine is on SQLite."""
    assert live is not None
    found = application(tmp_path)
    yield found
    found.state.alerts.engine.dispose()
