"""This version and each released one read what the other writes, topic by topic.

In a rolling update both are on the topics at once, and after a rollback the old one reads what the
new one has left there.
"""

import copy
import json
import types
import typing
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import Any, Literal

import jsonschema
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.alerts.use_cases.decode_notice import decode_notice
from services.alerts.use_cases.decode_status import decode_status
from services.ingest.domain.decisions import read_decision
from services.ingest.testing import Ingest
from services.metrics.testing import NOW, Service
from services.metrics.use_cases.decode_facts import decode_fact
from shared.events.alert_events import ALERT_EVENTS_TOPIC, AlertTransition
from shared.events.compatibility import breaking_changes
from shared.events.dead_letter import DEAD_LETTERS_TOPIC, original_headers, read_dead_letter
from shared.events.decisions import DECISIONS_TOPIC, Decision
from shared.events.decoding import decode
from shared.events.examples import EXAMPLES
from shared.events.facts import FACTS_TOPIC
from shared.events.inputs import ENTERPRISE_TOPIC, INPUT_TOPICS
from shared.events.notices import NOTICES_TOPIC
from shared.events.records import Record
from shared.events.schemas import documents, schema_file
from shared.events.status import STATUS_TOPIC
from shared.events.topics import TOPICS
from shared.plans import load_catalogue
from shared.settings import CommonSettings
from shared.storage import open_engine, outbox, reading
from shared.storage.migrations import migrate
from shared.testing.clock import FixedClock
from shared.testing.releases import Message, Release, releases

RELEASES = releases()
NOW_WRITTEN = documents()
EACH = [
    pytest.param(release, topic, id=f"{release.version}-{topic}")
    for release in RELEASES
    for topic in release.topics()
]
WRITTEN = [p for p in EACH if TOPICS[str(p.values[1])].senders and p.values[1] in EXAMPLES]
"""Topics of ours with values of ours: the dead letters hold whatever was refused."""
STORED = st.integers(-(2**63), 2**63 - 1)


def ruled(record: Record) -> Decision:
    """As ingest reads a decision; what it keeps of it has another form."""
    read_decision(record)
    return msgspec.json.decode(record.value or b"", type=Decision)


READERS: Mapping[str, Callable[[Record], Any]] = {
    **{topic: lambda record: decode(record).event for topic in INPUT_TOPICS},
    FACTS_TOPIC: lambda record: decode_fact(record).fact,
    STATUS_TOPIC: lambda record: decode_status(record).status,
    NOTICES_TOPIC: decode_notice,
    DECISIONS_TOPIC: ruled,
    ALERT_EVENTS_TOPIC: lambda record: msgspec.json.decode(
        record.value or b"", type=AlertTransition
    ),
}
"""How each topic is read; alert events are read by others, as the contract describes them."""


def record_of(topic: str, message: Message, offset: int = 0) -> Record:
    headers = tuple((name, None if v is None else v.encode()) for name, v in message.headers)
    key = None if message.key is None else message.key.encode()
    stamp = round(datetime(2026, 10, 9, 2, tzinfo=UTC).timestamp() * 1000)
    return Record(topic, 0, offset, stamp, key, message.value_bytes(), headers)


def validator(release: Release, topic: str) -> Any:
    return jsonschema.Draft202012Validator(release.contract(topic) or {})


def good(release: Release, topic: str) -> list[Record]:
    """Recorded records that follow the contract of their release; some were bad on purpose."""
    accepts = validator(release, topic)
    found: list[Record] = []
    for message in release.messages(topic):
        record = record_of(topic, message, len(found))
        try:
            value = json.loads(record.value or b"null")
        except ValueError:
            continue
        if value is not None and accepts.is_valid(value):
            found.append(record)
    return found


def lost(before: Any, after: Any, path: str = "$") -> Iterator[str]:
    """Fields that were said and are not said any more; numbers may be written another way."""
    if isinstance(before, dict):
        for name, value in before.items():
            if value is not None:
                inner = after.get(name) if isinstance(after, dict) else None
                yield from lost(value, inner, f"{path}.{name}")
    elif isinstance(before, list):
        pairs = zip(before, after or [], strict=False)
        for index, (one, other) in enumerate(pairs):
            yield from lost(one, other, f"{path}[{index}]")
        if len(before) != len(after or []):
            yield f"{path}: {len(before)} items became {len(after or [])}"
    elif after is None:
        yield f"{path}: {before!r} is gone"


def test_there_is_a_release_to_be_compatible_with() -> None:
    assert RELEASES
    for release in RELEASES:
        assert set(release.topics()) <= set(TOPICS)


@pytest.mark.parametrize(("release", "topic"), EACH)
def test_there_are_records_of_every_topic(release: Release, topic: str) -> None:
    assert len(list(release.messages(topic))) >= 2


@pytest.mark.parametrize(("release", "topic"), EACH)
def test_no_contract_of_a_release_is_broken(release: Release, topic: str) -> None:
    assert breaking_changes(release.contract(topic) or {}, NOW_WRITTEN[schema_file(topic)]) == []


@pytest.mark.parametrize(("release", "topic"), [p for p in EACH if p.values[1] in READERS])
def test_this_version_reads_every_record_of_a_release_and_loses_no_field(
    release: Release, topic: str
) -> None:
    records = good(release, topic)
    assert records
    for record in records:
        value = READERS[topic](record)

        again = msgspec.json.decode(msgspec.json.encode(value))
        assert list(lost(json.loads(record.value or b""), again)) == []


