"""One HTTP POST to a target: checked address, no redirects, an outcome whatever happens."""

import asyncio
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Any

import httpx
import msgspec

from services.alerts.adapters.channels.secrets import blotted
from services.alerts.adapters.channels.targets import TargetRefused, check_url
from services.alerts.domain.delivery import SendOutcome, SendResult

_TIMEOUT = httpx.Timeout(15.0, connect=5.0)

Judge = Callable[[httpx.Response], SendResult]
"""Reads the other side's answer."""


def new_client() -> httpx.AsyncClient:
    """HTTP client for channels: no redirects, no proxies or credentials from the environment."""
    return httpx.AsyncClient(timeout=_TIMEOUT, follow_redirects=False, trust_env=False)


@dataclass(frozen=True, slots=True)
class Poster:
    """Posts JSON; what it reports holds no part of the target but its host."""

    client: httpx.AsyncClient
    allow_private: bool
    hosts: AbstractSet[str] = frozenset()
    """The only hosts to post to; empty allows any."""

    async def post(
        self,
        target: str,
        url: str,
        body: Any,  # noqa: ANN401 - any JSON
        judge: Judge,
        headers: Mapping[str, str] | None = None,
    ) -> SendResult:
        """Post once to `url`, which was made from `target`.

        The address is checked again, because names may point elsewhere by now.
        """
        try:
            await asyncio.to_thread(
                check_url, url, allow_private=self.allow_private, hosts=self.hosts
            )
            result = await self._post(url, body, judge, headers or {})
        except TargetRefused as refused:
            result = SendResult(SendOutcome.PERMANENT_CONFIG, str(refused))
        except OSError as error:
            result = SendResult(SendOutcome.TRANSIENT, f"host not found: {error}")
        except httpx.InvalidURL as error:
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
        typed = {"Content-Type": "application/json; charset=utf-8", **headers}
        try:
            response = await self.client.post(url, content=content, headers=typed)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            return SendResult(SendOutcome.TRANSIENT, f"not reached: {error!r}")
        except httpx.HTTPError as error:
            return SendResult(SendOutcome.TRANSIENT, f"no answer: {error!r}", maybe_delivered=True)
        return judge(response)
