from collections.abc import Callable
from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.alerts.adapters.channels.guard import TargetGuard, TargetRefused
from services.alerts.adapters.channels.targets import why_refused
from services.alerts.domain.subscription import ChannelTarget, ChannelType

PUBLIC = "93.184.216.34"


def resolves_to(*addresses: str) -> Callable[[str], list[str]]:
    return lambda _host: list(addresses)


def guard(*addresses: str, private: str = "", hosts: frozenset[str] = frozenset()) -> TargetGuard:
    networks = (ip_network(private),) if private else ()
    return TargetGuard(networks, hosts, resolves_to(*addresses))


@pytest.mark.parametrize(
    "url",
    ["ftp://example.org/x", "file:///etc/passwd", "http://", "robot", "http://[::1", "http://a:x"],
)
def test_only_http_urls_with_a_host_are_targets(url: str) -> None:
    with pytest.raises(TargetRefused):
        guard(PUBLIC).check_url(url)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "192.168.0.1",
        "172.16.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "100.100.100.200",  # metadata of Alibaba Cloud
        "192.0.2.1",
        "198.18.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "0.0.0.0",  # noqa: S104 - refused, not listened on
        "::",
        "::1",
        "fe80::1%eth0",
        "fec0::1",
        "fc00::1",
        "fd00:ec2::254",  # metadata of Amazon
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::",
        "2001:0:7f00:1::",
        "224.0.0.1",
        "ff02::1",
    ],
)
def test_addresses_that_are_not_public_are_refused(address: str) -> None:
    with pytest.raises(TargetRefused, match="not a public address"):
        guard(address).check_url("https://robot.test/x")
    network = f"{address.split('%', maxsplit=1)[0].removeprefix('::ffff:')}"
    guard(address, private=network).check_url("https://robot.test/x")


@given(st.ip_addresses(v=4, network="127.0.0.0/8") | st.ip_addresses(v=4, network="10.0.0.0/8"))
def test_no_form_of_a_private_address_is_public(address: object) -> None:
    text = str(address)
    number = int.from_bytes(bytes(int(part) for part in text.split(".")))
    high, low = number >> 16, number & 0xFFFF
    forms = (text, f"::ffff:{text}", f"::{text}", f"64:ff9b::{text}", f"2002:{high:x}:{low:x}::1")
    for form in forms:
        with pytest.raises(TargetRefused):
            guard(form).check_url("https://robot.test/")


@pytest.mark.parametrize(
    "host",
    [
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "0177.0.0.1",
        "127.1",
        "0",
        "[::ffff:7f00:1]",
        "127.0.1.",
    ],
)
def test_odd_notations_of_this_machine_are_refused(host: str) -> None:
    with pytest.raises((TargetRefused, OSError)):
        TargetGuard().check_url(f"http://{host}/x")


def test_one_private_address_among_public_ones_is_enough_to_refuse() -> None:
    with pytest.raises(TargetRefused):
        guard("8.8.8.8", "10.0.0.1").check_url("https://robot.test/")


def test_a_public_address_is_fine() -> None:
    guard("8.8.8.8", "2606:4700::1111").check_url("https://robot.test/x")


def test_a_named_network_opens_nothing_else() -> None:
    named = guard("10.20.3.4", private="10.20.0.0/16")
    named.check_url("http://robot.test/")
    with pytest.raises(TargetRefused):
        guard("10.21.3.4", private="10.20.0.0/16").check_url("http://robot.test/")
    with pytest.raises(TargetRefused):
        guard("169.254.169.254", private="10.20.0.0/16").check_url("http://robot.test/")


@pytest.mark.parametrize(
    ("address", "accepted"),
    [
        ("zhuanban@office.gov.cn", True),
        ("a b@office.test", False),
        ("a@office.test\nBcc: b@x.test", False),
        ("a@localhost", False),
        ("someone@exam#poe.org", False),
        ("office.test", False),
    ],
)
def test_mail_addresses_have_a_plain_form(address: str, *, accepted: bool) -> None:
    reason = why_refused(ChannelTarget(ChannelType.EMAIL, address), TargetGuard())
    assert (reason is None) is accepted


def test_with_an_allow_list_only_its_hosts_are_targets() -> None:
    only = guard(PUBLIC, hosts=frozenset({"qyapi.weixin.qq.com"}))
    only.check_url("https://qyapi.weixin.qq.com/x")
    only.check_url("https://QYAPI.weixin.qq.com./x")
    with pytest.raises(TargetRefused, match="ALLOWED_HOSTS"):
        only.check_url("https://qyapi.weixin.qq.com.evil.test/")


def test_a_robots_key_does_not_travel_readable() -> None:
    channel = ChannelTarget(ChannelType.FEISHU, "http://93.184.216.34/open-apis/bot/v2/hook/abc")
    reason = why_refused(channel, guard(PUBLIC, private="10.0.0.0/8"))
    assert reason is not None
    assert "https" in reason
    assert why_refused(channel, guard("10.0.0.1", private="10.0.0.0/8")) is None
