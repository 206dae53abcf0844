"""Alertmanager's API v2: Prometheus posts alerts here, and `amtool` works against it."""

from typing import Any

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse

from services.alerts.api.alertmanager.alerts import add_alerts, add_posts
from services.alerts.api.alertmanager.models import status_answer
from services.alerts.api.alertmanager.parts import REFUSALS, Compatibility
from services.alerts.api.alertmanager.silences import add_silences
from services.alerts.api.reach import Asker
from shared.access.readers import Reader


def alertmanager_router(parts: Compatibility) -> APIRouter:
    """All routes; plain functions, so FastAPI runs them in its thread pool."""
    router = APIRouter(tags=["alertmanager"], responses=REFUSALS)
    started = parts.clock.now()

    @router.get("/-/healthy", include_in_schema=False)
    def healthy() -> PlainTextResponse:
        return PlainTextResponse("OK")

    @router.get("/-/ready", include_in_schema=False)
    def ready() -> PlainTextResponse:
        return PlainTextResponse("OK")

    @router.get("/api/v2/status", summary="Version and receivers")
    def status(reader: Asker) -> dict[str, Any]:
        return status_answer(started, parts.version, _owners(parts, reader))

    @router.get("/api/v2/receivers", summary="Owners of subscriptions")
    def receivers(reader: Asker) -> list[dict[str, str]]:
        return [{"name": name} for name in sorted(set(_owners(parts, reader).values()))]

    add_posts(router, parts)
    add_alerts(router, parts)
    add_silences(router, parts)
    return router


def _owners(parts: Compatibility, reader: Reader) -> dict[str, str]:
    with parts.look() as ledger:
        return {
            found.id: found.owner
            for found in ledger.subscriptions()
            if parts.reach.subscription(reader, found)
        }
