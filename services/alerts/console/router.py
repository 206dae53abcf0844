"""All pages of the console, and its files."""

from http import HTTPStatus

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from services.alerts.console.alert_pages import alert_pages
from services.alerts.console.intake_pages import intake_pages
from services.alerts.console.ledger_pages import ledger_pages
from services.alerts.console.pages import STATIC, etag
from services.alerts.console.paper_pages import paper_pages
from services.alerts.console.parts import ConsoleParts
from services.alerts.console.silence_pages import silence_pages
from services.alerts.console.subscription_pages import subscription_pages
from shared.http import Problem

_STYLES = {path.name: path.read_bytes() for path in sorted(STATIC.glob("*.css"))}


def console_router(parts: ConsoleParts) -> APIRouter:
    """The console; none of it is part of the API's description."""
    router = APIRouter(include_in_schema=False)

    @router.get("/console")
    def start() -> Response:
        return RedirectResponse("/console/alerts?state=firing", HTTPStatus.SEE_OTHER)

    @router.get("/console/static/{name}")
    def style(request: Request, name: str) -> Response:
        content = _STYLES.get(name)
        if content is None:
            raise Problem(HTTPStatus.NOT_FOUND, f"no file {name}")
        tag = etag(content)
        headers = {"ETag": tag, "Cache-Control": "no-cache"}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
        return Response(content, media_type="text/css", headers=headers)

    groups = (
        alert_pages,
        subscription_pages,
        silence_pages,
        paper_pages,
        ledger_pages,
        intake_pages,
    )
    for pages in groups:
        router.include_router(pages(parts))
    return router
