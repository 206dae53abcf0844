"""Alertmanager's API v2: Prometheus posts alerts here, and `amtool` works against it.

Errors are JSON strings, as its clients expect.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Body, Query, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from pydantic import ValidationError

from services.alerts.api.life import actor_of
from services.alerts.api.reach import Asker, Reach, check_sender
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
from services.alerts.domain.alert import Alert
from services.alerts.domain.external import Posted, why_invalid
from services.alerts.domain.figures import coarse, is_masked_for, marked_by
from services.alerts.domain.muting import MuteKind
from services.alerts.domain.silence import BadMatcher, Matcher, Silence, parse_matcher
from services.alerts.use_cases.evaluate import Evaluated
from services.alerts.use_cases.external import ReceiveExternal
from services.alerts.use_cases.silences import (
    BadSilence,
    ManageSilences,
    NoSuchSilence,
    SilenceLedger,
)
from services.alerts.use_cases.standing_alerts import Standing, Wanted, standing_alerts
from shared.access.readers import Reader
from shared.clock import Clock
from shared.confidentiality import ChangedStatuses, Mask

_READER = "reader"
Filters = Annotated[list[str] | None, Query(alias="filter")]

_WORDS = {
    "application/json": {"schema": {"type": "string"}},
    # What never reaches the route, such as a body that is no text.
    "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}},
}
_REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {"description": description, "content": _WORDS}
    for status, description in (
        (HTTPStatus.BAD_REQUEST, "What is wrong, in words."),
        (HTTPStatus.FORBIDDEN, "Beyond the token's scope."),
        (HTTPStatus.NOT_FOUND, "There is no such silence."),
    )
}
"""Alertmanager answers with a JSON string, and so do its routes here."""


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
    reach: Reach
    mask_of: Callable[[ChangedStatuses], Mask]
    version: str = "1"


def alertmanager_router(parts: Compatibility) -> APIRouter:
    """All routes; plain functions, so FastAPI runs them in its thread pool."""
    router = APIRouter(tags=["alertmanager"], responses=_REFUSALS)
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

    _add_posts(router, parts)
    _add_alerts(router, parts)
    _add_silences(router, parts)
    _add_silence(router, parts)
    return router


def _owners(parts: Compatibility, reader: Reader) -> dict[str, str]:
    with parts.look() as ledger:
        return {
            found.id: found.owner
            for found in ledger.subscriptions()
            if parts.reach.subscription(reader, found)
        }


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
    def post_alerts(body: Annotated[list[dict[str, Any]], Body()], reader: Asker) -> Response:
        check_sender(reader)
        return take(*_read(body, parts.clock.now(), RESOLVE_TIMEOUT))

    @router.post("/api/v1/webhook", summary="The same, for configurations made earlier")
    @router.post(
        "/api/v1/webhook/alertmanager", summary="Take the webhook of an Alertmanager (version 4)"
    )
    def post_webhook(body: WebhookBody, reader: Asker) -> Response:
        check_sender(reader)
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
    def standing(wanted: Wanted, receiver: str | None, reader: Reader) -> list[Standing]:
        with parts.look() as ledger:
            found = standing_alerts(ledger, parts.receive.tell, wanted, parts.clock.now())
            mask = parts.mask_of(ledger)
        return [
            replace(one, alert=_marked(one.alert, mask))
            for one in found
            if (receiver is None or receiver in one.receivers)
            and parts.reach.labels(reader, one.alert.labels.as_dict())
        ]

    @router.get("/api/v2/alerts", summary="Firing alerts, ours and others'", response_model=None)
    def alerts(
        reader: Asker,
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
        found = standing(wanted, receiver, reader)
        return [_alert_answer(one, parts) for one in found]

    @router.get("/api/v2/alerts/groups", summary="Every alert is a group", response_model=None)
    def groups(
        reader: Asker,
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
            for one in standing(wanted, receiver, reader)
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


def _marked(alert: Alert, mask: Mask) -> Alert:
    """With the marks of what has to be hidden since it was recorded."""
    place = (alert.labels.unit, alert.labels.indicator, alert.period)
    return replace(alert, figures=marked_by(mask, alert.figures, place))


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
    def silences(reader: Asker, filters: Filters = None) -> list[dict[str, Any]] | Response:
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
            if parts.reach.silence(reader, one)
            and all(
                matcher.matches({item.name: item.value for item in one.matchers})
                for matcher in matchers
            )
        ]

    @router.post("/api/v2/silences", summary="Make or change a silence", response_model=None)
    def put(body: SilencePost, reader: Asker) -> dict[str, str] | Response:
        wanted = body.wanted(parts.clock.now())
        if not parts.reach.silence(reader, wanted):
            return _refusal("it reaches beyond your token's scope", HTTPStatus.FORBIDDEN)
        try:
            with parts.transaction() as ledger:
                if wanted.id and _silence(ledger, parts, reader, wanted.id) is None:
                    return _refusal(f"silence {wanted.id} not found", HTTPStatus.NOT_FOUND)
                made = parts.silences.put(ledger, wanted, actor_of(reader))
        except BadSilence as bad:
            return _refusal(str(bad))
        except NoSuchSilence:
            return _refusal(f"silence {body.id} not found", HTTPStatus.NOT_FOUND)
        return {"silenceID": made.id}


def _add_silence(router: APIRouter, parts: Compatibility) -> None:
    @router.get("/api/v2/silence/{silence_id}", summary="One silence", response_model=None)
    def show(silence_id: str, reader: Asker) -> dict[str, Any] | Response:
        with parts.look() as ledger:
            found = _silence(ledger, parts, reader, silence_id)
        if found is None:
            return _refusal(f"silence {silence_id} not found", HTTPStatus.NOT_FOUND)
        return silence_answer(found, parts.clock.now())

    @router.delete("/api/v2/silence/{silence_id}", summary="End a silence")
    def end(silence_id: str, reader: Asker) -> Response:
        with parts.transaction() as ledger:
            if _silence(ledger, parts, reader, silence_id) is None:
                return _refusal(f"silence {silence_id} not found", HTTPStatus.NOT_FOUND)
            parts.silences.expire(ledger, silence_id, actor_of(reader))
        return JSONResponse({}, HTTPStatus.OK)


def _silence(
    ledger: SilenceLedger, parts: Compatibility, reader: Reader, silence_id: str
) -> Silence | None:
    found = ledger.silence(silence_id)
    return found if found is not None and parts.reach.silence(reader, found) else None


def _matchers(filters: list[str] | None) -> tuple[Matcher, ...]:
    """Raises `BadMatcher`."""
    return tuple(parse_matcher(text) for text in filters or ())


def _refusal(reason: str, status: HTTPStatus = HTTPStatus.BAD_REQUEST) -> JSONResponse:
    return JSONResponse(reason, status)
