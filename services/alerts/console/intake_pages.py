"""What comes in: feeds and their lateness, held reports, dead letters, what waits."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from services.alerts.console.feeds import feed_states
from services.alerts.console.parts import ConsoleParts
from services.alerts.domain.calendar import today_in_china
from services.alerts.domain.notice_rules import held_reports
from shared.events.reasons import Reason

_LETTERS = 50
Text = Annotated[str, Query(max_length=64)]


def intake_pages(parts: ConsoleParts) -> APIRouter:
    """Routes; plain functions, so FastAPI runs them in its thread pool."""
    router = APIRouter()

    @router.get("/console/intake")
    def show(request: Request, reason: Text = "") -> Response:
        with parts.look() as ledger:
            notices = ledger.notices({unit for unit, _ in ledger.noticed()})
        evaluate = parts.preview.evaluate
        feeds = feed_states(
            notices,
            evaluate.rulebook.defaults.feed_silent,
            today_in_china(parts.clock.now()),
            evaluate.working_days,
        )
        wanted: dict[str, str | int] = {"limit": _LETTERS}
        if reason in set(Reason):
            wanted["reason"] = reason
        units = parts.reach.catalogue.units
        return parts.pages.show(
            request,
            "intake.html.j2",
            here="intake",
            feeds=feeds,
            unit_names={unit: found.name for unit, found in units.items()},
            held=held_reports(notices),
            letters=parts.ingest.get(request, "/api/v1/dead-letters", **wanted),
            parked=parts.ingest.get(request, "/api/v1/parked"),
            reasons=[(str(one), str(one)) for one in Reason],
            reason=reason,
        )

    return router
