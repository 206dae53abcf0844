"""Channels against real servers on this machine."""

import asyncio
import json
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import ip_network
from typing import Any

import aiosmtplib
import httpx
import pytest
from aiosmtpd.controller import Controller

from services.alerts.adapters.channels.guard import TargetGuard
from services.alerts.adapters.channels.mail import MailChannel, SmtpServer, outcome_of
from services.alerts.adapters.channels.pinned import new_client
from services.alerts.adapters.channels.posting import Poster
from services.alerts.adapters.channels.webhook import WebhookChannel
from services.alerts.domain.delivery import SendOutcome, SendResult
from services.alerts.ports import Message
from shared.testing.loopback import QuietHandler, serving

HERE = TargetGuard((ip_network("127.0.0.0/8"),))

MESSAGE = Message(
    subject="【告警·黄色】轴承 2026年5月",
    text="第一行\n第二行\n",
    html="<p>第一行</p>",
    status="firing",
    labels={"alertname": "trajectory", "unit": "szah-lb-bearings"},
    annotations={"summary": "轴承", "colour": "yellow"},
    starts_at=datetime(2026, 6, 12, 1, tzinfo=UTC),
    ends_at=None,
    at=datetime(2026, 6, 12, 1, tzinfo=UTC),
    generator_url="https://alerts.test/console/alerts/1",
    fingerprint="0123456789abcdef",
    group_key="{}:{}",
    thread="0123456789abcdef.1.sub",
    opens_thread=True,
    id="0123456789abcdef.1.sub",
    receiver="轴承专班",
    notification_reason="firing",
    external_url="https://alerts.test",
)


class Robot:
    """A webhook receiver that answers as it is told."""

    def __init__(self) -> None:
        self.status = 200
        self.headers: dict[str, str] = {}
        self.silent = False
        self.received: list[tuple[dict[str, str], dict[str, Any]]] = []
        robot = self

        class Handler(QuietHandler):
            def do_POST(self) -> None:
                robot.received.append((dict(self.headers), json.loads(self.body())))
                if not robot.silent:
                    self.answer(robot.status, b"ok", robot.headers)

        self.handler = Handler
        self.url = ""


@pytest.fixture
def robot() -> Iterator[Robot]:
    found = Robot()
    with serving(found.handler) as address:
        found.url = f"{address}/robot?key=secret"
        yield found


def post(url: str, message: Message = MESSAGE, *, allow_private: bool = True) -> SendResult:
    async def run() -> SendResult:
        guard = HERE if allow_private else TargetGuard()
        async with new_client(guard) as client:
            return await WebhookChannel(Poster(client)).send(url, message)

    return asyncio.run(run())


def test_a_webhook_gets_the_body_and_the_delivery_id(robot: Robot) -> None:
    assert post(robot.url).outcome is SendOutcome.OK
    headers, body = robot.received[0]
    assert headers["X-Clusterwatch-Delivery"] == MESSAGE.id
    assert (body["version"], body["alerts"][0]["endsAt"]) == ("4", "0001-01-01T00:00:00Z")


@pytest.mark.parametrize(
    ("status", "headers", "outcome"),
    [
        (204, {}, SendOutcome.OK),
        (302, {"Location": "http://127.0.0.1:1/"}, SendOutcome.PERMANENT_CONFIG),
        (400, {}, SendOutcome.PERMANENT_CONTENT),
        (404, {}, SendOutcome.PERMANENT_CONFIG),
        (413, {}, SendOutcome.PERMANENT_CONTENT),
        (429, {}, SendOutcome.THROTTLED),
        (500, {}, SendOutcome.TRANSIENT),
        (503, {}, SendOutcome.TRANSIENT),
        (503, {"Retry-After": "7"}, SendOutcome.THROTTLED),
    ],
)
def test_only_a_2xx_is_success(
    robot: Robot, status: int, headers: dict[str, str], outcome: SendOutcome
) -> None:
    robot.status, robot.headers = status, headers
    assert post(robot.url).outcome is outcome


