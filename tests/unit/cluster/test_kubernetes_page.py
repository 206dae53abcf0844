"""The page shows the results that are committed, and every check was passed."""

import json
from pathlib import Path

from cluster.applying import preparations
from cluster.campaign import CHECKS
from cluster.results import RESULTS, Run, Seen, tables
from shared.testing.manifests import OVERLAYS

ROOT = Path(__file__).parents[3]
PAGE = ROOT / RESULTS.page
TEXT = PAGE.read_text(encoding="utf-8")
ENTRIES = json.loads(PAGE.with_suffix(".json").read_text(encoding="utf-8"))


def test_the_tables_on_the_page_are_those_of_the_results() -> None:
    assert RESULTS.with_tables(TEXT, ENTRIES) == TEXT, "run `python -m cluster.results`"


def test_every_check_of_every_overlay_was_made_and_passed() -> None:
    assert {entry["campaign"] for entry in ENTRIES} == set(CHECKS)
    assert {name.split(maxsplit=1)[0] for name in CHECKS} == set(OVERLAYS)
    for entry in ENTRIES:
        made = [one["check"] for one in entry["checks"]]
        assert made == [check.__name__.replace("_", " ") for check in CHECKS[entry["campaign"]]]
        assert [one["problem"] for one in entry["checks"] if one["problem"]] == []


def test_what_was_wrong_is_shown_as_wrong(tmp_path: Path) -> None:
    run = Run("dev", checks=[Seen("fits", "", "Wrong: it does not", 1.0)])
    RESULTS.keep(tmp_path / "results.json", run)
    RESULTS.keep(tmp_path / "results.json", run)

    kept = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))

    assert len(kept) == 1
    assert not run.passed
    assert not Run("dev").passed
    assert "| fits | no |" in tables(kept)


def test_the_commands_before_the_first_apply_are_read_from_the_page() -> None:
    page = (
        "## Before `prod`\n\n    kubectl a \\\n      --b\n    other c\n    kubectl d\n\n## After\n"
    )
    assert preparations(page) == ["kubectl a \\\n      --b", "kubectl d"]
    assert [command.split()[1] for command in preparations(TEXT)] == ["apply", "create", "create"]
