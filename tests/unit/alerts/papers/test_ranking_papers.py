"""Quarterly and yearly papers of the simulated demo, compared with golden content models.

CLUSTERWATCH_UPDATE_GOLDEN=1 writes them anew.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from services.alerts.adapters.paper_store import unpacked
from services.alerts.adapters.paper_words import paper_wording
from services.alerts.domain.papers.builder import Builder, NoSuchPaperError
from services.alerts.domain.papers.builders import builders
from services.alerts.domain.papers.figure import Figure
from services.alerts.domain.papers.model import Paper, PaperKind, Paragraph, Table
from services.alerts.domain.papers.ranking_rules import RankingRules, frozen_rules
from services.alerts.domain.papers.rhythm import Rhythm
from services.alerts.domain.papers.schedule import rhythm_of
from services.alerts.domain.papers.snapshot import Change, Snapshot
from services.alerts.domain.papers.view import ReaderView, internal_view, public_view
from services.alerts.testing import content_lines

DATA = Path(__file__).parents[3] / "data" / "papers"
CITY, LINGBI, BEARINGS = "suzhou-ah", "suzhou-ah-lingbi", "szah-lb-bearings"
PERIODS = {PaperKind.QUARTERLY: "2026-Q2", PaperKind.TOUR: "2026-Q2", PaperKind.YEARLY: "2025"}
KINDS = tuple(PERIODS)


@cache
def demo() -> Snapshot:
    """The demo as it was frozen for the bulletin of June, on 15 July 2026."""
    return unpacked((DATA / "monthly-2026-06.snapshot").read_bytes())


@cache
def snapshot(rhythm: Rhythm, period: str) -> Snapshot:
    """The same figures, for another rhythm."""
    extra = frozen_rules(RankingRules())
    return replace(
        demo(), rhythm=rhythm, period=period, extra=extra, changes=(), before=None, number=1
    )


@cache
def all_builders() -> Mapping[PaperKind, Builder]:
    return builders(paper_wording())


def paper(
    kind: PaperKind, unit: str, view_of: Callable[[Snapshot], ReaderView] = internal_view
) -> Paper:
    found = snapshot(rhythm_of(kind), PERIODS[kind])
    return all_builders()[kind].build(found, unit, view_of(found))


GOLDEN = {
    "quarterly-2026-Q2-city": (PaperKind.QUARTERLY, CITY, internal_view),
    "quarterly-2026-Q2-city-public": (PaperKind.QUARTERLY, CITY, public_view),
    "quarterly-2026-Q2-lingbi": (PaperKind.QUARTERLY, LINGBI, internal_view),
    "tour-2026-Q2-lingbi": (PaperKind.TOUR, LINGBI, internal_view),
    "yearly-2025-city": (PaperKind.YEARLY, CITY, internal_view),
    "yearly-2025-lingbi-public": (PaperKind.YEARLY, LINGBI, public_view),
}


@pytest.mark.parametrize("name", GOLDEN)
def test_the_content_is_the_golden_one(name: str) -> None:
    kind, unit, view_of = GOLDEN[name]
    found = b"\n".join(content_lines(paper(kind, unit, view_of))) + b"\n"
    path = DATA / f"{name}.jsonl"
    if os.environ.get("CLUSTERWATCH_UPDATE_GOLDEN"):
        path.write_bytes(found)
    assert found == path.read_bytes()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("view_of", [internal_view, public_view])
def test_no_figure_has_two_values_and_no_sentence_is_without_one(
    kind: PaperKind, view_of: Callable[[Snapshot], ReaderView]
) -> None:
    regions = [one.id for one in snapshot(Rhythm.YEARLY, "2025").plan.units if one.kind == "region"]
    for unit in (CITY, *regions):
        found = paper(kind, unit, view_of)
        assert found.contradictions() == ()
        ids = [table.id for table in found.tables()]
        assert len(ids) == len(set(ids))
        for section in found.sections:
            for block in section.blocks:
                if isinstance(block, Paragraph):
                    assert any(isinstance(run, Figure) for run in block.runs), block
                    words = "".join(run for run in block.runs if isinstance(run, str))
                    assert not any(letter.isdigit() for letter in words), words


def table(found: Paper, id_: str) -> Table:
    return next(one for one in found.tables() if one.id == id_)


def value(cell: object) -> object:
    return cell.value if isinstance(cell, Figure) else cell


def test_contributions_of_the_trace_add_up_to_the_totals_of_the_paper() -> None:
    found = paper(PaperKind.QUARTERLY, CITY)
    totals = {row.cells[0]: value(row.cells[2]) for row in table(found, "place_table").rows}
    sums = dict.fromkeys(totals, 0)
    for row in table(found, "trace_table").rows:
        points = value(row.cells[6])
        sums[row.cells[0]] += round(100 * points) if isinstance(points, float) else 0
    assert {name: total for name, total in sums.items() if total} == {
        name: round(100 * total) for name, total in totals.items() if isinstance(total, float)
    }
    assert any(isinstance(total, float) for total in totals.values())
    assert None in totals.values()


def test_every_score_of_the_paper_has_its_figures_in_the_evidence() -> None:
    found = paper(PaperKind.QUARTERLY, CITY)
    behind = {(row.cells[0], row.cells[1]) for row in table(found, "evidence_table").rows}
    scored = {
        (row.cells[0], row.cells[1])
        for row in table(found, "trace_table").rows
        if value(row.cells[3]) is not None
    }
    assert scored <= behind
    assert len(scored) > 20


def test_a_public_ranking_shows_no_hidden_figure_and_says_that_it_is_one() -> None:
    inside, outside = (
        paper(PaperKind.QUARTERLY, CITY, view_of) for view_of in (internal_view, public_view)
    )
    hidden_ids = {one.id for one in outside.figures() if one.suppressed}
    assert hidden_ids
    assert all(one.value is None for one in outside.figures() if one.id in hidden_ids)
    assert not any(one.suppressed for one in inside.figures())
    text = b"\n".join(content_lines(outside)).decode()
    assert "本期只用可公开的数据评比" in text


def test_a_county_sees_its_own_place_and_no_other_countys_points() -> None:
    found = paper(PaperKind.QUARTERLY, "suzhou-ah-sixian")
    names = {row.cells[0] for row in table(found, "trace_table").rows}
    assert names == {"泗县"}
    units = {one.id.split("|")[0] for one in found.figures() if "|ranking|" in one.id}
    assert units == {"suzhou-ah-sixian", ""}


def test_clusters_are_not_ranked_and_a_ranking_may_be_switched_off() -> None:
    with pytest.raises(NoSuchPaperError, match="only counties"):
        paper(PaperKind.QUARTERLY, BEARINGS)
    with pytest.raises(NoSuchPaperError, match="tours go to counties"):
        paper(PaperKind.TOUR, BEARINGS)
    ranked = snapshot(Rhythm.QUARTERLY, "2026-Q2")
    off = replace(ranked, extra=frozen_rules(RankingRules(enabled=False)))
    with pytest.raises(NoSuchPaperError, match="switched off"):
        all_builders()[PaperKind.QUARTERLY].build(off, CITY, internal_view(off))


def test_corrections_since_the_last_issue_stand_in_the_next_one() -> None:
    frozen = snapshot(Rhythm.YEARLY, "2025")
    place = (BEARINGS, "gross_output", "2025-12", "ytd")
    change = Change(*place, said=100_000_000, now=250_000_000, said_in="2024", public=True)
    corrected = replace(frozen, changes=(change,))
    build = all_builders()[PaperKind.YEARLY].build
    before = build(frozen, CITY, internal_view(frozen))
    after = build(corrected, CITY, internal_view(corrected))
    assert "correction_list" not in {one.id for one in before.tables()}
    (row,) = table(after, "correction_list").rows
    assert [value(cell) for cell in row.cells[4:7]] == [100_000_000, 250_000_000, 150_000_000]


def test_a_year_lists_every_target_once_with_a_result() -> None:
    found = paper(PaperKind.YEARLY, CITY)
    judged, rest = table(found, "result_table").rows, table(found, "unassessed_table").rows
    plan = snapshot(Rhythm.YEARLY, "2025").plan
    assert len(judged) + len(rest) == len(plan.indicators)
    assert {row.cells[7] for row in judged} == {"完成", "未完成"}
    assert all(row.cells[5] for row in rest)
