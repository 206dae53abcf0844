"""A correction that arrives after a bulletin stands in the next one, and nowhere in the old one.

Facts go through metrics and alerts as they are; only Kafka is left out.
"""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from services.alerts.adapters.holidays import chinese_working_days
from services.alerts.adapters.paper_store import SqlPapers, canonical
from services.alerts.adapters.paper_words import paper_wording
from services.alerts.adapters.rules_file import load_rules
from services.alerts.domain.papers.display import sentence
from services.alerts.domain.papers.figure import Figure
from services.alerts.domain.papers.model import Paper, encode_paper
from services.alerts.domain.papers.monthly import MonthlyBulletin
from services.alerts.domain.papers.rhythm import PaperPeriod, Rhythm
from services.alerts.domain.papers.snapshot import Issue
from services.alerts.domain.papers.view import ReaderView, internal_view, public_view
from services.alerts.use_cases.issue_papers import IssuePapers
from services.metrics.testing import Service
from shared.plans import Catalogue
from shared.storage import writing
from shared.testing.facts import fact, membership
from shared.testing.stores import migrated_store

World = Any
PLAN, BEARINGS = "suzhou-2027", "szah-lb-bearings"
FIRMS = "abcde"
MILLION = 1_000_000


class Bureau:
    """Metrics and alerts of one city, with a press for bulletins."""

    def __init__(self, metrics: Service, world: World, catalogue: Catalogue) -> None:
        self.metrics, self.world = metrics, world
        self.issuing = IssuePapers(
            catalogue,
            load_rules(),
            chinese_working_days,
            world.evaluate.mask_of,
            world.clock,
            "模拟数据",
        )

    def reports(self, period: str, amounts: dict[str, int], version: int = 1) -> None:
        """Year-to-date in millions by firm; alerts reads what metrics says of it."""
        self.metrics.feed(
            [
                fact(
                    BEARINGS,
                    firm,
                    period,
                    ytd=ytd * MILLION,
                    ytd_last_year=90 * MILLION,
                    version=version,
                )
                for firm, ytd in amounts.items()
            ]
        )
        self.world.receive(*self.metrics.statuses().values())

    def issue(self, period: str) -> Issue:
        self.world.clock.advance(timedelta(days=30))
        with writing(self.world.engine) as connection:
            papers = SqlPapers(connection)
            wanted = PaperPeriod.parse(Rhythm.MONTHLY, period)
            return self.issuing.issue(papers, PLAN, wanted, "王工")[0]

    def paper(self, issue: Issue, *, public: bool = False) -> Paper:
        """The bulletin of the cluster, made again from its snapshot."""
        with writing(self.world.engine) as connection:
            snapshot = SqlPapers(connection).snapshot(issue)
        view: ReaderView = public_view(snapshot) if public else internal_view(snapshot)
        return MonthlyBulletin(paper_wording()).build(snapshot, BEARINGS, view)

    def frozen(self, issue: Issue) -> bytes:
        with writing(self.world.engine) as connection:
            return canonical(SqlPapers(connection).snapshot(issue))


@pytest.fixture
def bureau(world: World, catalogue: Catalogue, tmp_path: Path) -> Iterator[Bureau]:
    plan = Catalogue((catalogue.plan(PLAN),))
    with migrated_store("metrics", tmp_path) as engine:
        metrics = Service(engine, plan, world.clock)
        metrics.feed([membership(BEARINGS, firm, "2023-01") for firm in FIRMS])
        yield Bureau(metrics, world, plan)


def corrected(paper: Paper) -> dict[str, list[str]]:
    """Said, now and difference by field, as they are written."""
    rows = [row.cells for one in paper.tables() if one.id == "correction_list" for row in one.rows]
    return {str(cells[3]): [written(cell) for cell in cells[4:7]] for cells in rows}


def written(cell: str | Figure) -> str:
    return cell if isinstance(cell, str) else sentence(cell)


def test_a_correction_after_the_bulletin_is_in_the_next_one_and_the_old_one_stays(
    bureau: Bureau,
) -> None:
    bureau.reports("2026-04", dict.fromkeys(FIRMS, 100))
    april = bureau.issue("2026-04")
    paper, frozen = encode_paper(bureau.paper(april)), bureau.frozen(april)

    bureau.reports("2026-04", {"a": 60}, version=2)
    bureau.reports("2026-05", dict.fromkeys(FIRMS, 130))
    may = bureau.issue("2026-05")
    bureau.reports("2026-06", dict.fromkeys(FIRMS, 150))
    june = bureau.issue("2026-06")

    for public in (False, True):
        listed = corrected(bureau.paper(may, public=public))
        assert listed["累计"] == ["5.00 亿元", "4.60 亿元", "-0.40 亿元"]
        assert listed["可比增速"] == ["+11.1 %", "+2.2 %", "-8.9 个百分点"]
    assert corrected(bureau.paper(june)) == {}
    assert bureau.frozen(april) == frozen
    assert encode_paper(bureau.paper(april)) == paper
    assert corrected(bureau.paper(april)) == {}


def test_what_was_corrected_twice_is_told_against_the_last_word(bureau: Bureau) -> None:
    bureau.reports("2026-04", dict.fromkeys(FIRMS, 100))
    bureau.issue("2026-04")
    bureau.reports("2026-04", {"a": 60}, version=2)
    bureau.reports("2026-05", dict.fromkeys(FIRMS, 130))
    bureau.issue("2026-05")
    bureau.reports("2026-04", {"a": 70}, version=3)
    bureau.reports("2026-06", dict.fromkeys(FIRMS, 150))
    june = corrected(bureau.paper(bureau.issue("2026-06")))
    assert june["累计"] == ["4.60 亿元", "4.70 亿元", "+0.10 亿元"]


def test_readers_without_the_right_are_told_of_no_correction_of_what_is_hidden(
    bureau: Bureau,
) -> None:
    bureau.reports("2026-04", {"a": 1000, "b": 1})
    april = bureau.issue("2026-04")
    bureau.reports("2026-04", {"a": 900}, version=2)
    bureau.reports("2026-05", {"a": 1100, "b": 1})
    may = bureau.issue("2026-05")
    assert "累计" in corrected(bureau.paper(may))
    assert corrected(bureau.paper(may, public=True)) == {}
    assert "10.01" not in encode_paper(bureau.paper(april, public=True)).decode()
