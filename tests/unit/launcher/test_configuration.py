"""What is wrong with the configuration is said in one line, by commands and services alike."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from clusterwatch.configuration import explain
from shared.settings import CommonSettings
from shared.storage import open_engine, writing
from shared.storage.migrations import migrate
from shared.testing.loopback import QuietHandler, serving
from shared.testing.stores import migrated_store

AWAY = "postgresql://me:secret@127.0.0.1:9/x"


def clusterwatch(command: str, folder: Path, **settings: str) -> str:
    """The one line that it ends with."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("CLUSTERWATCH_")}
    environment |= {f"CLUSTERWATCH_{name}": value for name, value in settings.items()}
    ended = subprocess.run(
        [sys.executable, "-m", "clusterwatch", command],
        env=environment | {"CLUSTERWATCH_DATA_DIR": str(folder)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 1
    (line,) = ended.stderr.splitlines()
    assert line.startswith("error: ")
    assert "secret" not in ended.stderr + ended.stdout
    return line


@pytest.mark.parametrize(
    ("command", "setting", "value", "named"),
    [
        ("migrate", "DATABASE_URL", "mysql://reader:secret@db/x", "CLUSTERWATCH_DATABASE_URL"),
        ("migrate", "DATABASE_URL", AWAY, "by CLUSTERWATCH_DATABASE_URL) cannot be reached"),
        ("metrics", "DATABASE_URL", AWAY, "by CLUSTERWATCH_DATABASE_URL) cannot be reached"),
        ("metrics", "CONFIDENTIALITY", "off", "CLUSTERWATCH_CONFIDENTIALITY_OFF_REASON"),
        ("metrics", "PLANS", "no-such-plan.yaml", "no-such-plan.yaml:1"),
        ("alerts", "ALERTS_RULES", "no-such-rules.yaml", "no-such-rules.yaml"),
        ("alerts", "ALERTS_TEMPLATES", "no-such-folder", "CLUSTERWATCH_ALERTS_TEMPLATES"),
        ("run", "METRICS_PORT", "many", "CLUSTERWATCH_METRICS_PORT"),
    ],
)
def test_a_wrong_configuration_is_named_in_one_line(
    command: str, setting: str, value: str, named: str, tmp_path: Path
) -> None:
    assert named in clusterwatch(command, tmp_path, **{setting: value})


def test_a_service_says_which_of_its_own_words_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "zh.words.yaml").write_text("- no table", encoding="ascii")

    said = clusterwatch("alerts", tmp_path, ALERTS_TEMPLATES=str(tmp_path))

    assert f"{tmp_path}/zh.words.yaml: must be a mapping of tables" in said


def test_a_service_says_which_file_is_damaged_and_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "ingest.sqlite3").write_text("no database", encoding="ascii")

    said = clusterwatch("ingest", tmp_path)

    assert f"ingest ({tmp_path}/ingest.sqlite3, by CLUSTERWATCH_DATA_DIR) is damaged" in said
    assert "`clusterwatch restore FOLDER --force`" in said


def test_a_service_says_that_its_schema_is_too_new(tmp_path: Path) -> None:
    with migrated_store("metrics", tmp_path) as engine:
        become_too_new(engine)

    said = clusterwatch("metrics", tmp_path)

    assert "the database of metrics has the schema metrics_999" in said
    assert "run a version that knows metrics_999" in said


def test_a_service_says_that_its_port_is_taken_before_it_touches_anything(tmp_path: Path) -> None:
    with serving(QuietHandler) as address:
        port = address.rpartition(":")[2]
        said = clusterwatch("alerts", tmp_path / "data", ALERTS_PORT=port)

    assert f"CLUSTERWATCH_ALERTS_PORT={port}" in said
    assert "Address already in use" in said
    assert not (tmp_path / "data").exists()


def become_too_new(engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(
            text("update alembic_version set version_num=:no, compatible_from=:no"),
            {"no": "metrics_999"},
        )


def failure(engine: Engine) -> DBAPIError:
    with pytest.raises(DBAPIError) as found:
        migrate(engine, "ingest")
    engine.dispose()
    return found.value


def test_a_file_with_torn_pages_is_damaged(tmp_path: Path) -> None:
    with migrated_store("ingest", tmp_path):
        pass
    file = tmp_path / "ingest.sqlite3"
    file.write_bytes(file.read_bytes()[:5000])

    said = explain(failure(open_engine(CommonSettings(data_dir=tmp_path), "ingest"))) or ""

    assert "is damaged: database disk image is malformed" in said


def test_a_statement_that_is_wrong_is_no_matter_of_configuration(tmp_path: Path) -> None:
    with (
        migrated_store("ingest", tmp_path) as engine,
        pytest.raises(DBAPIError) as found,
        writing(engine) as connection,
    ):
        connection.execute(text("select * from nowhere"))

    assert explain(found.value) is None
    assert "the database of ingest" in found.value.__notes__[0]


@pytest.mark.postgres
def test_a_server_that_lets_nobody_in_is_quoted_without_the_password(database_url: str) -> None:
    url = database_url.replace("//clusterwatch@", "//stranger:secret@")
    settings = CommonSettings(database_url=SecretStr(url))

    said = explain(failure(open_engine(settings, "ingest"))) or ""

    assert 'cannot be reached: connection failed: connection to server at "127.0.0.1"' in said
    assert 'role "stranger" does not exist' in said
    assert "stranger:***@127.0.0.1" in said
    assert "secret" not in said


@pytest.mark.postgres
def test_a_role_without_rights_is_sent_to_the_page_that_names_them(database_url: str) -> None:
    settings = CommonSettings(database_url=SecretStr(database_url))
    owner = open_engine(settings, "ingest")
    with owner.begin() as connection:
        connection.execute(text("create role weak login"))
    weak = CommonSettings(database_url=SecretStr(database_url.replace("clusterwatch@", "weak@")))

    try:
        said = explain(failure(open_engine(weak, "ingest"))) or ""
    finally:
        with owner.begin() as connection:
            connection.execute(text("drop role weak"))
        owner.dispose()

    assert "does not allow this: permission denied for database" in said
    assert "docs/operations/postgresql.md" in said
