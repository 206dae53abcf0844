"""Alertmanager's syntax: matchers, and alerts as they are posted."""

import json
from datetime import UTC, datetime

from pydantic import ValidationError

from fuzz.property import claim
from services.alerts.api.alertmanager.models import RESOLVE_TIMEOUT, PostedAlert
from services.alerts.domain.external import labels_of, receive, why_invalid
from services.alerts.domain.silence import BadMatcher, parse_matcher

_NOW = datetime(2026, 7, 1, tzinfo=UTC)
_LABELS: tuple[dict[str, str], ...] = (
    {},
    {"alertname": "trajectory", "plan": "suzhou-2027"},
    {"unit": "轴承", "": "x"},
)


def matchers(data: bytes) -> None:
    """A matcher as people write it."""
    text = data.decode("utf-8", "replace")
    try:
        matcher = parse_matcher(text)
    except BadMatcher as bad:
        claim(bool(str(bad)), "a refusal says what is wrong")
        return
    for labels in _LABELS:
        matcher.matches(labels)
    written = str(matcher)
    claim(parse_matcher(written) == matcher, "a matcher that is written is read as it was")


def posted_alerts(data: bytes) -> None:
    """A body of `POST /api/v2/alerts`."""
    try:
        body = json.loads(data)
    except (ValueError, RecursionError):
        return
    for item in body if isinstance(body, list) else [body]:
        try:
            posted = PostedAlert.model_validate(item).posted(_NOW, RESOLVE_TIMEOUT)
        except ValidationError as error:
            claim(bool(error.errors()), "a refusal says what is wrong")
            continue
        if why_invalid(posted) is not None:
            continue
        labels = labels_of(posted.labels)
        claim(labels.as_dict() == dict(posted.labels), "labels are kept as they came")
        claim(len(labels.fingerprint) == 16, "a fingerprint has 16 digits")  # noqa: PLR2004
        received = receive(None, posted, _NOW)
        if received is not None:
            claim(received[0].fingerprint == labels.fingerprint, "an alert is what was posted")
