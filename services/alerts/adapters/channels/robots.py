"""Group robots: WeCom (企业微信), DingTalk (钉钉), Feishu (飞书)."""

import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Protocol
from urllib.parse import quote, urldefrag

import httpx

from services.alerts.adapters.channels.pieces import pieces, weight
from services.alerts.adapters.channels.posting import Poster
from services.alerts.adapters.channels.robot_answers import (
    DINGTALK_CODES,
    FEISHU_CODES,
    WECOM_CODES,
    Meaning,
    robot_outcome,
)
from services.alerts.adapters.channels.signatures import dingtalk_signature, feishu_signature
from services.alerts.domain.delivery import SendOutcome, SendResult
from services.alerts.domain.sending_limits import LIMITS, Limit
from services.alerts.domain.subscription import ChannelTarget, ChannelType
from services.alerts.ports import Message, SendingBudget
from shared.clock import Clock

_SPARE = 400
"""Bytes kept for the frame of the JSON, numbering and signature."""
_TITLE_ROOM = 300
_CUT_OFF = "……（其余见详情 / see details）"
_LINK = re.compile(r"^(https?://\S+)$")


class Dialect(Protocol):
    """What one vendor wants and answers."""

    type: ChannelType
    code_fields: tuple[str, ...]
    codes: Mapping[int, Meaning]
    frame: int
    """Bytes that a line costs beside its own."""
    links: bool
    """Whether a link needs markdown."""

    def request(
        self, target: str, title: str, lines: Sequence[str], clock: Clock
    ) -> tuple[str, Any]:
        """URL and body; the target's fragment is the signing secret."""
        ...


class WeCom:
    """企业微信: markdown, no signature, HTTP 200 whatever happens."""

    type: ChannelType = ChannelType.WECOM
    code_fields: tuple[str, ...] = ("errcode",)
    codes: Mapping[int, Meaning] = WECOM_CODES
    frame = 2
    links = True

    def request(
        self,
        target: str,
        title: str,
        lines: Sequence[str],
        clock: Clock,  # noqa: ARG002 - WeCom signs nothing
    ) -> tuple[str, Any]:
        """URL and body."""
        content = "\n".join([f"**{title}**", *lines])
        return urldefrag(target).url, {"msgtype": "markdown", "markdown": {"content": content}}


class DingTalk:
    """钉钉: markdown, signature in the URL; two spaces end a line."""

    type: ChannelType = ChannelType.DINGTALK
    code_fields: tuple[str, ...] = ("errcode",)
    codes: Mapping[int, Meaning] = DINGTALK_CODES
    frame = 4
    links = True

    def request(
        self, target: str, title: str, lines: Sequence[str], clock: Clock
    ) -> tuple[str, Any]:
        """URL and body; everybody is told, nobody is called by name."""
        url, secret = urldefrag(target)
        if secret:
            now = int(clock.now().timestamp() * 1000)
            sign = quote(dingtalk_signature(now, secret), safe="")
            url = f"{url}&timestamp={now}&sign={sign}"
        body = {
            "msgtype": "markdown",
            "markdown": {"title": title, "text": "  \n".join([f"**{title}**", *lines])},
            "at": {"isAtAll": False},
        }
        return url, body


class Feishu:
    """飞书: rich text with plain words, signature in the body."""

    type: ChannelType = ChannelType.FEISHU
    code_fields: tuple[str, ...] = ("code", "StatusCode")
    codes: Mapping[int, Meaning] = FEISHU_CODES
    frame = len('[{"tag":"text","text":""}],')
    links = False

    def request(
        self, target: str, title: str, lines: Sequence[str], clock: Clock
    ) -> tuple[str, Any]:
        """URL and body."""
        url, secret = urldefrag(target)
        paragraphs = [[{"tag": "text", "text": line}] for line in lines]
        post = {"zh_cn": {"title": title, "content": paragraphs}}
        body: dict[str, Any] = {"msg_type": "post", "content": {"post": post}}
        if secret:
            now = int(clock.now().timestamp())
            body |= {"timestamp": str(now), "sign": feishu_signature(now, secret)}
        return url, body


class RobotChannel:
    """`Channel` to one vendor's group robots."""

    def __init__(
        self,
        dialect: Dialect,
        poster: Poster,
        budget: SendingBudget,
        clock: Clock,
        limits: Mapping[ChannelType, Limit] = LIMITS,
    ) -> None:
        self._dialect = dialect
        self._poster = poster
        self._budget = budget
        self._clock = clock
        self._limit = limits[dialect.type]

    async def send(self, target: str, message: Message) -> SendResult:
        """Send, in several parts where one has no room; the worker has paid for the first."""
        parts = parts_of(message, self._dialect, self._limit)
        robot = ChannelTarget(self._dialect.type, target)
        ready_at = await self._budget.spend(robot, len(parts) - 1)
        if ready_at is not None:
            pause = ready_at - self._clock.now()
            return SendResult(SendOutcome.THROTTLED, "held back for its parts", pause)
        result = SendResult(SendOutcome.OK)
        for number, (title, lines) in enumerate(parts):
            result = await self._post(target, title, lines)
            if result.outcome is not SendOutcome.OK:
                repeat = result.maybe_delivered or number > 0
                return SendResult(result.outcome, result.detail, result.retry_after, repeat)
        return result

    async def _post(self, target: str, title: str, lines: Sequence[str]) -> SendResult:
        dialect = self._dialect
        url, body = dialect.request(target, title, lines, self._clock)
        return await self._poster.post(target, url, body, partial(self._judge, dialect))

    def _judge(self, dialect: Dialect, response: httpx.Response) -> SendResult:
        return robot_outcome(response, self._clock.now(), dialect.code_fields, dialect.codes)


def parts_of(message: Message, dialect: Dialect, limit: Limit) -> list[tuple[str, Sequence[str]]]:
    """Title and lines of each request; no more parts than the robot takes at once."""
    title = pieces([harmless(message.subject)], _TITLE_ROOM)[0][0]
    # DingTalk's body holds the title twice.
    room = limit.room - _SPARE - 2 * weight(title)
    lines = [harmless(line) for line in message.text.splitlines() if line.strip()]
    if dialect.links:
        lines = [_linked(line) for line in lines]
    parts = pieces(lines or [title], room, dialect.frame)
    if len(parts) > limit.burst:
        parts = [*parts[: limit.burst - 1], [_CUT_OFF]]
    if len(parts) == 1:
        return [(title, parts[0])]
    return [(f"{title} ({i}/{len(parts)})", part) for i, part in enumerate(parts, 1)]


def harmless(text: str) -> str:
    """Text that no robot takes for a tag, a mention or a link of somebody else's making."""
    return text.replace("<", "＜").replace(">", "＞").replace("](", "] (")


def _linked(line: str) -> str:
    """A detail line whose value is a URL, as a link."""
    for colon in ("：", ": "):
        label, found, value = line.partition(colon)
        if found and _LINK.match(value):
            return f"{label}{colon}[{value}]({value})"
    return line
