"""Routes for dead letters and parked lines; neither shows what a report says."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI
from hypothesis import given, settings
from hypothesis import strategies as st
from kafka.errors import KafkaConnectionError

from services.ingest.adapters.parked import Parked, parked
from services.ingest.adapters.store import SqlStore
from services.ingest.adapters.tokens import HmacTokens
from services.ingest.api.waiting import ReadPage, waiting_router
from services.ingest.use_cases import IngestBatch
from services.ingest.use_cases.accept import CheckEvents
from services.ingest.use_cases.replay import NotReplayed, PrepareReplay, Replay
from shared.events.dead_letter import DeadLetter
from shared.events.reasons import Reason
from shared.http import add_problem_handlers
from shared.messaging.dead_letters import Page, StoredLetter, Wanted
from shared.settings import CommonSettings
from shared.storage import open_engine, reading, writing
from shared.storage.migrations import metadata_of
from shared.testing.clock import FixedClock
from shared.testing.events import BROKER_MS, output, records
from shared.testing.http import AppClient
from shared.testing.plans import small_plan

SECRET = b'{"uscc":"91341323MA2T7KQH6W"}'


def _letter(
    id_: int, reason: Reason = Reason.BAD_CODE, topic: str = "stats.output.v1"
) -> StoredLetter:
    why = DeadLetter(topic, 4, 17, "ingest.validate", "E", "91341323MA2T7KQH6W", reason)
    return StoredLetter(
        id=id_, at_ms=BROKER_MS, key=b"k", value=SECRET, headers=(("h", None),), letter=why, size=29
    )


def _client(read: ReadPage, waiting: Callable[[], Sequence[Parked]] = list) -> AppClient:
    app = FastAPI()
    add_problem_handlers(app)
    app.include_router(waiting_router(read, waiting))
    return AppClient(app)


def test_a_dead_letter_is_listed_without_its_contents() -> None:
    def read(wanted: Wanted, before: int | None, scan: int) -> Page:
        assert (wanted.reason, before, scan) == (Reason.BAD_CODE, 50, 10)
        return Page((_letter(42),), 40)

    answer = _client(read).get(
        "/api/v1/dead-letters", {"reason": "bad_code", "cursor": 50, "limit": 10}
    )
    body = answer.json()
    assert body["next"] == 40
    (item,) = body["items"]
    assert (item["id"], item["reason"], item["offset"]) == (42, "bad_code", 17)
    assert item["remedy"]
    assert "MA2T7KQH6W" not in answer.text


def test_without_kafka_dead_letters_cannot_be_listed() -> None:
    def read(_wanted: Wanted, _before: int | None, _scan: int) -> Page:
        raise KafkaConnectionError

    assert _client(read).get("/api/v1/dead-letters").status_code == 503


@pytest.mark.parametrize(
    "params",
    [{"reason": "boredom"}, {"limit": 0}, {"cursor": -1}, {"since": "2026-06-09T16:20:00"}],
)
def test_a_wrong_filter_is_named(params: dict[str, str | int]) -> None:
    answer = _client(lambda *_: Page((), None)).get("/api/v1/dead-letters", params)
    assert answer.status_code == 422


def test_parked_lines_are_counted_by_age(tmp_path: Path) -> None:
    engine = open_engine(CommonSettings(data_dir=tmp_path, database_url=None), "ingest")
    metadata_of("ingest").create_all(engine)
    plans = [small_plan()]
    now = datetime.fromtimestamp(BROKER_MS / 1000, UTC) + timedelta(days=3)
    use_case = IngestBatch.following(plans, HmacTokens(b"for tests"), FixedClock(now), None)
    bodies = [output(1), output(1, indicator="revenue"), output(2)]
    with writing(engine) as connection:
        use_case(SqlStore(connection), records(bodies))

    def count() -> list[Parked]:
        with reading(engine) as connection:
            return parked(connection, now)

    body = _client(lambda *_: Page((), None), count).get("/api/v1/parked").json()
    (item,) = body["items"]
    assert (item["topic"], item["lines"], item["enterprises"]) == ("stats.output.v1", 3, 2)
    assert item["age_days"] == {"under_1": 0, "1_to_7": 3, "7_to_30": 0, "over_30": 0}
    engine.dispose()


def test_a_letter_between_services_goes_back_to_its_partition(check: CheckEvents) -> None:
    found = PrepareReplay(check)(_letter(1, topic="cluster.facts.v1"))
    assert isinstance(found, Replay)
    assert (found.record.partition, found.record.value) == (4, SECRET)


def test_a_foreign_letter_stays(check: CheckEvents) -> None:
    foreign = StoredLetter(id=1, at_ms=0, key=None, value=b"", headers=(), letter=None, size=0)
    assert isinstance(PrepareReplay(check)(foreign), NotReplayed)


def test_what_would_be_refused_again_goes_back_only_by_force(check: CheckEvents) -> None:
    prepare = PrepareReplay(check)
    stays = prepare(_letter(1))
    assert isinstance(stays, NotReplayed)
    assert "missing_field" in stays.why
    forced = prepare(_letter(1), force=True)
    assert isinstance(forced, Replay)
    assert forced.record.headers == (("h", None),)


@settings(deadline=None)
@given(value=st.none() | st.binary(max_size=200))
def test_no_letter_makes_the_replay_fail(check: CheckEvents, value: bytes | None) -> None:
    letter = StoredLetter(
        id=1, at_ms=0, key=None, value=value, headers=(), letter=_letter(1).letter, size=0
    )
    assert isinstance(PrepareReplay(check)(letter), NotReplayed)
