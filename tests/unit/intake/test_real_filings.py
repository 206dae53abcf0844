"""Real monthly filings load through the CSV path: every row, and totals equal to the file's own.

The figures' terms do not allow them to be shipped. CLUSTERWATCH_REFERENCE_DATA names a folder with
`tw_monthly_revenue_2022_09.csv` (one month's revenue of listed companies, in thousands).
"""

import csv
import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from services.ingest.use_cases.take_file import TakenFile
from shared.files.mapping import parse_mapping
from shared.testing.load import credit_code

FOLDER = os.environ.get("CLUSTERWATCH_REFERENCE_DATA")
FILE = Path(FOLDER or ".") / "tw_monthly_revenue_2022_09.csv"

pytestmark = pytest.mark.skipif(
    FOLDER is None or not FILE.exists(), reason="CLUSTERWATCH_REFERENCE_DATA has no filings"
)

FIGURES = {
    "month": "thisMonthRevenue",
    "ytd": "thisMonthAccRevenue",
    "month_last_year": "lastYearRevenue",
    "ytd_last_year": "lastYearAccRevenue",
}


def _rows(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))


def _mapping(rows: list[dict[str, str]], **more: Any) -> str:
    codes = {row["stock_id"]: credit_code(number) for number, row in enumerate(rows)}
    return yaml.safe_dump(
        {
            "topic": "stats.output.v1",
            "fields": {
                "uscc": {"column": "stock_id", "translate": codes},
                "period": "revenueMonth",
                "indicator": {"value": "revenue"},
                "unit": {"value": "千元"},
                **FIGURES,
                **more,
            },
        },
        allow_unicode=True,
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_every_row_is_accounted_for_and_the_totals_are_the_files_own(
    take: Callable[..., TakenFile], encoding: str
) -> None:
    data = FILE.read_bytes().decode("utf-8-sig").encode(encoding)
    rows = _rows(FILE.read_bytes())
    taken = take(data, parse_mapping(_mapping(rows), "filings", "filings.yaml"))
    assert taken.rows == len(rows) == 401
    assert (taken.rows_taken, taken.rows_refused) == (401, 0)
    bodies = [msgspec.json.decode(event.value or b"") for event in taken.events]
    for field, column in FIGURES.items():
        reported = [row[column] for row in rows if row[column]]
        assert sum(int(body[field]) for body in bodies if field in body) == sum(map(int, reported))
        assert sum(field in body for body in bodies) == len(reported)
    assert {odd: len(found) for odd, found in taken.oddities.items()} == {
        "negative figure": sum(any(r[c].startswith("-") for c in FIGURES.values()) for r in rows),
        "zero figure": sum(any(r[c] == "0" for c in FIGURES.values()) for r in rows),
        "year-to-date below the month": 1,
    }


def test_what_cannot_be_taken_is_listed_by_reason(take: Callable[..., TakenFile]) -> None:
    rows = _rows(FILE.read_bytes())
    dirty = FILE.read_bytes().decode("utf-8-sig").replace("281078", "二十八萬", 1)
    dirty = dirty.replace(",489931,", ",4.89931E+05,", 1)
    text = _mapping(rows).replace(f"'{rows[2]['stock_id']}':", "'0':")
    taken = take(dirty.encode(), parse_mapping(text, "filings", "filings.yaml"))
    assert taken.rows == 401 == taken.rows_taken + taken.rows_refused
    assert [(r.row, r.field, r.reason) for r in taken.refusals] == [
        (2, "month", "wrong_type"),
        (3, "month", "wrong_type"),
        (4, "uscc", "bad_code"),
    ]
