"""docs/performance.md says what the committed results say."""

import json
import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "performance.md").read_text(encoding="utf-8")
RESULTS = sorted((ROOT / "bench" / "results").glob("*.json"))
_ROW = re.compile(r"^\| (?!figure|---)(.+?) \| ([\d.]+) \| (.*?) \|$", re.MULTILINE)


def _committed() -> set[tuple[str, str, str]]:
    return {
        (row["figure"], str(row["value"]), row["goal"] or "–")
        for path in RESULTS
        for row in json.loads(path.read_text(encoding="utf-8"))["summary"]
    }


def test_every_figure_of_the_page_is_one_of_the_results_and_none_is_left_out() -> None:
    assert set(_ROW.findall(PAGE)) == _committed()


def test_every_file_of_results_is_named() -> None:
    assert RESULTS
    for path in RESULTS:
        assert path.name in PAGE


def test_the_results_name_no_path_of_a_machine() -> None:
    for path in RESULTS:
        assert not re.search(r"/(home|work|tmp|Users|root)/", path.read_text(encoding="utf-8"))
