"""What a scrape of 5,000 clusters costs, in sendings of a static file of the same size.

One uvicorn serves both: the metrics application's page, and a bare ASGI application that reads
a file with the same bytes and sends them. Client and server are two processes; a scrape and a file
take turns; between the pairs a new snapshot is taken, in which one in a hundred clusters changed.
Compressed pages are held against a file of the compressed bytes. Only ratios are kept.

    python bench/scrape.py [--clusters N] [--repetitions N]
"""

import argparse
import asyncio
import json
import multiprocessing
import socket
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median
from threading import Thread
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

import msgspec  # noqa: E402 - the path comes first
import uvicorn  # noqa: E402 - the path comes first
from prometheus_client.registry import CollectorRegistry  # noqa: E402

from services.metrics.adapters.page import MetricsPage  # noqa: E402
from services.metrics.domain.exported import Exported, Snapshot  # noqa: E402
from services.metrics.telemetry import ServiceCollector  # noqa: E402
from services.metrics.telemetry.service import ServiceCounts  # noqa: E402
from services.metrics.testing import shown_unit  # noqa: E402
from shared.events.status import Decomposition, Funds, FundsFigure, Investment, Projects  # noqa: E402
from shared.http import create_service_app  # noqa: E402
from shared.testing.statuses import status_of  # noqa: E402

RESULTS = ROOT / "bench" / "results" / "scrape.json"
OPENMETRICS = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"
"""What Prometheus asks for."""
_GOAL = 2.0
_CHANGED = 100
"""One in so many clusters changes between two scrapes."""

Scope = MutableMapping[str, Any]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


def clusters(number: int, version: int) -> tuple[Exported, ...]:
    """Units with every block filled; one in a hundred changes with the version."""
    funds = FundsFigure(900_000_000, 800_000_000, 0.125)
    status = status_of(
        "2026-05",
        months_since_on_track=0,
        decomposition=Decomposition(100, 20, 30, 5),
        investment=Investment("2026-05", 10, 8, 0.25, 200, 50, {"building": 2, "started": 1}),
        funds=(Funds("2026-05", "CNY", funds, funds, {"31": funds, "32": funds}, 2),),
        projects=Projects("2026-05", {"signed": 3, "building": 2}, {"CNY": 1000}, (), 5),
    )
    found = []
    for place in range(number):
        ytd = 2_000_000_000 + place + (version if place % _CHANGED == 0 else 0)
        one = msgspec.structs.replace(status, unit=f"szah-simulated-{place}", ytd=ytd)
        found.append(shown_unit(one, f"模拟集群第{place}号", stalled=1))
    return tuple(found)


