"""From a Kafka record to an input event, or to the reason why it is refused.

What is decided here, in this order: `null_value`, `too_large`, `bad_header`, `not_utf8`,
`not_json`, then the fields. A value of another JSON type is `wrong_type`; a value of the right
type that is not allowed (an unknown stage, a text too long, a revision below 1) is `out_of_range`;
a number with more than six decimals is `not_representable`.
"""

import re
from collections.abc import Callable, Iterator
from decimal import Context, Decimal, DecimalException, Inexact, InvalidOperation
from operator import attrgetter
from typing import Any, Final, NoReturn, TypeVar, get_type_hints

import msgspec

from shared.events.cloudevents import binary_attributes, is_structured, read_envelope
from shared.events.inputs import INPUT_TOPICS, InputEvent, Number
from shared.events.reasons import Reason, Refused
from shared.events.records import Record

MAX_VALUE_BYTES: Final = 1_048_576
"""Own limit for one record's value."""

_T = TypeVar("_T")
_MICRO = Decimal("0.000001")
# 40 digits hold 10¹⁵ yuan with six decimals twice over; longer numbers are refused before any
# arithmetic, so a huge exponent costs nothing.
_EXACT = Context(prec=40, traps=[InvalidOperation, Inexact])
_quantize = _EXACT.quantize
_MOST = 10 ** (_EXACT.prec + _MICRO.adjusted())
"""Whole numbers from here on have more digits than fit before six decimals."""
# Outside these years a time zone conversion may overflow, and no report was ever sent.
_FIRST_YEAR, _LAST_YEAR = 1949, 2200
_FILLED_FROM_CLOUDEVENTS = (("event_id", "id"), ("source", "source"))

_PATH = re.compile(r" - at `\$\.?([^`]*)`\Z")
_MISSING = re.compile(r"Object missing required field `([^`]*)`")
_RANGE = re.compile(
    r"Invalid enum value|Expected `[^`]+` (?:of length|matching|[<>])|\w+(?: value)? out of range"
)
_DETAIL_LENGTH = 300


class Decoded(msgspec.Struct, frozen=True, gc=False):
    """An input event that has the right shape."""

    event: InputEvent
    event_id: str
    source: str
    unknown_fields: int
    """Top-level fields that this version does not know; ignored, but counted."""


def decode(record: Record) -> Decoded:
    """Read the event of a record from one of the `stats.*` topics.

    Plain JSON and both modes of CloudEvents are read; the record's key is not looked at.
    Raises `Refused`, and nothing else whatever the bytes; `KeyError` for a foreign topic.
    """
    reader = _READERS[record.topic]
    value = record.value
    if value is None:
        raise Refused(Reason.NULL_VALUE, None, "the value is null")
    if len(value) > MAX_VALUE_BYTES:
        raise Refused(Reason.TOO_LARGE, None, f"{len(value)} bytes, at most {MAX_VALUE_BYTES}")
    if not record.headers:
        return reader.read(value, {})
    attributes = binary_attributes(record.headers)
    if is_structured(record.headers):
        value, attributes = _unwrap(value)
    return reader.read(value, attributes)


