"""Alerts: the list, one alert with who was told and why, acknowledgement, the link in messages."""

from datetime import datetime, time
from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response

from services.alerts.api.alerts import visible_alert
from services.alerts.api.cursors import read_cursor, write_cursor
from services.alerts.api.life import actor_of, check_alert
from services.alerts.api.reach import Asker
from services.alerts.console.choices import DURATIONS, unit_groups
from services.alerts.console.forms import OpenForm, OwnForm
from services.alerts.console.pages import go
from services.alerts.console.parts import ConsoleParts
from services.alerts.domain.alert import Rule, State
from services.alerts.domain.calendar import BEIJING, today_in_china
from services.alerts.use_cases.acknowledge import NotAcknowledged
from shared.access.readers import Reader

_PAGE = 50
_NEXT_WEEK = 7
Text = Annotated[str, Query(max_length=256)]


def alert_pages(parts: ConsoleParts) -> APIRouter:
    """Routes; plain functions, so FastAPI runs them in its thread pool."""
    router = APIRouter()
    _add_list(router, parts)
    _add_alert(router, parts)
    _add_link(router, parts)
    return router


def _add_list(router: APIRouter, parts: ConsoleParts) -> None:
    @router.get("/console/alerts")
    def show_list(
        request: Request,
        reader: Asker,
        state: Text = "",
        rule: Text = "",
        unit: Text = "",
        next: Text = "",  # noqa: A002 - the name of the query parameter
    ) -> Response:
        chosen = {"state": state, "rule": rule, "unit": unit}
        names = {"state": "state", "rule": "alertname", "unit": "unit"}
        filters = {names[name]: value for name, value in chosen.items() if value}
        after = read_cursor(next or None, tuple[int, str])
        items, more = parts.reads.alerts(filters, after, _PAGE, parts.reach.units(reader))
        cursor = write_cursor(more)
        return parts.pages.show(
            request,
            "alerts.html.j2",
            here="alerts",
            alerts=items,
            chosen=chosen,
            states=parts.pages.words("states", [str(one) for one in State]),
            rules=parts.pages.words("rules", [str(one) for one in Rule]),
            units=unit_groups(parts.reach, reader),
            next_url=f"?{urlencode({**chosen, 'next': cursor})}" if cursor else None,
        )


def _add_alert(router: APIRouter, parts: ConsoleParts) -> None:
    @router.get("/console/alerts/{fingerprint}")
    def show(request: Request, fingerprint: str, reader: Asker) -> Response:
        return _alert_page(parts, request, fingerprint, reader)

    @router.post("/console/alerts/{fingerprint}/acknowledge")
    def take_on(request: Request, fingerprint: str, form: OwnForm, reader: Asker) -> Response:
        with parts.look() as ledger:
            check_alert(ledger, parts.reach, reader, fingerprint)
        problem = _acknowledge(parts, fingerprint, form, actor_of(reader))
        if problem is not None:
            return _alert_page(parts, request, fingerprint, reader, problem)
        return go(f"/console/alerts/{fingerprint}", done="acknowledged")


def _alert_page(
    parts: ConsoleParts,
    request: Request,
    fingerprint: str,
    reader: Reader,
    error: str | None = None,
) -> Response:
    alert = visible_alert(parts.reads, parts.reach, reader, fingerprint)
    return parts.pages.show(
        request,
        "alert.html.j2",
        here="alerts",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK,
        error=error,
        explained=_explained(parts, reader, fingerprint),
        own_matchers="\n".join(f'{name}="{value}"' for name, value in alert["labels"].items()),
        durations=DURATIONS,
        **_facts(parts, alert),
    )


def _facts(parts: ConsoleParts, alert: dict[str, Any] | None) -> dict[str, Any]:
    """What the fields and facts of one alert need."""
    labels = {} if alert is None else alert["labels"]
    today = today_in_china(parts.clock.now())
    return {
        "alert": alert,
        "accountable": parts.reach.directory.accountable_body(
            labels.get("plan", ""), labels.get("unit", "")
        ),
        "today": today.isoformat(),
        "until": today.fromordinal(today.toordinal() + _NEXT_WEEK).isoformat(),
    }


def _explained(
    parts: ConsoleParts, reader: Reader, fingerprint: str
) -> list[tuple[str, list[dict[str, Any]]]]:
    """Owner and decisions of every subscription that the reader may see."""
    with parts.transaction() as ledger:
        found = [one for one in ledger.subscriptions() if parts.reach.subscription(reader, one)]
    answers = [(one.owner, parts.reads.explain(fingerprint, one.id)) for one in found]
    return [(owner, answer["items"]) for owner, answer in answers if answer is not None]


def _acknowledge(
    parts: ConsoleParts, fingerprint: str, form: dict[str, str], actor: str | None
) -> str | None:
    """Why it could not be acknowledged, or null."""
    try:
        day = datetime.fromisoformat(form.get("until", ""))
    except ValueError:
        return "请填写办结期限。"
    if not form.get("by") or not form.get("action"):
        return "请填写认领人和将采取的措施。"
    until = datetime.combine(day.date(), time(23, 59), BEIJING)
    try:
        with parts.transaction() as ledger:
            parts.acknowledge(ledger, fingerprint, form["by"], form["action"], until, actor)
    except NotAcknowledged:
        return "不能认领：告警已经结束，或者期限已过。"
    return None


def _add_link(router: APIRouter, parts: ConsoleParts) -> None:
    """The link is the right: it shows and acknowledges its own alert without signing in."""

    def page(request: Request, code: str, error: str | None = None) -> Response:
        alert = _linked(parts, code)
        refused = HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK
        return parts.pages.show(
            request,
            "link.html.j2",
            status=HTTPStatus.NOT_FOUND if alert is None else refused,
            error=error,
            **_facts(parts, alert),
        )

    @router.get("/console/a/{code}")
    def show(request: Request, code: str) -> Response:
        return page(request, code)

    @router.post("/console/a/{code}")
    def take_on(request: Request, code: str, form: OpenForm) -> Response:
        alert = _linked(parts, code)
        if alert is None:
            return page(request, code)
        actor = f"link: {form.get('by', '')}"
        problem = _acknowledge(parts, alert["fingerprint"], form, actor)
        if problem is not None:
            return page(request, code, problem)
        return go(f"/console/a/{code}", done="acknowledged")


def _linked(parts: ConsoleParts, code: str) -> dict[str, Any] | None:
    """The alert behind a link, while the episode that it was sent for stands."""
    wanted = parts.links.read(code, parts.clock.now())
    alert = None if wanted is None else parts.reads.alert(wanted.fingerprint)
    if wanted is None or alert is None or alert["episode"] != wanted.episode:
        return None
    return alert
