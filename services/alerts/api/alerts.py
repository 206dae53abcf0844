"""Routes that read alerts, deliveries and explanations."""

from collections.abc import Callable, Collection
from http import HTTPStatus
from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Query

from services.alerts.api.cursors import read_cursor, write_cursor
from services.alerts.api.reach import Asker, Reach
from shared.access.readers import Reader
from shared.http import Problem

Limit = Annotated[int, Query(ge=1, le=500)]
Text = Annotated[str | None, Query(max_length=256)]


SubscriptionsOf = Callable[[Reader], Collection[str] | None]
"""Ids of the subscriptions that a reader may see, ended ones too; null for all. Blocks."""


class Reads(Protocol):
    """Read side of the store; calls block."""

    def alerts(
        self,
        filters: dict[str, str],
        after: tuple[int, str] | None,
        limit: int,
        units: Collection[tuple[str, str]] | None = None,
    ) -> tuple[list[dict[str, Any]], tuple[int, str] | None]:
        """A page of alerts, of these units only."""
        ...

    def alert(self, fingerprint: str) -> dict[str, Any] | None:
        """One alert with its transitions."""
        ...

    def deliveries(
        self,
        filters: dict[str, str],
        before: int | None,
        limit: int,
        subscriptions: Collection[str] | None = None,
    ) -> tuple[list[dict[str, Any]], int | None]:
        """A page of deliveries, to these subscriptions only."""
        ...

    def explain(self, fingerprint: str, subscription_id: str) -> dict[str, Any] | None:
        """Decisions of one subscription on one alert."""
        ...


def _given(**filters: str | None) -> dict[str, str]:
    return {name: value for name, value in filters.items() if value is not None}


def alerts_router(reads: Reads, reach: Reach, subscriptions: SubscriptionsOf) -> APIRouter:
    """Routes over the ledger; plain functions, so FastAPI runs them in its thread pool."""
    router = APIRouter(prefix="/api/v1", tags=["alerts"])
    _add_alerts(router, reads, reach)
    _add_ledger(router, reads, reach, subscriptions)
    return router


def visible_alert(reads: Reads, reach: Reach, reader: Reader, fingerprint: str) -> dict[str, Any]:
    """An alert with its transitions; a problem (404) where there is none that may be seen."""
    found = reads.alert(fingerprint)
    if found is None or not reach.labels(reader, found["labels"]):
        raise Problem(HTTPStatus.NOT_FOUND, f"no alert {fingerprint}")
    return found


def _add_alerts(router: APIRouter, reads: Reads, reach: Reach) -> None:
    @router.get("/alerts", summary="Alerts, newest change first")
    def list_alerts(
        reader: Asker,
        plan: Text = None,
        region: Text = None,
        unit: Text = None,
        rule: Text = None,
        state: Text = None,
        next: Text = None,  # noqa: A002 - the name of the query parameter
        limit: Limit = 100,
    ) -> dict[str, Any]:
        filters = _given(plan=plan, region=region, unit=unit, alertname=rule, state=state)
        items, more = reads.alerts(
            filters, read_cursor(next, tuple[int, str]), limit, reach.units(reader)
        )
        return {"items": items, "next": write_cursor(more)}

    @router.get("/alerts/{fingerprint}", summary="One alert with its transitions")
    def show_alert(fingerprint: str, reader: Asker) -> dict[str, Any]:
        return visible_alert(reads, reach, reader, fingerprint)


def _add_ledger(
    router: APIRouter, reads: Reads, reach: Reach, subscriptions: SubscriptionsOf
) -> None:
    @router.get("/deliveries", summary="Deliveries, newest first")
    def list_deliveries(
        reader: Asker,
        alert: Text = None,
        subscription: Text = None,
        status: Text = None,
        next: Text = None,  # noqa: A002 - the name of the query parameter
        limit: Limit = 100,
    ) -> dict[str, Any]:
        filters = _given(fingerprint=alert, subscription_id=subscription, status=status)
        items, more = reads.deliveries(
            filters, read_cursor(next, int), limit, subscriptions(reader)
        )
        return {"items": items, "next": write_cursor(more)}

    @router.get("/explain", summary="Why did (or didn't) this subscription get this alert?")
    def explain(alert: str, subscription: str, reader: Asker) -> dict[str, Any]:
        visible = subscriptions(reader)
        found = None
        if visible is None or subscription in visible:
            visible_alert(reads, reach, reader, alert)
            found = reads.explain(alert, subscription)
        if found is None:
            raise Problem(HTTPStatus.NOT_FOUND, "no such alert or subscription")
        return found
