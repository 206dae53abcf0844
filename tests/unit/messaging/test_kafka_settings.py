"""Settings of the connection to Kafka, and what each client library gets of them."""

import ssl
from pathlib import Path

import pytest
from faststream.security import BaseSecurity, SASLPlaintext, SASLScram256, SASLScram512
from pydantic import SecretStr, ValidationError

from shared.configuration import SettingsError
from shared.messaging.cluster import KafkaCluster
from shared.settings import CommonSettings
from shared.testing.certificates import TestAuthority

_PREFIX = "CLUSTERWATCH_"


@pytest.fixture
def authority(tmp_path: Path) -> TestAuthority:
    return TestAuthority(tmp_path / "ca")


def _settings(**given: object) -> CommonSettings:
    values = {f"kafka_{name}": value for name, value in given.items()}
    return CommonSettings(**values)  # type: ignore[arg-type]


def test_without_settings_clients_get_addresses_alone() -> None:
    cluster = KafkaCluster.of(_settings(bootstrap_servers="one:9092, two:9092"))
    assert cluster.client_arguments() == {"bootstrap_servers": ["one:9092", "two:9092"]}
    assert cluster.security() is None


@pytest.mark.parametrize(
    ("mechanism", "kind"),
    [
        ("PLAIN", SASLPlaintext),
        ("SCRAM-SHA-256", SASLScram256),
        ("SCRAM-SHA-512", SASLScram512),
    ],
)
def test_every_mechanism_reaches_every_library(
    mechanism: str, kind: type[SASLPlaintext], authority: TestAuthority
) -> None:
    settings = _settings(
        security_protocol="SASL_SSL",
        sasl_mechanism=mechanism,
        username="ingest",
        password=SecretStr("pw"),
        ca_file=authority.file,
    )
    cluster = KafkaCluster.of(settings)
    arguments = cluster.client_arguments()
    assert arguments["security_protocol"] == "SASL_SSL"
    assert arguments["sasl_mechanism"] == mechanism
    assert arguments["sasl_plain_username"] == "ingest"
    assert arguments["sasl_plain_password"] == "pw"  # noqa: S105 - made up here
    security = cluster.security()
    assert isinstance(security, kind)
    assert (security.username, security.password, security.use_ssl) == ("ingest", "pw", True)
    assert security.ssl_context is arguments["ssl_context"]


def test_tls_checks_names_and_takes_nothing_older_than_1_2(authority: TestAuthority) -> None:
    certificate, key = authority.issue("ingest")
    cluster = KafkaCluster(
        "k:9093", "SSL", ca_file=authority.file, certificate_file=certificate, key_file=key
    )
    context = cluster.tls
    assert context is not None
    assert context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert type(cluster.security()) is BaseSecurity


def test_a_user_without_tls_is_sent_in_the_open_only_when_asked_for() -> None:
    cluster = KafkaCluster("k:9092", "SASL_PLAINTEXT", "PLAIN", "u", "p")
    assert cluster.client_arguments()["ssl_context"] is None
    security = cluster.security()
    assert security is not None
    assert not security.use_ssl


def test_a_protocol_with_users_needs_a_user() -> None:
    with pytest.raises(ValidationError, match="CLUSTERWATCH_KAFKA_USERNAME"):
        _settings(security_protocol="SASL_SSL")
    with pytest.raises(ValidationError, match="CLUSTERWATCH_KAFKA_PASSWORD"):
        _settings(security_protocol="SASL_SSL", username="ingest")


def test_a_certificate_needs_its_key(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="CLUSTERWATCH_KAFKA_KEY_FILE"):
        _settings(security_protocol="SSL", certificate_file=tmp_path / "c.pem")


def test_files_that_cannot_be_read_are_named(tmp_path: Path, authority: TestAuthority) -> None:
    with pytest.raises(SettingsError, match=r"CLUSTERWATCH_KAFKA_CA_FILE=.*none\.pem"):
        KafkaCluster("k:1", "SSL", ca_file=tmp_path / "none.pem").client_arguments()
    nonsense = tmp_path / "nonsense.pem"
    nonsense.write_text("no certificate", encoding="utf-8")
    with pytest.raises(SettingsError, match="CLUSTERWATCH_KAFKA_CA_FILE"):
        KafkaCluster("k:1", "SSL", ca_file=nonsense).client_arguments()
    certificate, _ = authority.issue("one")
    _, key_of_another = authority.issue("two")
    with pytest.raises(SettingsError, match="CLUSTERWATCH_KAFKA_KEY_FILE"):
        KafkaCluster(
            "k:1", "SSL", certificate_file=certificate, key_file=key_of_another
        ).client_arguments()


def test_the_password_is_not_shown() -> None:
    cluster = KafkaCluster("k:1", "SASL_SSL", "PLAIN", "u", "very-secret")
    assert "very-secret" not in repr(cluster)
    assert "very-secret" not in str(cluster)


def test_a_secret_may_come_from_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "password"
    file.write_text("from a file\n", encoding="utf-8")
    monkeypatch.setenv(f"{_PREFIX}KAFKA_PASSWORD_FILE", str(file))
    monkeypatch.setenv(f"{_PREFIX}DATABASE_URL_FILE", str(file))
    settings = CommonSettings()
    assert settings.kafka_password is not None
    assert settings.kafka_password.get_secret_value() == "from a file"
    assert settings.database_url is not None
    assert settings.database_url.get_secret_value() == "from a file"


def test_a_secret_that_is_set_twice_or_not_there_is_refused_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"{_PREFIX}KAFKA_PASSWORD_FILE", str(tmp_path / "absent"))
    with pytest.raises(SettingsError, match=r"CLUSTERWATCH_KAFKA_PASSWORD_FILE=.* cannot be read"):
        CommonSettings()
    (tmp_path / "absent").write_text("\n", encoding="utf-8")
    with pytest.raises(SettingsError, match="is empty"):
        CommonSettings()
    (tmp_path / "absent").write_text("x", encoding="utf-8")
    monkeypatch.setenv(f"{_PREFIX}KAFKA_PASSWORD", "y")
    with pytest.raises(SettingsError, match="both set"):
        CommonSettings()


def test_what_is_no_secret_comes_from_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "host").write_text("0.0.0.0", encoding="utf-8")  # noqa: S104 - must not be used
    monkeypatch.setenv(f"{_PREFIX}HOST_FILE", str(tmp_path / "host"))
    assert CommonSettings().host == "127.0.0.1"
