"""Runs targets one after the other and says what came of it: ``python -m fuzz.campaign``.

``make fuzz ARGS="output matchers --seconds 60"`` calls it. With ``--record`` the results go to
`fuzz/results/campaign.json` and what was found goes, made small, to the kept corpora.
"""

import argparse
import importlib.util
import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from fuzz.inputs import CORPUS, DICTIONARIES, HOME, kept, packed, unpack, write_inputs
from fuzz.targets import TARGETS, Target

_ROOT = HOME.parent
_WORK = _ROOT / "var" / "fuzz"
RESULTS = HOME / "results" / "campaign.json"
_RSS_LIMIT_MB = 1024
_HANG_SECONDS = 60
"""Of one input; generous, because a machine may be shared."""
_LONGEST_KEPT = 16_384
_KEPT_BYTES = 60_000
"""Of one target's corpus: what a unit test replays in about a second."""
_ADDED = ("executions", "seconds", "findings")
_GREATEST = ("peak_rss_mb", "slowest_input_seconds")
_FIGURE = re.compile(r"^stat::(\w+):\s+(\d+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one target's run came to."""

    target: str
    is_decoder: bool
    executions: int
    seconds: int
    executions_per_second: int
    peak_rss_mb: int
    slowest_input_seconds: int
    findings: int
    """Inputs that broke a claim, hung, or took too much memory; a run ends with the first."""
    finding: str = ""


def run(target: Target, arguments: Sequence[str], work: Path) -> Outcome:
    """Fuzz one target in a process of its own; findings stay in `work`/findings."""
    corpus, findings = work / "corpus", work / "findings"
    findings.mkdir(parents=True, exist_ok=True)
    unpack(kept(target.name), corpus)
    before = set(findings.iterdir())
    started = time.monotonic()
    done = _worker(target, [str(corpus), f"-artifact_prefix={findings}/", *arguments], work)
    text = done.stderr
    figures = {name: int(value) for name, value in _FIGURE.findall(text)}
    new = sorted(path for path in set(findings.iterdir()) - before if _is_finding(path))
    if done.returncode and not new:
        raise RuntimeError(f"{target.name} did not run:\n{text[-2000:]}")
    return Outcome(
        target=target.name,
        is_decoder=target.is_decoder,
        executions=figures.get("number_of_executed_units", 0),
        seconds=round(time.monotonic() - started),
        executions_per_second=figures.get("average_exec_per_sec", 0),
        peak_rss_mb=figures.get("peak_rss_mb", 0),
        slowest_input_seconds=figures.get("slowest_unit_time_sec", 0),
        findings=len(new),
        finding=_trace(text) if new else "",
    )


def _worker(
    target: Target, arguments: Sequence[str], work: Path
) -> subprocess.CompletedProcess[str]:
    dictionary = DICTIONARIES / f"{target.dictionary}.dict"
    command = [
        *(sys.executable, "-m", "fuzz.worker", target.name),
        f"-max_len={target.longest}",
        f"-dict={dictionary}",
        f"-rss_limit_mb={_RSS_LIMIT_MB}",
        f"-timeout={_HANG_SECONDS}",
        "-print_final_stats=1",
        *arguments,
    ]
    log = work / "log"
    with log.open("w", encoding="utf-8", errors="replace") as stream:
        done = subprocess.run(command, cwd=_ROOT, stdout=stream, stderr=stream, check=False)  # noqa: S603 - our own module
    text = log.read_text(encoding="utf-8", errors="replace")
    return subprocess.CompletedProcess(command, done.returncode, "", text)


def _is_finding(path: Path) -> bool:
    """What is only slow (`slow-unit-…`) breaks no claim: hangs are timeouts."""
    return path.name.startswith(("crash-", "timeout-", "oom-", "leak-"))


def _trace(text: str) -> str:
    """From the uncaught exception to the end of its trace."""
    at = text.find("=== Uncaught Python exception: ===")
    return text[at:].split("==", 6)[0] if at < 0 else text[at : at + 3000]


def keep(target: Target, work: Path) -> int:
    """Replace the kept corpus by few inputs that reach all that was reached; how many they are.

    libFuzzer chooses them by coverage (`-set_cover_merge`) from what is kept and what was found;
    of those only what is short enough to be kept as text. Raises `RuntimeError`.
    """
    corpus, small = work / "corpus", work / "small"
    unpack(kept(target.name), corpus)
    shutil.rmtree(small, ignore_errors=True)
    small.mkdir()
    done = _worker(target, ["-set_cover_merge=1", str(small), str(corpus)], work)
    chosen = packed(small)
    if done.returncode or not chosen:
        raise RuntimeError(f"{target.name} was not made small:\n{done.stderr[-2000:]}")
    short: list[bytes] = []
    size = 0
    for data in sorted(chosen, key=len):
        size += len(repr(data))
        if len(data) > _LONGEST_KEPT or size > _KEPT_BYTES:
            break
        short.append(data)
    write_inputs(CORPUS / f"{target.name}.txt", short)
    return len(short)


def record(outcome: Outcome) -> None:
    """Add one run to the committed results: executions and seconds add up, maxima stand."""
    report = json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else {"targets": []}
    rows: dict[str, dict[str, Any]] = {row["target"]: row for row in report["targets"]}
    row = rows.get(outcome.target, {})
    rows[outcome.target] = {
        "target": outcome.target,
        "is_decoder": outcome.is_decoder,
        **{name: row.get(name, 0) + getattr(outcome, name) for name in _ADDED},
        **{name: max(row.get(name, 0), getattr(outcome, name)) for name in _GREATEST},
        "last_day": datetime.now(UTC).date().isoformat(),
    }
    targets = [rows[name] for name in TARGETS if name in rows]
    report = {
        "atheris": version("atheris"),
        "python": sys.version.split()[0],
        "rss_limit_mb": _RSS_LIMIT_MB,
        "hang_seconds": _HANG_SECONDS,
        "executions": sum(one["executions"] for one in targets),
        "executions_of_decoders": sum(one["executions"] for one in targets if one["is_decoder"]),
        "targets": targets,
    }
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", help=f"{', '.join(TARGETS)}; none: all")
    parser.add_argument("--seconds", type=int, default=30, help="for each target; 0: no limit")
    parser.add_argument("--runs", type=int, default=0, help="for each target; 0: no limit")
    parser.add_argument("--seed", type=int, default=1, help="of libFuzzer's random choices")
    parser.add_argument("--record", action="store_true", help="write results and corpora")
    parser.add_argument("--minimise", action="store_true", help="run nothing; make corpora small")
    found = parser.parse_args()
    unknown = [name for name in found.targets if name not in TARGETS]
    if unknown:
        parser.error(f"there is no target {unknown[0]!r}; there are: {', '.join(TARGETS)}")
    return found


def main() -> int:
    """Run what was asked for; 1 when something was found."""
    wanted = _arguments()
    if importlib.util.find_spec("atheris") is None:
        print(
            "Nothing was fuzzed: atheris is not installed here. It has wheels for Linux on x86-64 "
            "(make fuzz installs it); `make test` replays the kept inputs without it.",
            file=sys.stderr,
        )
        return 2
    if wanted.minimise:
        for name in wanted.targets or TARGETS:
            print(f"{name:<14}{keep(TARGETS[name], _WORK / name):>5} inputs kept", flush=True)
        return 0
    limits = [f"-runs={wanted.runs or -1}", f"-max_total_time={wanted.seconds}"]
    outcomes = []
    for name in wanted.targets or TARGETS:
        target, work = TARGETS[name], _WORK / name
        outcome = run(target, [*limits, f"-seed={wanted.seed}"], work)
        outcomes.append(outcome)
        print(
            f"{name:<14}{outcome.executions:>12,} executions {outcome.seconds:>6} s "
            f"{outcome.executions_per_second:>7,}/s {outcome.peak_rss_mb:>5} MB "
            f"{outcome.findings} found",
            flush=True,
        )
        if outcome.finding:
            print(f"{outcome.finding}\nThe input: {work / 'findings'}", flush=True)
        if wanted.record:
            keep(target, work)
            record(outcome)
    return int(any(outcome.findings for outcome in outcomes))


if __name__ == "__main__":
    sys.exit(main())
