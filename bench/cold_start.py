"""How long `make run` takes after set-up, in starts of Python with the project's imports.

`clusterwatch run` is started in an empty folder with free ports; timed are the box with the
addresses and the first figure of a cluster on the wall's feed. Between the runs a Python is started
that only imports what a service imports: that is 1.00.

    python bench/cold_start.py [--repetitions N] [--no-demo]
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "bench")]

from results_file import add_results_option, write_results  # noqa: E402 - the path comes first

from clusterwatch.launcher.ports import free_ports  # noqa: E402
from clusterwatch.services import SERVICES  # noqa: E402

_BOX = "clusterwatch is running"
_PATIENCE = 280.0
_STOP_SECONDS = 90
_PAUSE = 0.1
_IMPORTS = "import services.ingest.main, services.metrics.main, services.alerts.main"


def reference() -> float:
    """Seconds of a Python that imports what the services do."""
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", _IMPORTS], cwd=ROOT, check=True)  # noqa: S603
    return time.perf_counter() - started


def first_figure(metrics_url: str) -> bool:
    """Whether a cluster has a figure on the wall's own list."""
    try:
        with urllib.request.urlopen(f"{metrics_url}/api/v1/clusters", timeout=5) as answer:  # noqa: S310
            body = json.load(answer)
    except OSError:
        return False
    return any(item.get("ytd") is not None for item in body["items"])


def run_once(folder: Path, *, demo: bool) -> dict[str, float]:
    """Seconds from the start of the launcher to the box, and to the first figure."""
    ports = dict(zip(SERVICES, free_ports(len(SERVICES)), strict=True))
    environment = {
        **{name: value for name, value in os.environ.items() if "CLUSTERWATCH" not in name},
        **{f"CLUSTERWATCH_{name.upper()}_PORT": str(port) for name, port in ports.items()},
        "CLUSTERWATCH_DATA_DIR": str(folder / "var"),
        "PYTHONUNBUFFERED": "1",
    }
    output = folder / "run.out"
    command = [sys.executable, "-m", "clusterwatch", "run", *([] if demo else ["--no-demo"])]
    found: dict[str, float] = {}
    with output.open("wb") as log:
        started = time.perf_counter()
        process = subprocess.Popen(  # noqa: S603 - the project's own command
            command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT
        )
        try:
            _wait(process, lambda: _BOX in output.read_text(encoding="utf-8"), output)
            found["box"] = time.perf_counter() - started
            if demo:
                url = f"http://127.0.0.1:{ports['metrics']}"
                _wait(process, lambda: first_figure(url), output)
                found["figure"] = time.perf_counter() - started
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(_STOP_SECONDS)
    return found


def _wait(process: "subprocess.Popen[bytes]", ready: Callable[[], bool], output: Path) -> None:
    deadline = time.perf_counter() + _PATIENCE
    while not ready():
        if process.poll() is not None or time.perf_counter() > deadline:
            raise SystemExit(f"it did not start: {output.read_text(encoding='utf-8')[-2000:]}")
        time.sleep(_PAUSE)


def report_of(
    found: list[dict[str, float]], references: list[float], seconds: float
) -> dict[str, object]:
    """Medians in starts of Python."""
    one = median(references)
    rows: list[dict[str, object]] = [
        {"figure": "start of a Python with the services' imports", "value": 1.0, "goal": None}
    ]
    words = {"box": "to the box with the addresses", "figure": "to the first figure on the wall"}
    for name, text in words.items():
        if all(name in each for each in found):
            value = round(median(each[name] for each in found) / one, 1)
            rows.append({"figure": f"make run, {text}", "value": value, "goal": None})
    return {
        "summary": rows,
        "repetitions": len(found),
        "reference_seconds": round(one, 2),
        "note": "into an empty data folder; environment and Kafka's jars are there already",
        "seconds": round(seconds),
    }


def main() -> None:
    """Run, print and write bench/results/cold_start.json."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--no-demo", dest="demo", action="store_false", help="only the box")
    add_results_option(parser)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # leaves through the launcher's end
    begun = time.perf_counter()
    reference()  # fills the caches of the disk
    references, found = [reference()], []
    for _ in range(options.repetitions):
        with tempfile.TemporaryDirectory(prefix="clusterwatch-bench-") as name:
            found.append(run_once(Path(name), demo=options.demo))
        references.append(reference())
        print({name: round(value, 1) for name, value in found[-1].items()}, flush=True)
    report = report_of(found, references, time.perf_counter() - begun)
    write_results("cold_start", report, options.results)


if __name__ == "__main__":
    main()
