"""What comes in: feeds and their lateness, held reports, dead letters, what waits."""

from http import HTTPStatus
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query, Request, Response

from services.alerts.console.feeds import feed_states
from services.alerts.console.forms import OwnForm
from services.alerts.console.pages import go
from services.alerts.console.parts import ConsoleParts
from services.alerts.domain.calendar import today_in_china
from shared.events.reasons import Reason

_PAGE = "/console/intake"
_LETTERS = 50
Text = Annotated[str, Query(max_length=64)]


def intake_pages(parts: ConsoleParts) -> APIRouter:
    """Routes; plain functions, so FastAPI runs them in its thread pool."""
    router = APIRouter()

    @router.get(_PAGE)
    def show(request: Request, reason: Text = "") -> Response:
        return _page(parts, request, reason)

    @router.post(_PAGE + "/held/{held_id}")
    def decide(request: Request, held_id: str, form: OwnForm) -> Response:
        verdict = "reject" if form.get("do") == "reject" else "confirm"
        path = f"/api/v1/held/{quote(held_id, safe='')}/{verdict}"
        body = {
            "who": form.get("who", ""),
            "why": form.get("why", ""),
            "revision": form.get("revision", ""),
        }
        answer = parts.ingest.post(request, path, body)
        if answer.problem is not None:
            return _page(parts, request, "", answer.problem)
        return go(_PAGE, done="decided")

    return router


def _page(parts: ConsoleParts, request: Request, reason: str, error: str | None = None) -> Response:
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
        status=HTTPStatus.CONFLICT if error else HTTPStatus.OK,
        error=error,
        feeds=feeds,
        unit_names={unit: found.name for unit, found in units.items()},
        held=parts.ingest.get(request, "/api/v1/held"),
        letters=parts.ingest.get(request, "/api/v1/dead-letters", **wanted),
        parked=parts.ingest.get(request, "/api/v1/parked"),
        reasons=[(str(one), str(one)) for one in Reason],
        reason=reason,
    )
