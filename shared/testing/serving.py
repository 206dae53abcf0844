"""A real HTTP server for an application, for browsers and other clients of sockets."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

from shared.testing.waiting import wait_until

_GRACEFUL_SECONDS = 1  # event streams never end by themselves


@contextmanager
def served(app: FastAPI, port: int = 0) -> Iterator[str]:
    """Serve on this machine, on a free port unless one is given; yields the address."""
    config = uvicorn.Config(
        app,
        host="127.0.0.1",
        port=port,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=_GRACEFUL_SECONDS,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        wait_until(lambda: server.started, seconds=30, what="the server listens")
        bound = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{bound}"
    finally:
        server.should_exit = True
        thread.join(10)
