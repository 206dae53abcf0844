"""Records of reports: what becomes a line, and with which word the rest is refused."""

from typing import Any

import msgspec
import pytest

from services.ingest.domain.lines import Figures, Line, ProjectDetails
from services.ingest.domain.subjects import enterprise, project
from services.ingest.testing import READER, line
from shared.events.decoding import MAX_VALUE_BYTES
from shared.events.period import Month
from shared.events.reasons import Reason, Refused
from shared.events.records import Record
from shared.testing.events import (
    BROKER_MS,
    investment,
    output,
    raw_record,
    record,
    registration,
    without,
)
from shared.testing.load import credit_code
from shared.testing.plans import BEARINGS, CITY, EQUIPMENT, LINGBI


def refusal(item: Record) -> Refused:
    with pytest.raises(Refused) as caught:
        READER.read(item)
    return caught.value


def test_a_report_becomes_a_line_in_whole_yuan() -> None:
    found = line(output(1, unit="千元", ytd="80110.125"))

    assert found.subject == enterprise(credit_code(1))
    assert (found.indicator, found.period) == ("gross_output", Month(2026, 5))
    assert found.figures == Figures(18_250_000, 80_110_125, 15_900_000, 71_020_000)
    assert (found.version.revision, found.version.event_id) == (1, "out-1")
    assert (found.source, found.broker_ms) == ("tjj-suzhou", BROKER_MS)


def test_what_is_absent_is_null_and_not_zero() -> None:
    found = line(without(output(1, month_last_year=0), "month", "ytd_last_year"))

    assert found.figures == Figures(None, 80_110_000, 0, None)


@pytest.mark.parametrize("period", ["2026-02", "2026-01/02", "2026年1-2月", "2026年1—2月"])
def test_january_and_february_are_one_period_however_it_is_written(period: str) -> None:
    assert line(output(1, period=period)).period == Month(2026, 2)


def test_the_unit_of_a_report_is_no_part_of_its_content() -> None:
    in_thousands = line(output(1, unit="千元", month=None, ytd=80110))
    in_yuan = line(output(1, unit="元", month=None, ytd="80110000"))

    assert in_yuan.figures.ytd == in_thousands.figures.ytd
    assert line(output(1, ytd=80111)).version.digest != line(output(1)).version.digest
    same = line(output(1, unit="元", month="18250000", ytd="80110000", month_last_year="15900000",
                       ytd_last_year="71020000"))  # fmt: skip
    assert same.version == line(output(1)).version


def test_a_stock_needs_its_month_and_no_year_to_date() -> None:
    body = without(
        output(1, indicator="employees", unit="人", month=120),
        "ytd", "ytd_last_year", "month_last_year",
    )  # fmt: skip

    assert line(body).figures == Figures(month=120)
    refused = refusal(record(without(body, "month")))
    assert (refused.reason, refused.field) == (Reason.MISSING_FIELD, "month")


