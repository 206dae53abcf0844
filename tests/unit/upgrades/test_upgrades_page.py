"""The page shows the results that are committed, and no others."""

import json
from pathlib import Path
from typing import Any

from chaos.campaign import Round
from upgrades.results import PAGE, Update, page, tables, write

ROOT = Path(__file__).parents[3]


def committed() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(
        (ROOT / PAGE.with_suffix(".json")).read_text(encoding="utf-8")
    )
    return found


def test_the_tables_on_the_page_are_those_of_the_results() -> None:
    text = (ROOT / PAGE).read_text(encoding="utf-8")
    assert page(text, committed()) == text, "run `python -m upgrades.results`"


def test_results_of_the_same_two_versions_replace_those_of_before(tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    for wrong in (["lost"], []):
        update = Update("a", "b", {"ingest": "ingest_1"}, {"ingest": "ingest_2"}, 7)
        update.rounds = [Round(1, "old alone", problems=wrong)]
        write(file, update)
    write(file, Update("b", "c", {}, {}, 7))

    kept = json.loads(file.read_text(encoding="utf-8"))

    assert [(one["old"], one["new"]) for one in kept] == [("a", "b"), ("b", "c")]
    text = tables(kept)
    assert "**a → b** (ingest_1 → ingest_2)" in text
    assert "| old alone | yes | 0 | 0 | 0 s |" in text
    assert "**b → c** (no migration)" in text
