"""HTTP surface that every service has: metrics, health, readiness, reconciliation, problems."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import asdict
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import FastAPI, HTTPException, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from prometheus_client.registry import CollectorRegistry
from starlette.exceptions import HTTPException as StarletteHTTPException

from shared.access.control import Access
from shared.openapi import document_problems
from shared.pages import Render, renderer
from shared.problems import problem_response
from shared.storage.audit import AuditLine

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]
Check = Callable[[], str | None]
"""Returns what is wrong, or None."""
AsyncCheck = Callable[[], Awaitable[str | None]]
ReadAudit = Callable[[int | None, int], list[AuditLine]]
"""Lines of the audit log with a smaller id, newest first, and how many at most. Blocks."""


class Problem(HTTPException):
    """An error answered as an RFC 9457 problem document."""

    def __init__(self, status: int, detail: str, **extra: object) -> None:
        super().__init__(status, detail)
        self.extra = extra


def create_service_app(
    *,
    title: str,
    version: str,
    lifespan: Lifespan,
    registry: CollectorRegistry,
    alive: Check,
    ready: AsyncCheck,
    reconciliation: Callable[[], Mapping[str, object]],
    metrics: Render | None = None,
    access: Access | None = None,
    audit: ReadAudit = lambda _before, _limit: [],
) -> FastAPI:
    """FastAPI application with the common routes; services add their own routers.

    `metrics` renders the page of metrics; without it the registry is rendered.
    `access` stands before all routes; only applications of tests go without.
    """
    app = FastAPI(title=title, version=version, lifespan=lifespan, docs_url=None, redoc_url=None)
    add_problem_handlers(app)
    if access is not None:
        access.guard(app)
    render = metrics or renderer(registry)

    @app.get("/metrics", include_in_schema=False)
    async def show_metrics(request: Request) -> Response:
        asked = request.headers.get("accept", ""), request.headers.get("accept-encoding", "")
        page = await asyncio.to_thread(render, *asked)
        return Response(page.body, headers=page.headers)

    @app.get("/healthz", tags=["operations"], summary="Alive: making progress")
    async def show_health() -> JSONResponse:
        return _verdict(alive())

    @app.get("/readyz", tags=["operations"], summary="Ready: Kafka and the store answer")
    async def show_readiness() -> JSONResponse:
        return _verdict(await ready())

    @app.get("/api/v1/reconciliation", tags=["operations"], summary="Where every record is")
    async def show_reconciliation() -> dict[str, Any]:
        return dict(await asyncio.to_thread(reconciliation))

    _add_audit(app, audit)
    document_problems(app)
    return app


def _add_audit(app: FastAPI, audit: ReadAudit) -> None:
    @app.get("/api/v1/audit", tags=["operations"], summary="Who changed what, newest first")
    async def show_audit(
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
        cursor: Annotated[int | None, Query(ge=0, lt=2**63)] = None,
    ) -> dict[str, Any]:
        lines = await asyncio.to_thread(audit, cursor, limit)
        following = lines[-1].id if len(lines) == limit else None
        return {"items": [asdict(line) for line in lines], "next": following}


def _verdict(problem: str | None) -> JSONResponse:
    if problem is None:
        return JSONResponse({"status": "ok"})
    return problem_response(HTTPStatus.SERVICE_UNAVAILABLE, problem)


def add_problem_handlers(app: FastAPI) -> None:
    """Answer every error as a problem document."""

    @app.exception_handler(StarletteHTTPException)
    async def on_http_error(_request: Request, error: StarletteHTTPException) -> JSONResponse:
        extra = error.extra if isinstance(error, Problem) else {}
        answer = problem_response(error.status_code, error.detail, **extra)
        answer.headers.update(error.headers or {})  # such as Allow with 405
        return answer

    @app.exception_handler(RequestValidationError)
    async def on_invalid_request(_request: Request, error: RequestValidationError) -> JSONResponse:
        fields = [
            {"field": ".".join(str(part) for part in item["loc"]), "problem": item["msg"]}
            for item in error.errors()
        ]
        detail = "; ".join(f"{item['field']}: {item['problem']}" for item in fields)
        return problem_response(HTTPStatus.UNPROCESSABLE_ENTITY, detail, errors=fields)

    @app.exception_handler(Exception)
    async def on_fault(_request: Request, _error: Exception) -> JSONResponse:
        return problem_response(
            HTTPStatus.INTERNAL_SERVER_ERROR, "the service failed; its log says why"
        )