BAD: list[tuple[Record, Reason, str | None]] = [
    (raw_record(None), Reason.NULL_VALUE, None),
    (raw_record(b"period,ytd"), Reason.NOT_JSON, None),
    (raw_record(b""), Reason.NOT_JSON, None),
    (raw_record("宿州".encode("gbk")), Reason.NOT_UTF8, None),
    (raw_record(b"[1]"), Reason.WRONG_TYPE, None),
    (
        raw_record(msgspec.json.encode(output()), headers=(("ce_id", b"\xff"),)),
        Reason.BAD_HEADER,
        "ce_id",
    ),
    (raw_record(b" " * (MAX_VALUE_BYTES + 1)), Reason.TOO_LARGE, None),
    (raw_record(b" " * 2_000_000), Reason.TOO_LARGE, None),
    (record(output(1, ytd=True)), Reason.WRONG_TYPE, "ytd"),
    (record(output(1, month="a lot")), Reason.WRONG_TYPE, "month"),
    (record(output(1, revision="1")), Reason.WRONG_TYPE, "revision"),
    (record(output(1, unit="美元")), Reason.UNKNOWN_UNIT, "unit"),
    (record(output(1, indicator="employees")), Reason.UNKNOWN_UNIT, "unit"),
    (record(output(1, indicator="happiness")), Reason.UNKNOWN_INDICATOR, "indicator"),
    (record(output(1, indicator="investment")), Reason.UNKNOWN_INDICATOR, "indicator"),
    (record(output(1, indicator="funds")), Reason.UNKNOWN_INDICATOR, "indicator"),
    (record(output(1, period="2026-01")), Reason.JANUARY_NOT_COLLECTED, "period"),
    (record(output(1, period="2026-13")), Reason.BAD_PERIOD, "period"),
    (record(output(1, period="2026-Q1")), Reason.BAD_PERIOD, "period"),
    (record(output(1, period="2026")), Reason.BAD_PERIOD, "period"),
    (record(output(1, uscc="91341323MA2T7KQH6X")), Reason.BAD_CODE, "uscc"),
    (record(output(1, unit="元", ytd="80110.5")), Reason.NOT_REPRESENTABLE, "ytd"),
    (record(output(1, unit="千元", month_last_year="0.0001")), Reason.NOT_REPRESENTABLE,
     "month_last_year"),
    (record(output(1, ytd="0.1234567")), Reason.NOT_REPRESENTABLE, "ytd"),
    (record(output(1, ytd="1e18")), Reason.OUT_OF_RANGE, "ytd"),
    (record(output(1, unit="元", ytd="1000000000000001")), Reason.OUT_OF_RANGE, "ytd"),
    (record(output(1, ytd_last_year=f"-{10**15}")), Reason.OUT_OF_RANGE, "ytd_last_year"),
    (record(output(1, revision=0)), Reason.OUT_OF_RANGE, "revision"),
    (record(output(1, revision=2**31)), Reason.OUT_OF_RANGE, "revision"),
    (record(output(1, event_id="e" * 129)), Reason.OUT_OF_RANGE, "event_id"),
    (record(output(1, source="s" * 65)), Reason.OUT_OF_RANGE, "source"),
    (record(without(output(), "ytd")), Reason.MISSING_FIELD, "ytd"),
    (record(output(1, ytd=None)), Reason.MISSING_FIELD, "ytd"),
    (record(without(output(), "revision")), Reason.MISSING_FIELD, "revision"),
    (record(without(output(), "event_id")), Reason.MISSING_FIELD, "event_id"),
    (record(output(1, reported_at="2026-06-10T16:20:04+08:00")), Reason.REPORTED_IN_FUTURE,
     "reported_at"),
    (record(output(1, reported_at="2199-01-01T00:00:00Z")), Reason.REPORTED_IN_FUTURE,
     "reported_at"),
    (record(output(1, reported_at="2026-06-09T16:20:00")), Reason.WRONG_TYPE, "reported_at"),
    (record(investment(1, region="310000")), Reason.UNKNOWN_REGION, "region"),
    (record(investment(1, cluster="no-such-cluster")), Reason.OUT_OF_RANGE, "cluster"),
    (record(investment(1, cluster=LINGBI)), Reason.OUT_OF_RANGE, "cluster"),
    (record(investment(1, cluster=CITY)), Reason.OUT_OF_RANGE, "cluster"),
    (record(investment(1, stage="sold")), Reason.OUT_OF_RANGE, "stage"),
    (record(investment(1, industry="C345")), Reason.OUT_OF_RANGE, "industry"),
    (record(investment(1, planned_total="0.00001")), Reason.NOT_REPRESENTABLE, "planned_total"),
    (record(investment(1, since_start="1e13")), Reason.OUT_OF_RANGE, "since_start"),
    (record(investment(1, unit="kWh")), Reason.UNKNOWN_UNIT, "unit"),
    (record(investment(1, period="2026-01")), Reason.JANUARY_NOT_COLLECTED, "period"),
    (record(without(investment(), "planned_total")), Reason.MISSING_FIELD, "planned_total"),
    (record(registration(1, uscc="91350100M000100Y44")), Reason.BAD_CODE, "uscc"),
    (record(registration(1, region="3413")), Reason.UNKNOWN_REGION, "region"),
    (record(registration(1, effective="2026-Q1")), Reason.BAD_PERIOD, "effective"),
    (record(registration(1, action="rename")), Reason.OUT_OF_RANGE, "action"),
    (record(registration(1, above_scale="yes")), Reason.WRONG_TYPE, "above_scale"),
    (record(registration(1, reported_at="2026-06-11T00:00:00Z")), Reason.REPORTED_IN_FUTURE,
     "reported_at"),
]  # fmt: skip


@pytest.mark.parametrize(("item", "reason", "field"), BAD)
def test_bad_input_is_refused_with_its_reason_and_the_field(
    item: Record, reason: Reason, field: str | None
) -> None:
    refused = refusal(item)

    assert (refused.reason, refused.field) == (reason, field)
    assert refused.detail


def test_unknown_fields_are_ignored_and_counted() -> None:
    item = READER.read(record(output(1, colour="red", note=None)))

    assert item.unknown_fields == 2
    assert isinstance(item.content, Line)
    assert item.content.version == line(output()).version


def test_a_project_line_carries_its_place_and_its_totals_in_yuan() -> None:
    found = line(investment(1, cluster=BEARINGS, completed_on="2026-05-20"))

    assert found.subject == project("2603-341323-0001")
    assert found.indicator == "investment"
    assert found.figures == Figures(21_105_000, 96_205_000, None, 0)
    assert found.project == ProjectDetails(
        "341323", "3451", BEARINGS, "building", 520_000_000, 183_000_000, "2026-05-20"
    )


@pytest.mark.parametrize("cluster", [BEARINGS, EQUIPMENT, None])
def test_a_project_may_name_a_cluster_or_an_industry(cluster: str | None) -> None:
    details = line(investment(1, cluster=cluster)).project

    assert details is not None
    assert details.cluster == cluster


@pytest.mark.parametrize(
    "change", [{"stage": "completed"}, {"planned_total": 52001}, {"cluster": BEARINGS}]
)
def test_details_of_a_project_are_part_of_its_content(change: dict[str, Any]) -> None:
    assert line(investment(1, **change)).version.digest != line(investment()).version.digest
