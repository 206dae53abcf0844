import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from clusterwatch import cli
from clusterwatch.commands.run import forget

runner = CliRunner()


def test_help_lists_every_command_with_its_line() -> None:
    shown = runner.invoke(cli.app, ["--help"], env={"COLUMNS": "200"}).output
    for name in ("run", "ingest", "metrics", "alerts", "topics", "lag", "settings", "migrate"):
        assert name in shown
        assert cli.summary(name) in shown


def test_help_imports_no_command() -> None:
    code = (
        "import sys\nfrom clusterwatch import cli\n"
        "try:\n    cli.app(['--help'])\nexcept SystemExit:\n    pass\n"
        "slow = {'kafka', 'sqlalchemy', 'fastapi', 'pydantic'} & set(sys.modules)\n"
        "assert not slow, slow\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_a_broken_command_breaks_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "cracked_one.py").write_text('"""Broken."""\nimport nothing_of_this_name\n')
    (tmp_path / "sound.py").write_text(
        '"""Sound."""\ndef command() -> None:\n    """Says so."""\n    print("sound")\n'
    )
    monkeypatch.setattr(cli, "_FOLDER", tmp_path)
    monkeypatch.setattr("clusterwatch.commands.__path__", [str(tmp_path)])
    assert "cracked-one" in runner.invoke(cli.app, ["--help"]).output
    assert runner.invoke(cli.app, ["sound"]).output == "sound\n"
    broken = runner.invoke(cli.app, ["cracked-one"])
    assert broken.exit_code == 1


def test_an_unknown_command_is_refused() -> None:
    assert runner.invoke(cli.app, ["nonsense"]).exit_code == 2


def test_settings_lists_variables_with_default_and_meaning() -> None:
    shown = runner.invoke(cli.app, ["settings"]).output
    assert "CLUSTERWATCH_KAFKA_BOOTSTRAP_SERVERS=127.0.0.1:9092\n    Kafka brokers" in shown
    assert "CLUSTERWATCH_TOPIC_PARTITIONS=6" in shown


def test_a_fresh_start_deletes_only_what_the_launcher_keeps(tmp_path: Path) -> None:
    for name in (
        "kafka/log/x",
        "log/ingest.log",
        "ingest.sqlite3",
        "ingest.sqlite3-wal",
        "mine.txt",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    forget(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
