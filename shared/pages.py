"""A rendered page of metrics, negotiated by a request's headers."""

import gzip
from collections.abc import Callable
from dataclasses import dataclass

from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import CollectorRegistry


@dataclass(frozen=True, slots=True)
class Page:
    """Bytes to send, what they are, and how they are encoded."""

    body: bytes
    content_type: str
    encoding: str = ""

    @property
    def headers(self) -> dict[str, str]:
        """Response headers; caches must keep the variants apart."""
        headers = {"Content-Type": self.content_type, "Vary": "Accept, Accept-Encoding"}
        return headers | ({"Content-Encoding": self.encoding} if self.encoding else {})


Render = Callable[[str, str], Page]
"""Renders for the values of Accept and Accept-Encoding."""


def gzip_wanted(accept_encoding: str) -> bool:
    """Whether gzip may be sent: named, and not refused by a weight of zero."""
    for each in accept_encoding.lower().split(","):
        name, _, weight = each.partition(";")
        if name.strip() == "gzip":
            return weight.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False


def renderer(registry: CollectorRegistry) -> Render:
    """A page of all that a registry collects."""

    def render(accept: str, accept_encoding: str = "") -> Page:
        encoder, kind = choose_encoder(accept)
        body = bytes(encoder(registry))
        if gzip_wanted(accept_encoding):
            return Page(gzip.compress(body, 1), kind, "gzip")
        return Page(body, kind)

    return render
