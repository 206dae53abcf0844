"""The gate before every route: who asks, and may they; handlers find the reader in the request.

Plain ASGI, so nothing of a body is read before it is known who sends it, and streams stay streams.
"""

import asyncio
import math
import re
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import quote

import structlog
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import compile_path
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.access.limits import Limits, address_of, bounded, declared_length
from shared.access.readers import LOCAL, NOBODY, Reader
from shared.access.table import Need, need_of
from shared.access.tokens import csrf_of, digest, is_session
from shared.problems import problem_response

COOKIE = "clusterwatch_session"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_OWN_FORMS = ("/console", "/sign-out")
"""Pages whose handlers check the form's own proof that it came from us."""
_REMEMBERED_SECONDS = 5.0
"""So long may a revoked token go on."""
_REMEMBERED = 10_000
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    # Pages bring their own; what is no page loads and frames nothing.
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'",
    # Whatever has no rule of its own may be private.
    "Cache-Control": "no-store",
}
_TLS_ONLY = "max-age=31536000"
"""A year, once a browser has seen us over TLS (HSTS)."""

FindReader = Callable[[str], Reader | None]
"""Whose token or session a text is; null when it is none. Blocks."""

_log = structlog.get_logger(__name__)


def reader_of(request: Request) -> Reader:
    """Whoever makes the request; a FastAPI dependency."""
    reader: Reader = getattr(request.state, "reader", LOCAL)
    return reader


@dataclass(slots=True)
class Readers:
    """Remembers for a few seconds whose token it was, so that not every request asks the store."""

    find: FindReader
    clock: Callable[[], float] = time.monotonic
    _known: dict[str, tuple[float, Reader | None]] = field(default_factory=dict)

    async def of(self, text: str) -> Reader | None:
        """Whose token or session this is; null when it is none."""
        key, now = digest(text), self.clock()
        known = self._known.get(key)
        if known is not None and now - known[0] < _REMEMBERED_SECONDS:
            return known[1]
        reader = await asyncio.to_thread(self.find, text)
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        self._known[key] = (now, reader)
        return reader

    def knows(self, text: str) -> bool:
        """Whether a text was somebody's a few seconds ago."""
        known = self._known.get(digest(text))
        fresh = known is not None and self.clock() - known[0] < _REMEMBERED_SECONDS
        return fresh and known is not None and known[1] is not None

    def forget(self, text: str) -> None:
        """Ask the store anew."""
        self._known.pop(digest(text), None)


