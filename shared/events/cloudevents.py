"""CloudEvents 1.0 in the two modes of its Kafka binding; plain JSON needs none of this."""

import base64
import binascii

import msgspec

from shared.events.reasons import Reason, Refused
from shared.events.records import Headers

_STRUCTURED = b"application/cloudevents+json"
_PREFIX = "ce_"
_ABSENT = msgspec.Raw(b"")


class Envelope(msgspec.Struct, frozen=True):
    """Structured mode: the attributes this project uses, around the data."""

    id: str | None = None
    source: str | None = None
    data: msgspec.Raw = _ABSENT
    data_base64: str | None = None


_DECODER = msgspec.json.Decoder(Envelope)


def is_structured(headers: Headers) -> bool:
    """Whether the value is an envelope, by its `content-type` header."""
    return any(
        name.lower() == "content-type"
        and value is not None
        and value.strip().lower().startswith(_STRUCTURED)
        for name, value in headers
    )


def binary_attributes(headers: Headers) -> dict[str, str]:
    """Attributes from `ce_*` headers, the last of a name winning; foreign headers are not read.

    Raises `Refused` with `BAD_HEADER` when one of them is null or not UTF-8.
    """
    attributes: dict[str, str] = {}
    for name, value in headers:
        if not name.startswith(_PREFIX):
            continue
        if value is None:
            raise Refused(Reason.BAD_HEADER, name, f"header {name} is null")
        try:
            attributes[name.removeprefix(_PREFIX)] = value.decode()
        except UnicodeDecodeError as error:
            raise Refused(Reason.BAD_HEADER, name, f"header {name} is not UTF-8") from error
    return attributes


def read_envelope(value: bytes) -> tuple[bytes, dict[str, str]]:
    """Data bytes and attributes of a structured event.

    Raises msgspec's errors for a malformed envelope, `Refused` when it has no readable data.
    """
    envelope = _DECODER.decode(value)
    attributes = {
        name: text
        for name, text in (("id", envelope.id), ("source", envelope.source))
        if text is not None
    }
    data = bytes(envelope.data)
    if data:
        return data, attributes
    if envelope.data_base64 is None:
        raise Refused(Reason.MISSING_FIELD, "data", "the CloudEvents envelope has no data")
    try:
        return base64.b64decode(envelope.data_base64, validate=True), attributes
    except (binascii.Error, ValueError) as error:
        raise Refused(Reason.WRONG_TYPE, "data_base64", "data_base64 is not base64") from error
