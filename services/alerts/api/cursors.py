"""Opaque cursors of lists."""

import base64
import binascii
from http import HTTPStatus
from typing import TypeVar

import msgspec

from shared.http import Problem

T = TypeVar("T")


def write_cursor(position: object) -> str | None:
    """Text of a position; null where there is no further page."""
    if position is None:
        return None
    return base64.urlsafe_b64encode(msgspec.json.encode(position)).decode().rstrip("=")


def read_cursor(text: str | None, kind: type[T]) -> T | None:
    """Position of a text; raises a problem (400) for one that was not written here."""
    if text is None:
        return None
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        return msgspec.json.decode(raw, type=kind)
    except (binascii.Error, ValueError, msgspec.DecodeError) as error:
        raise Problem(HTTPStatus.BAD_REQUEST, "next: not a cursor of this list") from error
