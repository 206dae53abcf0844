"""docs/operations/fuzzing.md says what the committed results say."""

import json
from pathlib import Path

from fuzz.campaign import RESULTS

PAGE = (Path(__file__).parents[3] / "docs/operations/fuzzing.md").read_text(encoding="utf-8")


def test_the_page_has_every_target_with_its_executions() -> None:
    report = json.loads(RESULTS.read_text(encoding="utf-8"))

    for row in report["targets"]:
        assert f"| {row['target']} | " in PAGE
        assert f" {row['executions']:,} | {row['peak_rss_mb']} | {row['findings']} |" in PAGE
    assert f"{report['executions_of_decoders']:,} of them of decoders" in PAGE


def test_the_sums_are_those_of_the_targets() -> None:
    report = json.loads(RESULTS.read_text(encoding="utf-8"))
    decoders = [row["executions"] for row in report["targets"] if row["is_decoder"]]

    assert report["executions_of_decoders"] == sum(decoders)
    assert report["executions"] == sum(row["executions"] for row in report["targets"])
