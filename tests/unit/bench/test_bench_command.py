"""`clusterwatch bench` runs files of a folder and shows what they wrote."""

from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from clusterwatch.cli import app
from clusterwatch.commands.bench import figures, run_bench

GOOD = """
import json, pathlib, sys
folder = pathlib.Path(__file__).parent / "results"
folder.mkdir(exist_ok=True)
row = {"figure": "words " + " ".join(sys.argv[1:]), "value": 1.25, "goal": "at most 2"}
(folder / "good.json").write_text(json.dumps({"summary": [row]}))
"""
SLOW = """
import signal
signal.pause()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in (("good", GOOD), ("bad", "raise SystemExit(3)"), ("slow", SLOW)):
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
    return tmp_path


def test_the_figures_a_bench_wrote_are_shown_with_their_goals(folder: Path) -> None:
    outcome = run_bench(folder, "good", ["a", "b"], 30)

    console = Console(width=120, record=True)
    console.print(figures([outcome]))
    text = console.export_text()
    assert outcome.problem is None
    for word in ("words a b", "1.25", "at most 2"):
        assert word in text


def test_a_bench_that_fails_is_named_and_old_results_are_not_taken_for_new(folder: Path) -> None:
    (folder / "results").mkdir()
    (folder / "results" / "bad.json").write_text('{"summary": []}', encoding="utf-8")

    outcome = run_bench(folder, "bad", [], 30)

    assert outcome.problem == "ended with exit code 3, see above"
    assert outcome.report is None


def test_a_bench_that_takes_too_long_is_ended(folder: Path) -> None:
    outcome = run_bench(folder, "slow", [], 0.5)

    assert outcome.problem is not None
    assert "--limit" in outcome.problem


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(["marathon"], "there is no bench"), (["--retail", "/nowhere.csv"], "no such file")],
)
def test_wrong_options_are_explained(arguments: list[str], words: str) -> None:
    result = CliRunner().invoke(app, ["bench", *arguments])

    assert result.exit_code == 2
    assert words in result.output
