"""Reading request bodies: limits first, then single items as raw bytes."""

from http import HTTPStatus

import msgspec
from fastapi import Request

from shared.http import Problem

NDJSON = "application/x-ndjson"
JSON = "application/json"

_ARRAY = msgspec.json.Decoder(list[msgspec.Raw])


async def read_body(request: Request, limit: int) -> bytes:
    """The whole body. Raises `Problem` 413 as soon as it is above `limit` bytes, 415 if packed."""
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "send the body without Content-Encoding")
    pieces = []
    size = 0
    async for piece in request.stream():
        size += len(piece)
        if size > limit:
            raise Problem(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"at most {limit} bytes: send it in parts"
            )
        pieces.append(piece)
    return b"".join(pieces)


def media_type(request: Request) -> str:
    """Media type of the body, without parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def split_items(kind: str, body: bytes, limit: int) -> list[bytes]:
    """Items of NDJSON (blank lines are none) or of a JSON array, as bytes.

    Raises `Problem`: 415 for another type, 400 for what is no array, 413 above `limit` items.
    """
    if kind == NDJSON:
        items = ndjson_lines(body)
    elif kind == JSON:
        items = _array(body)
    else:
        raise Problem(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            f"send {NDJSON} (one event per line) or {JSON} (an array of events)",
        )
    if len(items) > limit:
        raise Problem(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            f"{len(items)} events, at most {limit}: send them in parts",
        )
    return items


def ndjson_lines(body: bytes) -> list[bytes]:
    """Lines with something on them; a byte order mark and carriage returns are not content."""
    lines = body.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    return [line for line in map(bytes.strip, lines) if line]


def _array(body: bytes) -> list[bytes]:
    try:
        return [bytes(item) for item in _ARRAY.decode(body)]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Problem(
            HTTPStatus.BAD_REQUEST, f"the body is not a JSON array of events: {error}"
        ) from error
