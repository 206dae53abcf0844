"""Sign-in by token, the same page on every service; cookies of one host reach all of them."""

import asyncio
import base64
import hashlib
from collections.abc import Callable
from datetime import datetime
from html import escape
from http import HTTPStatus
from importlib.resources import files
from string import Template
from typing import Protocol
from urllib.parse import parse_qs

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from shared.access.gate import COOKIE, Readers
from shared.access.store import SESSION_LASTS
from shared.problems import problem_response

_LONGEST_FORM = 4096

_HERE = files(__package__)
_STYLE = _HERE.joinpath("sign_in.css").read_text(encoding="utf-8")
_PAGE = Template(_HERE.joinpath("sign_in.html").read_text(encoding="utf-8"))
_ERROR = '<p class="error" role="alert">令牌无效、已过期或已撤销。</p>'
_CSP = (
    "default-src 'none'; img-src data:; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'; style-src "
    f"'sha256-{base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()}'"
)


class Sessions(Protocol):
    """Opens and ends sessions; calls block."""

    def sign_in(self, text: str, now: datetime) -> str | None:
        """Text of a new session of a token; null for a token that may not be used."""
        ...

    def sign_out(self, session: str) -> None:
        """End a session."""
        ...


def sign_in_router(
    sessions: Sessions, readers: Readers, now: Callable[[], datetime], *, secure: bool
) -> APIRouter:
    """The page, and what its form does."""
    router = APIRouter(include_in_schema=False)

    @router.get("/sign-in")
    async def show(next: str = "/") -> Response:  # noqa: A002 - the name of the query parameter
        return _page(local_place(next))

    @router.post("/sign-in")
    async def sign_in(request: Request) -> Response:
        if is_foreign(request):
            return problem_response(HTTPStatus.FORBIDDEN, "this form came from another site")
        form = await read_form(request, _LONGEST_FORM)
        place = local_place(form.get("next", "/"))
        session = await asyncio.to_thread(sessions.sign_in, form.get("token", "").strip(), now())
        if session is None:
            return _page(place, failed=True)
        answer = RedirectResponse(place, HTTPStatus.SEE_OTHER)
        answer.set_cookie(
            COOKIE,
            session,
            max_age=int(SESSION_LASTS.total_seconds()),
            httponly=True,
            samesite="strict",
            secure=secure,
        )
        return answer

    @router.post("/sign-out")
    async def sign_out(request: Request) -> Response:
        if is_foreign(request):
            return problem_response(HTTPStatus.FORBIDDEN, "this form came from another site")
        session = request.cookies.get(COOKIE, "")
        await asyncio.to_thread(sessions.sign_out, session)
        readers.forget(session)
        answer = RedirectResponse("/sign-in", HTTPStatus.SEE_OTHER)
        answer.delete_cookie(COOKIE, httponly=True, samesite="strict", secure=secure)
        return answer

    return router


def is_foreign(request: Request) -> bool:
    """Whether the browser says that another site made it send this."""
    return request.headers.get("sec-fetch-site", "none") not in {"none", "same-origin"}


async def read_form(request: Request, limit: int) -> dict[str, str]:
    """Fields of a posted form, the last of each name; more than `limit` bytes are no form."""
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > limit:
            return {}
    fields = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True)
    return {name: values[-1] for name, values in fields.items()}


def local_place(place: str) -> str:
    """The place to go to afterwards: a path on this host, else the start."""
    is_path = place.startswith("/") and not place.startswith(("//", "/\\")) and place.isprintable()
    return place if is_path else "/"


def _page(place: str, *, failed: bool = False) -> HTMLResponse:
    body = _PAGE.substitute(style=_STYLE, next=escape(place), error=_ERROR if failed else "")
    status = HTTPStatus.UNAUTHORIZED if failed else HTTPStatus.OK
    headers = {"Content-Security-Policy": _CSP, "Cache-Control": "no-store"}
    return HTMLResponse(body, status, headers)
