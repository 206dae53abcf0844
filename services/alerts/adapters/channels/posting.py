"""One HTTP POST to a target: checked address, no redirects, an outcome whatever happens."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import httpx
import msgspec

from services.alerts.adapters.channels.guard import TargetRefused
from services.alerts.adapters.channels.secrets import blotted
from services.alerts.domain.delivery import SendOutcome, SendResult

_WHOLE_SECONDS = 30.0
"""A robot that answers byte by byte is no answer."""
_LONGEST_ANSWER = 64 * 1024
"""Beyond that nothing is read: all the vendors' answers are a line."""

_KEPT_HEADERS = frozenset({"content-type", "retry-after"})

Judge = Callable[[httpx.Response], SendResult]
"""Reads the other side's answer."""


@dataclass(frozen=True, slots=True)
class Poster:
    """Posts JSON; what it reports holds no part of the target but its host."""

    client: httpx.AsyncClient
    """As `new_client` makes it: it checks addresses each time, as names may point elsewhere."""

    async def post(
        self,
        target: str,
        url: str,
        body: Any,  # noqa: ANN401 - any JSON
        judge: Judge,
        headers: Mapping[str, str] | None = None,
    ) -> SendResult:
        """Post once to `url`, which was made from `target`."""
        try:
            result = await self._post(url, body, judge, headers or {})
        except TargetRefused as refused:
            result = SendResult(SendOutcome.PERMANENT_CONFIG, str(refused))
        except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            result = SendResult(SendOutcome.PERMANENT_CONFIG, str(error))
        return replace(result, detail=blotted(blotted(result.detail, target), url))

    async def _post(
        self,
        url: str,
        body: Any,  # noqa: ANN401 - any JSON
        judge: Judge,
        headers: Mapping[str, str],
    ) -> SendResult:
        content = msgspec.json.encode(body)
        typed = {
            "Content-Type": "application/json; charset=utf-8",
            "Accept-Encoding": "identity",
            **headers,
        }
        try:
            async with (
                asyncio.timeout(_WHOLE_SECONDS),
                self.client.stream("POST", url, content=content, headers=typed) as answer,
            ):
                response = await _beginning_of(answer)
        except TimeoutError:
            return SendResult(SendOutcome.TRANSIENT, "no whole answer", maybe_delivered=True)
        except httpx.UnsupportedProtocol:
            raise
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            return SendResult(SendOutcome.TRANSIENT, f"not reached: {error!r}")
        except httpx.HTTPError as error:
            return SendResult(SendOutcome.TRANSIENT, f"no answer: {error!r}", maybe_delivered=True)
        return judge(response)


async def _beginning_of(answer: httpx.Response) -> httpx.Response:
    """Status, headers and as much of the body as is looked at, never unpacked."""
    body = b""
    async for piece in answer.aiter_raw():
        body += piece
        if len(body) >= _LONGEST_ANSWER:
            break
    kept = {name: value for name, value in answer.headers.items() if name in _KEPT_HEADERS}
    return httpx.Response(answer.status_code, headers=kept, content=body[:_LONGEST_ANSWER])
