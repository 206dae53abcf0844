"""What the group robots' answers mean: HTTP status and body together, never the status alone."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import httpx
import msgspec

from services.alerts.adapters.channels.http_outcome import outcome_of, words_of
from services.alerts.domain.delivery import SendOutcome, SendResult

Meaning = tuple[SendOutcome, timedelta | None]

_CONFIG: Meaning = (SendOutcome.PERMANENT_CONFIG, None)
_CONTENT: Meaning = (SendOutcome.PERMANENT_CONTENT, None)
_BUSY: Meaning = (SendOutcome.TRANSIENT, None)
_MINUTE: Meaning = (SendOutcome.THROTTLED, timedelta(minutes=1))
_TEN_MINUTES: Meaning = (SendOutcome.THROTTLED, timedelta(minutes=10))

WECOM_CODES: Mapping[int, Meaning] = {
    45009: _MINUTE,  # more than 20 in a minute
    40058: _CONTENT,  # too long
    93000: _CONFIG,  # no such key
}
DINGTALK_CODES: Mapping[int, Meaning] = {
    -1: _BUSY,
    310000: _CONFIG,  # signature, keyword or address of the sender
    400101: _CONFIG,  # no such token
    130101: _TEN_MINUTES,  # more than 20 in a minute: silence for about ten
    460101: _CONTENT,  # too large
}
FEISHU_CODES: Mapping[int, Meaning] = {
    9499: _MINUTE,  # too frequent; comes with HTTP 400
    11232: _MINUTE,  # too frequent; comes with HTTP 200
    19001: _CONFIG,  # no such token
    19021: _CONFIG,  # signature or time
    19022: _CONFIG,  # address of the sender
    19024: _CONFIG,  # keyword missing
}
_PUNISHED = "punish"
"""DingTalk's answer while it is silent: ``{"status": 1111, "punish": "deny"}``."""


def robot_outcome(
    response: httpx.Response,
    now: datetime,
    code_fields: tuple[str, ...],
    meanings: Mapping[int, Meaning],
) -> SendResult:
    """Success is HTTP 2xx *and* code 0; a code that is not known is tried again, not believed."""
    by_status = outcome_of(response, now)
    body = _object(response)
    detail = words_of(response)
    if _PUNISHED in body:
        return SendResult(*_with(_TEN_MINUTES, detail))
    code = _code(body, code_fields)
    if code is not None and code in meanings:
        return SendResult(*_with(meanings[code], detail))
    if by_status.outcome is not SendOutcome.OK or code == 0:
        return by_status
    # 2xx with something else: a new code, or a page of whoever stands in between.
    return SendResult(SendOutcome.TRANSIENT, detail, maybe_delivered=code is None)


def _with(meaning: Meaning, detail: str) -> tuple[SendOutcome, str, timedelta | None]:
    outcome, pause = meaning
    return outcome, detail, pause


def _object(response: httpx.Response) -> dict[str, Any]:
    try:
        body = msgspec.json.decode(response.content)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}
    return body if isinstance(body, dict) else {}


def _code(body: Mapping[str, Any], fields: tuple[str, ...]) -> int | None:
    """The first of the fields that is there; null unless it is a number."""
    for field in fields:
        if field in body:
            found = body[field]
            return found if type(found) is int else None
    return None
