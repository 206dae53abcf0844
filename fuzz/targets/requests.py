"""What comes with HTTP: bodies, headers, cursors, addresses."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from pydantic import SecretStr
from starlette.exceptions import HTTPException
from starlette.requests import Request

from fuzz.property import claim
from services.alerts.adapters.channels.guard import TargetGuard
from services.alerts.adapters.channels.http_outcome import outcome_of
from services.alerts.adapters.channels.targets import why_refused
from services.alerts.api.cursors import read_cursor, write_cursor
from services.alerts.domain.ack_link import AckLinks
from services.alerts.domain.subscription import ChannelTarget, ChannelType
from services.alerts.domain.target import masked_target
from services.ingest.api.bodies import JSON, NDJSON, media_type, split_items
from services.ingest.domain.reading import CONSUMED_TOPICS, Reader
from services.ingest.ports import Outgoing
from services.ingest.use_cases.accept import CheckEvents
from services.metrics.api.moments import moment
from shared.access.gate import credentials
from shared.configuration import SettingsError
from shared.events.reasons import Reason, Refused
from shared.http import Problem
from shared.plans import load_catalogue
from shared.settings import CommonSettings, is_loopback
from shared.storage.engine import database_url
from shared.testing.clock import FixedClock

_NOW = datetime(2026, 7, 1, tzinfo=UTC)
_ITEMS = 100
_GUARD = TargetGuard(hosts=frozenset({"example.org"}), lookup=lambda _host: ["93.184.216.34"])
_LONGEST_PAUSE = timedelta(days=1)
_check = CheckEvents(Reader(load_catalogue().plans), FixedClock(_NOW))
_links = AckLinks(bytes(32))


def bodies(data: bytes) -> None:
    """NDJSON or, with another first byte, a JSON array; then each event of it."""
    kind = NDJSON if data[:1] == b"\x01" else JSON
    body = data[1:] if kind == NDJSON else data
    try:
        items = split_items(kind, body, _ITEMS)
    except Problem as problem:
        claim(problem.status_code in {400, 413, 415}, "a body is refused with 400, 413 or 415")
        return
    claim(len(items) <= _ITEMS, "no more items than allowed")
    topic = CONSUMED_TOPICS[len(body) % len(CONSUMED_TOPICS)]
    outcomes = list(_check.all(topic, items))
    claim(len(outcomes) == len(items), "every item has an outcome")
    for item, outcome in zip(items, outcomes, strict=True):
        if isinstance(outcome, Outgoing):
            claim(outcome.value == item, "an accepted event goes on as it came")
        else:
            claim(isinstance(outcome, Refused), "an outcome is an event or a refusal")
            claim(isinstance(outcome.reason, Reason), "the reason is one of the words")


def headers(data: bytes) -> None:
    """Request and response headers, one a line: values are Latin-1 as ASGI brings them."""
    lines = data.split(b"\n")
    pairs = [(line.partition(b":")[0].lower(), line.partition(b":")[2]) for line in lines]
    request = Request({"type": "http", "method": "GET", "path": "/", "headers": pairs})
    claim(media_type(request) == media_type(request).lower(), "a media type is in lower case")
    claim(isinstance(credentials(request), str), "credentials are a text")
    for _, value in pairs:
        text = value.decode("latin-1")
        response = httpx.Response(429, headers=[(b"Retry-After", value)])
        result = outcome_of(response, _NOW)
        pause = result.retry_after
        claim(pause is None or timedelta() <= pause <= _LONGEST_PAUSE, "a pause has bounds")
        is_loopback(text)
        try:
            claim(moment(text, _NOW) <= _NOW, "no answer is from the future")
        except HTTPException as problem:
            claim(problem.status_code == 422, "a moment is refused with 422")  # noqa: PLR2004


def cursors(data: bytes) -> None:
    """Cursors of lists, and the codes of links in messages."""
    text = data.decode("utf-8", "replace")
    for kind in (int, str, tuple[int, str]):
        try:
            position = read_cursor(text, kind)
        except Problem as problem:
            claim(problem.status_code == 400, "a foreign cursor is a 400")  # noqa: PLR2004
            continue
        again = read_cursor(write_cursor(position), kind)
        claim(again == position, "a cursor that is written is read as the same")
    claim(_links.read(text, _NOW) is None, "nobody guesses the code of a link")


def urls(data: bytes) -> None:
    """Addresses in settings and subscriptions: refused with words, never shown with secrets."""
    text = data.decode("utf-8", "replace").replace("\0", "")
    settings = CommonSettings(data_dir=Path(), database_url=SecretStr(text))
    try:
        claim(bool(database_url(settings, "ingest").database), "a database has a name")
    except SettingsError as error:
        claim("CLUSTERWATCH_" in str(error), "a refusal names the setting")
    for kind in ChannelType:
        channel = ChannelTarget(kind, text)
        # Only the form: a fuzzer asks no resolver.
        refused = why_refused(channel, _GUARD)
        shown = masked_target(text)
        claim(refused is None or bool(refused), "a refusal says what is wrong")
        if refused is None and "#" in text and text.partition("#")[2]:
            claim(text not in shown, "a secret is not shown")
