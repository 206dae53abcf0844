"""How often somebody may ask, and how much may come in one request."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from ipaddress import IPv6Address, ip_address, ip_network

import anyio
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive, Scope

_REMEMBERED = 10_000
_IPV6_HOME = 64
"""Whoever has one IPv6 address has the other 2⁶⁴ of its network as well."""


@dataclass(slots=True)
class Buckets:
    """A token bucket for each key, kept as the time at which it is full again.

    In memory of one process: each replica allows as much again, which is enough against floods.
    """

    per_minute: int
    """Sustained rate; a sixth of it may come at once. 0 is no limit."""
    clock: Callable[[], float] = time.monotonic
    _full_at: OrderedDict[str, float] = field(default_factory=OrderedDict)

    def wait(self, key: str) -> float:
        """Seconds until the key's bucket holds one again; 0 when it holds one now."""
        if not self.per_minute:
            return 0.0
        full_in = self._full_at.get(key, 0.0) - self.clock()
        return max(0.0, full_in - (self._burst - 1) * self._interval)

    def take(self, key: str) -> float:
        """Take one; seconds to wait where there is none, and nothing is taken then."""
        seconds = self.wait(key)
        if seconds or not self.per_minute:
            return seconds
        now = self.clock()
        self._full_at[key] = max(self._full_at.get(key, 0.0), now) + self._interval
        self._full_at.move_to_end(key)
        if len(self._full_at) > _REMEMBERED:
            self._full_at.popitem(last=False)
        return 0.0

    @property
    def _interval(self) -> float:
        return 60.0 / self.per_minute

    @property
    def _burst(self) -> int:
        return max(5, self.per_minute // 6)


@dataclass(slots=True)
class Limits:
    """What one process allows."""

    requests: Buckets
    failures: Buckets
    body_bytes: int
    body_seconds: float


def address_of(scope: Scope) -> str:
    """Where a request comes from; an IPv6 address stands for its network."""
    client = scope.get("client")
    text = str(client[0]) if client else ""
    try:
        address = ip_address(text)
    except ValueError:
        return text
    if isinstance(address, IPv6Address) and address.ipv4_mapped is None:
        return str(ip_network((address, _IPV6_HOME), strict=False))
    return text


def declared_length(scope: Scope) -> int | None:
    """Content-Length; null without, which is a body in pieces or none."""
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value)
    return None


def bounded(receive: Receive, limits: Limits) -> Receive:
    """The body, of which no more comes than is allowed, and not slower.

    Raises `HTTPException` 413 and 408 where the body is read.
    """
    size, whole = 0, False
    deadline = time.monotonic() + limits.body_seconds

    async def receiver() -> Message:
        nonlocal size, whole
        if whole:
            return await receive()  # whoever waits for the end of the connection may wait long
        try:
            with anyio.fail_after(max(0.0, deadline - time.monotonic())):
                message = await receive()
        except TimeoutError:
            raise HTTPException(
                HTTPStatus.REQUEST_TIMEOUT, f"no whole body within {limits.body_seconds:g} seconds"
            ) from None
        size += len(message.get("body", b""))
        whole = message["type"] != "http.request" or not message.get("more_body", False)
        if size > limits.body_bytes:
            raise HTTPException(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                f"at most {limits.body_bytes} bytes: send it in parts",
            )
        return message

    return receiver
