"""The made-up next version does what the rules allow, and this checkout's files let it be made."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from shared.storage.migrations import revisions
from shared.testing.released_schemas import DATABASES
from shared.testing.releases import releases
from upgrades.__main__ import _arguments
from upgrades.programs import next_version, present, why_not

_ASK = """
import json, msgspec
from shared.events.alert_events import AlertTransition
from shared.events.facts import Fact
from shared.events.notices import Notice
from shared.events.status import Status
from shared.storage.migrations import compatibility, revisions
names = ("ingest", "metrics", "alerts", "access")
structs = (AlertTransition, Fact, Notice, Status)
print(json.dumps({
    "newest": {name: revisions(name)[-1] for name in names},
    "compatible_from": {name: compatibility(name) for name in names},
    "fields": [struct.__struct_fields__[-1] for struct in structs],
    "always_sent": not Fact.__struct_config__.omit_defaults,
}))
"""


def test_the_next_version_has_a_migration_of_each_database_and_a_field_of_each_topic(
    tmp_path: Path,
) -> None:
    made = next_version(present(), tmp_path / "next")

    asked = subprocess.run(
        [sys.executable, "-c", _ASK],
        cwd=made.root,
        env={"PYTHONPATH": str(made.root)},
        capture_output=True,
        text=True,
        check=True,
    )

    found = json.loads(asked.stdout)
    assert found["newest"] == made.schemas()
    assert found["compatible_from"] == {name: revisions(name)[-1] for name in DATABASES}
    assert present().schemas() == found["compatible_from"]
    assert found["fields"] == ["of_tomorrow"] * 4
    assert found["always_sent"] is True


def test_a_commit_that_is_not_there_is_named_in_one_line() -> None:
    reason = why_not("0" * 40)

    assert reason is not None
    assert "\n" not in reason


def test_a_new_version_that_is_not_there_is_refused_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["upgrades", "--new", "0" * 40])

    with pytest.raises(SystemExit):
        _arguments()
    assert "does not reach back to 000" in capsys.readouterr().err


def test_a_release_names_its_commit_in_full() -> None:
    assert all(len(release.commit) == 40 for release in releases())
