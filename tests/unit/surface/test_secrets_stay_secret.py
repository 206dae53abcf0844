"""Sows secrets into every secret setting, and looks for them wherever something is shown."""

import logging
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from typer.testing import CliRunner

from clusterwatch.cli import app as command_line
from clusterwatch.configuration import explain
from clusterwatch.grafana.settings import GrafanaSettings
from clusterwatch.services import SERVICES, settings_class
from clusterwatch.settings import LauncherSettings
from shared.configuration import Configured, is_secret
from shared.redaction import Redactor, one_line, secrets_of
from shared.settings import CommonSettings
from shared.storage import open_engine, ping
from shared.telemetry import configure_logging
from shared.testing.http import AppClient

CANARY = "cAnArY-7f3a/k+9"
ALL: list[type[Configured]] = [
    *(settings_class(name) for name in SERVICES),
    GrafanaSettings,
    LauncherSettings,
]


def sown(name: str) -> str:
    """A secret of its own for each setting; addresses have it as their password."""
    text = f"{CANARY}-{name}-and-32-characters-in-all"
    is_address = name.endswith("database_url")
    return f"postgresql://who:{text.replace('/', '%2F')}@127.0.0.1:1/none" if is_address else text


def secret_names(kind: type[Configured]) -> list[str]:
    return [name for name, field in kind.model_fields.items() if is_secret(field)]


def filled(kind: type[Configured], folder: Path, **more: Any) -> Any:
    values: dict[str, Any] = {name: SecretStr(sown(name)) for name in secret_names(kind)}
    if issubclass(kind, CommonSettings):
        values["data_dir"] = folder
    return kind(**{**values, **more})


def fail_with(text: str) -> None:
    raise ConnectionError(text)


def tells(text: str) -> bool:
    return any(part in text for part in ("cAnArY", "7f3a/k+9", "7f3a%2Fk"))


@pytest.fixture(autouse=True)
def _restored() -> Any:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def test_there_are_secrets_to_sow() -> None:
    names = {name for kind in ALL for name in secret_names(kind)}
    assert {"kafka_password", "database_url", "alerts_smtp_password", "token_secret"} <= names
    assert {"alerts_sealing_keys", "access_database_url", "grafana_token"} <= names


@pytest.mark.parametrize("kind", ALL)
def test_settings_show_no_secret_in_any_form(kind: type[Configured], tmp_path: Path) -> None:
    settings = filled(kind, tmp_path)
    for text in (
        repr(settings),
        str(settings),
        str(settings.model_dump()),
        settings.model_dump_json(),
    ):
        assert not tells(text)


def test_the_list_of_settings_shows_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    for kind in ALL:
        for name in secret_names(kind):
            monkeypatch.setenv(f"CLUSTERWATCH_{name}".upper(), sown(name))
    said = CliRunner().invoke(command_line, ["settings"])
    assert said.exit_code == 0
    assert not tells(said.output)


def test_a_refused_setting_is_named_without_the_secrets_beside_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CLUSTERWATCH_KAFKA_PASSWORD", sown("kafka_password"))
    monkeypatch.setenv("CLUSTERWATCH_KAFKA_SECURITY_PROTOCOL", "SASL_SSL")
    monkeypatch.setenv("CLUSTERWATCH_DATABASE_URL", sown("database_url"))
    with pytest.raises(ValueError, match="CLUSTERWATCH_KAFKA_USERNAME") as refused:
        CommonSettings()
    assert not tells(explain(refused.value) or "")


@pytest.mark.parametrize("log_format", ["console", "json"])
def test_logs_show_no_secret_whoever_writes_them(
    log_format: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for service in SERVICES:
        kind = settings_class(service)
        settings = filled(kind, tmp_path, log_format=log_format, log_level="debug")
        configure_logging(settings, service)
        log = structlog.get_logger("test")
        for name in secret_names(kind):
            log.warning("event", value=sown(name), nested={"a": [sown(name)]})
            logging.getLogger("driver").error("could not sign in with %s", sown(name))
            try:
                fail_with(f"refused: {sown(name)}")
            except ConnectionError:
                log.exception("failed")
                logging.getLogger("driver").exception("failed")
    shown = capsys.readouterr().err
    assert "could not sign in" in shown
    assert "event" in shown
    assert not tells(shown)


@pytest.mark.parametrize(
    "text",
    [
        f"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={CANARY}",
        f"https://oapi.dingtalk.com/robot/send?access_token={CANARY}&timestamp=1&sign={CANARY}",
        "https://open.feishu.cn/open-apis/bot/v2/hook/cAnArY-7f3a",
        f"amqp://user:{CANARY.replace('/', '')}@host:5672",
        f"Authorization: Bearer {CANARY}",
        f"cwt_{CANARY.replace('/', '').replace('+', '')}",
    ],
)
def test_what_looks_like_a_secret_is_blotted_out_though_nobody_named_it(text: str) -> None:
    assert not tells(Redactor(())(f"sending to {text} failed"))


def test_a_database_that_refuses_shows_no_password_anywhere(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for service in SERVICES:
        settings = filled(settings_class(service), tmp_path)
        app = import_module(f"services.{service}.main").create_app(settings)
        client = AppClient(app)
        for path in ("/healthz", "/readyz", "/metrics", "/api/v1/reconciliation", "/openapi.json"):
            try:
                answer = client.request("GET", path)
            except Exception as error:  # noqa: BLE001 - the server logs it and answers with a problem
                structlog.get_logger("test").exception("request_failed", error=str(error))
            else:
                assert not tells(answer.text), path
        try:
            ping(open_engine(settings, service))
        except Exception:  # noqa: BLE001 - whatever the driver raises
            structlog.get_logger("test").exception("store_failed")
    shown = capsys.readouterr().err
    assert "store_failed" in shown
    assert not tells(shown)


@given(st.text(max_size=200))
def test_no_text_makes_a_second_line_or_turns_the_first(text: str) -> None:
    written = one_line(text)
    assert len(written.splitlines()) <= 1
    assert not any(character in written for character in "\x1b\r\n\x00\u202e\u2066\x9b")
    assert one_line("轴承 bearing 100%") == "轴承 bearing 100%"


def test_a_forged_line_stays_inside_its_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logging(CommonSettings(data_dir=tmp_path), "ingest")
    forged = "x\n2026-01-01 [info     ] signed_in  name=administrator\x1b[2K\r"
    structlog.get_logger("test").warning("refused", source=forged)
    logging.getLogger("library").warning("bad name %s", forged)
    try:
        fail_with(forged)
    except ConnectionError:
        structlog.get_logger("test").exception("failed")
    shown = capsys.readouterr().err
    assert shown.count("signed_in") >= 3
    assert not [line for line in shown.splitlines() if line.startswith("2026-01-01")]
    assert "\x1b[2K" not in shown


def test_all_secrets_of_settings_are_known_with_their_parts(tmp_path: Path) -> None:
    settings = filled(settings_class("alerts"), tmp_path)
    known = secrets_of(settings)
    for name in secret_names(settings_class("alerts")):
        assert sown(name) in known
    assert f"{CANARY}-database_url-and-32-characters-in-all" in known
