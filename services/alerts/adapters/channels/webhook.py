"""Generic webhook with Alertmanager's version 4 body."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import httpx

from services.alerts.adapters.channels.http_outcome import outcome_of
from services.alerts.adapters.channels.posting import Poster
from services.alerts.domain.delivery import SendResult
from services.alerts.ports import Message

_NEVER_ENDED = "0001-01-01T00:00:00Z"
"""Go's zero time: what Alertmanager writes while an alert fires."""


class WebhookChannel:
    """`Channel` that posts to a URL; redirects are not followed."""

    def __init__(self, poster: Poster) -> None:
        self._poster = poster

    async def send(self, target: str, message: Message) -> SendResult:
        """Post once."""
        headers = {"X-Clusterwatch-Delivery": message.id}
        if "possible_repeat" in message.annotations:
            headers["X-Clusterwatch-Possible-Repeat"] = "true"

        def judge(response: httpx.Response) -> SendResult:
            return outcome_of(response, datetime.now(UTC))

        return await self._poster.post(target, target, webhook_body(message), judge, headers)


def webhook_body(message: Message) -> dict[str, Any]:
    """Alertmanager's webhook body, version 4, with one alert or a whole group."""
    members = message.members or (message,)
    labels = common([member.labels for member in members])
    return {
        "version": "4",
        "groupKey": message.group_key,
        "truncatedAlerts": 0,
        "status": message.status,
        "receiver": message.receiver,
        "groupLabels": labels,
        "commonLabels": labels,
        "commonAnnotations": common([member.annotations for member in members]),
        "externalURL": message.external_url,
        "notification_reason": message.notification_reason,
        "alerts": [_alert(member) for member in members],
    }


def common(all_pairs: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """Pairs that are the same in all of them."""
    first, *others = all_pairs
    return {
        name: value
        for name, value in first.items()
        if all(other.get(name) == value for other in others)
    }


def _alert(message: Message) -> dict[str, Any]:
    return {
        "status": message.status,
        "labels": dict(message.labels),
        "annotations": dict(message.annotations),
        "startsAt": rfc3339(message.starts_at),
        "endsAt": _NEVER_ENDED if message.ends_at is None else rfc3339(message.ends_at),
        "generatorURL": message.generator_url,
        "fingerprint": message.fingerprint,
    }


def rfc3339(moment: datetime) -> str:
    """A time as Go's JSON has it."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
