"""The oracle on small cases whose answers are worked out by hand."""
# ruff: noqa: ARG002 - the stub rules answer the same for every place

from dataclasses import replace
from datetime import datetime
from itertools import permutations
from typing import Any

import pytest

from demo.messages import CHINA, ENTERPRISE, OUTPUT, Message, Note, encode, message
from demo.oracle import Place, Totals, totals
from shared.events.period import Month

CODE = "91341323MA2T7KQH6W"
OTHER = "91350100M000100Y43"
AT = datetime(2026, 6, 9, 16, 20, tzinfo=CHINA)
MAY = Month(2026, 5)


class OneCluster:
    """Everything is in cluster `a`, a part of industry `i`, in region `r` of city `c`."""

    def cluster(self, place: Place, month: Month) -> str | None:
        return "a"

    def industry(self, place: Place, month: Month) -> str | None:
        return "i"

    def parents(self, cluster: str) -> tuple[str, ...]:
        return ("i",)

    def areas(self, place: Place) -> tuple[str, ...]:
        return ("r", "c")


def entry(code: str = CODE, **changes: Any) -> Message:
    body = {
        "event_id": f"e:{code}", "source": "s", "uscc": code, "name": "模拟", "region": "341323",
        "industry": "3451", "above_scale": True, "action": "entry", "effective": "2020-01",
        "revision": 1, "reported_at": "2023-01-05T09:00:00+08:00",
    }  # fmt: skip
    return message(AT, ENTERPRISE, code, body | changes)


def report(ytd: Any, code: str = CODE, **changes: Any) -> Message:
    body = {
        "event_id": f"r:{code}", "source": "s", "uscc": code, "period": "2026-05",
        "indicator": "gross_output", "unit": "千元", "ytd": ytd, "revision": 1,
        "reported_at": "2026-06-09T16:20:00+08:00",
    }  # fmt: skip
    return message(AT, OUTPUT, code, body | changes)


def ytd(messages: list[Message], unit: str = "a") -> int | None:
    return totals(messages, OneCluster()).get((unit, "gross_output", MAY), Totals()).ytd


def test_reports_of_registered_enterprises_are_added_in_yuan() -> None:
    events = [entry(), entry(OTHER), report(80110), report("12.5", OTHER, unit="万元")]
    for unit in ("a", "i", "r", "c"):
        assert ytd(events, unit) == 80_110_000 + 125_000


def test_an_enterprise_that_is_not_registered_does_not_count() -> None:
    assert ytd([report(1)]) is None


def test_the_register_may_come_after_the_report() -> None:
    assert ytd([report(1), entry()]) == 1000


def test_the_newest_revision_stands_whatever_the_order() -> None:
    events = [
        entry(),
        report(1),
        report(2, revision=2),
        report(3, revision=2, reported_at="2026-06-10T08:00:00+08:00"),
    ]
    assert {ytd(list(order)) for order in permutations(events)} == {3000}


def test_a_slip_of_the_unit_is_in_no_sum_until_it_is_corrected() -> None:
    slip = replace(report(80_110_000), note=Note.UNIT_SLIP)
    assert ytd([entry(), slip]) is None
    assert ytd([entry(), slip, report(80110, revision=2)]) == 80_110_000


def test_what_is_absent_is_null_and_not_zero() -> None:
    total = totals([entry(), report(1)], OneCluster())["a", "gross_output", MAY]
    assert total.month is None
    assert total.ytd_last_year is None
    assert total.reporting == 1


def test_weights_that_make_a_whole_leave_no_remainder() -> None:
    shares = [
        {"cluster": "x", "weight": 3333, "primary": False},
        {"cluster": "y", "weight": 6667, "primary": True},
    ]
    events = [entry(memberships=shares), report(1001, unit="元")]
    assert (ytd(events, "x"), ytd(events, "y")) == (334, 667)
    assert ytd(events, "i") == 1001
    assert ytd(events, "c") == 1001


@pytest.mark.parametrize(
    "bad",
    [
        report(1, uscc="91341323MA2T7KQH60"),
        report(1, unit="百元"),
        report(1, period="2026-01"),
        report("1.0005"),
        report(True),  # noqa: FBT003 - a JSON value
        report(1, reported_at="2099-01-01T00:00:00+08:00"),
        report(1, source="other", revision=9),
        Message(AT, OUTPUT, CODE.encode(), b"{"),
        Message(AT, OUTPUT, CODE.encode(), None),
        Message(AT, OUTPUT, CODE.encode(), encode({}), (("ce_id", b"\xff"),)),
    ],
)
def test_a_bad_record_changes_nothing(bad: Message) -> None:
    assert ytd([entry(), report(7), bad]) == 7000


def test_january_and_february_are_one_period_however_written() -> None:
    events = [entry(), report(1, period="2026年1-2月"), report(2, period="2026-02", revision=2)]
    found = totals(events, OneCluster())["a", "gross_output", Month(2026, 2)]
    assert (found.ytd, found.reporting) == (2000, 1)


@pytest.mark.parametrize("binding", ["binary", "structured"])
def test_cloudevents_are_read_like_plain_json(binding: Any) -> None:
    body = {
        "event_id": "1", "source": "s", "uscc": CODE, "period": "2026-05", "unit": "亿元",
        "indicator": "gross_output", "ytd": 1, "revision": 1,
        "reported_at": "2026-06-09T16:20:00+08:00",
    }  # fmt: skip
    assert ytd([entry(), message(AT, OUTPUT, CODE, body, binding)]) == 100_000_000
