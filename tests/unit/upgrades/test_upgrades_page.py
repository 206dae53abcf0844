"""The page shows the results that are committed, and no others."""

import json
from pathlib import Path

from chaos.campaign import Round
from upgrades.results import RESULTS, Update, tables

ROOT = Path(__file__).parents[3]


def test_the_tables_on_the_page_are_those_of_the_results() -> None:
    page = ROOT / RESULTS.page
    text = page.read_text(encoding="utf-8")
    entries = json.loads(page.with_suffix(".json").read_text(encoding="utf-8"))

    assert RESULTS.with_tables(text, entries) == text, "run `python -m upgrades.results`"


def test_results_of_the_same_two_versions_replace_those_of_before(tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    for wrong in (["lost"], []):
        update = Update("a", "b", {"ingest": "ingest_1"}, {"ingest": "ingest_2"}, 7)
        update.rounds = [Round(1, "old alone", problems=wrong)]
        RESULTS.keep(file, update)
    RESULTS.keep(file, Update("b", "c", {}, {}, 7))

    kept = json.loads(file.read_text(encoding="utf-8"))

    assert [(one["old"], one["new"]) for one in kept] == [("a", "b"), ("b", "c")]
    text = tables(kept)
    assert "**a → b** (ingest_1 → ingest_2)" in text
    assert "| old alone | yes | 0 | 0 | 0 s |" in text
    assert "**b → c** (no migration)" in text
