"""Writes the tables of docs/performance.md from bench/results/*.json, and draws its pictures.

A table stands between `<!-- NAME.json -->` and `<!-- / -->`; everything else on the page is
written by people. A bench without committed results gets a sentence instead. `chart.py` draws.

    python bench/page.py
"""

import json
import re
from pathlib import Path

from chart import IMAGES, write_pictures
from results_file import RESULTS

PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
_TABLE = re.compile(r"(<!-- (\w+)\.json -->\n).*?(<!-- / -->)", re.DOTALL)
_HEAD = "| figure | value | goal |\n|---|---|---|\n"
_NONE = "There is no committed run yet.\n"


def written(page: str, results: Path) -> str:
    """The page with the tables of the results."""
    return _TABLE.sub(
        lambda found: found[1] + _table(results / f"{found[2]}.json") + found[3], page
    )


def _table(path: Path) -> str:
    if not path.exists():
        return _NONE
    rows = json.loads(path.read_text(encoding="utf-8"))["summary"]
    lines = [f"| {row['figure']} | {row['value']} | {row['goal'] or '–'} |\n" for row in rows]
    return _HEAD + "".join(lines)


def main() -> None:
    """Write the page and the pictures where they are not those of the results."""
    page = PAGE.read_text(encoding="utf-8")
    new = written(page, RESULTS)
    if new != page:
        PAGE.write_text(new, encoding="utf-8")
    write_pictures(RESULTS, IMAGES)


if __name__ == "__main__":
    main()
