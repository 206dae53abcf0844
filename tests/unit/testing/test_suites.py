import os
import subprocess
import sys
from pathlib import Path

CONFTEST = """
import pathlib
from shared.testing.suites import Suites

def pytest_configure(config):
    config.addinivalue_line("markers", "kafka: needs a broker")
    probes = {"kafka": lambda: "no java"}
    config.pluginmanager.register(Suites(probes, pathlib.Path(__file__).parent))
"""
TESTS = """
import pytest

def test_plain():
    pass

@pytest.mark.kafka
def test_on_a_broker():
    pass
"""


def run_pytest(folder: Path, *arguments: str, ci: bool) -> tuple[int, str]:
    (folder / "unit").mkdir()
    (folder / "conftest.py").write_text(CONFTEST)
    (folder / "unit" / "test_both.py").write_text(TESTS)
    environment = {name: value for name, value in os.environ.items() if name != "CI"}
    if ci:
        environment["CI"] = "true"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-c", os.devnull, "-p", "no:cacheprovider",
         f"--rootdir={folder}", *arguments, str(folder)],
        capture_output=True, text=True, check=False, env=environment,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def test_a_suite_that_cannot_run_is_skipped_with_its_reason_and_counted(tmp_path: Path) -> None:
    code, shown = run_pytest(tmp_path, ci=False)
    assert code == 0
    assert "kafka           0 passed    0 failed    1 skipped  [kafka: no java]" in shown
    assert "unit            1 passed    0 failed    0 skipped" in shown


def test_in_ci_a_suite_that_cannot_run_fails_the_run(tmp_path: Path) -> None:
    code, shown = run_pytest(tmp_path, ci=True)
    assert code != 0
    assert "no suite may be skipped; kafka: no java" in shown


def test_in_ci_a_selection_without_that_suite_runs(tmp_path: Path) -> None:
    code, _ = run_pytest(tmp_path, "-k", "plain", ci=True)
    assert code == 0


def test_two_processes_give_one_count(tmp_path: Path) -> None:
    code, shown = run_pytest(tmp_path, "-n", "2", ci=False)
    assert code == 0
    assert "kafka           0 passed    0 failed    1 skipped  [kafka: no java]" in shown
    assert "unit            1 passed    0 failed    0 skipped" in shown


def test_in_ci_a_suite_that_cannot_run_fails_two_processes_too(tmp_path: Path) -> None:
    code, shown = run_pytest(tmp_path, "-n", "2", ci=True)
    assert code != 0
    assert "no suite may be skipped; kafka: no java" in shown
