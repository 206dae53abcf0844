"""What an HTTP status says about an attempt."""

from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import httpx

from services.alerts.domain.delivery import SendOutcome, SendResult

_DETAIL_LENGTH = 200
_LONGEST_PAUSE_SECONDS = 86_400
_MOST_DIGITS = 9
_CONTENT_STATUSES = {
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    HTTPStatus.UNPROCESSABLE_ENTITY,
}


def words_of(response: httpx.Response) -> str:
    """Status and the beginning of the body."""
    return f"HTTP {response.status_code} {response.text[:_DETAIL_LENGTH]}".strip()


def outcome_of(response: httpx.Response, now: datetime) -> SendResult:
    """Outcome by HTTP status; whatever is not 2xx is no success."""
    status = response.status_code
    detail = words_of(response)
    if response.is_success:
        return SendResult(SendOutcome.OK, detail)
    if status in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}:
        pause = _retry_after(response.headers.get("Retry-After"), now)
        if pause is not None or status == HTTPStatus.TOO_MANY_REQUESTS:
            return SendResult(SendOutcome.THROTTLED, detail, pause)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.REQUEST_TIMEOUT:
        return SendResult(SendOutcome.TRANSIENT, detail)
    if status in _CONTENT_STATUSES:
        return SendResult(SendOutcome.PERMANENT_CONTENT, detail)
    return SendResult(SendOutcome.PERMANENT_CONFIG, detail)


def _retry_after(value: str | None, now: datetime) -> timedelta | None:
    """Seconds or an HTTP date; null when absent or unreadable."""
    if value is None:
        return None
    digits = value.strip()
    if digits.isascii() and digits.isdigit():  # Latin-1 has digits that are no numbers, such as ²
        seconds = int(digits) if len(digits) <= _MOST_DIGITS else _LONGEST_PAUSE_SECONDS
        return timedelta(seconds=min(seconds, _LONGEST_PAUSE_SECONDS))
    try:
        pause = parsedate_to_datetime(value) - now
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(pause, timedelta()), timedelta(seconds=_LONGEST_PAUSE_SECONDS))
