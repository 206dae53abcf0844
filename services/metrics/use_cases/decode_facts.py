"""Bytes of `cluster.facts.v1` → checked facts, or the reason of a refusal."""

import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple

import msgspec

from shared.events.decoding import check_texts
from shared.events.facts import MEMBERSHIP, PROJECT, Fact
from shared.events.period import Month
from shared.events.reasons import Reason, Refused
from shared.events.records import Record

_MAX_NAME = 128
_LIMIT = 10**15
_STORED = 2**63
"""Versions and revisions are kept as 64-bit integers."""
_FIELD = re.compile(r"`\$\.(\w+)")
_KEPT = 4_096
"""Texts whose meaning is remembered: a report's facts share its time, thousands share a month."""

_decoder = msgspec.json.Decoder(Fact)
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
    _check_names(fact)
    _check_numbers(fact)
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
        missing = "missing required field" in text
        named = _FIELD.search(text) or re.search(r"field `(\w+)`", text)
        reason = Reason.MISSING_FIELD if missing else Reason.WRONG_TYPE
        raise Refused(reason, named[1] if named else None, text) from error
    except msgspec.DecodeError as error:
        raise Refused(Reason.NOT_JSON, None, str(error)) from error
    except UnicodeDecodeError as error:
        raise Refused(Reason.NOT_UTF8, None, str(error)) from error


def _check_names(fact: Fact) -> None:
    names = (("unit", fact.unit), ("subject", fact.subject), ("indicator", fact.indicator))
    for field, name in names:
        if not 0 < len(name) <= _MAX_NAME:
            raise Refused(Reason.OUT_OF_RANGE, field, f"1 to {_MAX_NAME} characters")


def _check_numbers(fact: Fact) -> None:
    amounts = (
        ("month", fact.month),
        ("ytd", fact.ytd),
        ("month_last_year", fact.month_last_year),
        ("ytd_last_year", fact.ytd_last_year),
    )
    for field, amount in amounts:
        if amount is not None and not -_LIMIT <= amount <= _LIMIT:
            raise Refused(Reason.OUT_OF_RANGE, field, f"{amount} is beyond ±{_LIMIT}")
    for field, number in (("version", fact.version), ("revision", fact.revision)):
        if not -_STORED <= number < _STORED:
            raise Refused(Reason.OUT_OF_RANGE, field, "an integer of 64 bits is needed")


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
