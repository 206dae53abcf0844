"""Which hosts and addresses messages may go to: nobody makes the service call its own network."""

import ipaddress
import socket
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from urllib.parse import urlsplit

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
IpNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network
Resolve = Callable[[str], Sequence[str]]
"""Addresses of a host name; raises `OSError` when there are none."""

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052
_COMPATIBLE = ipaddress.IPv6Network("::/96")  # RFC 4291, deprecated; some systems still map it
_LOW_32 = 0xFFFF_FFFF


class TargetRefused(Exception):  # noqa: N818 - a refusal is a normal answer
    """This target may not be used; the text says why."""


def resolve(host: str) -> list[str]:
    """Addresses of a host by the system's resolver; blocking.

    It reads all the odd notations that libraries read too: 2130706433, 0x7f.1, 127.1.
    """
    return sorted({str(info[4][0]) for info in socket.getaddrinfo(host, None)})


def check_url_form(url: str) -> str:
    """Host of an http(s) URL; raises `TargetRefused`."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise TargetRefused(f"not a URL: {error}") from error
    if parts.scheme not in {"http", "https"}:
        raise TargetRefused("the scheme must be http or https")
    if not host:
        raise TargetRefused("the URL names no host")
    return host


@dataclass(frozen=True, slots=True)
class TargetGuard:
    """Decides about hosts by all their addresses."""

    private: tuple[IpNetwork, ...] = ()
    """Networks that are not public, and allowed nevertheless."""
    hosts: AbstractSet[str] = frozenset()
    """The only hosts allowed; empty allows any."""
    lookup: Resolve = resolve

    def addresses(self, host: str) -> list[IpAddress]:
        """Addresses of a host, all of which may be connected to; blocking.

        Raises `TargetRefused` when the host is not one of those allowed or any of its addresses
        is not allowed, and `OSError` when the host is not known.
        """
        plain = host.strip("[]").rstrip(".").lower()
        if self.hosts and plain not in self.hosts:
            raise TargetRefused(f"{plain} is not in CLUSTERWATCH_ALERTS_ALLOWED_HOSTS")
        found = [ipaddress.ip_address(text.split("%")[0]) for text in self.lookup(plain)]
        if not found:
            raise OSError(f"{plain} has no address")
        for address in found:
            if not (is_public(address) or self.is_named(address)):
                raise TargetRefused(
                    f"{plain} is {address}, which is not a public address; "
                    "CLUSTERWATCH_ALERTS_PRIVATE_TARGETS names networks that are allowed"
                )
        return found

    def is_named(self, address: IpAddress) -> bool:
        """Whether an address lies in one of the private networks that are allowed."""
        mapped = getattr(address, "ipv4_mapped", None) or address
        return any(mapped in network for network in self.private)

    def check_url(self, url: str) -> None:
        """Check scheme, host and addresses; raises like `addresses`."""
        self.addresses(check_url_form(url))


def is_public(address: IpAddress) -> bool:
    """Whether an address, and every IPv4 address that it stands for, is a public one."""
    return all(
        one.is_global and not one.is_multicast and not one.is_reserved for one in _meant_by(address)
    )


def _meant_by(address: IpAddress) -> Iterator[IpAddress]:
    if isinstance(address, ipaddress.IPv4Address):
        yield address
        return
    if address.ipv4_mapped is not None:
        yield address.ipv4_mapped
        return
    if address in _NAT64 or (address in _COMPATIBLE and int(address) > 1):
        yield ipaddress.IPv4Address(int(address) & _LOW_32)
        return
    yield address
    if address.sixtofour is not None:
        yield address.sixtofour
    if address.is_site_local:
        yield ipaddress.IPv6Address("::1")  # fec0::/10: private, though Python calls it global
