from pathlib import Path

import pytest

from clusterwatch.launcher import kafka_jars
from clusterwatch.launcher.brokers import ExistingCluster, choose_broker
from clusterwatch.launcher.embedded import EmbeddedBroker
from clusterwatch.launcher.errors import LaunchError
from clusterwatch.launcher.local_kafka import LocalKafka
from clusterwatch.settings import LauncherSettings
from shared.messaging.cluster import KafkaCluster

JAVA = "#!/bin/sh\necho 'openjdk version \"17.0.1\"' >&2\n"


@pytest.fixture
def bare_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No Java, no Maven, no Kafka, no embedded broker; returns the only folder on the PATH."""
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in ("JAVA_HOME", "KAFKA_HOME", "CLUSTERWATCH_KAFKA_BOOTSTRAP_SERVERS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.setenv("CLUSTERWATCH_DATA_DIR", str(tmp_path / "var"))
    monkeypatch.setattr(kafka_jars, "CACHE", tmp_path / "cache")
    monkeypatch.setattr(
        "clusterwatch.launcher.embedded.obstacle", lambda: "the wheel is not installed"
    )
    return programs


def add_java(programs: Path) -> None:
    (programs / "java").write_text(JAVA)
    (programs / "java").chmod(0o755)


def kafka_home(folder: Path, version: str) -> Path:
    (folder / "libs").mkdir(parents=True)
    (folder / "libs" / f"kafka_2.13-{version}.jar").touch()
    return folder


def test_a_configured_cluster_comes_first(
    bare_machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLUSTERWATCH_KAFKA_BOOTSTRAP_SERVERS", "kafka-1:9092,kafka-2:9092")
    choice = choose_broker(LauncherSettings())
    assert choice.broker == ExistingCluster(KafkaCluster("kafka-1:9092,kafka-2:9092"))
    assert "CLUSTERWATCH_KAFKA_BOOTSTRAP_SERVERS" in choice.because


def test_a_configured_cluster_that_does_not_answer_is_an_error(bare_machine: Path) -> None:
    with pytest.raises(LaunchError, match=r"no broker answers at .*=127\.0\.0\.1:1; unset it"):
        ExistingCluster(KafkaCluster("127.0.0.1:1")).start()


def test_an_unpacked_kafka_is_used_with_java(
    bare_machine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_java(bare_machine)
    monkeypatch.setenv("KAFKA_HOME", str(kafka_home(tmp_path / "kafka", "4.1.0")))
    broker = choose_broker(LauncherSettings()).broker
    assert isinstance(broker, LocalKafka)
    assert broker.jars.version == "4.1.0"
    assert broker.data_dir == tmp_path / "var" / "kafka"


def test_an_old_kafka_is_not_used(
    bare_machine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_java(bare_machine)
    monkeypatch.setenv("KAFKA_HOME", str(kafka_home(tmp_path / "kafka", "3.9.1")))
    with pytest.raises(LaunchError, match=r"is Kafka 3\.9\.1; version 4 or later is needed"):
        choose_broker(LauncherSettings())


def test_jars_fetched_before_need_no_maven(bare_machine: Path, tmp_path: Path) -> None:
    add_java(bare_machine)
    version = kafka_jars.pinned_version()
    (tmp_path / "cache" / version).mkdir(parents=True)
    (tmp_path / "cache" / version / f"kafka_2.13-{version}.jar").touch()
    assert isinstance(choose_broker(LauncherSettings()).broker, LocalKafka)


def test_without_maven_the_embedded_broker_serves_and_the_reason_is_told(
    bare_machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_java(bare_machine)
    monkeypatch.setattr("clusterwatch.launcher.embedded.obstacle", lambda: None)
    choice = choose_broker(LauncherSettings())
    assert isinstance(choice.broker, EmbeddedBroker)
    assert not choice.broker.idempotence
    assert "Maven (mvn) is not on the PATH" in choice.because


def test_a_failing_download_leaves_no_half_filled_cache(bare_machine: Path, tmp_path: Path) -> None:
    add_java(bare_machine)
    (bare_machine / "mvn").write_text("#!/bin/sh\necho '[ERROR] no route to host'\nexit 1\n")
    (bare_machine / "mvn").chmod(0o755)
    with pytest.raises(LaunchError, match="no route to host"):
        choose_broker(LauncherSettings())
    assert list((tmp_path / "cache").iterdir()) == []


def test_with_nothing_at_all_the_message_names_every_remedy(bare_machine: Path) -> None:
    with pytest.raises(LaunchError) as caught:
        choose_broker(LauncherSettings())
    words = str(caught.value)
    assert "there is no java on the PATH" in words
    assert "the wheel is not installed" in words
    assert "set CLUSTERWATCH_KAFKA_BOOTSTRAP_SERVERS" in words
