"""HTTP surface that every service has: metrics, health, readiness, reconciliation, problems."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import CollectorRegistry
from starlette.exceptions import HTTPException as StarletteHTTPException

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]
Check = Callable[[], str | None]
"""Returns what is wrong, or None."""
AsyncCheck = Callable[[], Awaitable[str | None]]


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
    metrics: Callable[[str], tuple[bytes, str]] | None = None,
) -> FastAPI:
    """FastAPI application with the common routes; services add their own routers.

    `metrics` renders the page for an Accept header; without it the registry is rendered.
    """
    app = FastAPI(title=title, version=version, lifespan=lifespan, docs_url=None, redoc_url=None)
    add_problem_handlers(app)
    render = metrics or _renderer(registry)

    @app.get("/metrics", include_in_schema=False)
    async def show_metrics(request: Request) -> Response:
        body, kind = await asyncio.to_thread(render, request.headers.get("accept", ""))
        return Response(body, media_type=kind)

    @app.get("/healthz", tags=["operations"], summary="Alive: making progress")
    async def show_health() -> JSONResponse:
        return _verdict(alive())

    @app.get("/readyz", tags=["operations"], summary="Ready: Kafka and the store answer")
    async def show_readiness() -> JSONResponse:
        return _verdict(await ready())

    @app.get("/api/v1/reconciliation", tags=["operations"], summary="Where every record is")
    async def show_reconciliation() -> dict[str, Any]:
        return dict(await asyncio.to_thread(reconciliation))

    return app


def _renderer(registry: CollectorRegistry) -> Callable[[str], tuple[bytes, str]]:
    def render(accept: str) -> tuple[bytes, str]:
        encoder, kind = choose_encoder(accept)
        return encoder(registry), kind

    return render


def _verdict(problem: str | None) -> JSONResponse:
    if problem is None:
        return JSONResponse({"status": "ok"})
    return _problem_response(HTTPStatus.SERVICE_UNAVAILABLE, problem)


def _problem_response(status: int, detail: object, **extra: object) -> JSONResponse:
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": int(status)}
    return JSONResponse(
        {**body, "detail": detail, **extra}, status, media_type="application/problem+json"
    )


def add_problem_handlers(app: FastAPI) -> None:
    """Answer every error as a problem document."""

    @app.exception_handler(StarletteHTTPException)
    async def on_http_error(_request: Request, error: StarletteHTTPException) -> JSONResponse:
        extra = error.extra if isinstance(error, Problem) else {}
        answer = _problem_response(error.status_code, error.detail, **extra)
        answer.headers.update(error.headers or {})  # such as Allow with 405
        return answer

    @app.exception_handler(RequestValidationError)
    async def on_invalid_request(_request: Request, error: RequestValidationError) -> JSONResponse:
        fields = [
            {"field": ".".join(str(part) for part in item["loc"]), "problem": item["msg"]}
            for item in error.errors()
        ]
        detail = "; ".join(f"{item['field']}: {item['problem']}" for item in fields)
        return _problem_response(HTTPStatus.UNPROCESSABLE_ENTITY, detail, errors=fields)

    @app.exception_handler(Exception)
    async def on_fault(_request: Request, _error: Exception) -> JSONResponse:
        return _problem_response(
            HTTPStatus.INTERNAL_SERVER_ERROR, "the service failed; its log says why"
        )
