import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy.exc import DatabaseError

from clusterwatch.configuration import explain
from shared.settings import CommonSettings
from shared.storage import open_engine


@pytest.mark.parametrize(
    ("command", "setting", "value", "named"),
    [
        ("migrate", "DATABASE_URL", "mysql://reader:secret@db/x", "CLUSTERWATCH_DATABASE_URL"),
        ("migrate", "DATABASE_URL", "postgresql://me:secret@127.0.0.1:9/x", "cannot be reached"),
        ("metrics", "CONFIDENTIALITY", "off", "CLUSTERWATCH_CONFIDENTIALITY_OFF_REASON"),
        ("metrics", "PLANS", "no-such-plan.yaml", "no-such-plan.yaml:1"),
        ("alerts", "ALERTS_RULES", "no-such-rules.yaml", "no-such-rules.yaml"),
        ("run", "METRICS_PORT", "many", "CLUSTERWATCH_METRICS_PORT"),
    ],
)
def test_a_wrong_configuration_is_named_without_a_traceback(
    command: str, setting: str, value: str, named: str, tmp_path: Path
) -> None:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("CLUSTERWATCH_")}
    environment |= {"CLUSTERWATCH_DATA_DIR": str(tmp_path), f"CLUSTERWATCH_{setting}": value}
    ended = subprocess.run(
        [sys.executable, "-m", "clusterwatch", command],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert ended.returncode == 1
    assert named in ended.stderr
    assert "Traceback" not in ended.stderr
    assert "secret" not in ended.stderr


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "ingest.sqlite3").write_text("no database", encoding="ascii")
    engine = open_engine(CommonSettings(data_dir=tmp_path), "ingest")

    with pytest.raises(DatabaseError) as found, engine.connect():
        pass

    assert "is damaged" in (explain(found.value) or "")
