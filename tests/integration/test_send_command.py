"""`clusterwatch send` on a real Kafka: the good rows arrive, the refused ones can be mended."""

from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from clusterwatch.cli import app
from clusterwatch.launcher.local_kafka import LocalKafka
from clusterwatch.launcher.ports import free_ports
from shared.testing.events import registration
from shared.testing.kafka import consume_all
from shared.testing.load import credit_code

TABLE = f"""2026年5月,单位：千元,
信用代码,工业总产值/本月,工业总产值/1-本月
{credit_code(1)},"1,000",5000
{credit_code(2)},x,6
"""


def _run(bootstrap: str, *words: str) -> tuple[int, str]:
    environment = {"CLUSTERWATCH_KAFKA_BOOTSTRAP_SERVERS": bootstrap, "COLUMNS": "200"}
    result = CliRunner().invoke(app, ["send", *words], env=environment)
    return result.exit_code, result.output


@pytest.mark.kafka
def test_a_table_is_sent_mended_and_sent_again(empty_topics: LocalKafka, tmp_path: Path) -> None:
    file = tmp_path / "output.csv"
    file.write_bytes(TABLE.encode("gbk"))
    words = (str(file), "--source", "tjj-suzhou")
    code, text = _run(empty_topics.bootstrap, *words, "--dry-run")
    assert code == 3
    assert "1 events would be sent" in text
    assert consume_all(empty_topics.bootstrap, "stats.output.v1") == []

    code, text = _run(empty_topics.bootstrap, *words)
    assert (code, "sent: 1 events" in text) == (3, True)
    refused = tmp_path / "output.refused.csv"
    refused.write_bytes(refused.read_bytes().replace(b",x,", b",2,"))
    code, text = _run(empty_topics.bootstrap, str(refused), "--source", "tjj-suzhou")
    assert code == 0, text
    keys = {key for _, _, key, _, _ in consume_all(empty_topics.bootstrap, "stats.output.v1")}
    assert keys == {credit_code(1).encode(), credit_code(2).encode()}


@pytest.mark.kafka
def test_ndjson_is_sent_line_by_line(empty_topics: LocalKafka, tmp_path: Path) -> None:
    file = tmp_path / "stats.enterprise.v1.ndjson"
    lines = [*(msgspec.json.encode(registration(number)) for number in range(2_500)), b"{}"]
    file.write_bytes(b"\n".join(lines) + b"\n")
    code, text = _run(empty_topics.bootstrap, str(file))
    assert code == 3, text
    assert len(consume_all(empty_topics.bootstrap, "stats.enterprise.v1")) == 2_500
    assert (tmp_path / "stats.enterprise.v1.refused.ndjson").read_bytes() == b"{}\n"
    reasons = (tmp_path / "stats.enterprise.v1.reasons.csv").read_text("utf-8-sig")
    assert "2501,event_id,missing_field" in reasons


def test_without_kafka_the_command_fails_and_says_that_sending_again_is_safe(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clusterwatch.sending._PATIENCE_SECONDS", 1)
    (port,) = free_ports(1)
    file = tmp_path / "output.csv"
    file.write_text(TABLE, encoding="utf-8")
    code, text = _run(f"127.0.0.1:{port}", str(file), "--source", "tjj-suzhou")
    assert code == 1
    assert "duplicate" in text


def test_a_mapping_is_proposed(tmp_path: Path) -> None:
    file = tmp_path / "output.csv"
    file.write_text(TABLE, encoding="utf-8")
    code, text = _run("127.0.0.1:1", str(file), "--guess")
    assert code == 0
    assert "topic: stats.output.v1" in text


@pytest.mark.parametrize(
    ("name", "words", "message"),
    [
        ("a.ndjson", (), "of which topic"),
        ("a.csv", (), "--source"),
        ("a.csv", ("--source", "s", "--mapping", "missing.yaml"), "missing.yaml"),
        ("a.csv", ("--source", "s", "--period", "May"), "period"),
    ],
)
def test_what_is_missing_is_asked_for(
    tmp_path: Path, name: str, words: tuple[str, ...], message: str
) -> None:
    file = tmp_path / name
    file.write_text(TABLE, encoding="utf-8")
    code, text = _run("127.0.0.1:1", str(file), *words)
    assert code == 1
    assert message in text