def application(page: MetricsPage, registry: CollectorRegistry, folder: Path) -> Any:  # noqa: ANN401 - ASGI
    """The metrics application, and beside it files of the folder sent as barely as can be."""
    app = create_service_app(
        title="bench",
        version="1",
        lifespan=_nothing,
        registry=registry,
        alive=lambda: None,
        ready=_ready,
        reconciliation=dict,
        metrics=page.render,
    )

    async def serve(scope: Scope, receive: Any, send: Send) -> None:  # noqa: ANN401 - ASGI
        if scope["type"] != "http" or not scope["path"].startswith("/file/"):
            await app(scope, receive, send)
            return
        body = (folder / scope["path"].removeprefix("/file/")).read_bytes()
        headers = [(b"content-length", str(len(body)).encode()), (b"content-type", b"text/plain")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return serve


@asynccontextmanager
async def _nothing(_app: object) -> AsyncIterator[None]:
    yield


async def _ready() -> None:
    return None


def serve(listener: socket.socket, folder: Path, number: int, pipe: Connection) -> None:
    """Server process: answers scrapes, and takes a new snapshot whenever it is told to."""
    registry = CollectorRegistry()
    page = MetricsPage(registry)
    registry.register(ServiceCollector(ServiceCounts(), lambda: page.compared_at))
    started = time.perf_counter()
    page.replace(Snapshot(datetime.now(UTC), clusters(number, 0)))
    whole = page.render(OPENMETRICS)
    packed = page.render(OPENMETRICS, "gzip")
    pipe.send(time.perf_counter() - started)
    (folder / "plain").write_bytes(whole.body)
    (folder / "gzip").write_bytes(packed.body)
    config = uvicorn.Config(application(page, registry, folder), log_level="error", lifespan="off")
    server = uvicorn.Server(config)

    def renew() -> None:
        version = 1
        while pipe.recv():
            units = clusters(number, version)
            begun = time.perf_counter()
            page.replace(Snapshot(datetime.now(UTC), units))
            pipe.send(time.perf_counter() - begun)
            version += 1
        server.should_exit = True

    Thread(target=renew, daemon=True).start()
    asyncio.run(server.serve(sockets=[listener]))


def fetch(port: int, path: str, encoding: str) -> tuple[float, int]:
    """Seconds and bytes of one request on a new connection, its body read and thrown away."""
    request = (
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: {OPENMETRICS}\r\n"
        f"Accept-Encoding: {encoding}\r\nConnection: close\r\n\r\n"
    ).encode()
    buffer, read = bytearray(1 << 20), 0
    started = time.perf_counter()
    with closing(socket.create_connection(("127.0.0.1", port), 60)) as connection:
        connection.sendall(request)
        while got := connection.recv_into(buffer):
            read += got
    return time.perf_counter() - started, read


def measure(number: int, repetitions: int) -> dict[str, list[float]]:
    """Seconds of scrapes and files, plain and compressed, taking turns; and of new snapshots."""
    with tempfile.TemporaryDirectory(prefix="clusterwatch-bench-") as name:
        listener = socket.create_server(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        ours, theirs = multiprocessing.Pipe()
        server = multiprocessing.Process(
            target=serve, args=(listener, Path(name), number, theirs), daemon=True
        )
        server.start()
        found: dict[str, list[float]] = {"first": [ours.recv()]}
        try:
            for turn in range(repetitions + 1):
                ours.send(True)  # noqa: FBT003 - go on
                renewed = ours.recv()
                taken = {"snapshot": renewed}
                for encoding in ("identity", "gzip"):
                    file = "gzip" if encoding == "gzip" else "plain"
                    taken[f"scrape {file}"], found_bytes = fetch(port, "/metrics", encoding)
                    taken[f"file {file}"], file_bytes = fetch(port, f"/file/{file}", encoding)
                    if abs(found_bytes - file_bytes) > 0.01 * file_bytes:
                        raise SystemExit(f"page and file differ: {found_bytes} and {file_bytes}")
                    found.setdefault(f"bytes {file}", []).append(file_bytes)
                if turn:  # the first pair warms up
                    for each, seconds in taken.items():
                        found.setdefault(each, []).append(seconds)
        finally:
            ours.send(False)  # noqa: FBT003 - no more
            server.join(30)
            server.terminate()
    return found


def report_of(found: dict[str, list[float]], number: int) -> dict[str, object]:
    """Ratios of the medians."""
    middle = {name: median(values) for name, values in found.items()}
    plain = middle["scrape plain"] / middle["file plain"]
    packed = middle["scrape gzip"] / middle["file gzip"]
    renewed = middle["snapshot"] / middle["file plain"]
    whole = middle["first"] / middle["file plain"]
    goal = f"at most {_GOAL}"
    return {
        "summary": [
            {"figure": "static file of the page's bytes", "value": 1.0, "goal": None},
            {"figure": "scrape, in sendings of that file", "value": round(plain, 2), "goal": goal},
            {
                "figure": "scrape with gzip, in sendings of the compressed file",
                "value": round(packed, 2),
                "goal": goal,
            },
            {
                "figure": "new snapshot, 1 in 100 changed, both formats, off the event path",
                "value": round(renewed, 1),
                "goal": None,
            },
            {"figure": "first rendering", "value": round(whole, 1), "goal": None},
        ],
        "clusters": number,
        "repetitions": len(found["scrape plain"]),
        "megabytes": round(middle["bytes plain"] / 1e6, 1),
        "megabytes_compressed": round(middle["bytes gzip"] / 1e6, 2),
        "pairs": [
            round(ours / file, 2)
            for ours, file in zip(found["scrape plain"], found["file plain"], strict=True)
        ],
        "note": "medians of alternating requests on new connections; the file is read and sent by "
        "a bare ASGI application under the same uvicorn; simulated clusters with all blocks",
    }


def main() -> None:
    """Run, print and write bench/results/scrape.json."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--clusters", type=int, default=5_000)
    parser.add_argument("--repetitions", type=int, default=15)
    arguments = parser.parse_args()
    report = report_of(measure(arguments.clusters, arguments.repetitions), arguments.clusters)
    print(json.dumps(report["summary"], indent=2, ensure_ascii=False))
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
