"""`clusterwatch run` on a machine without Java: the embedded broker, for a first look."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from shared.testing.waiting import wait_until


@pytest.mark.embedded
def test_clusters_are_judged_without_java(start_run: Callable[..., Any], tmp_path: Path) -> None:
    run = start_run(PATH=str(tmp_path), JAVA_HOME="", KAFKA_HOME="")
    assert "embedded" in run.said()

    def judged() -> bool:
        page = run.get("METRICS_PORT", "/api/v1/clusters", kind="cluster")
        coloured = [item for item in page["items"] if item["colour"] != "grey"]
        return len(coloured) >= 5

    wait_until(judged, seconds=400, what="five clusters have a colour")
    assert run.interrupt() == 0
