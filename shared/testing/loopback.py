"""A small HTTP server on a free port of the loopback interface, for as long as it is wanted."""

import json
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_LOOK_SECONDS = 0.05


class QuietHandler(BaseHTTPRequestHandler):
    """Answers without a word on standard error."""

    def body(self) -> bytes:
        """All that was sent."""
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def answer(
        self, status: int, content: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> None:
        """Send a whole answer, of JSON where the headers do not say otherwise."""
        self.send_response(status)
        kind = {"Content-Type": "application/json"}
        for name, value in {**kind, **(headers or {}), "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Clients that die in the middle are no fault of ours."""


@contextmanager
def serving(
    handler: type[BaseHTTPRequestHandler], context: ssl.SSLContext | None = None
) -> Iterator[str]:
    """Address (`http://127.0.0.1:PORT`) of a server whose requests the handler answers.

    With a context it speaks TLS, and the address begins with `https`.
    """
    server = _Server(("127.0.0.1", 0), handler)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(_LOOK_SECONDS,), daemon=True)
    thread.start()
    try:
        yield f"{'http' if context is None else 'https'}://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def collecting() -> Iterator[tuple[str, list[Any]]]:
    """Address of a webhook that takes everything, and the JSON that was posted to it so far."""
    bodies: list[Any] = []

    class Handler(QuietHandler):
        def do_POST(self) -> None:
            bodies.append(json.loads(self.body()))
            self.answer(200)

    with serving(Handler) as address:
        yield address, bodies
