"""The ledger: deliveries with their outcome, and the audit logs."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response

from services.alerts.api.cursors import read_cursor, write_cursor
from services.alerts.api.reach import Asker
from services.alerts.console.parts import ConsoleParts
from services.alerts.domain.delivery import DeliveryStatus

_PAGE = 50
_LINES = 100
Text = Annotated[str, Query(max_length=256)]


def ledger_pages(parts: ConsoleParts) -> APIRouter:
    """Routes; plain functions, so FastAPI runs them in its thread pool."""
    router = APIRouter()

    @router.get("/console/deliveries")
    def show_deliveries(
        request: Request,
        reader: Asker,
        status: Text = "",
        subscription: Text = "",
        next: Text = "",  # noqa: A002 - the name of the query parameter
    ) -> Response:
        chosen = {"status": status, "subscription": subscription}
        names = {"status": "status", "subscription": "subscription_id"}
        filters = {names[name]: value for name, value in chosen.items() if value}
        visible = parts.visible_subscriptions(reader)
        items, more = parts.reads.deliveries(
            filters, read_cursor(next or None, int), _PAGE, visible
        )
        owners = {
            one.id: one.owner
            for one in parts.reads.all_subscriptions()
            if visible is None or one.id in visible
        }
        cursor = write_cursor(more)
        return parts.pages.show(
            request,
            "deliveries.html.j2",
            here="deliveries",
            deliveries=items,
            chosen=chosen,
            names=owners,
            owners=sorted(owners.items(), key=lambda pair: pair[1]),
            statuses=parts.pages.words("statuses", [str(one) for one in DeliveryStatus]),
            next_url=f"?{urlencode({**chosen, 'next': cursor})}" if cursor else None,
        )

    @router.get("/console/audit")
    def show_audit(request: Request) -> Response:
        own = [(title, lines, None) for title, lines in parts.audit_logs(_LINES)]
        others = parts.ingest.audit(request, _LINES)
        return parts.pages.show(request, "audit.html.j2", here="audit", logs=[*own, *others])

    return router
