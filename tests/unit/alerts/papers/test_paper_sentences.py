"""Whatever was reported: a paper says numbers by its figures alone, and hides what is hidden."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.alerts.adapters.paper_words import paper_wording
from services.alerts.domain.papers.builder import Builder
from services.alerts.domain.papers.figure import Figure
from services.alerts.domain.papers.model import Chart, Paper, Paragraph, Table
from services.alerts.domain.papers.monthly import MonthlyBulletin
from services.alerts.domain.papers.rhythm import Rhythm
from services.alerts.domain.papers.snapshot import Before, Change, Snapshot
from services.alerts.domain.papers.view import internal_view, public_view
from services.alerts.domain.papers.weekly import WeeklyBrief
from services.alerts.testing import hiding, snapshot_of
from shared.events.status import (
    Colour,
    Decomposition,
    Enterprises,
    ForecastFigure,
    Funds,
    FundsFigure,
    Investment,
    OpenProject,
    Projects,
    Status,
    Verdict,
)
from shared.plans import load_catalogue
from shared.testing.statuses import status_of

PLAN = load_catalogue().plan("suzhou-2027")
BEARINGS, LINGBI, CITY = "szah-lb-bearings", "suzhou-ah-lingbi", PLAN.city
UNITS = (BEARINGS, LINGBI, CITY, "szah-ds-green-food", "szah-green-food")
BUILDERS: dict[Rhythm, Builder] = {
    Rhythm.MONTHLY: MonthlyBulletin(paper_wording()),
    Rhythm.WEEKLY: WeeklyBrief(paper_wording()),
}
PERIODS = {Rhythm.MONTHLY: "2026-06", Rhythm.WEEKLY: "2026-W28"}
DIGIT = re.compile(r"[0-9０-９]")
NAMES = sorted(
    {*(unit.name for unit in PLAN.units), *(one.name for one in PLAN.indicators)},
    key=len,
    reverse=True,
)

amounts = st.integers(-(10**13), 10**13)
ratios = st.floats(-2, 5, allow_nan=False).map(lambda value: round(value, 4))
shares = st.floats(0, 1).map(lambda value: round(value, 4))
forecasts = st.builds(
    ForecastFigure,
    year=st.just(2026),
    median=amounts,
    p10=st.none() | amounts,
    p90=st.none() | amounts,
    method=st.just("pace"),
)
splits = st.builds(
    Decomposition, continuing=amounts, entries=amounts, exits=amounts, restatement=amounts
)
investments = st.builds(
    Investment,
    period=st.just("2026-05"),
    ytd=st.none() | amounts,
    ytd_last_year=st.none() | amounts,
    growth=st.none() | ratios,
    planned_total=st.none() | amounts,
    since_start=st.none() | amounts,
    projects=st.dictionaries(st.sampled_from(["signed", "building"]), st.integers(0, 50)),
    completion=st.none() | shares,
)
received = st.builds(
    FundsFigure, ytd=amounts, ytd_last_year=st.none() | amounts, growth=st.none() | ratios
)
funds = st.lists(
    st.builds(
        Funds,
        period=st.just("2026-06"),
        currency=st.sampled_from(["CNY", "USD"]),
        total=received,
        planned=st.none() | received,
        by_origin=st.just({}),
        projects=st.integers(0, 20),
    ),
    max_size=2,
    unique_by=lambda one: one.currency,
).map(tuple)
open_projects = st.lists(
    st.builds(
        OpenProject,
        subject=st.sampled_from(["token-1", "token-2", "token-3"]),
        stage=st.sampled_from(["signed", "started", "building"]),
        since=st.sampled_from(["2025-01-05", "2026-06-20"]),
        due=st.none() | st.just("2026-01-31"),
        last_progress=st.none() | st.just("2026-02"),
    ),
    max_size=3,
    unique_by=lambda one: one.subject,
).map(tuple)
projects = open_projects.map(
    lambda found: Projects("2026-06", {"signed": 3, "building": 2}, {}, found, len(found))
)
judged = st.sampled_from(
    [
        (Verdict.ON_TRACK, Colour.GREEN),
        (Verdict.ON_TRACK, Colour.BLUE),
        (Verdict.BEHIND, Colour.YELLOW),
        (Verdict.MOVING_AWAY, Colour.RED),
        (Verdict.NO_TARGET, Colour.GREY),
        (Verdict.INCOMPLETE, Colour.GREY),
    ]
)


@st.composite
def statuses(draw: st.DrawFn, unit: str) -> Status:
    verdict, colour = draw(judged)
    facts = PLAN.unit(unit)
    period = draw(st.sampled_from(["2026-02", "2026-05", "2026-06"]))
    expected = draw(st.integers(0, 60))
    return status_of(
        period,
        unit=unit,
        name=facts.name,
        region=facts.region,
        unit_kind=str(facts.kind),
        indicator=facts.value_indicator,
        verdict=verdict,
        colour=colour,
        month=draw(st.none() | amounts),
        ytd=draw(st.none() | amounts),
        ytd_growth=draw(st.none() | ratios),
        required_ytd=draw(st.none() | amounts),
        gap=draw(st.none() | amounts),
        forecast=draw(st.none() | forecasts),
        probability=draw(st.none() | shares),
        coverage=draw(st.none() | shares),
        enterprises=Enterprises(expected, draw(st.integers(0, expected))),
        decomposition=draw(st.none() | splits),
        investment=draw(st.none() | investments),
        funds=draw(funds),
        projects=draw(st.none() | projects),
    )


@st.composite
def snapshots(draw: st.DrawFn, rhythm: Rhythm) -> Snapshot:
    wanted = draw(st.lists(st.sampled_from(UNITS), min_size=1, unique=True))
    found = [draw(statuses(unit)) for unit in wanted]
    change = Change(BEARINGS, "gross_output", "2026-05", "ytd", 10, 12, "2026-05", public=False)
    before = None
    if draw(st.booleans()):
        headlines = tuple(draw(statuses(unit)) for unit in wanted)
        before = Before("2026-W27", datetime(2026, 7, 6, tzinfo=UTC), "0", None, headlines)
    return snapshot_of(PLAN, rhythm, PERIODS[rhythm], found, changes=(change,), before=before)


def words(paper: Paper) -> Iterator[str]:
    """All words of a paper that are not figures, without the names of the plan."""
    for runs in runs_of(paper):
        for run in runs:
            if isinstance(run, str):
                text = run
                for name in NAMES:
                    text = text.replace(name, "")
                yield text


def runs_of(paper: Paper) -> Iterator[tuple[Any, ...]]:
    blocks = [block for section in paper.sections for block in section.blocks]
    for block in (*blocks, *paper.notes):
        match block:
            case Paragraph():
                yield block.runs
            case Table():
                yield from (row.cells for row in block.rows)
            case Chart():
                yield block.categories
    yield tuple(section.title for section in paper.sections)


def sentences(paragraph: Paragraph) -> Iterator[list[Any]]:
    """Runs of each sentence; the full stop ends one."""
    found: list[Any] = []
    for run in paragraph.runs:
        if isinstance(run, Figure):
            found.append(run)
            continue
        *ended, rest = run.split("。")
        for part in ended:
            yield [*found, part]
            found = []
        found += [rest] if rest else []
    if found:
        yield found


@pytest.mark.parametrize("rhythm", list(BUILDERS))
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_every_number_of_a_paper_is_a_figure_and_every_sentence_has_one(
    rhythm: Rhythm, data: st.DataObject
) -> None:
    snapshot = data.draw(snapshots(rhythm))
    unit = data.draw(st.sampled_from([CITY, LINGBI, BEARINGS]))
    for view in (internal_view(snapshot), public_view(snapshot)):
        paper = BUILDERS[rhythm].build(snapshot, unit, view)
        assert paper.contradictions() == ()
        assert [text for text in words(paper) if DIGIT.search(text)] == []
        for section in paper.sections:
            for block in section.blocks:
                for said in sentences(block) if isinstance(block, Paragraph) else ():
                    assert any(isinstance(run, Figure) for run in said), said


@pytest.mark.parametrize("rhythm", list(BUILDERS))
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_hidden_figure_has_no_influence_on_the_public_paper(
    rhythm: Rhythm, data: st.DataObject
) -> None:
    hidden = hiding("gross_output", "2026-06", [BEARINGS])
    snapshot = replace(data.draw(snapshots(rhythm)), hidden=hidden)
    secret = [one for one in snapshot.statuses if (one.unit, one.period) == (BEARINGS, "2026-06")]
    others = tuple(one for one in snapshot.statuses if one not in secret)
    swapped = tuple(_other_amounts(one) for one in secret)
    builder = BUILDERS[rhythm]
    changed = replace(snapshot, statuses=(*others, *swapped))
    for unit in (CITY, LINGBI, BEARINGS):
        first = builder.build(snapshot, unit, public_view(snapshot))
        assert first == builder.build(changed, unit, public_view(changed))


def _other_amounts(status: Status) -> Status:
    """The same direction and the same reports, with other amounts."""
    open_fields = {"version", "contributors", "enterprises", "months_since_on_track"}
    fields = msgspec.structs.asdict(status)
    return msgspec.structs.replace(
        status,
        **{
            name: _other(value)
            for name, value in fields.items()
            if name not in open_fields and not isinstance(value, str)
        },
    )


def _other(value: Any) -> Any:
    """The same shape with every number one greater; years, days and words stay."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value + 1
    if isinstance(value, tuple):
        return tuple(map(_other, value))
    if isinstance(value, (Decomposition, ForecastFigure, Investment, Funds, FundsFigure)):
        kept = {"year", "projects", "period"}
        fields = msgspec.structs.asdict(value)
        changed = {name: _other(one) for name, one in fields.items() if name not in kept}
        return msgspec.structs.replace(value, **changed)
    return value


def test_words_of_papers_hold_no_digits() -> None:
    tables = paper_wording().tables
    texts = [
        text
        for name in ("titles", "sentences", "columns", "fields", "states", "stalls", "levels")
        for text in tables[name].values()
    ]
    assert [text for text in (*texts, *tables["notes"]) if DIGIT.search(text)] == []
