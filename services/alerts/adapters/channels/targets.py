"""Checks where messages may go, so that nobody can make the service call its own network."""

import ipaddress
import socket
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from email.headerregistry import Address as MailAddress
from urllib.parse import parse_qs, urlsplit

from services.alerts.domain.subscription import ChannelTarget, ChannelType

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str], Sequence[str]]
"""Addresses of a host name; raises `OSError` when there are none."""


class TargetRefused(Exception):  # noqa: N818 - a refusal is a normal answer
    """This target may not be used; the text says why."""


def resolve(host: str) -> list[str]:
    """Addresses of a host by the system's resolver; blocking."""
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


def check_url(
    url: str,
    *,
    allow_private: bool,
    hosts: AbstractSet[str] = frozenset(),
    lookup: Resolve = resolve,
) -> None:
    """Check scheme, host and addresses of a URL; blocking (it asks the resolver).

    `hosts` are the only ones allowed; empty allows any. Raises `TargetRefused` when the host is
    not one of them or any of its addresses is not a public one, or `OSError` when the host is
    not known.
    """
    host = check_url_form(url)
    if hosts and host not in hosts:
        raise TargetRefused(f"{host} is not in CLUSTERWATCH_ALERTS_ALLOWED_HOSTS")
    if allow_private:
        return
    for text in lookup(host):
        address = ipaddress.ip_address(text.split("%")[0])
        if not _is_public(address):
            raise TargetRefused(
                f"{host} is {address}, which is not a public address; "
                "CLUSTERWATCH_ALERTS_ALLOW_PRIVATE_TARGETS=true allows it"
            )


def why_refused(
    channel: ChannelTarget, *, allow_private: bool, hosts: AbstractSet[str] = frozenset()
) -> str | None:
    """Why a subscription may not use a target, or null; blocking for URLs."""
    try:
        if channel.type is ChannelType.EMAIL:
            check_mail_address(channel.target)
        else:
            check_robot_form(channel, allow_private=allow_private)
            check_url(channel.target, allow_private=allow_private, hosts=hosts)
    except TargetRefused as refused:
        return str(refused)
    except OSError as error:
        return f"host not found: {error}"
    return None


_ROBOTS = frozenset({ChannelType.WECOM, ChannelType.DINGTALK, ChannelType.FEISHU})
_ROBOT_KEYS = {ChannelType.WECOM: "key", ChannelType.DINGTALK: "access_token"}


def check_robot_form(channel: ChannelTarget, *, allow_private: bool) -> None:
    """A group robot's URL must hold its key and hide it on the way; raises `TargetRefused`."""
    check_url_form(channel.target)
    is_open = urlsplit(channel.target).scheme != "https"
    if channel.type in _ROBOTS and is_open and not allow_private:
        raise TargetRefused("a robot's URL holds its key: the scheme must be https")
    wanted = _ROBOT_KEYS.get(channel.type)
    if wanted is not None and not parse_qs(urlsplit(channel.target).query).get(wanted):
        raise TargetRefused(f"the robot's URL must hold {wanted}=…")


def _is_public(address: IpAddress) -> bool:
    mapped = getattr(address, "ipv4_mapped", None)
    checked: IpAddress = address if mapped is None else mapped
    return checked.is_global and not checked.is_multicast


def check_mail_address(text: str) -> None:
    """Check the form of one mail address; raises `TargetRefused`."""
    try:
        address = MailAddress(addr_spec=text)
    except (ValueError, IndexError, TypeError) as error:
        raise TargetRefused(f"not a mail address: {error}") from error
    if not address.username or "." not in address.domain or not text.isascii():
        raise TargetRefused("not a mail address")
