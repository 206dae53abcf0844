"""The weekly brief tells a task force what moved, what fires and who is on it, and what stalls."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.alerts.adapters.holidays import chinese_working_days
from services.alerts.adapters.paper_store import SqlPapers
from services.alerts.adapters.paper_words import paper_wording
from services.alerts.domain.papers.display import sentence
from services.alerts.domain.papers.figure import Figure
from services.alerts.domain.papers.model import Paper, Paragraph
from services.alerts.domain.papers.rhythm import PaperPeriod, Rhythm
from services.alerts.domain.papers.snapshot import Snapshot
from services.alerts.domain.papers.view import internal_view, public_view
from services.alerts.domain.papers.weekly import WeeklyBrief
from services.alerts.testing import snapshot_of
from services.alerts.use_cases.issue_papers import IssuePapers
from shared.events.notices import Notice, NoticeKind
from shared.events.status import OpenProject, Projects
from shared.plans import Catalogue
from shared.storage import writing
from shared.testing.statuses import status_of

World = Any
PLAN, BEARINGS = "suzhou-2027", "szah-lb-bearings"
BRIEF = WeeklyBrief(paper_wording())


def week(world: World, catalogue: Catalogue, period: str) -> Snapshot:
    """The issue of a week, made now."""
    issuing = IssuePapers(
        catalogue,
        world.evaluate.rulebook,
        chinese_working_days,
        world.evaluate.mask_of,
        world.clock,
    )
    with writing(world.engine) as connection:
        papers = SqlPapers(connection)
        wanted = PaperPeriod.parse(Rhythm.WEEKLY, period)
        issue, _ = issuing.issue(papers, PLAN, wanted, "王工")
        return papers.snapshot(issue)


def brief(snapshot: Snapshot, *, public: bool = False) -> Paper:
    return BRIEF.build(
        snapshot, BEARINGS, public_view(snapshot) if public else internal_view(snapshot)
    )


def text(paper: Paper) -> str:
    return "".join(
        run if isinstance(run, str) else sentence(run)
        for section in paper.sections
        for block in section.blocks
        if isinstance(block, Paragraph)
        for run in block.runs
    )


def rows(paper: Paper, table: str) -> list[list[str]]:
    return [
        [cell if isinstance(cell, str) else sentence(cell) for cell in row.cells]
        for one in paper.tables()
        if one.id == table
        for row in one.rows
    ]


def test_new_and_open_and_resolved_alerts_are_told_with_who_took_them_on(
    live: World, catalogue: Catalogue
) -> None:
    live.told("2026-04", "yellow")
    first = week(live, catalogue, "2026-W20")
    live.clock.advance(timedelta(days=7))
    live.told("2026-05", "yellow")
    second = week(live, catalogue, "2026-W21")
    live.clock.advance(timedelta(days=6))
    live.ack(days=10)
    third = week(live, catalogue, "2026-W22")
    live.clock.advance(timedelta(days=7))
    live.told("2026-06")
    fourth = week(live, catalogue, "2026-W23")

    assert rows(brief(first), "alert_list") == []
    (new,) = rows(brief(second), "alert_list")
    assert new[:5] == ["灵璧县轴承制造主导产业", "目标路径", "黄色", "2026年4月", "新增"]
    assert "在办预警1 条，其中已认领0 条、未认领1 条；本期新增1 条" in text(brief(second))
    (taken,) = rows(brief(third), "alert_list")
    assert taken[4:7] == ["在办", "王工", "约谈企业"]
    (ended,) = rows(brief(fourth), "alert_list")
    assert ended[4] == "解除"


def test_what_moved_is_told_against_the_issue_before(live: World, catalogue: Catalogue) -> None:
    live.told("2026-04", "yellow")
    first = brief(week(live, catalogue, "2026-W20"))
    second = brief(week(live, catalogue, "2026-W21"))
    live.told("2026-05", "green")
    third = brief(week(live, catalogue, "2026-W22"))
    assert "首次汇报" in text(first)
    assert rows(second, "move_list") == []
    assert "有新数据的单位0 个" in text(second)
    (moved,) = rows(third, "move_list")
    assert moved[1] == "2026年5月"
    assert moved[-2:] == ["符合进度", "略有滞后"]
    assert "进度评价改善的1 个，回落的0 个" in text(third)


@pytest.fixture
def stalled(catalogue: Catalogue) -> Snapshot:
    """A cluster with a stalled project and a held report."""
    project = OpenProject("token-1", "signed", "2026-01-05", None, None)
    known = Projects("2026-06", {"signed": 1, "building": 2}, {}, (project,), 1)
    held = Notice(
        "n1",
        NoticeKind.REPORT_HELD,
        BEARINGS,
        "2026-07-10T01:00:00Z",
        subject="token-2",
        indicator="gross_output",
        period="2026-06",
        reason="unit_slip",
    )
    status = status_of("2026-06", projects=known)
    return snapshot_of(catalogue.plan(PLAN), Rhythm.WEEKLY, "2026-W29", [status], held=(held,))


def test_names_are_asked_for_readers_with_the_right_and_others_get_numbers(
    stalled: Snapshot,
) -> None:
    asked: list[str] = []

    def names(tokens: Sequence[str]) -> Mapping[str, str]:
        asked.extend(tokens)
        return {"token-1": "模拟轴承扩产项目"}

    complete = replace(internal_view(stalled), names=names)
    paper = BRIEF.build(stalled, BEARINGS, complete)
    ((project, *_, reason, days),) = rows(paper, "stalled")
    assert (project, reason, days) == ("模拟轴承扩产项目", "签约未开工", "196 天")
    assert rows(paper, "held")[0][0] == "token-2"
    assert sorted(asked) == ["token-1", "token-2"]

    masked = replace(public_view(stalled), names=names)
    public = BRIEF.build(stalled, BEARINGS, masked)
    assert rows(public, "stalled") == rows(public, "held") == []
    assert "停滞项目1 个：签约未开工1 个" in text(public)
    assert "待核报表1 份" in text(public)
    assert not any("token" in str(one.value) for one in public.figures() if isinstance(one, Figure))
    assert sorted(asked) == ["token-1", "token-2"]


def test_stages_of_projects_are_counted(stalled: Snapshot) -> None:
    assert "在列项目3 个：签约1 个、在建2 个" in text(brief(stalled))


def test_late_units_are_counted_by_the_calendar(stalled: Snapshot) -> None:
    said = text(brief(stalled))
    assert "2026年6月报送截止日为2026年7月13日，已过5 个工作日" in said
    assert "未报齐的产业集群有0 个" in said
    late = replace(stalled, statuses=(status_of("2026-05"),))
    assert "未报齐的产业集群有1 个" in text(brief(late))
