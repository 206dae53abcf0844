from pathlib import Path

import pytest
from pydantic import ValidationError

from services.ingest.settings import IngestSettings
from shared.settings import CommonSettings


def test_masking_is_on_unless_someone_says_otherwise() -> None:
    assert CommonSettings().confidentiality == "on"


@pytest.mark.parametrize("reason", [None, "", "   "])
def test_masking_is_not_turned_off_without_a_reason(
    monkeypatch: pytest.MonkeyPatch, reason: str | None
) -> None:
    monkeypatch.setenv("CLUSTERWATCH_CONFIDENTIALITY", "off")
    if reason is not None:
        monkeypatch.setenv("CLUSTERWATCH_CONFIDENTIALITY_OFF_REASON", reason)

    with pytest.raises(ValidationError, match="say who decided it and why"):
        CommonSettings()


def test_masking_is_turned_off_with_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLUSTERWATCH_CONFIDENTIALITY", "off")
    monkeypatch.setenv("CLUSTERWATCH_CONFIDENTIALITY_OFF_REASON", "internal wall, office 3")

    assert CommonSettings().confidentiality == "off"


@pytest.mark.parametrize("value", ["no", "OFF", "false", ""])
def test_masking_knows_only_on_and_off(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("CLUSTERWATCH_CONFIDENTIALITY", value)

    with pytest.raises(ValidationError):
        CommonSettings()


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("", []),
        ("a.yaml", [Path("a.yaml")]),
        (" a.yaml , /b/c.yaml,", [Path("a.yaml"), Path("/b/c.yaml")]),
    ],
)
def test_plan_files_are_separated_by_commas(
    monkeypatch: pytest.MonkeyPatch, text: str, paths: list[Path]
) -> None:
    monkeypatch.setenv("CLUSTERWATCH_PLANS", text)

    assert CommonSettings().plans == paths


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BATCH_SIZE", "0"),
        ("BATCH_SIZE", "many"),
        ("STALL_SECONDS", "0"),
        ("LOG_LEVEL", "loud"),
        ("LOG_FORMAT", "xml"),
        ("INGEST_PORT", "0"),
        ("INGEST_PORT", "65536"),
    ],
)
def test_a_setting_that_makes_no_sense_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"CLUSTERWATCH_{name}", value)

    with pytest.raises(ValidationError, match=name.lower()):
        IngestSettings()


def test_secrets_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLUSTERWATCH_TOKEN_SECRET", "hunter2")

    settings = IngestSettings()

    assert settings.token_secret is not None
    assert settings.token_secret.get_secret_value() == "hunter2"
    assert "hunter2" not in repr(settings) + str(settings) + settings.model_dump_json()


def test_every_setting_says_what_it_is_for() -> None:
    assert [n for n, field in IngestSettings.model_fields.items() if not field.description] == []
