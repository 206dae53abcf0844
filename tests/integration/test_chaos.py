"""A short campaign with a fixed seed; long ones are `make chaos`."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FAULTS = ("kill -9 all services", "broker kill -9")


@pytest.mark.kafka
@pytest.mark.postgres
def test_nothing_is_lost_and_nothing_counted_twice_in_a_short_campaign(tmp_path: Path) -> None:
    results = tmp_path / "results.json"
    done = subprocess.run(
        [
            *(sys.executable, "-m", "chaos", "--store", "postgresql", "--seed", "7"),
            *("--rounds", str(len(FAULTS)), "--faults", ",".join(FAULTS)),
            *("--folder", str(tmp_path), "--results", str(results)),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"
    (campaign,) = json.loads(results.read_text(encoding="utf-8"))
    rounds = campaign["rounds"]
    assert sorted(one["fault"] for one in rounds) == sorted(FAULTS)
    assert [one["problems"] for one in rounds] == [[]] * len(FAULTS)
    assert sum(one["lost"] + one["counted_twice"] for one in rounds) == 0
