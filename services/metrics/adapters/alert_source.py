"""Firing alerts from the HTTP API of the alerts service."""

import ssl
from typing import Any

import httpx

from services.metrics.ports import AlertsNotRead

_SECONDS = 10.0
_PAGE = 500


class HttpAlertSource:
    """`AlertSource` over HTTP."""

    def __init__(
        self,
        url: str,
        token: str = "",
        transport: httpx.AsyncBaseTransport | None = None,
        *,
        verify: ssl.SSLContext | bool = True,
    ) -> None:
        self._url = f"{url.rstrip('/')}/api/v1/alerts"
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._transport = transport
        self._verify = verify

    async def firing(self, plan: str) -> list[dict[str, Any]]:
        wanted: dict[str, str | int] = {"plan": plan, "state": "firing", "limit": _PAGE}
        try:
            async with httpx.AsyncClient(
                timeout=_SECONDS,
                transport=self._transport,
                verify=self._verify,
                headers=self._headers,
                trust_env=False,
            ) as client:
                answer = await client.get(self._url, params=wanted)
                answer.raise_for_status()
                body = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise AlertsNotRead(f"{self._url}: {error!r}") from error
        items = body.get("items") if isinstance(body, dict) else None
        if not isinstance(items, list):
            raise AlertsNotRead(f"{self._url}: no list of alerts in the answer")
        return [item for item in items if isinstance(item, dict)]
