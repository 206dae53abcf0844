"""A simulated group robot: receives alert webhooks on this machine and shows them on a page."""

import html
import json
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from demo.messages import CHINA

DEFAULT_PORT = 8104
_KEPT = 200
_MAX_BODY = 1024 * 1024

_COLOURS = {"red": "红", "orange": "橙", "yellow": "黄", "blue": "蓝", "green": "绿", "grey": "灰"}
_HEX = {
    "red": "#c0392b",
    "orange": "#d35400",
    "yellow": "#b7950b",
    "blue": "#2471a3",
    "green": "#1e8449",
    "grey": "#7f8c8d",
}
_STYLE = (
    "body{font-family:system-ui,'Noto Sans CJK SC',sans-serif;margin:2rem;max-width:60rem}"
    "li{list-style:none;border-left:.5rem solid;padding:.4rem .8rem;margin:.6rem 0;"
    "background:#f6f6f6}p.sim{background:#fff3cd;padding:.6rem}pre{white-space:pre-wrap}"
)


@dataclass(frozen=True, slots=True)
class Notice:
    """One alert of a webhook body, as the page shows it."""

    received: datetime
    status: str
    colour: str
    title: str
    text: str


def read_webhook(body: bytes, received: datetime) -> tuple[Notice, ...]:
    """Alerts of an Alertmanager v4 webhook body. Raises ValueError when it is none."""
    try:
        content = json.loads(body)
        alerts = content["alerts"]
        return tuple(_notice(alert, received) for alert in alerts)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("not an Alertmanager v4 webhook body") from error


def page(notices: Sequence[Notice]) -> str:
    """The inbox as HTML, newest first."""
    items = "".join(_item(notice) for notice in reversed(notices))
    return (
        '<!doctype html><html lang="zh-CN"><head><meta charset="utf-8">'
        '<meta http-equiv="refresh" content="10"><title>模拟专班收件箱</title>'
        f"<style>{_STYLE}</style></head><body><h1>模拟专班收件箱</h1>"
        '<p class="sim">模拟系统：企业、项目和数字均为虚构。'
        "Simulated: all enterprises, projects and figures are invented.</p>"
        f"<ul>{items or '<li>尚无消息</li>'}</ul></body></html>"
    )


class Inbox:
    """HTTP server on 127.0.0.1 in a thread of its own: `POST /robot`, `GET /`, `GET /messages`."""

    def __init__(self, port: int, tell: Callable[[Notice], None]) -> None:
        self._tell = tell
        self._notices: deque[Notice] = deque(maxlen=_KEPT)
        self._server = ThreadingHTTPServer(("127.0.0.1", port), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        """Address of the page."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def notices(self) -> tuple[Notice, ...]:
        """What was received, oldest first."""
        return tuple(self._notices)

    def receive(self, body: bytes) -> int:
        """Keep and tell the alerts of a webhook body; returns how many. Raises ValueError."""
        notices = read_webhook(body, datetime.now(tz=CHINA))
        for notice in notices:
            self._notices.append(notice)
            self._tell(notice)
        return len(notices)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        inbox = self

        class Handler(_Handler):
            def inbox(self) -> Inbox:
                return inbox

        return Handler


class _Handler(BaseHTTPRequestHandler):
    """Routes of the inbox."""

    def inbox(self) -> Inbox:
        raise NotImplementedError

    def do_GET(self) -> None:
        """The page, or the notices as JSON."""
        notices = self.inbox().notices
        if self.path == "/":
            self._answer(HTTPStatus.OK, "text/html; charset=utf-8", page(notices))
        elif self.path == "/messages":
            items = [
                {
                    "received": n.received.isoformat(),
                    "status": n.status,
                    "colour": n.colour,
                    "title": n.title,
                    "text": n.text,
                }
                for n in notices
            ]
            body = json.dumps({"simulated": True, "items": items}, ensure_ascii=False)
            self._answer(HTTPStatus.OK, "application/json", body)
        else:
            self._answer(HTTPStatus.NOT_FOUND, "text/plain; charset=utf-8", "not here\n")

    def do_POST(self) -> None:
        """Take a webhook."""
        length = int(self.headers.get("Content-Length") or 0)
        if self.path != "/robot" or not 0 < length <= _MAX_BODY:
            self._answer(HTTPStatus.BAD_REQUEST, "application/json", '{"errcode":400}')
            return
        try:
            count = self.inbox().receive(self.rfile.read(length))
        except ValueError as error:
            text = json.dumps({"errcode": 400, "errmsg": str(error)})
            self._answer(HTTPStatus.BAD_REQUEST, "application/json", text)
            return
        body = json.dumps({"errcode": 0, "errmsg": "ok", "received": count})
        self._answer(HTTPStatus.OK, "application/json", body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, ANN401 - base class
        """Say nothing: received alerts are told one by one."""

    def _answer(self, status: HTTPStatus, kind: str, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _notice(alert: dict[str, Any], received: datetime) -> Notice:
    labels, annotations = alert["labels"], alert.get("annotations", {})
    colour = str(annotations.get("colour") or labels.get("colour") or "grey")
    title = str(annotations.get("summary") or annotations.get("title") or labels["alertname"])
    text = str(annotations.get("description") or annotations.get("text") or "")
    return Notice(received, str(alert["status"]), colour, title, text)


def _item(notice: Notice) -> str:
    state = "已解除" if notice.status == "resolved" else "预警"
    colour = _COLOURS.get(notice.colour, notice.colour)
    shade = _HEX.get(notice.colour, "#7f8c8d")
    return (
        f'<li style="border-color:{shade}"><small>{notice.received:%Y-%m-%d %H:%M:%S}</small> '
        f"<b>[{html.escape(colour)}] {state} {html.escape(notice.title)}</b>"
        f"<pre>{html.escape(notice.text)}</pre></li>"
    )