@pytest.mark.parametrize("release", RELEASES)
def test_this_version_reads_why_a_release_refused_a_record(release: Release) -> None:
    for message in release.messages(DEAD_LETTERS_TOPIC):
        record = record_of(DEAD_LETTERS_TOPIC, message)
        origin = read_dead_letter(record.headers)
        assert origin is not None
        assert origin.topic in TOPICS
        assert len(original_headers(record.headers)) < len(record.headers)


@pytest.mark.parametrize(("release", "topic"), [p for p in EACH if p.values[1] in EXAMPLES])
def test_a_release_accepts_this_versions_example(release: Release, topic: str) -> None:
    validator(release, topic).validate(EXAMPLES[topic])


def values_of(hint: Any) -> st.SearchStrategy[Any]:
    """Values of a field's type as it is declared, nested structs and limits included."""
    origin, parts = typing.get_origin(hint), typing.get_args(hint)
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        fields = {f.name: values_of(f.type) for f in msgspec.structs.fields(hint)}
        return st.builds(hint, **fields)
    if origin in {typing.Union, types.UnionType}:
        return st.one_of(*(values_of(part) for part in parts))
    if origin is Literal:
        return st.sampled_from(parts)
    if origin is tuple:
        return st.lists(values_of(parts[0]), max_size=2).map(tuple)
    if origin is dict:
        return st.dictionaries(values_of(parts[0]), values_of(parts[1]), max_size=2)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return st.sampled_from(hint)
    simple: dict[Any, st.SearchStrategy[Any]] = {
        int: STORED,
        float: st.floats(allow_nan=False, allow_infinity=False),
        str: st.text(max_size=5),
        bool: st.booleans(),
        type(None): st.none(),
    }
    return simple[hint]


GENERATED = [p for p in WRITTEN if p.values[1] != DECISIONS_TOPIC]
"""Decisions have limits that their example and what people send keep; nothing else writes them."""


@pytest.mark.parametrize(("release", "topic"), GENERATED)
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_release_accepts_whatever_this_version_can_write(
    release: Release, topic: str, data: st.DataObject
) -> None:
    struct = TOPICS[topic].value
    assert struct is not None

    value = data.draw(values_of(struct))

    validator(release, topic).validate(msgspec.json.decode(msgspec.json.encode(value)))


@pytest.mark.parametrize("release", RELEASES)
def test_what_this_version_makes_of_a_releases_reports_is_read_by_the_release(
    release: Release, tmp_path: Path
) -> None:
    catalogue = load_catalogue()
    ingest = Ingest(tmp_path, catalogue.plans)
    topics = sorted(INPUT_TOPICS, key=lambda topic: topic != ENTERPRISE_TOPIC)
    for topic in topics:
        ingest.take(good(release, topic))
    facts, notices = ingest.outbox(FACTS_TOPIC), ingest.outbox(NOTICES_TOPIC)
    ingest.engine.dispose()
    engine = open_engine(CommonSettings(data_dir=tmp_path, database_url=None), "metrics")
    migrate(engine, "metrics")
    metrics = Service(engine, catalogue, FixedClock(NOW))
    metrics.consume([Record(FACTS_TOPIC, 0, n, 0, r.key, r.value) for n, r in enumerate(facts)])
    metrics.assess()
    with reading(engine) as connection:
        statuses = [item.row for item in outbox.take(connection, 1_000_000)]
    engine.dispose()

    assert facts
    assert statuses
    for topic, rows in (
        (FACTS_TOPIC, facts),
        (NOTICES_TOPIC, notices),
        (STATUS_TOPIC, statuses[:200]),
    ):
        accepts = validator(release, topic)
        for row in rows:
            accepts.validate(json.loads(row.value or b""))


MAPS = {"labels", "annotations", "projects", "by_stage", "by_origin", "contracted_total"}
"""Objects whose names are data."""


def with_fields_of_tomorrow(value: Any, name: str = "") -> Any:
    """A further field in every object whose fields are known, however deep."""
    if isinstance(value, list):
        return [with_fields_of_tomorrow(item) for item in value]
    if not isinstance(value, dict) or name in MAPS:
        return value
    known = {name: with_fields_of_tomorrow(inner, name) for name, inner in value.items()}
    return known | {"of_tomorrow": [1]}


@pytest.mark.parametrize(("release", "topic"), [p for p in EACH if p.values[1] in EXAMPLES])
def test_fields_of_a_later_version_trouble_neither_a_release_nor_this_version(
    release: Release, topic: str
) -> None:
    body = with_fields_of_tomorrow(EXAMPLES[topic])

    validator(release, topic).validate(body)
    READERS[topic](Record(topic, 0, 0, 1_800_000_000_000, None, msgspec.json.encode(body)))


def test_a_new_word_in_an_enumeration_would_be_refused_and_needs_a_topic_of_its_own() -> None:
    release = RELEASES[-1]
    old = release.contract(NOTICES_TOPIC) or {}
    new = copy.deepcopy(old)
    new["$defs"]["NoticeKind"]["enum"].append("feed_doubled")

    assert breaking_changes(old, new) != []
    body = {**EXAMPLES[NOTICES_TOPIC], "kind": "feed_doubled"}
    assert not validator(release, NOTICES_TOPIC).is_valid(body)
    with pytest.raises(Exception, match="feed_doubled"):
        decode_notice(Record(NOTICES_TOPIC, 0, 0, 0, None, msgspec.json.encode(body)))


def test_a_field_that_a_version_forgets_would_be_noticed() -> None:
    said = {"unit": "a", "project": {"stage": "built", "origin": None}, "expected": ["x", "y"]}
    assert list(lost(said, {"unit": "a", "project": {}, "expected": ["x"]})) == [
        "$.project.stage: 'built' is gone",
        "$.expected: 2 items became 1",
    ]
