"""From a record of `cluster.status.v1` to a status, or to the reason why it is refused."""

from dataclasses import dataclass
from typing import TypeVar

import msgspec

from shared.events.decoding import check_texts
from shared.events.period import Month
from shared.events.reasons import Reason, Refused
from shared.events.records import Record
from shared.events.status import Status

T = TypeVar("T")

_MAX_VALUE_BYTES = 1_048_576
_DECODER = msgspec.json.Decoder(Status)
_STORED = 2**63
"""Versions are kept as 64-bit integers."""
_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_KNOWN = frozenset(Status.__struct_fields__)


@dataclass(frozen=True, slots=True)
class DecodedStatus:
    """A status with its JSON and the number of fields this version does not know."""

    status: Status
    payload: bytes
    unknown_fields: int


def decode_status(record: Record) -> DecodedStatus:
    """Read a status. Raises `Refused`."""
    status = read_json(_DECODER, record)
    value = record.value or b""
    if not -_STORED <= status.version < _STORED:
        raise Refused(Reason.OUT_OF_RANGE, "version", "an integer of 64 bits is needed")
    unknown = len(_OBJECT.decode(value).keys() - _KNOWN)
    period = str(Month.parse_reporting(status.period))
    if period != status.period:
        raise Refused(Reason.BAD_PERIOD, "period", f"{status.period} must be written {period}")
    return DecodedStatus(status, value, unknown)


def read_json(decoder: msgspec.json.Decoder[T], record: Record) -> T:
    """Value of a record. Raises `Refused` with the reason word of what is wrong with it."""
    value = record.value
    if value is None:
        raise Refused(Reason.NULL_VALUE, None, "the value is null")
    if len(value) > _MAX_VALUE_BYTES:
        raise Refused(Reason.TOO_LARGE, None, f"{len(value)} bytes, at most {_MAX_VALUE_BYTES}")
    try:
        value.decode()
        read = decoder.decode(value)
    except UnicodeDecodeError as error:
        raise Refused(Reason.NOT_UTF8, None, f"byte {error.start} is not UTF-8") from error
    except msgspec.ValidationError as error:
        missing = "missing required field" in str(error)
        reason = Reason.MISSING_FIELD if missing else Reason.WRONG_TYPE
        raise Refused(reason, None, str(error)) from error
    except (msgspec.DecodeError, RecursionError) as error:
        raise Refused(Reason.NOT_JSON, None, str(error)) from error
    check_texts(value, read)
    return read