def test_retry_after_is_kept(robot: Robot) -> None:
    robot.status, robot.headers = 429, {"Retry-After": "90"}
    assert post(robot.url).retry_after == timedelta(seconds=90)


def test_a_connection_that_ends_without_an_answer_may_have_delivered(robot: Robot) -> None:
    robot.silent = True
    result = post(robot.url)
    assert (result.outcome, result.maybe_delivered) == (SendOutcome.TRANSIENT, True)


def test_a_port_that_nobody_listens_on_has_surely_not_delivered() -> None:
    result = post("http://127.0.0.1:9/robot")
    assert (result.outcome, result.maybe_delivered) == (SendOutcome.TRANSIENT, False)


def test_a_private_target_is_refused_at_sending_too(robot: Robot) -> None:
    result = post(robot.url, allow_private=False)
    assert result.outcome is SendOutcome.PERMANENT_CONFIG
    assert robot.received == []


class Mailbox:
    """An SMTP handler that keeps mails, or answers as it is told."""

    def __init__(self) -> None:
        self.answer = "250 OK"
        self.mails: list[EmailMessage] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        if self.answer.startswith("250"):
            self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        return self.answer


@pytest.fixture
def mailbox() -> Iterator[tuple[Mailbox, MailChannel]]:
    box = Mailbox()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    server = SmtpServer("127.0.0.1", port, "none", None, None, "cw@office.test")
    yield box, MailChannel(server)
    controller.stop()


def test_a_mail_is_handed_over_with_text_and_html(mailbox: tuple[Mailbox, MailChannel]) -> None:
    box, channel = mailbox
    result = asyncio.run(channel.send("zhuanban@office.test", MESSAGE))
    assert result.outcome is SendOutcome.OK
    (mail,) = box.mails
    assert mail["Subject"] == MESSAGE.subject
    assert mail["Message-ID"] == "<0123456789abcdef.1.sub@office.test>"
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert plain.get_content().splitlines() == MESSAGE.text.splitlines()
    assert html.get_content().strip() == MESSAGE.html


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ("451 busy", SendOutcome.TRANSIENT),
        ("550 no such user", SendOutcome.PERMANENT_CONFIG),
        ("550 Mail frequency limited", SendOutcome.THROTTLED),
        ("554 too many messages, try again later", SendOutcome.THROTTLED),
        ("552 too large", SendOutcome.PERMANENT_CONTENT),
    ],
)
def test_the_mail_servers_answer_decides(
    mailbox: tuple[Mailbox, MailChannel], answer: str, outcome: SendOutcome
) -> None:
    box, channel = mailbox
    box.answer = answer
    assert asyncio.run(channel.send("a@office.test", MESSAGE)).outcome is outcome
    assert box.mails == []


def test_a_mail_server_that_is_away_is_transient() -> None:
    channel = MailChannel(SmtpServer("127.0.0.1", 9, "none", None, None, "cw@office.test"))
    result = asyncio.run(channel.send("a@office.test", MESSAGE))
    assert (result.outcome, result.maybe_delivered) == (SendOutcome.TRANSIENT, False)


def test_a_server_without_tls_where_it_is_demanded_is_a_matter_of_settings(
    mailbox: tuple[Mailbox, MailChannel],
) -> None:
    _, channel = mailbox
    port = channel._server.port
    secured = MailChannel(SmtpServer("127.0.0.1", port, "starttls", None, None, "cw@office.test"))
    result = asyncio.run(secured.send("a@office.test", MESSAGE))
    assert result.outcome is SendOutcome.PERMANENT_CONFIG


def test_a_refused_recipient_is_read_from_its_own_answer() -> None:
    refused = aiosmtplib.SMTPRecipientRefused(550, "unknown", "a@office.test")
    result = outcome_of(aiosmtplib.SMTPRecipientsRefused([refused]))
    assert result.outcome is SendOutcome.PERMANENT_CONFIG


def test_the_client_follows_no_redirects() -> None:
    client = new_client(TargetGuard())
    assert isinstance(client, httpx.AsyncClient)
    assert not client.follow_redirects
    asyncio.run(client.aclose())
