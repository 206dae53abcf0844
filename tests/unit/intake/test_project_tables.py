"""Funds, ledgers of projects and figures of zones load from tables; clusters go by their names."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from services.ingest.use_cases.take_file import TakenFile
from shared.files.guess import guess_mapping
from shared.files.mapping import parse_mapping, shipped_mappings
from shared.files.names import with_plan_names
from shared.files.tables import read_tables
from shared.plans import load_catalogue
from shared.testing.plans import BEARINGS

Take = Callable[..., TakenFile]

FUNDS = """2026年1-5月到位资金（单位：万元）
项目代码,区划代码,产业集群,币种,资金来源地,1-本月,本月,上年1-本月
P1,341323,Bearings,人民币,上海市,"4,300.5",800,0
P2,341323,bearings,美元,境外,12,,
P3,341302,,,浙江省,7,7,
P4,341302,,,火星,7,7,
"""
LEDGER = """招商引资项目台账（单位：亿元）
项目代码,项目名称,区划代码,投资方省份,合同投资额,是否制造业,签约时间,开工时间,终止时间
P1,轴承产业园,341323,江苏,5.2,是,2026年1月18日,2026/3/2,
P2,冷链中心,341302,广东,3,否,2025-11-30,,2026.5.9
"""
STAGES = """项目代码,项目名称,区划代码,项目阶段,阶段日期,是否制造业
P1,轴承产业园,341323,开工,2026-03-02,是
"""
ZONE = """指标名称,区划代码,产业集群,报告期,数值,计量单位
Research-Coverage,341300,,2025年,83.25,%
research-coverage,341300,,2026年第一季度,84,%
bearings-patents,341300,Bearings,2026-Q2,61,件
"""


def bodies(taken: TakenFile) -> list[dict[str, Any]]:
    return [msgspec.json.decode(event.value or b"") for event in taken.events]


def picked(taken: TakenFile, *names: str) -> list[tuple[Any, ...]]:
    return [tuple(body.get(name) for name in names) for body in bodies(taken)]


def test_funds_load_with_origins_by_name_and_clusters_by_alias(take: Take) -> None:
    taken = take(FUNDS.encode("gbk"))
    assert (taken.mapping, taken.topic) == ("5-funds", "stats.funds.v1")
    assert picked(taken, "origin", "currency", "cluster", "period", "ytd") == [
        ("31", "CNY", BEARINGS, "2026-05", "4300.5"),
        ("foreign", "USD", BEARINGS, "2026-05", "12"),
        ("33", "CNY", None, "2026-05", "7"),
    ]
    (refused,) = taken.refusals
    assert (refused.row, refused.field, refused.reason) == (6, "origin", "out_of_range")


def test_a_ledger_becomes_one_event_for_each_stage_that_was_reached(take: Take) -> None:
    taken = take(LEDGER.encode())
    assert (taken.mapping, taken.rows_refused) == ("6-project-ledger", 0)
    assert picked(taken, "project_id", "stage", "occurred_on", "investor_origin") == [
        ("P1", "signed", "2026-01-18", "32"),
        ("P1", "started", "2026-03-02", "32"),
        ("P2", "signed", "2025-11-30", "44"),
        ("P2", "terminated", "2026-05-09", "44"),
    ]
    assert bodies(taken)[0]["manufacturing"] is True


def test_a_table_of_stages_loads(take: Take) -> None:
    taken = take(STAGES.encode())
    assert taken.mapping == "7-project-stages"
    assert picked(taken, "stage", "occurred_on") == [("started", "2026-03-02")]


def test_figures_of_zones_load_with_quarters_and_years(take: Take) -> None:
    taken = take(ZONE.encode())
    assert taken.mapping == "0-zone-indicators"
    assert picked(taken, "indicator", "cluster", "period", "value") == [
        ("research-coverage", None, "2025", "83.25"),
        ("research-coverage", None, "2026-Q1", "84"),
        ("bearings-patents", BEARINGS, "2026-Q2", "61"),
    ]


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        (FUNDS, "stats.funds.v1"),
        (STAGES, "stats.project.v1"),
        (LEDGER, "stats.project.v1"),
        (ZONE, "stats.indicator.v1"),
    ],
)
def test_proposed_mappings_read_the_tables_they_were_made_from(
    take: Take, text: str, topic: str
) -> None:
    proposed = guess_mapping(read_tables(text.encode()))
    mapping = parse_mapping(proposed, "guessed", "guessed.yaml")
    assert (mapping.topic, "填写列名" in proposed) == (topic, False)
    shipped = take(text.encode())
    assert len(take(text.encode(), mapping).events) == len(shipped.events) > 0


def test_a_name_of_two_clusters_stands_for_none() -> None:
    plans = load_catalogue().plans
    mapping = with_plan_names(shipped_mappings()["5-funds"], plans)
    names = mapping.fields["cluster"].translate or {}
    assert names["szah-lb-bearings"] == "szah-lb-bearings"
    assert len(set(names.values())) > 15
    carried: dict[str, set[str]] = {}
    for plan in plans:
        for unit in plan.units:
            for name in (unit.name, *unit.aliases):
                carried.setdefault(name, set()).add(unit.id)
    clashes = [name for name, units in carried.items() if len(units) > 1]
    assert not {name for name in clashes if names.get(name) not in {None, name}}
