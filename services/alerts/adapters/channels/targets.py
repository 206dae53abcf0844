"""Checks what subscribers give as their targets."""

from email.errors import MessageError
from email.headerregistry import Address as MailAddress
from urllib.parse import parse_qs, urlsplit

from services.alerts.adapters.channels.guard import TargetGuard, TargetRefused, check_url_form
from services.alerts.domain.subscription import ChannelTarget, ChannelType


def why_refused(channel: ChannelTarget, guard: TargetGuard) -> str | None:
    """Why a subscription may not use a target, or null; blocking for URLs."""
    try:
        if channel.type is ChannelType.EMAIL:
            check_mail_address(channel.target)
        else:
            guard.check_url(channel.target)
            check_robot_form(channel, guard)
    except TargetRefused as refused:
        return str(refused)
    except OSError as error:
        return f"host not found: {error}"
    return None


_ROBOTS = frozenset({ChannelType.WECOM, ChannelType.DINGTALK, ChannelType.FEISHU})
_ROBOT_KEYS = {ChannelType.WECOM: "key", ChannelType.DINGTALK: "access_token"}


def check_robot_form(channel: ChannelTarget, guard: TargetGuard) -> None:
    """A group robot's URL must hold its key and hide it on the way; raises `TargetRefused`.

    In a private network that is allowed a robot may go without TLS.
    """
    host = check_url_form(channel.target)
    is_open = urlsplit(channel.target).scheme != "https"
    if channel.type in _ROBOTS and is_open and not all(map(guard.is_named, guard.addresses(host))):
        raise TargetRefused("a robot's URL holds its key: the scheme must be https")
    wanted = _ROBOT_KEYS.get(channel.type)
    if wanted is not None and not parse_qs(urlsplit(channel.target).query).get(wanted):
        raise TargetRefused(f"the robot's URL must hold {wanted}=…")


def check_mail_address(text: str) -> None:
    """Check the form of one mail address; raises `TargetRefused`."""
    try:
        address = MailAddress(addr_spec=text)
    except (ValueError, IndexError, TypeError, MessageError) as error:
        raise TargetRefused(f"not a mail address: {error}") from error
    is_plain = bool(address.username) and text.isascii() and "#" not in text
    # Behind # other targets have their secret, and mail addresses are shown whole.
    if not is_plain or "." not in address.domain:
        raise TargetRefused("not a mail address")
