"""Published figures in, published growth out: eight years of China's industrial profit.

Comparable growth is taken over the same reports. Against last year's published totals December
2018 would be -11.75 %, because enterprises left the sample and restated; published is +10.3 %.
"""

import csv
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from clusterwatch.launcher.local_kafka import LocalKafka
from shared.testing.load import credit_code
from shared.testing.waiting import wait_until

pytestmark = pytest.mark.kafka

DATA = Path(__file__).parents[1] / "data"
CLUSTER = "/api/v1/clusters/national-industry"
CODE = credit_code(86)
TENTH_OF_A_POINT = 0.001


def _published() -> list[dict[str, str]]:
    with (DATA / "cn_industrial_profit_2012_2019.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _period(row: dict[str, str]) -> str:
    return f"{row['yr']}-{int(row['mon']):02d}"


def _registration() -> bytes:
    return msgspec.json.encode(
        {
            "event_id": "entry",
            "source": "nbs",
            "uscc": CODE,
            "name": "全国规模以上工业",
            "region": "100000",
            "industry": "34",
            "above_scale": True,
            "action": "entry",
            "effective": "2011-12",
            "revision": 1,
            "reported_at": "2012-01-10T09:00:00+08:00",
        }
    )


def _report(row: dict[str, str]) -> bytes:
    """The enterprise restates last year's figure on today's definition, as its growth implies."""
    ytd = Decimal(row["cumValue"])
    growth = Decimal(row["cumTB"]) / 100
    last_year = (ytd / (1 + growth)).quantize(Decimal("0.000001"))
    return msgspec.json.encode(
        {
            "event_id": _period(row),
            "source": "nbs",
            "uscc": CODE,
            "period": _period(row),
            "indicator": "total_profit",
            "unit": "亿元",
            "ytd": str(ytd),
            "ytd_last_year": str(last_year),
            "revision": 1,
            "reported_at": f"{_period(row)}-28T09:00:00+08:00",
        }
    )


def test_the_published_comparable_growth_of_every_month_comes_out(
    empty_topics: LocalKafka, make_system: Callable[..., Any]
) -> None:
    rows = _published()
    system = make_system(
        empty_topics.bootstrap,
        plans=str(DATA / "plans" / "national-profit.yaml"),
        confidentiality="off",
        confidentiality_off_reason="one published national series, nothing to protect",
    )
    system.start("ingest", "metrics")
    system.send([("stats.enterprise.v1", CODE.encode(), _registration())])
    system.send([("stats.output.v1", CODE.encode(), _report(row)) for row in rows])
    assert system.wait_consumed("ingest", len(rows) + 1)["applied"] == len(rows) + 1

    def newest() -> bool:
        return bool(system.get("metrics", CLUSTER, period=_period(rows[-1]))["ytd_growth"])

    wait_until(newest, seconds=60, what="metrics has judged the newest month")
    for row in rows:
        body = system.get("metrics", CLUSTER, period=_period(row))
        assert body["indicator"] == "total_profit"
        assert body["ytd"] == int(Decimal(row["cumValue"]) * 10**8)
        assert body["ytd_growth"] == pytest.approx(
            float(row["cumTB"]) / 100, abs=TENTH_OF_A_POINT
        ), _period(row)
    december = system.get("metrics", CLUSTER, period="2018-12")
    assert december["ytd_growth"] == pytest.approx(0.103, abs=TENTH_OF_A_POINT)
    before = system.get("metrics", CLUSTER, period="2017-12")
    assert december["ytd"] / before["ytd"] - 1 == pytest.approx(-0.1175, abs=TENTH_OF_A_POINT)
