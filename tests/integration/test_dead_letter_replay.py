"""Dead letters on a real Kafka: listed, shown, replayed, mended; doing it twice changes nothing."""

import asyncio
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner

from clusterwatch.cli import app
from clusterwatch.launcher.local_kafka import LocalKafka
from services.ingest.adapters.inbox import KafkaInbox
from services.ingest.ports import Outgoing
from shared.events.dead_letter import DEAD_LETTERS_TOPIC, dead_letter_headers
from shared.events.reasons import Reason, Refused
from shared.events.records import Record
from shared.settings import CommonSettings
from shared.testing.events import output, registration
from shared.testing.kafka import consume_all
from shared.testing.load import credit_code
from shared.testing.waiting import wait_until

pytestmark = pytest.mark.kafka

OUTPUT = "stats.output.v1"
FOREIGN = (("traceparent", b"\x00\xff"), ("empty", None))


def _run(kafka: LocalKafka, *words: str) -> tuple[int, str]:
    environment = {"CLUSTERWATCH_KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrap, "COLUMNS": "300"}
    result = CliRunner().invoke(app, ["dead-letters", *words], env=environment)
    return result.exit_code, result.output


def _bury(kafka: LocalKafka, *letters: tuple[bytes | None, Reason]) -> None:
    """Put values into the dead-letter topic as a service would."""
    events = []
    for offset, (value, reason) in enumerate(letters):
        record = Record(OUTPUT, 3, offset, 0, b"k", value, FOREIGN)
        refused = Refused(reason, "uscc", "a detail")
        headers = dead_letter_headers(record, refused, "ingest.validate")
        events.append(Outgoing(DEAD_LETTERS_TOPIC, b"k", value, headers))

    async def send() -> None:
        inbox = KafkaInbox(CommonSettings(kafka_bootstrap_servers=kafka.bootstrap), 30)
        await inbox.send(events)
        await inbox.stop()

    asyncio.run(send())


def test_a_letter_is_found_shown_and_replayed_as_it_was(empty_topics: LocalKafka) -> None:
    good = msgspec.json.encode(output(1))
    _bury(empty_topics, (b"not json", Reason.NOT_JSON), (good, Reason.UNKNOWN_REGION))

    code, text = _run(empty_topics, "list", "--reason", "not_json")
    assert code == 0
    assert re.search(r"│ 0 .*not_json", text)
    assert "unknown_region" not in text
    code, text = _run(empty_topics, "list", "--topic", OUTPUT, "--since", "2099-01-01")
    assert "not_json" not in text

    code, text = _run(empty_topics, "show", "0")
    assert code == 0
    for words in ("reason: not_json", "why: uscc: a detail", "partition 3, offset 0", "not json"):
        assert words in text
    assert "\\x00" in text  # nothing unprintable reaches the terminal

    code, text = _run(empty_topics, "replay", "0", "1")
    assert code == 3
    assert "letter 0 stays: would be refused again: not_json" in text
    ((_, _, key, value, headers),) = consume_all(empty_topics.bootstrap, OUTPUT)
    assert (key, value, headers) == (b"k", good, list(FOREIGN))

    assert _run(empty_topics, "show", "99")[0] == 1
    assert _run(empty_topics, "replay")[0] == 1


def test_replayed_and_mended_letters_count_once(
    empty_topics: LocalKafka, make_system: Callable[..., Any], tmp_path: Path
) -> None:
    system = make_system(empty_topics.bootstrap)
    system.start("ingest")
    bad = msgspec.json.encode(output(1, uscc="91341323MA2T7KQH6X"))
    system.send(
        [
            ("stats.enterprise.v1", b"", msgspec.json.encode(registration(1))),
            (OUTPUT, b"91341323MA2T7KQH6X", bad),
            (OUTPUT, b"x", msgspec.json.encode(output(7))),
        ]
    )
    system.wait_consumed("ingest", 3)
    wait_until(
        lambda: system.get("ingest", "/api/v1/dead-letters")["items"],
        seconds=30,
        what="a letter is there",
    )
    (letter,) = system.get("ingest", "/api/v1/dead-letters", reason="bad_code")["items"]
    assert (letter["topic"], letter["stage"]) == (OUTPUT, "ingest.validate")
    assert "91341323" not in str(letter)
    (waiting,) = system.get("ingest", "/api/v1/parked")["items"]
    assert (waiting["topic"], waiting["lines"], waiting["enterprises"]) == (OUTPUT, 1, 1)
    assert sum(waiting["age_days"].values()) == 1

    mended = tmp_path / "mended.json"
    mended.write_bytes(bad.replace(b"91341323MA2T7KQH6X", credit_code(1).encode()))
    for _ in range(2):
        code, text = _run(empty_topics, "mend", str(letter["id"]), "--value", str(mended))
        assert (code, "replayed: 1" in text) == (0, True), text
    counts = system.wait_consumed("ingest", 5)
    assert (counts["applied"], counts["duplicate"], counts["dead_lettered"]) == (2, 1, 1)
    keys = {key for _, _, key, _, _ in consume_all(empty_topics.bootstrap, OUTPUT)}
    assert credit_code(1).encode() in keys