def decode_as(record: Record, decoder: msgspec.json.Decoder[_T]) -> _T:
    """Read the value of a record of another topic; unknown fields are ignored.

    Raises `Refused`, and nothing else whatever the bytes.
    """
    if record.value is None:
        raise Refused(Reason.NULL_VALUE, None, "the value is null")
    if len(record.value) > MAX_VALUE_BYTES:
        raise Refused(
            Reason.TOO_LARGE, None, f"{len(record.value)} bytes, at most {MAX_VALUE_BYTES}"
        )
    try:
        _check_encoding(record.value)
        event = decoder.decode(record.value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        _refuse(record.value, error)
    check_texts(record.value, event)
    return event


def _unwrap(value: bytes) -> tuple[bytes, dict[str, str]]:
    try:
        return read_envelope(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        _refuse(value, error)


class _Reader:
    """Decoder of one topic."""

    def __init__(self, contract: type[InputEvent]) -> None:
        hints = get_type_hints(contract)
        self._decode: Callable[[bytes], InputEvent] = msgspec.json.Decoder(contract).decode
        self._fields = frozenset(contract.__struct_fields__)
        self._numbers = tuple(name for name, hint in hints.items() if _mentions(hint, Decimal))
        self._values = _getter(self._numbers)
        # msgspec does not check the encoding of what it skips, which is only possible inside
        # nested structs: at the top level nothing is skipped.
        self._nested = "memberships" in self._fields

    def read(self, value: bytes, attributes: dict[str, str]) -> Decoded:
        unknown = 0
        try:
            event = self._decode(value)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            event, unknown = self._read_again(value, attributes)
        if self._nested and not value.isascii():
            _check_encoding(value)
        if attributes or b"\\" in value:
            _check_texts(event)
        for number in self._values(event):
            if number is not None and (type(number) is not int or not -_MOST < number < _MOST):
                self._check_number(event, number)
        if not _FIRST_YEAR <= event.reported_at.year <= _LAST_YEAR:
            year = event.reported_at.year
            raise Refused(Reason.OUT_OF_RANGE, "reported_at", f"year {year}")
        return Decoded(event, event.event_id, event.source, unknown)

    def _check_number(self, event: InputEvent, number: Number) -> None:
        if type(number) is int:
            raise self._refused_number(event, number)
        try:
            nan = _quantize(number, _MICRO).is_nan()
        except DecimalException as error:
            raise self._refused_number(event, number) from error
        if nan:
            raise self._refused_number(event, number)

    def _read_again(self, value: bytes, attributes: dict[str, str]) -> tuple[InputEvent, int]:
        """Read after the quick way failed: without unknown fields, with CloudEvents' identity."""
        try:
            _check_encoding(value)
            body = _OBJECT.decode(value)
            known = {name: raw for name, raw in body.items() if name in self._fields}
            for field, attribute in _FILLED_FROM_CLOUDEVENTS:
                if attribute in attributes and bytes(known.get(field, b"null")) == b"null":
                    known[field] = msgspec.Raw(msgspec.json.encode(attributes[attribute]))
            return self._decode(msgspec.json.encode(known)), len(body) - len(known.keys() & body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            _refuse(value, error)

    def _refused_number(self, event: InputEvent, number: Number) -> Refused:
        names = zip(self._numbers, self._values(event), strict=True)
        return _refused_number(next(name for name, value in names if value is number), number)


def _check_encoding(value: bytes) -> None:
    try:
        value.decode()
    except UnicodeDecodeError as error:
        raise Refused(Reason.NOT_UTF8, None, f"byte {error.start} is not UTF-8") from error


def check_texts(value: bytes, event: object) -> None:
    """Raise `Refused` where a text of the event, read from `value`, holds a NUL."""
    if b"\\" in value and isinstance(event, msgspec.Struct):
        _check_texts(event)


def _check_texts(event: msgspec.Struct) -> None:
    """NUL is legal JSON (as an escape), but PostgreSQL cannot store it in a text."""
    for field, text in _texts(event):
        if "\0" in text:
            raise Refused(Reason.OUT_OF_RANGE, field, "a text contains the character NUL")


def _texts(struct: msgspec.Struct) -> Iterator[tuple[str, str]]:
    for field in struct.__struct_fields__:
        value = getattr(struct, field)
        if isinstance(value, str):
            yield field, value
        elif isinstance(value, tuple):
            for index, item in enumerate(value):
                if isinstance(item, str):
                    yield f"{field}[{index}]", item
                elif isinstance(item, msgspec.Struct):
                    yield from ((f"{field}[{index}].{name}", text) for name, text in _texts(item))


def _refused_number(field: str, reported: Number) -> Refused:
    number = Decimal(reported)
    if not number.is_finite():
        return Refused(Reason.WRONG_TYPE, field, f"{number} is not a number")
    if number.adjusted() > _EXACT.prec + _MICRO.adjusted() - 1:
        return Refused(Reason.OUT_OF_RANGE, field, "the number has too many digits")
    return Refused(Reason.NOT_REPRESENTABLE, field, "the number has more than six decimals")


def _refuse(value: bytes, error: Exception) -> NoReturn:
    """Translate an error of msgspec into a refusal."""
    _check_encoding(value)
    if not isinstance(error, msgspec.ValidationError):
        raise Refused(Reason.NOT_JSON, None, str(error)[:_DETAIL_LENGTH]) from error
    text = str(error)
    at = _PATH.search(text)
    path = at[1] if at else ""
    detail = text[:_DETAIL_LENGTH]
    missing = _MISSING.match(text)
    if missing is not None:
        field = f"{path}.{missing[1]}".lstrip(".")
        raise Refused(Reason.MISSING_FIELD, field, detail) from error
    reason = Reason.OUT_OF_RANGE if _RANGE.match(text) else Reason.WRONG_TYPE
    raise Refused(reason, path or None, detail) from error


def _mentions(hint: object, wanted: type) -> bool:
    return hint is wanted or any(_mentions(part, wanted) for part in getattr(hint, "__args__", ()))


def _getter(names: tuple[str, ...]) -> Callable[[Any], tuple[Number | None, ...]]:
    """All named attributes at once, always as a tuple."""
    if not names:
        return lambda _: ()
    if len(names) == 1:
        (name,) = names
        return lambda event: (getattr(event, name),)
    return attrgetter(*names)


_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_READERS = {topic: _Reader(contract) for topic, contract in INPUT_TOPICS.items()}
