"""Log lines that forge no other line and give no secret away."""

import logging
import re
from collections.abc import Iterable, MutableMapping
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from pydantic import SecretStr
from pydantic_settings import BaseSettings
from structlog.typing import Processor

_SHORTEST = 4
"""Shorter words stand in too many texts to be blotted out."""
_GONE = "…"
_PATTERNS = (
    # user:password@ of any address
    (re.compile(r"(?<=://)[^/\s@'\"]*:[^/\s@'\"]*(?=@)"), _GONE),
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{8,}"), rf"\1 {_GONE}"),
    # own tokens and sessions, wherever they stand
    (re.compile(r"\bcw[ts]_[\w-]{8,}"), _GONE),
    (
        re.compile(r"(?i)\b(key|access_token|token|secret|sign|password)=[^&\s'\"#)]+"),
        rf"\1={_GONE}",
    ),
    (re.compile(r"(/open-apis/bot/v2/hook/)[\w-]+"), rf"\1{_GONE}"),
)
# Control characters, line and paragraph separators, and marks that turn the direction of text.
_FORGES = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_FORGES_BLOCK = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def secrets_of(settings: BaseSettings) -> frozenset[str]:
    """Texts that must not be shown: all secret settings, and the passwords inside addresses."""
    found = set[str]()
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if not isinstance(value, SecretStr):
            continue
        text = value.get_secret_value()
        password = urlsplit(text).password if "://" in text else None
        for one in (text, password or ""):
            found |= {one, quote(one, safe=""), unquote(one)}
            found |= set(re.split(r"[\s,]+", one))
    return frozenset(one for one in found if len(one) >= _SHORTEST)


class Redactor:
    """Blots secrets out of texts."""

    def __init__(self, secrets: Iterable[str]) -> None:
        ordered = sorted(secrets, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, ordered))) if ordered else None

    def __call__(self, text: str) -> str:
        """The text without any known secret, or what looks like one."""
        if self._known is not None:
            text = self._known.sub(_GONE, text)
        for pattern, instead in _PATTERNS:
            text = pattern.sub(instead, text)
        return text


def one_line(text: str) -> str:
    """The text with everything visible that could begin a new line or hide one."""
    return _FORGES.sub(_escaped, text)


def _block(text: str) -> str:
    """Several lines, such as a traceback: each is marked, so that none passes for a log line."""
    return _FORGES_BLOCK.sub(_escaped, text).replace("\n", "\n  | ")


def _escaped(found: re.Match[str]) -> str:
    return found.group().encode("unicode_escape").decode()


def redacting(redact: Redactor) -> Processor:
    """A processor of structlog, the last one before the renderer."""

    def process(
        _logger: Any,  # noqa: ANN401 - structlog's signature
        _method: str,
        line: MutableMapping[str, Any],
    ) -> MutableMapping[str, Any]:
        for name, value in line.items():
            if name == "exception":
                line[name] = _block(redact(str(value)))
            elif not isinstance(value, (int, float, type(None))):
                line[name] = one_line(redact(str(value)))
        return line

    return process


class HarmlessFormatter(logging.Formatter):
    """The same for what libraries log."""

    def __init__(self, redact: Redactor) -> None:
        super().__init__("%(levelname)s:%(name)s:%(message)s")
        self._redact = redact

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        """One line."""
        record.message = one_line(self._redact(record.message))
        return super().formatMessage(record)

    def formatException(self, ei: Any) -> str:  # noqa: ANN401, N802 - logging's signature
        """Marked lines."""
        return "  | " + _block(self._redact(super().formatException(ei)))
