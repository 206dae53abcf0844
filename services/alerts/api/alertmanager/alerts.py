"""Alerts by Alertmanager's API: what Prometheus posts, and what stands."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Response
from fastapi.responses import JSONResponse
from pydantic import ValidationError

from services.alerts.api.alertmanager.models import (
    RESOLVE_TIMEOUT,
    WEBHOOK_TIMEOUT,
    PostedAlert,
    WebhookBody,
    timestamp,
)
from services.alerts.api.alertmanager.parts import Compatibility, Filters, matchers_of, refusal
from services.alerts.api.reach import Asker, check_sender
from services.alerts.domain.alert import Alert
from services.alerts.domain.external import Posted, why_invalid
from services.alerts.domain.figures import coarse, is_masked_for, marked_by
from services.alerts.domain.muting import MuteKind
from services.alerts.domain.silence import BadMatcher
from services.alerts.use_cases.standing_alerts import Standing, Wanted, standing_alerts
from shared.access.readers import Reader
from shared.confidentiality import Mask

_READER = "reader"


def add_posts(router: APIRouter, parts: Compatibility) -> None:
    """Routes that take alerts."""

    def take(posted: list[Posted], errors: list[str]) -> Response:
        """Valid ones are stored even when the answer is 400."""
        invalid = [reason for post in posted if (reason := why_invalid(post)) is not None]
        valid = [post for post in posted if why_invalid(post) is None]
        if valid:
            with parts.transaction() as ledger:
                evaluated = parts.receive(ledger, valid)
            parts.done(evaluated)
        if errors or invalid:
            return refusal("; ".join([*errors, *invalid]))
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


@dataclass(frozen=True, slots=True)
class Choice:
    """Which alerts a request asks for."""

    active: bool = True
    silenced: bool = True
    inhibited: bool = True
    filters: Filters = None
    receiver: str | None = None

    def wanted(self) -> Wanted:
        """For the ledger. Raises `BadMatcher`."""
        return Wanted(self.active, self.silenced, self.inhibited, matchers_of(self.filters))


Chosen = Annotated[Choice, Depends()]


def add_alerts(router: APIRouter, parts: Compatibility) -> None:
    """Routes that show alerts."""

    def standing(choice: Choice, reader: Reader) -> list[Standing]:
        wanted, receiver = choice.wanted(), choice.receiver
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
    def alerts(choice: Chosen, reader: Asker) -> list[dict[str, Any]] | Response:
        try:
            return [_alert_answer(one, parts) for one in standing(choice, reader)]
        except BadMatcher as bad:
            return refusal(str(bad))

    @router.get("/api/v2/alerts/groups", summary="Every alert is a group", response_model=None)
    def groups(choice: Chosen, reader: Asker) -> list[dict[str, Any]] | Response:
        try:
            found = standing(choice, reader)
        except BadMatcher as bad:
            return refusal(str(bad))
        return [
            {
                "labels": one.alert.labels.as_dict(),
                "receiver": {"name": name},
                "alerts": [_alert_answer(one, parts)],
            }
            for one in found
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
