"""Route that shows what a subscription would have got."""

from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from typing import Annotated, Any

from fastapi import APIRouter, Query

from services.alerts.api.models import SubscriptionBody
from services.alerts.api.reach import Asker, Reach
from services.alerts.domain.alert import Transition
from services.alerts.domain.figures import coarse, is_masked_for
from services.alerts.domain.subscription import Decision
from services.alerts.ports import Ledger
from services.alerts.use_cases.preview import MONTHS, ComingPaper, Preview


def preview_router(
    preview: Preview, reading: Callable[[], AbstractContextManager[Ledger]], reach: Reach
) -> APIRouter:
    """Nothing is stored and nothing is sent."""
    router = APIRouter(prefix="/api/v1/subscriptions", tags=["subscriptions"])

    @router.post("/preview", summary="What would this subscription have got?")
    def show(
        body: SubscriptionBody,
        reader: Asker,
        months: Annotated[int, Query(ge=1, le=MONTHS)] = MONTHS,
    ) -> dict[str, Any]:
        wanted = reach.with_papers(body.wanted())
        reach.check_subscription(reader, wanted)
        with reading() as ledger:
            found = preview(ledger, wanted, months)
        counts = Counter(decision.reason for _, decision in found)
        return {
            "told": sum(decision.send for _, decision in found),
            "reasons": dict(sorted(counts.items())),
            "items": preview_items(found, body.role),
            "papers": [coming_view(one) for one in preview.papers(wanted)],
        }

    return router


def coming_view(one: ComingPaper) -> dict[str, Any]:
    """When a paper will be due."""
    return {
        "kind": str(one.order.kind),
        "plan": one.order.plan,
        "unit": one.order.unit,
        "period": one.period.text,
        "due_at": one.due.isoformat(),
        "formats": list(one.order.formats),
    }


def preview_items(found: Iterable[tuple[Transition, Decision]], role: str) -> list[dict[str, Any]]:
    """Transitions with their decision, masked for a role."""
    return [_item(transition, decision, role) for transition, decision in found]


def _item(transition: Transition, decision: Decision, role: str) -> dict[str, Any]:
    hidden = is_masked_for(transition.figures, role)
    return {
        "at": transition.at.isoformat(),
        "alert": transition.fingerprint,
        "labels": transition.labels.as_dict(),
        "name": transition.figures.name,
        "kind": str(transition.kind),
        "colour": coarse(transition.colour) if hidden else str(transition.colour),
        "period": transition.period,
        "told": decision.send,
        "reason": decision.reason,
    }
