"""Records that must be refused or parked, each with the reason word it should get."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from demo.messages import (
    ENTERPRISE,
    FUNDS,
    INDICATOR,
    OUTPUT,
    PROJECT,
    PROMOTION,
    SCIENCE,
    STATISTICS,
    Header,
    Message,
    Note,
    encode,
    message,
    timestamp,
)
from shared.events.period import Month

UNKNOWN_CODE = "91341300MA8XXXXXX2"
"""Valid, but never registered: its reports stay parked."""

BAD_CODE = "91341323MA2T7KQH60"
"""The check character is wrong."""

_Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Fault:
    reason: str
    break_body: Callable[[_Body], _Body]


def _set(**fields: Any) -> Callable[[_Body], _Body]:  # noqa: ANN401 - any JSON value
    return lambda body: body | fields


def _without(field: str) -> Callable[[_Body], _Body]:
    return lambda body: {k: v for k, v in body.items() if k != field}


_FAULTS = (
    _Fault("bad_code", _set(uscc=BAD_CODE)),
    _Fault("january_not_collected", lambda body: body | {"period": body["period"][:4] + "-01"}),
    _Fault("bad_period", _set(period="2025-13")),
    _Fault("unknown_unit", _set(unit="百元")),
    _Fault("unknown_indicator", _set(indicator="happiness")),
    _Fault("not_representable", _set(ytd="80110.0005")),
    _Fault("out_of_range", _set(unit="亿元", ytd=100_000_000)),
    _Fault("missing_field", _without("indicator")),
    _Fault("wrong_type", _set(ytd=True)),
    _Fault("source_conflict", _set(source="sim-other-system")),
    _Fault("reported_in_future", _set(reported_at="2099-01-01T00:00:00+08:00")),
)


def malformed(uscc: str, now: datetime, period: Month) -> Iterator[Message]:
    """One record of each fault, spread over the days before `now`; all use a known enterprise."""
    at = now - timedelta(days=9)
    for number, fault in enumerate(_FAULTS):
        body = fault.break_body(_body(f"dirt:{number}", uscc, period, at))
        yield _refused(at + timedelta(hours=number), uscc, encode(body), fault.reason)
    later = at + timedelta(days=1)
    good = encode(_body("dirt:header", uscc, period, at))
    yield _refused(later, uscc, b"<report>not JSON</report>", "not_json")
    yield _refused(later, uscc, '{"name":"模拟"}'.encode("gb18030"), "not_utf8")
    yield _refused(later, uscc, None, "null_value")
    yield _refused(later, uscc, good, "bad_header", (("ce_id", b"\xff\xfe"), ("ce_source", b"x")))
    yield from _bad_register(uscc, later)
    yield from _bad_projects(period, later)


def with_foreign_header(good: Message) -> Message:
    """The same record with another tool's binary header and a null one: never a refusal."""
    foreign: tuple[Header, ...] = (("spring_json_types", b"\x00\xff\xfe"), ("trace", None))
    return Message(
        good.at, good.topic, good.key, good.value, good.headers + foreign, Note.FOREIGN_HEADER
    )


def parked(periods: Sequence[Month], now: datetime) -> Iterator[Message]:
    """Reports of an enterprise that the register never learns of."""
    for number, period in enumerate(periods):
        at = now - timedelta(days=30 * (len(periods) - number) - 20)
        body = _body(f"parked:{period}", UNKNOWN_CODE, period, at)
        yield message(at, OUTPUT, UNKNOWN_CODE, body, note=Note.NEVER_REGISTERED)


def _bad_register(uscc: str, at: datetime) -> Iterator[Message]:
    """Register events with a region that is no region here, and with too much membership."""
    body: _Body = {
        "event_id": "dirt:region",
        "source": STATISTICS,
        "uscc": uscc,
        "name": "模拟错误登记有限公司",
        "region": "999999",
        "industry": "3451",
        "above_scale": True,
        "action": "change",
        "effective": f"{at.year}-{at.month:02d}",
        "revision": 1,
        "reported_at": timestamp(at),
    }
    yield Message(at, ENTERPRISE, uscc.encode(), encode(body), (), Note.MALFORMED, "unknown_region")
    memberships = [
        {"cluster": "szah-lb-bearings", "weight": 7000, "primary": True},
        {"cluster": "szah-yq-hi-mfg", "weight": 4000, "primary": False},
    ]
    body |= {"event_id": "dirt:weights", "region": "341323", "memberships": memberships}
    value = encode(body)
    yield Message(at, ENTERPRISE, uscc.encode(), value, (), Note.MALFORMED, "weights_above_one")


def _bad_projects(period: Month, at: datetime) -> Iterator[Message]:
    """Funds from nowhere, dollars in yuan, a stage that is none, a figure no plan asks for."""
    project = {
        "source": PROMOTION,
        "project_id": "SIM-341323-9999",
        "region": "341323",
        "revision": 1,
        "reported_at": timestamp(at),
    }
    funds = {"period": str(period), "currency": "CNY", "ytd": 100}
    stage = {"name": "模拟错误项目", "occurred_on": f"{period}-18", "manufacturing": True}
    place = {"source": SCIENCE, "region": "341300", "revision": 1, "reported_at": timestamp(at)}
    bodies: tuple[tuple[str, str, _Body], ...] = (
        (FUNDS, "out_of_range", project | funds | {"unit": "万元", "origin": "99"}),
        (FUNDS, "unknown_unit", project | funds | {"unit": "万美元", "origin": "31"}),
        (PROJECT, "out_of_range", project | stage | {"stage": "dreaming"}),
        (
            *(INDICATOR, "unknown_indicator"),
            place | {"indicator": "happiness", "period": "2025", "value": 7, "unit": "%"},
        ),
    )
    for number, (topic, reason, body) in enumerate(bodies):
        value = encode({"event_id": f"dirt:project:{number}", **body})
        key = str(body.get("project_id", body["region"])).encode()
        yield Message(at, topic, key, value, (), Note.MALFORMED, reason)


def _refused(
    at: datetime,
    key: str,
    value: bytes | None,
    reason: str,
    headers: tuple[Header, ...] = (),
) -> Message:
    return Message(at, OUTPUT, key.encode(), value, headers, Note.MALFORMED, reason)


def _body(event_id: str, uscc: str, period: Month, at: datetime) -> _Body:
    return {
        "event_id": event_id,
        "source": STATISTICS,
        "uscc": uscc,
        "period": str(period),
        "indicator": "gross_output",
        "unit": "千元",
        "month": 18250,
        "ytd": 80110,
        "month_last_year": 15900,
        "ytd_last_year": 71020,
        "revision": 1,
        "reported_at": timestamp(at),
    }
