"""Holding reports: the same on SQLite and PostgreSQL."""

from datetime import UTC, datetime

from sqlalchemy import Engine

from services.ingest.adapters.held_desk import HeldDesk
from services.ingest.adapters.store import SqlStore
from services.ingest.adapters.subject_index import SubjectIndex
from services.ingest.adapters.tokens import HmacTokens
from services.ingest.domain.holds import Limits, LineState
from services.ingest.domain.subjects import enterprise
from services.ingest.ports import LineKey
from services.ingest.use_cases import IngestBatch
from services.ingest.use_cases.decide import Request
from shared.events.decisions import DECISIONS_TOPIC, DecisionVerdict
from shared.events.period import Month
from shared.events.records import Record
from shared.storage import outbox, reading, writing
from shared.testing.clock import FixedClock
from shared.testing.events import Body, output, records, registration
from shared.testing.load import credit_code
from shared.testing.plans import small_plan

NOW = FixedClock(datetime(2026, 6, 10, tzinfo=UTC))
TOKENS = HmacTokens(b"for tests")
KEY = LineKey(enterprise(credit_code(1)), "gross_output", Month(2026, 5))


def report(number: int, period: str, ytd: int) -> Body:
    return output(
        number, period=period, ytd=ytd, month=None, month_last_year=None, ytd_last_year=None
    )


def test_a_report_is_held_listed_confirmed_and_released(engine: Engine) -> None:
    use_case = IngestBatch.following([small_plan()], TOKENS, NOW, Limits(4.0, 0.05))
    year = [registration(1), report(1, "2025-05", 40_000), report(1, "2025-12", 100_000)]
    desk = HeldDesk(engine, NOW, lambda: None)

    def take(sent: list[Record]) -> None:
        with writing(engine) as connection:
            use_case(SqlStore(connection), sent)

    take(records([*year, report(1, "2026-05", 45_000_000), output(7)]))
    (held,) = desk.page((LineState.HELD, LineState.REJECTED), 0, 10)
    assert held.suspicion is not None
    assert held.suspicion.doubt.slip == 1000
    (waiting,) = desk.waiting(0, 10)
    assert (waiting.first, waiting.lines) == (Month(2026, 5), 1)
    named = SubjectIndex(engine, TOKENS).name(TOKENS.token(KEY.subject))
    assert named == (KEY.subject, "示例企业1")

    desk.decide(KEY, Request(DecisionVerdict.CONFIRMED, "李四", "telephoned", 1), "李四")
    with reading(engine) as connection:
        rows = [item.row for item in outbox.take(connection, 1000)]
    sent = [row for row in rows if row.topic == DECISIONS_TOPIC]
    take([Record(DECISIONS_TOPIC, 0, 0, 0, row.key, row.value) for row in sent])

    found = desk.find(KEY)
    assert found is not None
    assert (found[0].stored.state, found[1][0].who) == (LineState.APPLIED, "李四")
    assert desk.page((LineState.HELD,), 0, 10) == []

    # The unit turns out to be larger and larger: what is odd no longer moves it far.
    take(records([report(1, "2026-06", 4_000), report(2, "2025-12", 900_000), registration(2)]))
    assert [h.stored.line.period for h in desk.page((LineState.HELD,), 0, 10)] == [Month(2026, 6)]
    take(records([{**report(2, "2025-12", 9_000_000_000), "revision": 2}]))
    assert desk.page((LineState.HELD,), 0, 10) == []
