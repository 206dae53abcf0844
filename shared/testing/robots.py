"""Strict group robots on this machine: the vendors' limits, signatures, sizes and error bodies.

They judge independently of the code under test, by a clock that the test moves.
"""

import base64
import hashlib
import hmac
import json
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from shared.clock import Clock
from shared.testing import loopback
from shared.testing.loopback import QuietHandler

_MINUTE = timedelta(minutes=1)
_HOUR = timedelta(hours=1)
_DINGTALK_SILENCE = timedelta(minutes=10)
_DINGTALK_BYTES = 20_000
_FEISHU_BYTES = 20 * 1024
_WECOM_MARKDOWN_BYTES = 4096
_WECOM_TEXT_BYTES = 2048

Answer = tuple[int, Mapping[str, Any] | bytes]
"""HTTP status and body."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a robot got."""

    query: Mapping[str, str]
    raw: bytes
    body: Any
    at: datetime


@dataclass
class Robot:
    """One group robot; subclasses know their vendor."""

    clock: Clock
    key: str = "key-0123456789"
    secret: str = ""
    accepted: list[Any] = field(default_factory=list)
    """Bodies shown in the group."""
    refused: list[Mapping[str, Any] | bytes] = field(default_factory=list)
    """Answers given instead: every one is a broken rule, or was scripted."""
    scripted: deque[Answer] = field(default_factory=deque)
    """Answers to give before judging anything."""
    base_url: str = ""
    _times: deque[datetime] = field(default_factory=deque)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, request: Request) -> Answer:
        """Status and body for one request."""
        with self._lock:
            if self.scripted:
                status, body = self.scripted.popleft()
                self.refused.append(body)
                return status, body
            found = self.judge(request)
            if found is None:
                self.accepted.append(request.body)
                return 200, self.success()
            self.refused.append(found[1])
            return found

    def success(self) -> Mapping[str, Any]:
        """Body of a good answer."""
        return {"errcode": 0, "errmsg": "ok"}

    def judge(self, request: Request) -> Answer | None:
        """A refusal in the vendor's words, or null."""
        raise NotImplementedError

    @property
    def url(self) -> str:
        """Where to post; the fragment is the signing secret."""
        raise NotImplementedError

    @property
    def texts(self) -> list[str]:
        """What people read in the group, a text per message."""
        return [text_of(body) for body in self.accepted]

    def is_over(self, now: datetime, number: int, span: timedelta) -> bool:
        """True when `number` requests have been counted in the last `span`."""
        recent = [at for at in self._times if now - at < span]
        return len(recent) >= number


@dataclass
class WeComRobot(Robot):
    """企业微信: HTTP 200 whatever happens."""

    @property
    def url(self) -> str:
        """Where to post."""
        return f"{self.base_url}/cgi-bin/webhook/send?key={self.key}"

    def judge(self, request: Request) -> Answer | None:
        """20 a minute; markdown up to 4,096 bytes, text up to 2,048."""
        if request.query.get("key") != self.key:
            return 200, {"errcode": 93000, "errmsg": "invalid webhook url"}
        if self.is_over(request.at, 20, _MINUTE):
            return 200, {"errcode": 45009, "errmsg": "api freq out of limit"}
        self._times.append(request.at)
        kind = request.body.get("msgtype")
        most = {"markdown": _WECOM_MARKDOWN_BYTES, "text": _WECOM_TEXT_BYTES}.get(kind)
        if most is None or len(request.body[kind]["content"].encode()) > most:
            return 200, {"errcode": 40058, "errmsg": "content exceed max length"}
        return None


