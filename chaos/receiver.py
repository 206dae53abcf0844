"""Robots that record what they are told, and misbehave when they are asked to."""

import json
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message as HttpHeaders
from enum import StrEnum
from typing import Any, Literal

from shared.testing.loopback import QuietHandler, serving

_NAMED = re.compile(r"【([^】]*)】(chaos-\d+-\d+)")
"""Kind and name, as the title of a message and each line of a digest begin."""
_HANG_SECONDS = 20.0
"""Longer than the product waits for an answer."""


class Manner(StrEnum):
    """How the robots behave."""

    GOOD = "good"
    SILENT = "silent"
    """Takes the message and never answers."""
    HANGS_UP = "hangs up"
    """Takes the message and closes the connection."""
    FAILS = "fails"
    """HTTP 500, and nothing is shown."""
    LIES = "lies"
    """HTTP 200 with an error in the body, and nothing is shown."""


@dataclass(frozen=True, slots=True)
class Told:
    """One message that was shown."""

    channel: Literal["webhook", "wecom"]
    delivery: str
    """Id in the header of webhooks; empty at robots."""
    marked: bool
    """It says that it may be a repeat."""
    alerts: tuple[tuple[str, str], ...]
    """Name (for own rules with the unit) and status of each alert in it."""


@dataclass
class Receiver:
    """Both robots' memory."""

    manner: Manner = Manner.GOOD
    told: list[Told] = field(default_factory=list)
    url: str = ""
    released: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def behave(self, manner: Manner) -> None:
        """From now on."""
        self.released.set()
        self.released = threading.Event()
        self.manner = manner

    @property
    def webhook(self) -> str:
        """Target of a generic webhook."""
        return f"{self.url}/hook"

    @property
    def wecom(self) -> str:
        """Target of a WeCom robot."""
        return f"{self.url}/cgi-bin/webhook/send?key=chaos"

    def show(self, told: Told) -> None:
        """Remember a message."""
        with self._lock:
            self.told.append(told)

    def shown(self) -> list[Told]:
        """All messages so far."""
        with self._lock:
            return list(self.told)


def read(path: str, headers: HttpHeaders, body: dict[str, Any]) -> Told:
    """What a request says."""
    if path.startswith("/hook"):
        alerts = tuple((_name(alert["labels"]), alert["status"]) for alert in body["alerts"])
        marked = headers.get("X-Clusterwatch-Possible-Repeat") == "true"
        return Told("webhook", headers["X-Clusterwatch-Delivery"], marked, alerts)
    text = json.dumps(body, ensure_ascii=False)
    named = dict.fromkeys(_NAMED.findall(text))  # a title and its text name the same alert
    alerts = tuple(
        (name, "resolved" if kind.startswith("解除") else "firing") for kind, name in named
    )
    return Told("wecom", "", "可能重复" in text, alerts)


def _name(labels: dict[str, str]) -> str:
    unit = labels.get("unit")
    return f"{labels['alertname']}|{unit}" if unit else labels["alertname"]


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Robots on a free port of this machine."""
    receiver = Receiver()

    class Handler(QuietHandler):
        def do_POST(self) -> None:
            manner, released = receiver.manner, receiver.released
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            told = read(self.path, self.headers, body)
            lies = manner is Manner.LIES and told.channel == "wecom"
            if manner is not Manner.FAILS and not lies:
                receiver.show(told)
            if manner is Manner.SILENT:
                released.wait(_HANG_SECONDS)
            if manner in {Manner.SILENT, Manner.HANGS_UP}:
                self.connection.shutdown(socket.SHUT_RDWR)
                self.close_connection = True
                return
            answer = {"errcode": -1, "errmsg": "system busy"} if lies else {"errcode": 0}
            self.answer(500 if manner is Manner.FAILS else 200, json.dumps(answer).encode())

    with serving(Handler) as receiver.url:
        yield receiver
