"""The tables of docs/performance.md are written from the results."""

import json
import runpy
from pathlib import Path
from typing import Any

import pytest

from clusterwatch.commands.bench import BENCHES

ROOT = Path(__file__).parents[3]
BENCH = ROOT / "bench"


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.syspath_prepend(str(BENCH))
    return runpy.run_path(str(BENCH / "page.py"))


def test_the_page_is_as_the_writer_writes_it(page: dict[str, Any]) -> None:
    text = page["PAGE"].read_text(encoding="utf-8")

    assert page["written"](text, BENCH / "results") == text


def test_a_table_is_put_in_its_place_and_the_rest_is_left(
    page: dict[str, Any], tmp_path: Path
) -> None:
    row = {"figure": "a figure", "value": 1.5, "goal": None}
    (tmp_path / "one.json").write_text(json.dumps({"summary": [row]}), encoding="utf-8")
    text = "words\n<!-- one.json -->\nold\n<!-- / -->\nmore\n<!-- two.json -->\n<!-- / -->\nend\n"

    new = page["written"](text, tmp_path)

    assert "old" not in new
    assert new.startswith("words\n<!-- one.json -->\n| figure | value | goal |\n")
    assert "| a figure | 1.5 | – |\n<!-- / -->\nmore\n" in new
    assert "<!-- two.json -->\nThere is no committed run yet.\n<!-- / -->\nend\n" in new


def test_every_bench_has_a_program_and_a_table(page: dict[str, Any]) -> None:
    text = page["PAGE"].read_text(encoding="utf-8")
    for name in BENCHES:
        assert (BENCH / f"{name}.py").is_file()
        assert f"<!-- {name}" in text
