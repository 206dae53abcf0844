"""E-mail: text and HTML, with resolved threaded under firing."""

from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate
from typing import Literal

import aiosmtplib

from services.alerts.domain.delivery import SendOutcome, SendResult
from services.alerts.ports import Message

_TIMEOUT_SECONDS = 20.0
_PERMANENT = 500
_RECIPIENT_CODES = frozenset({550, 551, 553, 530, 534, 535, 538, 554})
"""Address, policy or login: the subscription or the settings must change."""
_THROTTLE_WORDS = (
    "frequency",
    "too many",
    "rate limit",
    "try again",
    "throttl",
    "频率",
    "过于频繁",
)
"""Some providers throttle with 550 or 554 and say so only in the text."""

Security = Literal["none", "starttls", "tls"]


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where and how mail is handed over."""

    host: str
    port: int
    security: Security
    username: str | None
    password: str | None
    sender: str
    """Address in From; its domain names the Message-IDs."""


class MailChannel:
    """`Channel` over SMTP; one connection per message."""

    def __init__(self, server: SmtpServer) -> None:
        self._server = server

    async def send(self, target: str, message: Message) -> SendResult:
        """Hand one message over."""
        server = self._server
        try:
            await aiosmtplib.send(
                compose(message, server.sender, target),
                hostname=server.host,
                port=server.port,
                use_tls=server.security == "tls",
                start_tls=server.security == "starttls",
                username=server.username,
                password=server.password,
                timeout=_TIMEOUT_SECONDS,
            )
        except aiosmtplib.SMTPException as error:
            return outcome_of(error)
        except OSError as error:
            return SendResult(SendOutcome.TRANSIENT, f"not reached: {error!r}")
        return SendResult(SendOutcome.OK, "accepted by the mail server")


def compose(message: Message, sender: str, recipient: str) -> EmailMessage:
    """Multipart message whose id is the same for every attempt of one delivery."""
    domain = sender.rpartition("@")[2]
    root = f"<{message.thread}@{domain}>"
    mail = EmailMessage()
    mail["From"] = sender
    mail["To"] = recipient
    mail["Subject"] = message.subject
    mail["Date"] = formatdate((message.ends_at or message.starts_at).timestamp())
    if message.opens_thread:
        mail["Message-ID"] = root
    else:
        mail["Message-ID"] = f"<{message.id}@{domain}>"
        mail["In-Reply-To"] = root
        mail["References"] = root
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Clusterwatch-Fingerprint"] = message.fingerprint
    mail.set_content(message.text)
    mail.add_alternative(message.html, subtype="html")
    for file in message.attachments:
        maintype, _, subtype = file.media_type.partition(";")[0].partition("/")
        mail.add_attachment(file.content, maintype=maintype, subtype=subtype, filename=file.name)
    return mail


def outcome_of(error: aiosmtplib.SMTPException) -> SendResult:
    """4xx is tried again, 5xx is permanent except where the text says throttled."""
    code, text = _answer(error)
    detail = f"SMTP {code or ''} {text}".strip()
    # aiosmtplib tells a missing STARTTLS by its plainest exception.
    if isinstance(error, aiosmtplib.SMTPNotSupported) or "extension not supported" in text:
        return SendResult(SendOutcome.PERMANENT_CONFIG, detail)
    if isinstance(error, aiosmtplib.SMTPReadTimeoutError | aiosmtplib.SMTPServerDisconnected):
        return SendResult(SendOutcome.TRANSIENT, detail, maybe_delivered=True)
    if code is None or code < _PERMANENT:
        return SendResult(SendOutcome.TRANSIENT, detail)
    if any(word in text.lower() for word in _THROTTLE_WORDS):
        return SendResult(SendOutcome.THROTTLED, detail)
    if code in _RECIPIENT_CODES:
        return SendResult(SendOutcome.PERMANENT_CONFIG, detail)
    return SendResult(SendOutcome.PERMANENT_CONTENT, detail)


def _answer(error: aiosmtplib.SMTPException) -> tuple[int | None, str]:
    """The server's code and words; of refused recipients the first one's."""
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused) and error.recipients:
        first = error.recipients[0]
        return first.code, first.message
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return error.code, error.message
    return None, error.message
