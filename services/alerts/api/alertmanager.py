"""Alertmanager's API v2: Prometheus posts alerts here, and `amtool` works against it.

Errors are JSON strings, as its clients expect.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Body, Query, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from pydantic import ValidationError

from services.alerts.api.v2_models import (
    RESOLVE_TIMEOUT,
    WEBHOOK_TIMEOUT,
    PostedAlert,
    SilencePost,
    WebhookBody,
    silence_answer,
    status_answer,
    timestamp,
)
from services.alerts.domain.external import Posted, why_invalid
from services.alerts.domain.figures import coarse, is_masked_for
from services.alerts.domain.muting import MuteKind
from services.alerts.domain.silence import BadMatcher, Matcher, parse_matcher
from services.alerts.use_cases.evaluate import Evaluated
from services.alerts.use_cases.external import ReceiveExternal
from services.alerts.use_cases.silences import (
    BadSilence,
    ManageSilences,
    NoSuchSilence,
    SilenceLedger,
)
from services.alerts.use_cases.standing_alerts import Standing, Wanted, standing_alerts
from shared.clock import Clock

_READER = "reader"
Filters = Annotated[list[str] | None, Query(alias="filter")]


@dataclass(frozen=True, slots=True)
class Compatibility:
    """What the routes need."""

    transaction: Callable[[], AbstractContextManager[SilenceLedger]]
    look: Callable[[], AbstractContextManager[SilenceLedger]]
    """A transaction that only reads, so that readers hold up nobody."""
    receive: ReceiveExternal
    silences: ManageSilences
    clock: Clock
    done: Callable[[Evaluated], None]
    public_url: str
    version: str = "1"


def alertmanager_router(parts: Compatibility) -> APIRouter:
    """All routes; plain functions, so FastAPI runs them in its thread pool."""
    router = APIRouter(tags=["alertmanager"])
    started = parts.clock.now()

    @router.get("/-/healthy", include_in_schema=False)
    def healthy() -> PlainTextResponse:
        return PlainTextResponse("OK")

    @router.get("/-/ready", include_in_schema=False)
    def ready() -> PlainTextResponse:
        return PlainTextResponse("OK")

    @router.get("/api/v2/status", summary="Version and receivers")
    def status() -> dict[str, Any]:
        return status_answer(started, parts.version, _owners(parts))

    @router.get("/api/v2/receivers", summary="Owners of subscriptions")
    def receivers() -> list[dict[str, str]]:
        return [{"name": name} for name in sorted(set(_owners(parts).values()))]

    _add_posts(router, parts)
    _add_alerts(router, parts)
    _add_silences(router, parts)
    _add_silence(router, parts)
    return router


def _owners(parts: Compatibility) -> dict[str, str]:
    with parts.look() as ledger:
        return {found.id: found.owner for found in ledger.subscriptions()}


def _add_posts(router: APIRouter, parts: Compatibility) -> None:
    def take(posted: list[Posted], errors: list[str]) -> Response:
        """Valid ones are stored even when the answer is 400."""
        invalid = [reason for post in posted if (reason := why_invalid(post)) is not None]
        valid = [post for post in posted if why_invalid(post) is None]
        if valid:
            with parts.transaction() as ledger:
                evaluated = parts.receive(ledger, valid)
            parts.done(evaluated)
        if errors or invalid:
            return _refusal("; ".join([*errors, *invalid]))
        return JSONResponse({}, HTTPStatus.OK)

    @router.post("/api/v2/alerts", summary="Take alerts of Prometheus and others")
    def post_alerts(body: Annotated[list[dict[str, Any]], Body()]) -> Response:
        return take(*_read(body, parts.clock.now(), RESOLVE_TIMEOUT))

    @router.post("/api/v1/webhook", summary="Take the webhook of an Alertmanager (version 4)")
    def post_webhook(body: WebhookBody) -> Response:
        now = parts.clock.now()
        return take([alert.posted(now, WEBHOOK_TIMEOUT) for alert in body.alerts], [])


def _read(
    body: list[dict[str, Any]], now: datetime, timeout: timedelta
) -> tuple[list[Posted], list[str]]:
    posted, errors = [], []
    for number, item in enumerate(body):
        try:
            posted.append(PostedAlert.model_validate(item).posted(now, timeout))
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"])
            errors.append(f"alert {number}: {place}: {first['msg']}")
    return posted, errors


def _add_alerts(router: APIRouter, parts: Compatibility) -> None:
    def standing(wanted: Wanted, receiver: str | None) -> list[Standing]:
        with parts.look() as ledger:
            found = standing_alerts(ledger, parts.receive.tell, wanted, parts.clock.now())
        return [one for one in found if receiver is None or receiver in one.receivers]

    @router.get("/api/v2/alerts", summary="Firing alerts, ours and others'", response_model=None)
    def alerts(
        *,
        active: bool = True,
        silenced: bool = True,
        inhibited: bool = True,
        filters: Filters = None,
        receiver: str | None = None,
    ) -> list[dict[str, Any]] | Response:
        try:
            wanted = Wanted(active, silenced, inhibited, _matchers(filters))
        except BadMatcher as bad:
            return _refusal(str(bad))
        found = standing(wanted, receiver)
        return [_alert_answer(one, parts) for one in found]

    @router.get("/api/v2/alerts/groups", summary="Every alert is a group", response_model=None)
    def groups(
        *,
        active: bool = True,
        silenced: bool = True,
        inhibited: bool = True,
        filters: Filters = None,
        receiver: str | None = None,
    ) -> list[dict[str, Any]] | Response:
        try:
            wanted = Wanted(active, silenced, inhibited, _matchers(filters))
        except BadMatcher as bad:
            return _refusal(str(bad))
        return [
            {
                "labels": one.alert.labels.as_dict(),
                "receiver": {"name": name},
                "alerts": [_alert_answer(one, parts)],
            }
            for one in standing(wanted, receiver)
            for name in one.receivers or ("",)
        ]


def _alert_answer(standing: Standing, parts: Compatibility) -> dict[str, Any]:
    alert, now = standing.alert, parts.clock.now()
    own = f"{parts.public_url}/api/v1/alerts/{alert.fingerprint}"
    external = alert.external
    return {
        "labels": alert.labels.as_dict(),
        "annotations": dict(external.annotations) if external else _annotations(standing),
        "startsAt": timestamp(alert.starts_at),
        "endsAt": timestamp(external.ends_at if external else now + RESOLVE_TIMEOUT),
        "updatedAt": timestamp(alert.updated_at),
        "generatorURL": (external.generator_url if external else "") or own,
        "fingerprint": alert.fingerprint,
        "receivers": [{"name": name} for name in standing.receivers],
        "status": {
            "state": "suppressed" if standing.mutes else "active",
            "silencedBy": standing.muted_by(MuteKind.SILENCED),
            "inhibitedBy": standing.muted_by(MuteKind.INHIBITED),
            "mutedBy": [],
        },
    }


def _annotations(standing: Standing) -> dict[str, str]:
    """Colour and period; of confidential figures only on or off track."""
    alert = standing.alert
    hidden = is_masked_for(alert.figures, _READER)
    pairs = {
        "summary": alert.figures.name,
        "colour": coarse(alert.colour) if hidden else str(alert.colour),
        "period": alert.period or "",
        "since": alert.since or "",
    }
    return {name: value for name, value in pairs.items() if value}


def _add_silences(router: APIRouter, parts: Compatibility) -> None:
    @router.get("/api/v2/silences", summary="Silences", response_model=None)
    def silences(filters: Filters = None) -> list[dict[str, Any]] | Response:
        try:
            matchers = _matchers(filters)
        except BadMatcher as bad:
            return _refusal(str(bad))
        with parts.look() as ledger:
            found = ledger.all_silences()
        now = parts.clock.now()
        # A filter is on the labels that a silence names, as Alertmanager has it.
        return [
            silence_answer(one, now)
            for one in found
            if all(
                matcher.matches({item.name: item.value for item in one.matchers})
                for matcher in matchers
            )
        ]

    @router.post("/api/v2/silences", summary="Make or change a silence", response_model=None)
    def put(body: SilencePost) -> dict[str, str] | Response:
        try:
            with parts.transaction() as ledger:
                made = parts.silences.put(ledger, body.wanted(parts.clock.now()))
        except BadSilence as bad:
            return _refusal(str(bad))
        except NoSuchSilence:
            return _refusal(f"silence {body.id} not found", HTTPStatus.NOT_FOUND)
        return {"silenceID": made.id}


def _add_silence(router: APIRouter, parts: Compatibility) -> None:
    @router.get("/api/v2/silence/{silence_id}", summary="One silence", response_model=None)
    def show(silence_id: str) -> dict[str, Any] | Response:
        with parts.look() as ledger:
            found = ledger.silence(silence_id)
        if found is None:
            return _refusal(f"silence {silence_id} not found", HTTPStatus.NOT_FOUND)
        return silence_answer(found, parts.clock.now())

    @router.delete("/api/v2/silence/{silence_id}", summary="End a silence")
    def end(silence_id: str) -> Response:
        try:
            with parts.transaction() as ledger:
                parts.silences.expire(ledger, silence_id)
        except NoSuchSilence:
            return _refusal(f"silence {silence_id} not found", HTTPStatus.NOT_FOUND)
        return JSONResponse({}, HTTPStatus.OK)


def _matchers(filters: list[str] | None) -> tuple[Matcher, ...]:
    """Raises `BadMatcher`."""
    return tuple(parse_matcher(text) for text in filters or ())


def _refusal(reason: str, status: HTTPStatus = HTTPStatus.BAD_REQUEST) -> JSONResponse:
    return JSONResponse(reason, status)
