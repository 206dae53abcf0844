"""What the routes of Alertmanager's API have in common.

Errors are JSON strings, as its clients expect.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Query
from fastapi.responses import JSONResponse

from services.alerts.api.reach import Reach
from services.alerts.domain.silence import Matcher, parse_matcher
from services.alerts.use_cases.evaluate import Evaluated
from services.alerts.use_cases.external import ReceiveExternal
from services.alerts.use_cases.silences import ManageSilences, SilenceLedger
from shared.clock import Clock
from shared.confidentiality import ChangedStatuses, Mask

Filters = Annotated[list[str] | None, Query(alias="filter")]

_WORDS = {
    "application/json": {"schema": {"type": "string"}},
    # What never reaches the route, such as a body that is no text.
    "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}},
}
REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {"description": description, "content": _WORDS}
    for status, description in (
        (HTTPStatus.BAD_REQUEST, "What is wrong, in words."),
        (HTTPStatus.FORBIDDEN, "Beyond the token's scope."),
        (HTTPStatus.NOT_FOUND, "There is no such silence."),
    )
}
"""Alertmanager answers with a JSON string, and so do its routes here."""


@dataclass(frozen=True, slots=True)
class Compatibility:
    """What the routes need."""

    transaction: Callable[[], AbstractContextManager[SilenceLedger]]
    look: Callable[[], AbstractContextManager[SilenceLedger]]
    """A transaction that only reads, so that readers hold up nobody."""
    receive: ReceiveExternal
    silences: ManageSilences
    clock: Clock
    done: Callable[[Evaluated], None]
    public_url: str
    reach: Reach
    mask_of: Callable[[ChangedStatuses], Mask]
    version: str = "1"


def matchers_of(filters: list[str] | None) -> tuple[Matcher, ...]:
    """Matchers that a request names. Raises `BadMatcher`."""
    return tuple(parse_matcher(text) for text in filters or ())


def refusal(reason: str, status: HTTPStatus = HTTPStatus.BAD_REQUEST) -> JSONResponse:
    """A word about what is wrong, as JSON."""
    return JSONResponse(reason, status)
