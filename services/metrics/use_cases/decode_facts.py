"""Bytes of `cluster.facts.v1` → checked facts, or the reason of a refusal."""

import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated, NamedTuple

import msgspec

from shared.events.decoding import check_texts
from shared.events.facts import MEMBERSHIP, PROJECT, Fact
from shared.events.period import Month
from shared.events.reasons import Reason, Refused
from shared.events.records import Record

_FIELD = re.compile(r"`\$\.(\w+)")
_BOUND = re.compile(r"` ([<>]=|of length) ")
"""What msgspec says of a value that is beyond the bounds of its field."""
_KEPT = 4_096
"""Texts whose meaning is remembered: a report's facts share its time, thousands share a month."""

_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
_Amount = Annotated[int, msgspec.Meta(ge=-(10**15), le=10**15)]
_Stored = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
"""Versions and revisions are kept as integers of 64 bits."""


class _Bounded(Fact, frozen=True, gc=False):
    """A fact within the bounds of what can be stored and added up."""

    unit: _Name
    subject: _Name
    indicator: _Name
    version: _Stored
    revision: _Stored = 0
    month: _Amount | None = None
    ytd: _Amount | None = None
    month_last_year: _Amount | None = None
    ytd_last_year: _Amount | None = None


_decoder = msgspec.json.Decoder(_Bounded)
_encoder = msgspec.json.Encoder()


class Moment(NamedTuple):
    """A time, read from a text."""

    text: str
    """In UTC with milliseconds, so that texts sort like times."""
    ms: int
    """Milliseconds since 1970."""


class CheckedFact(msgspec.Struct, frozen=True, gc=False):
    """A fact that can be applied, with what was read from its texts."""

    fact: Fact
    period: Month
    as_of: Moment
    detail: str | None


def decode_fact(record: Record) -> CheckedFact:
    """Read one record; raises `Refused` for one that can never be applied."""
    if record.value is None:
        raise Refused(Reason.NULL_VALUE, None, "a fact is retracted by `deleted`, not by null")
    fact = _parse(record.value)
    check_texts(record.value, fact)
    period = _period(fact.indicator, fact.period)
    return CheckedFact(fact, period, _moment(fact.as_of), _detail(fact))


def _parse(value: bytes) -> Fact:
    try:
        return _decoder.decode(value)
    except RecursionError as error:
        raise Refused(Reason.NOT_JSON, None, "nested too deep") from error
    except msgspec.ValidationError as error:
        text = str(error)
        named = _FIELD.search(text) or re.search(r"field `(\w+)`", text)
        raise Refused(_reason_of(text), named[1] if named else None, text) from error
    except msgspec.DecodeError as error:
        raise Refused(Reason.NOT_JSON, None, str(error)) from error
    except UnicodeDecodeError as error:
        raise Refused(Reason.NOT_UTF8, None, str(error)) from error


def _reason_of(text: str) -> Reason:
    if "missing required field" in text:
        return Reason.MISSING_FIELD
    return Reason.OUT_OF_RANGE if _BOUND.search(text) else Reason.WRONG_TYPE


@lru_cache(_KEPT)
def _period(indicator: str, text: str) -> Month:
    # Register and stages know January; no report does.
    calendar = indicator in {MEMBERSHIP, PROJECT}
    return (Month.parse if calendar else Month.parse_reporting)(text)


@lru_cache(_KEPT)
def _moment(text: str) -> Moment:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise Refused(Reason.WRONG_TYPE, "as_of", f"{text!r} is not an RFC 3339 time") from error
    if moment.tzinfo is None:
        raise Refused(Reason.WRONG_TYPE, "as_of", f"{text!r} has no offset")
    try:
        canonical = moment.astimezone(UTC).isoformat(timespec="milliseconds")
    except OverflowError as error:  # the first and the last hours of the calendar
        raise Refused(Reason.OUT_OF_RANGE, "as_of", f"{text!r} is beyond the calendar") from error
    return Moment(canonical, round(datetime.fromisoformat(canonical).timestamp() * 1000))


def _detail(fact: Fact) -> str | None:
    if fact.indicator == MEMBERSHIP:
        return " ".join(sorted(set(fact.expected or ())))
    if fact.project is not None:
        return _encoder.encode(fact.project).decode()
    return None
