"""Make the `*.snapshot` files: what the simulated demo's papers were frozen from.

Run by hand, minutes long: `python tests/data/papers/make_snapshots.py`. The simulation's records
go through ingest, metrics and alerts as they are, up to two mornings on which papers are issued.
Snapshots of an earlier day stay: today's code must still read them. Everything is simulated.
"""

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec

from demo.history import DEFAULT_SEED, build_world, history
from demo.messages import CHINA, Message
from services.alerts.adapters.paper_store import packed
from services.alerts.domain.papers.rhythm import PaperPeriod, Rhythm
from services.alerts.settings import AlertsSettings
from services.alerts.use_cases.acknowledge import AcknowledgeAlert
from services.alerts.use_cases.apply_notices import ApplyNotices
from services.alerts.use_cases.apply_statuses import ApplyStatuses
from services.alerts.wiring.parts import Alerts
from services.ingest.testing import Ingest
from services.metrics.testing import Service
from shared.events.facts import FACTS_TOPIC
from shared.events.notices import NOTICES_TOPIC
from shared.events.records import Record
from shared.events.status import STATUS_TOPIC, Status
from shared.plans import Catalogue, load_catalogue
from shared.plans.catalogue import SHIPPED
from shared.storage.migrations import migrate
from shared.testing.clock import FixedClock
from shared.testing.stores import migrated_store

FOLDER = Path(__file__).parent
PLAN = "suzhou-2027"
ISSUES = {
    datetime(2026, 6, 15, 9, tzinfo=CHINA): (
        (Rhythm.MONTHLY, "2026-05"),
        (Rhythm.WEEKLY, "2026-W25"),
    ),
    datetime(2026, 7, 15, 9, tzinfo=CHINA): (
        (Rhythm.MONTHLY, "2026-06"),
        (Rhythm.WEEKLY, "2026-W29"),
    ),
}
"""Papers by the moment at which they are issued."""

_FIRST_PERIOD = "2025-12"
"""Statuses before it are left out, so that the files stay small."""
_BATCH = 500
_FACTS = 10_000


@dataclass(frozen=True, slots=True)
class News:
    """What alerts hears up to a morning, beyond what it heard before."""

    morning: datetime
    statuses: list[bytes]
    notices: list[bytes]


def main() -> None:
    """Write the files."""
    with tempfile.TemporaryDirectory() as folder:
        issue(Path(folder), simulated(Path(folder)))


def simulated(folder: Path) -> Iterator[News]:
    """The simulation's records through ingest and metrics, a morning at a time."""
    plan = load_catalogue().plan(PLAN)
    sent = list(history(build_world(DEFAULT_SEED, max(ISSUES).date())))
    with migrated_store("metrics", folder) as engine:
        ingest, clock = Ingest(folder, [plan]), FixedClock(min(ISSUES))
        metrics = Service(engine, Catalogue((plan,)), clock)
        known: dict[str, Status] = {}
        passed = told = noticed = 0
        for morning in ISSUES:
            clock.advance(morning - clock.now())
            ingest.clock.advance(morning - ingest.clock.now())
            due = [one for one in sent[passed:] if one.at <= morning]
            for batch in _batches(due, passed):
                ingest.take(batch)
            passed += len(due)
            facts = [(row.key, row.value) for row in ingest.outbox(FACTS_TOPIC)[told:]]
            for start in range(0, len(facts), _FACTS):
                piece = facts[start : start + _FACTS]
                metrics.consume(_records(FACTS_TOPIC, piece, told + start))
            told += len(facts)
            metrics.assess()
            while metrics.make_forecasts():
                pass
            standing = metrics.statuses()
            notices = [row.value or b"" for row in ingest.outbox(NOTICES_TOPIC)[noticed:]]
            yield News(morning, _changed(known, standing), notices)
            noticed += len(notices)
            known = standing


def issue(folder: Path, news: Iterator[News]) -> None:
    """Alerts hears the news and issues papers; each snapshot becomes a file."""
    clock = FixedClock(min(ISSUES))
    settings = AlertsSettings(
        data_dir=folder, plans=[SHIPPED / f"{PLAN}.yaml"], data_label="模拟数据"
    )
    alerts = Alerts(settings, clock)
    migrate(alerts.engine, "alerts")
    issuing = alerts.papers.issue
    for number, heard in enumerate(news):
        clock.advance(heard.morning - clock.now())
        with alerts.transaction() as ledger:
            notices = [(b"", value) for value in heard.notices]
            ApplyNotices(alerts.evaluate, clock)(ledger, _records(NOTICES_TOPIC, notices, 0))
            statuses = [(b"", value) for value in heard.statuses]
            ApplyStatuses(alerts.evaluate, clock)(ledger, _records(STATUS_TOPIC, statuses, 0))
            alerts.evaluate.everything(ledger, clock.now(), first_load=number == 0)
            ledger.go_live()
        for rhythm, text in ISSUES[heard.morning]:
            period = PaperPeriod.parse(rhythm, text)
            with alerts.papers.issuing() as papers:
                made, _ = issuing.issue(papers, PLAN, period, "模拟印发")
                _, file = packed(papers.snapshot(made))
                (FOLDER / f"{rhythm}-{text}.snapshot").write_bytes(file)
        _take_on(alerts, clock)


def _take_on(alerts: Alerts, clock: FixedClock) -> None:
    """Somebody acknowledges the first alert that fires."""
    acknowledge = AcknowledgeAlert(alerts.evaluate.tell, clock)
    with alerts.transaction() as ledger:
        first = ledger.firing()[0]
        until = max(ISSUES).replace(month=9)
        acknowledge(ledger, first.fingerprint, "模拟联络员", "实地核查", until)


def _changed(known: dict[str, Status], standing: dict[str, Status]) -> list[bytes]:
    return [
        msgspec.json.encode(status)
        for key, status in sorted(standing.items())
        if status.period >= _FIRST_PERIOD and known.get(key) != status
    ]


def _batches(messages: Sequence[Message], first: int) -> Iterator[list[Record]]:
    for start in range(0, len(messages), _BATCH):
        yield [
            Record(
                one.topic,
                0,
                first + start + number,
                int(one.at.timestamp() * 1000),
                one.key,
                one.value,
                one.headers,
            )
            for number, one in enumerate(messages[start : start + _BATCH])
        ]


def _records(
    topic: str, values: Sequence[tuple[bytes | None, bytes | None]], first: int
) -> list[Record]:
    return [
        Record(topic, 0, first + number, 0, key, value)
        for number, (key, value) in enumerate(values)
    ]


if __name__ == "__main__":
    main()