class Gate:
    """ASGI middleware; without `readers` access control is off and everybody is `LOCAL`."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        routes: FastAPI,
        service: str,
        readers: Readers | None,
        limits: Limits | None = None,
    ) -> None:
        self._app = app
        self._routes = routes
        self._service = service
        self._readers = readers
        self._limits = limits
        self._compiled: list[tuple[re.Pattern[str], frozenset[str], str]] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through, or answer it here."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        sender = _with_headers(send, is_tls=scope.get("scheme") == "https")
        refusal = self._over_limit(request)
        if refusal is not None:
            await refusal(scope, receive, sender)
            return
        answer = await self._answer(request)
        if self._limits is not None:
            receive = bounded(receive, self._limits)
            if self._readers is not None:
                sender = self._counting_failures(request, sender)
        await (self._app if answer is None else answer)(scope, receive, sender)

    def _over_limit(self, request: Request) -> Response | None:
        """A refusal of what is too large or too often, before anything else is done for it."""
        limits = self._limits
        if limits is None:
            return None
        length = declared_length(request.scope)
        if length is not None and length > limits.body_bytes:
            return problem_response(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                f"at most {limits.body_bytes} bytes: send it in parts",
            )
        if self._readers is None:
            return None
        text, address = credentials(request), address_of(request.scope)
        is_known = bool(text) and self._readers.knows(text)
        seconds = limits.requests.take(digest(text) if is_known else address)
        if not is_known and _tries(request, text):
            seconds = max(seconds, limits.failures.wait(address))
        if not seconds:
            return None
        answer = problem_response(HTTPStatus.TOO_MANY_REQUESTS, "too many requests: wait")
        answer.headers["Retry-After"] = str(math.ceil(seconds))
        return answer

    def _counting_failures(self, request: Request, send: Send) -> Send:
        """Remember where tokens come from that are none."""
        limits = self._limits
        if limits is None or not _tries(request, credentials(request)):
            return send

        async def sender(message: Message) -> None:
            if message.get("status") == HTTPStatus.UNAUTHORIZED:
                limits.failures.take(address_of(request.scope))
            await send(message)

        return sender

    async def _answer(self, request: Request) -> Response | None:
        """A refusal, or null; the reader is then in the request's state."""
        if self._readers is None:
            request.state.reader = LOCAL
            return None
        need = self._need(request)
        text = credentials(request)
        try:
            reader = await self._readers.of(text) if text else None
        except Exception as error:  # noqa: BLE001 - whatever fails, nobody is let in
            _log.warning("access_store_failed", error=type(error).__name__)
            return problem_response(
                HTTPStatus.SERVICE_UNAVAILABLE, "access control's store does not answer"
            )
        request.state.reader = reader or NOBODY
        if need is None or need is Need.PUBLIC:
            return None
        if reader is None:
            return _unknown(request)
        return self._why_not(request, need, reader, text)

    def _why_not(self, request: Request, need: Need, reader: Reader, text: str) -> Response | None:
        if not need.allows(reader.role):
            return problem_response(
                HTTPStatus.FORBIDDEN, f"a token with the role {reader.role} may not do this"
            )
        if is_session(text) and _is_unproven(request, text):
            return problem_response(
                HTTPStatus.FORBIDDEN, "a browser's session changes nothing here: use a token"
            )
        return None

    def _need(self, request: Request) -> Need | None:
        """Who may use the route that the request is for; null when there is no such route."""
        path, method = request.url.path, request.method
        verb = "GET" if method == "HEAD" else method
        if self._compiled is None:
            self._compiled = compiled_routes(self._routes)
        for pattern, methods, template in self._compiled:
            if verb in methods and pattern.match(path):
                return need_of(self._service, verb, template)
        return None


def compiled_routes(app: FastAPI) -> list[tuple[re.Pattern[str], frozenset[str], str]]:
    """Pattern, methods and path of every route, in the order in which they are tried."""
    found = []
    for context in iter_route_contexts(app.routes):
        path = context.path or ""
        if context.methods is None:  # a mounted application: files
            path += "/{path:path}"
        methods = frozenset(context.methods or {"GET"})
        found.append((compile_path(path)[0], methods, path))
    return found


def credentials(request: Request) -> str:
    """Bearer token of the header, else the browser's session; empty without."""
    scheme, _, text = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return text.strip()
    session = request.cookies.get(COOKIE, "")
    return session if is_session(session) else ""  # a token is never taken from a cookie


def _tries(request: Request, text: str) -> bool:
    """Whether a request brings something to let it in."""
    return bool(text) or (request.method == "POST" and request.url.path == "/sign-in")


def _is_unproven(request: Request, session: str) -> bool:
    """Whether another site may have made the browser send this."""
    if request.method in _SAFE or request.url.path.startswith(_OWN_FORMS):
        return False
    given = request.headers.get("x-csrf-token", "")
    return not secrets.compare_digest(given.encode(), csrf_of(session).encode())


def _unknown(request: Request) -> Response:
    """People are asked to sign in, programs get a problem document."""
    wants_page = "text/html" in request.headers.get("accept", "")
    if not wants_page or request.method not in _SAFE:
        answer = problem_response(
            HTTPStatus.UNAUTHORIZED, "this needs a token: Authorization: Bearer …"
        )
        answer.headers["WWW-Authenticate"] = "Bearer"
        return answer
    place = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    if request.headers.get("sec-fetch-site") == "cross-site":
        # A link from elsewhere comes without the strict cookie; the second try has it.
        return HTMLResponse(
            f'<!doctype html><meta http-equiv="refresh" content="0;url={_safe(place)}">'
        )
    return RedirectResponse(f"/sign-in?next={quote(place, safe='')}", HTTPStatus.SEE_OTHER)


def _safe(place: str) -> str:
    """A path for an attribute's URL."""
    return "/" + quote(place.lstrip("/\\"), safe="/?&=%+-._~:,")


def _with_headers(send: Send, *, is_tls: bool) -> Send:
    async def sender(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
            if is_tls:
                headers.setdefault("Strict-Transport-Security", _TLS_ONLY)
        await send(message)

    return sender
