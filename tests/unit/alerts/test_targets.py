from collections.abc import Callable

import pytest

from services.alerts.adapters.channels.targets import TargetRefused, check_url, why_refused
from services.alerts.domain.subscription import ChannelTarget, ChannelType


def resolves_to(*addresses: str) -> Callable[[str], list[str]]:
    return lambda _host: list(addresses)


@pytest.mark.parametrize(
    "url",
    ["ftp://example.org/x", "file:///etc/passwd", "http://", "robot", "http://[::1", "http://a:x"],
)
def test_only_http_urls_with_a_host_are_targets(url: str) -> None:
    with pytest.raises(TargetRefused):
        check_url(url, allow_private=True, lookup=resolves_to("93.184.216.34"))


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "192.168.0.1",
        "172.16.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104 - refused, not listened on
        "::1",
        "fe80::1%eth0",
        "fc00::1",
        "::ffff:127.0.0.1",
        "224.0.0.1",
    ],
)
def test_addresses_that_are_not_public_are_refused(address: str) -> None:
    with pytest.raises(TargetRefused, match="not a public address"):
        check_url("https://robot.test/x", allow_private=False, lookup=resolves_to(address))
    check_url("https://robot.test/x", allow_private=True, lookup=resolves_to(address))


def test_one_private_address_among_public_ones_is_enough_to_refuse() -> None:
    with pytest.raises(TargetRefused):
        check_url(
            "https://robot.test/", allow_private=False, lookup=resolves_to("8.8.8.8", "10.0.0.1")
        )


def test_a_public_address_is_fine() -> None:
    check_url("https://robot.test/x", allow_private=False, lookup=resolves_to("8.8.8.8"))


@pytest.mark.parametrize(
    ("address", "accepted"),
    [
        ("zhuanban@office.gov.cn", True),
        ("a b@office.test", False),
        ("a@office.test\nBcc: b@x.test", False),
        ("a@localhost", False),
        ("office.test", False),
    ],
)
def test_mail_addresses_have_a_plain_form(address: str, *, accepted: bool) -> None:
    reason = why_refused(ChannelTarget(ChannelType.EMAIL, address), allow_private=False)
    assert (reason is None) is accepted


def test_with_an_allow_list_only_its_hosts_are_targets() -> None:
    hosts = frozenset({"qyapi.weixin.qq.com"})
    check_url("https://qyapi.weixin.qq.com/x", allow_private=True, hosts=hosts)
    with pytest.raises(TargetRefused, match="ALLOWED_HOSTS"):
        check_url("https://qyapi.weixin.qq.com.evil.test/", allow_private=True, hosts=hosts)


def test_a_robots_key_does_not_travel_readable() -> None:
    channel = ChannelTarget(ChannelType.FEISHU, "http://93.184.216.34/open-apis/bot/v2/hook/abc")
    reason = why_refused(channel, allow_private=False)
    assert reason is not None
    assert "https" in reason
