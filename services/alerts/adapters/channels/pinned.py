"""HTTP to addresses that were checked: a name is looked up once, and what was checked is called."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from ipaddress import IPv6Address

import httpx

from services.alerts.adapters.channels.guard import IpAddress, TargetGuard

_LIMITS = httpx.Limits(max_connections=100, max_keepalive_connections=0)
"""No connection is kept: it belongs to an address, and the next message may name another host."""
_TIMEOUT = httpx.Timeout(15.0, connect=5.0)
_RESOLVERS = 8
"""Threads for looking names up: a name server that hangs must not hold the threads of the store."""


def new_client(guard: TargetGuard) -> httpx.AsyncClient:
    """HTTP client for channels: no redirects, no proxies or credentials from the environment."""
    transport = PinnedTransport(guard, httpx.AsyncHTTPTransport(limits=_LIMITS, trust_env=False))
    return httpx.AsyncClient(
        transport=transport, timeout=_TIMEOUT, follow_redirects=False, trust_env=False
    )


class PinnedTransport(httpx.AsyncBaseTransport):
    """Looks the host up, has all its addresses checked, and connects to one of just those.

    A second look-up could be answered otherwise (DNS rebinding), so there is none: the URL names
    the address, while `Host` and the name in the certificate stay those of the host.
    Raises `TargetRefused` beside httpx's own errors.
    """

    def __init__(self, guard: TargetGuard, inner: httpx.AsyncBaseTransport) -> None:
        self._guard = guard
        self._inner = inner
        self._resolvers = ThreadPoolExecutor(_RESOLVERS, "resolver")

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send to the first address that takes the connection."""
        host = request.url.host
        try:
            loop = asyncio.get_running_loop()
            found = await loop.run_in_executor(self._resolvers, self._guard.addresses, host)
        except OSError as error:
            raise httpx.ConnectError(f"host not found: {error}", request=request) from error
        for address in found[:-1]:
            try:
                return await self._inner.handle_async_request(_to(address, request))
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue
        return await self._inner.handle_async_request(_to(found[-1], request))

    async def aclose(self) -> None:
        """Close the inner transport."""
        self._resolvers.shutdown(wait=False)
        await self._inner.aclose()


def _to(address: IpAddress, request: httpx.Request) -> httpx.Request:
    text = f"[{address}]" if isinstance(address, IPv6Address) else str(address)
    return httpx.Request(
        request.method,
        request.url.copy_with(host=text),
        headers=request.headers,  # with Host
        stream=request.stream,
        extensions={**request.extensions, "sni_hostname": request.url.raw_host.decode("ascii")},
    )
