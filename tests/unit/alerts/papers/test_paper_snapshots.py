"""An issued paper is frozen: what comes later changes nothing in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from services.alerts.adapters.holidays import chinese_working_days
from services.alerts.adapters.paper_store import DamagedSnapshotError, SqlPapers, canonical
from services.alerts.adapters.rules_file import load_rules
from services.alerts.domain.papers.rhythm import PaperPeriod, Rhythm
from services.alerts.domain.papers.snapshot import Issue, Snapshot
from services.alerts.use_cases.issue_papers import (
    IssuePapers,
    NothingToReportError,
    UnknownPlanError,
)
from shared.plans import Catalogue
from shared.storage import writing

World = Any
PLAN = "suzhou-2027"
BEARINGS = "szah-lb-bearings"


class Press:
    """The use case over a world's store."""

    def __init__(self, world: World, catalogue: Catalogue) -> None:
        self.world = world
        self.issue_papers = IssuePapers(
            catalogue,
            load_rules(),
            chinese_working_days,
            world.evaluate.mask_of,
            world.clock,
            "模拟数据",
        )

    @contextmanager
    def papers(self) -> Iterator[SqlPapers]:
        with writing(self.world.engine) as connection:
            yield SqlPapers(connection)

    def issue(self, rhythm: Rhythm, period: str) -> tuple[Issue, bool]:
        with self.papers() as papers:
            return self.issue_papers.issue(papers, PLAN, PaperPeriod.parse(rhythm, period), "王工")

    def preview(self, rhythm: Rhythm, period: str) -> Snapshot:
        with self.papers() as papers:
            return self.issue_papers.preview(papers, PLAN, PaperPeriod.parse(rhythm, period))

    def frozen(self, issue: Issue) -> Snapshot:
        with self.papers() as papers:
            return papers.snapshot(issue)


@pytest.fixture
def press(live: World, catalogue: Catalogue) -> Press:
    return Press(live, catalogue)


def test_what_is_frozen_comes_back_byte_for_byte_whatever_arrives_later(press: Press) -> None:
    press.world.told("2026-04")
    issue, made = press.issue(Rhythm.MONTHLY, "2026-04")
    before = canonical(press.frozen(issue))
    press.world.told("2026-04", ytd=1)
    press.world.told("2026-05", "yellow")
    press.world.clock.advance(timedelta(days=400))
    assert made
    assert canonical(press.frozen(issue)) == before


def test_a_second_issue_of_a_period_is_the_first(press: Press) -> None:
    press.world.told("2026-04")
    first, _ = press.issue(Rhythm.MONTHLY, "2026-04")
    press.world.told("2026-04", ytd=1)
    second, made = press.issue(Rhythm.MONTHLY, "2026-04")
    assert (second, made) == (first, False)


def test_a_draft_is_labelled_and_kept_nowhere(press: Press) -> None:
    press.world.told("2026-04")
    assert press.preview(Rhythm.MONTHLY, "2026-04").is_draft
    with press.papers() as papers:
        assert papers.issues() == ()


def test_without_a_figure_there_is_nothing_to_issue(press: Press) -> None:
    with pytest.raises(NothingToReportError):
        press.issue(Rhythm.MONTHLY, "2026-05")


def test_a_plan_that_nobody_follows_has_no_papers(press: Press) -> None:
    with press.papers() as papers, pytest.raises(UnknownPlanError):
        press.issue_papers.preview(papers, "atlantis", PaperPeriod.parse(Rhythm.YEARLY, "2026"))


def test_a_correction_is_listed_once_in_the_next_issue_and_not_in_the_old_one(
    press: Press,
) -> None:
    press.world.told("2026-04", ytd=1_500_000_000)
    april, _ = press.issue(Rhythm.MONTHLY, "2026-04")
    press.world.told("2026-04", ytd=1_400_000_000)
    press.world.told("2026-05")
    may, _ = press.issue(Rhythm.MONTHLY, "2026-05")
    press.world.told("2026-06")
    june, _ = press.issue(Rhythm.MONTHLY, "2026-06")
    assert press.frozen(april).changes == ()
    (change,) = press.frozen(may).changes
    assert (change.unit, change.period, change.field) == (BEARINGS, "2026-04", "ytd")
    assert (change.said, change.now, change.difference) == (
        1_500_000_000,
        1_400_000_000,
        -100_000_000,
    )
    assert change.said_in == "2026-04"
    assert press.frozen(june).changes == ()


def test_a_stored_snapshot_that_was_changed_is_not_believed(press: Press) -> None:
    press.world.told("2026-04")
    issue, _ = press.issue(Rhythm.MONTHLY, "2026-04")
    with press.world.engine.begin() as connection:
        connection.execute(text("update paper set sha256 = 'x'"))
    with press.papers() as papers:
        (changed,) = papers.issues()
        with pytest.raises(DamagedSnapshotError):
            papers.snapshot(changed)
    assert issue.sha256 != changed.sha256