@dataclass
class DingTalkRobot(Robot):
    """钉钉: signed URL; after too many messages, silence."""

    _silent_until: datetime | None = None

    @property
    def url(self) -> str:
        """Where to post."""
        secret = f"#{self.secret}" if self.secret else ""
        return f"{self.base_url}/robot/send?access_token={self.key}{secret}"

    def judge(self, request: Request) -> Answer | None:
        """20 a minute, else silence for ten; 20,000 bytes; the time may be off by an hour."""
        if self._silent_until is not None and request.at < self._silent_until:
            return 200, {"status": 1111, "punish": "deny", "wait": 5}
        if request.query.get("access_token") != self.key:
            return 200, {"errcode": 400101, "errmsg": "access_token不存在"}
        if self.secret and not self._is_signed(request):
            return 200, {"errcode": 310000, "errmsg": "sign not match"}
        if self.is_over(request.at, 20, _MINUTE):
            self._silent_until = request.at + _DINGTALK_SILENCE
            return 200, {"errcode": 130101, "errmsg": "send too fast"}
        self._times.append(request.at)
        if len(request.raw) > _DINGTALK_BYTES:
            return 200, {"errcode": 460101, "errmsg": "message too long"}
        return None

    def _is_signed(self, request: Request) -> bool:
        stamp = request.query.get("timestamp", "")
        if not stamp.isdigit():
            return False
        off = abs(request.at.timestamp() - int(stamp) / 1000)
        wanted = _hmac(self.secret.encode(), f"{stamp}\n{self.secret}".encode())
        return off <= _HOUR.total_seconds() and request.query.get("sign") == wanted


@dataclass
class FeishuRobot(Robot):
    """飞书: signature in the body; two limits."""

    def success(self) -> Mapping[str, Any]:
        """Body of a good answer."""
        return {"StatusCode": 0, "StatusMessage": "success", "code": 0, "data": {}, "msg": "ok"}

    @property
    def url(self) -> str:
        """Where to post."""
        secret = f"#{self.secret}" if self.secret else ""
        return f"{self.base_url}/open-apis/bot/v2/hook/{self.key}{secret}"

    def judge(self, request: Request) -> Answer | None:
        """100 a minute and 5 a second; 20 KB; the time may be off by an hour."""
        if request.query.get("hook") != self.key:
            return 400, {"code": 19001, "msg": "param invalid: incoming webhook access token"}
        if self.secret and not self._is_signed(request):
            return 200, {
                "code": 19021,
                "msg": "sign match fail or timestamp is not within one hour",
            }
        if self.is_over(request.at, 5, timedelta(seconds=1)):
            return 400, {"code": 9499, "msg": "too many request", "data": {}}
        if self.is_over(request.at, 100, _MINUTE):
            return 200, {"code": 11232, "msg": "frequency limited"}
        self._times.append(request.at)
        if len(request.raw) > _FEISHU_BYTES:
            return 400, {"code": 9499, "msg": "Bad Request", "data": {}}
        return None

    def _is_signed(self, request: Request) -> bool:
        stamp = str(request.body.get("timestamp", ""))
        if not stamp.isdigit():
            return False
        off = abs(request.at.timestamp() - int(stamp))
        wanted = _hmac(f"{stamp}\n{self.secret}".encode(), b"")
        return off <= _HOUR.total_seconds() and request.body.get("sign") == wanted


def text_of(body: Any) -> str:  # noqa: ANN401 - JSON of any vendor
    """Title and text of a robot's message as people see it."""
    if "content" in body:
        post = body["content"]["post"]["zh_cn"]
        lines = ["".join(tag["text"] for tag in line) for line in post["content"]]
        return "\n".join([post["title"], *lines])
    found = body[body["msgtype"]]
    return str(found.get("text") or found["content"])


def _hmac(key: bytes, signed: bytes) -> str:
    return base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


@contextmanager
def serving(robot: Robot) -> Iterator[None]:
    """Let a robot answer on a free port of this machine; sets its `base_url`."""

    class Handler(QuietHandler):
        def do_POST(self) -> None:
            raw = self.body()
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            query.setdefault("hook", parts.path.rstrip("/").rpartition("/")[2])
            request = Request(query, raw, json.loads(raw), robot.clock.now())
            status, body = robot.answer(request)
            self.answer(status, body if isinstance(body, bytes) else json.dumps(body).encode())

    with loopback.serving(Handler) as robot.base_url:
        yield
