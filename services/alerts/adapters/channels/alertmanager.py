"""An upstream Alertmanager: `POST /api/v2/alerts`, with the colour as a label."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from services.alerts.adapters.channels.http_outcome import outcome_of
from services.alerts.adapters.channels.posting import Poster
from services.alerts.adapters.channels.webhook import rfc3339
from services.alerts.domain.delivery import SendResult
from services.alerts.ports import Message

_PATH = "/api/v2/alerts"
_COLOURS = ("blue", "yellow", "orange", "red", "off_track")
_FIRES_FOR = timedelta(days=400)
"""Without an end Alertmanager resolves an alert after minutes; monthly figures stand for longer."""
_OPENING = frozenset({"firing", "test"})


class AlertmanagerChannel:
    """`Channel` to the base URL of an Alertmanager."""

    def __init__(self, poster: Poster) -> None:
        self._poster = poster

    async def send(self, target: str, message: Message) -> SendResult:
        """Post once; ended sets of labels come first."""
        url = target.rstrip("/")
        if not url.endswith(_PATH):
            url += _PATH

        def judge(response: httpx.Response) -> SendResult:
            return outcome_of(response, datetime.now(UTC))

        return await self._poster.post(target, url, alerts_of(message), judge)


def alerts_of(message: Message) -> list[dict[str, Any]]:
    """What is posted about a message or its members: first what ends, then what fires.

    The colour is part of an alert's identity there, so with every change all other colours are
    ended: that needs no memory of what was told before, and ending what never fired is silent.
    """
    members = _newest(message.members or (message,))
    ended = [_alert(member, colour, member.at) for member in members for colour in _ended(member)]
    fired = [
        _alert(member, member.annotations.get("colour", ""), member.at + _FIRES_FOR)
        for member in members
        if member.status == "firing"
    ]
    return [*ended, *fired]


def _newest(members: Sequence[Message]) -> list[Message]:
    """Of several steps of one alert the last one: only that is true now."""
    found: dict[str, Message] = {}
    for member in sorted(members, key=lambda one: one.sequence):
        found[member.fingerprint] = member
    return list(found.values())


def _ended(message: Message) -> list[str]:
    """Colours whose sets of labels end with this message."""
    if message.status != "firing":
        return list(_COLOURS)
    if message.notification_reason in _OPENING:
        return []
    return [colour for colour in _COLOURS if colour != message.annotations.get("colour")]


def _alert(message: Message, colour: str, ends_at: datetime) -> dict[str, Any]:
    labels = {**message.labels, "colour": colour}
    return {
        "labels": {name: value for name, value in labels.items() if value},
        "annotations": {
            name: value for name, value in message.annotations.items() if name != "colour"
        },
        "startsAt": rfc3339(message.starts_at),
        "endsAt": rfc3339(ends_at),
        "generatorURL": message.generator_url,
    }
