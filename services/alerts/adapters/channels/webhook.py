"""Generic webhook with Alertmanager's version 4 body."""

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

import httpx

from services.alerts.adapters.channels.targets import TargetRefused, check_url
from services.alerts.domain.delivery import SendOutcome, SendResult
from services.alerts.ports import Message

_TIMEOUT = httpx.Timeout(15.0, connect=5.0)
_NEVER_ENDED = "0001-01-01T00:00:00Z"
"""Go's zero time: what Alertmanager writes while an alert fires."""
_DETAIL_LENGTH = 200
_CONTENT_STATUSES = {
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    HTTPStatus.UNPROCESSABLE_ENTITY,
}


class WebhookChannel:
    """`Channel` that posts to a URL; redirects are not followed."""

    def __init__(self, client: httpx.AsyncClient, *, allow_private: bool) -> None:
        self._client = client
        self._allow_private = allow_private

    async def send(self, target: str, message: Message) -> SendResult:
        """Post once; the address is checked again because names may point elsewhere by now."""
        try:
            await asyncio.to_thread(check_url, target, allow_private=self._allow_private)
        except TargetRefused as refused:
            return SendResult(SendOutcome.PERMANENT_CONFIG, str(refused))
        except OSError as error:
            return SendResult(SendOutcome.TRANSIENT, f"host not found: {error}")
        return await self._post(target, message)

    async def _post(self, target: str, message: Message) -> SendResult:
        headers = {"X-Clusterwatch-Delivery": message.id}
        if "possible_repeat" in message.annotations:
            headers["X-Clusterwatch-Possible-Repeat"] = "true"
        try:
            response = await self._client.post(target, json=webhook_body(message), headers=headers)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            return SendResult(SendOutcome.TRANSIENT, f"not reached: {error!r}")
        except httpx.HTTPError as error:
            return SendResult(SendOutcome.TRANSIENT, f"no answer: {error!r}", maybe_delivered=True)
        except httpx.InvalidURL as error:
            return SendResult(SendOutcome.PERMANENT_CONFIG, str(error))
        return outcome_of(response, datetime.now(UTC))


def new_client() -> httpx.AsyncClient:
    """HTTP client for webhooks: no redirects, no proxies or credentials from the environment."""
    return httpx.AsyncClient(timeout=_TIMEOUT, follow_redirects=False, trust_env=False)


def outcome_of(response: httpx.Response, now: datetime) -> SendResult:
    """Outcome by HTTP status; whatever is not 2xx is no success."""
    status = response.status_code
    detail = f"HTTP {status} {response.text[:_DETAIL_LENGTH]}".strip()
    if response.is_success:
        return SendResult(SendOutcome.OK, detail)
    if status in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}:
        pause = _retry_after(response.headers.get("Retry-After"), now)
        if pause is not None or status == HTTPStatus.TOO_MANY_REQUESTS:
            return SendResult(SendOutcome.THROTTLED, detail, pause)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.REQUEST_TIMEOUT:
        return SendResult(SendOutcome.TRANSIENT, detail)
    if status in _CONTENT_STATUSES:
        return SendResult(SendOutcome.PERMANENT_CONTENT, detail)
    return SendResult(SendOutcome.PERMANENT_CONFIG, detail)


def _retry_after(value: str | None, now: datetime) -> timedelta | None:
    """Seconds or an HTTP date; null when absent or unreadable."""
    if value is None:
        return None
    if value.strip().isdigit():
        return timedelta(seconds=min(int(value), 86_400))
    try:
        return max(parsedate_to_datetime(value) - now, timedelta())
    except (ValueError, TypeError):
        return None


def webhook_body(message: Message) -> dict[str, Any]:
    """Alertmanager's webhook body, version 4, with one alert."""
    labels, annotations = dict(message.labels), dict(message.annotations)
    return {
        "version": "4",
        "groupKey": message.group_key,
        "truncatedAlerts": 0,
        "status": message.status,
        "receiver": message.receiver,
        "groupLabels": labels,
        "commonLabels": labels,
        "commonAnnotations": annotations,
        "externalURL": message.external_url,
        "notification_reason": message.notification_reason,
        "alerts": [
            {
                "status": message.status,
                "labels": labels,
                "annotations": annotations,
                "startsAt": _rfc3339(message.starts_at),
                "endsAt": _NEVER_ENDED if message.ends_at is None else _rfc3339(message.ends_at),
                "generatorURL": message.generator_url,
                "fingerprint": message.fingerprint,
            }
        ],
    }


def _rfc3339(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
