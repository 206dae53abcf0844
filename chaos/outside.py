"""What comes in beside Kafka: subscriptions, and alerts of a Prometheus."""

from typing import Any

import httpx

from chaos.processes import Services
from chaos.receiver import Receiver
from shared.testing.waiting import wait_until

_NEVER, _PAST = "2100-01-01T00:00:00Z", "2020-01-01T00:00:00Z"
_A_ROUND = 6
_PATIENCE = 240.0
_REFUSED = (400, 401, 403, 404, 422)


class Outside:
    """Sends like Alertmanager's clients do: again and again until it is taken."""

    def __init__(self, services: Services, receiver: Receiver) -> None:
        self._services = services
        self._receiver = receiver
        self.standing: list[str] = []
        self.ended: list[str] = []

    def begin(self) -> None:
        """Subscriptions; nothing is told of what was there before."""
        wait_until(self._is_live, seconds=_PATIENCE, what="alerts are live")
        self._subscribe("trajectory", "webhook", self._receiver.webhook)
        self._subscribe("external", "webhook", self._receiver.webhook)
        self._subscribe("external", "wecom", self._receiver.wecom)

    def _is_live(self) -> bool:
        main = self._services.main["alerts"]
        text = httpx.get(f"{main.url}/metrics", timeout=30).text
        return "\nclusterwatch_alerts_live 1" in text

    def _subscribe(self, rule: str, channel: str, target: str) -> None:
        body = {
            "owner": f"{rule} by {channel}",
            "filter": {"rule": rule},
            "channels": [{"type": channel, "target": target}],
        }
        self._post("/api/v1/subscriptions", body)

    def alert(self, number: int) -> None:
        """This round's alerts begin, the last round's end."""
        over, self.standing = self.standing, [f"chaos-{number}-{each}" for each in range(_A_ROUND)]
        self.ended += over  # expected from now on, also when they are never taken
        self._post("/api/v2/alerts", [_alert(name, _NEVER) for name in self.standing])
        if over:
            self._post("/api/v2/alerts", [_alert(name, _PAST) for name in over])

    def _post(self, path: str, body: object) -> None:
        def posted() -> bool:
            url = self._services.main["alerts"].url
            answer = httpx.post(url + path, json=body, timeout=60)
            if answer.status_code in _REFUSED:
                raise RefusedError(answer.text)
            return answer.is_success

        wait_until(posted, seconds=_PATIENCE, what=f"{path} is taken")


class RefusedError(BaseException):
    """A mistake of the campaign itself; not an Exception, so nobody waits for it to pass."""


def _alert(name: str, ends: str) -> dict[str, Any]:
    return {
        "labels": {"alertname": name, "severity": "critical"},
        "annotations": {"summary": f"{name} is on"},
        "startsAt": "2020-01-01T00:00:00Z" if ends == _PAST else None,
        "endsAt": ends,
    }
