"""Bulletins and briefs of two months of the simulated demo, compared with golden content models.

CLUSTERWATCH_UPDATE_GOLDEN=1 writes them anew. A golden file has one block of the paper a line.
The snapshots were frozen once, by ingest, metrics and alerts as they were on a day; that today's
code still makes the same papers of them is what is tested.
"""

import os
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import pytest

from services.alerts.adapters.paper_store import canonical, packed, unpacked
from services.alerts.adapters.paper_words import paper_wording
from services.alerts.domain.papers.builder import Builder
from services.alerts.domain.papers.builders import builders
from services.alerts.domain.papers.model import (
    Paper,
    PaperKind,
    Table,
    decode_paper,
    encode_paper,
)
from services.alerts.domain.papers.snapshot import Snapshot
from services.alerts.domain.papers.view import ReaderView, internal_view, public_view
from services.alerts.testing import content_lines

DATA = Path(__file__).parents[3] / "data" / "papers"
CITY, LINGBI, BEARINGS = "suzhou-ah", "suzhou-ah-lingbi", "szah-lb-bearings"
View = Callable[[Snapshot], ReaderView]
GOLDEN: Mapping[str, tuple[str, str, View]] = {
    "monthly-2026-05-city-public": ("monthly-2026-05", CITY, public_view),
    "monthly-2026-06-city-public": ("monthly-2026-06", CITY, public_view),
    "monthly-2026-06-lingbi": ("monthly-2026-06", LINGBI, internal_view),
    "monthly-2026-05-bearings": ("monthly-2026-05", BEARINGS, internal_view),
    "monthly-2026-06-bearings": ("monthly-2026-06", BEARINGS, internal_view),
    "weekly-2026-W25-bearings": ("weekly-2026-W25", BEARINGS, internal_view),
    "weekly-2026-W29-bearings": ("weekly-2026-W29", BEARINGS, internal_view),
    "weekly-2026-W29-city-public": ("weekly-2026-W29", CITY, public_view),
}


@cache
def snapshot(name: str) -> Snapshot:
    return unpacked((DATA / f"{name}.snapshot").read_bytes())


@cache
def all_builders() -> Mapping[PaperKind, Builder]:
    return builders(paper_wording())


def paper(name: str, unit: str, view_of: View) -> Paper:
    found = snapshot(name)
    return all_builders()[PaperKind(found.rhythm)].build(found, unit, view_of(found))


@pytest.mark.parametrize("name", GOLDEN)
def test_the_content_is_the_golden_one(name: str) -> None:
    found = b"\n".join(content_lines(paper(*GOLDEN[name]))) + b"\n"
    path = DATA / f"{name}.jsonl"
    if os.environ.get("CLUSTERWATCH_UPDATE_GOLDEN"):
        path.write_bytes(found)
    assert found == path.read_bytes()


def test_a_snapshot_packed_anew_is_the_same() -> None:
    found = snapshot("monthly-2026-06")
    checksum, stored = packed(found)
    again = unpacked(stored, checksum)
    assert canonical(again) == canonical(found)
    view = public_view(found)
    builder = all_builders()[PaperKind.MONTHLY]
    assert encode_paper(builder.build(again, CITY, view)) == encode_paper(
        builder.build(found, CITY, view)
    )


@pytest.mark.parametrize("view_of", [internal_view, public_view])
@pytest.mark.parametrize("name", ["monthly-2026-06", "weekly-2026-W29"])
def test_papers_of_all_units_are_sound_and_survive_json(name: str, view_of: View) -> None:
    for unit in snapshot(name).plan.units:
        found = paper(name, unit.id, view_of)
        assert found.contradictions() == ()
        assert found.simulated
        assert decode_paper(encode_paper(found)) == found


def test_what_june_corrects_of_may_is_what_may_said() -> None:
    said = {one.id: one.value for one in paper("monthly-2026-05", CITY, internal_view).figures()}
    june = paper("monthly-2026-06", CITY, internal_view)
    changes = [one for one in snapshot("monthly-2026-06").changes if one.field in ("month", "ytd")]
    assert len(changes) > 10
    for change in changes:
        assert said[f"{change.unit}|{change.indicator}|{change.period}|{change.field}"] == (
            change.said
        )
    assert len(table(june, "correction_list").rows) == len(snapshot("monthly-2026-06").changes)
    assert not any(
        one.id == "correction_list"
        for one in paper("monthly-2026-05", CITY, internal_view).tables()
    )


def test_the_public_bulletin_says_of_no_hidden_cluster_what_it_reported() -> None:
    internal = {one.id: one for one in paper("monthly-2026-06", CITY, internal_view).figures()}
    public = paper("monthly-2026-06", CITY, public_view)
    hidden = [one for one in public.figures() if one.suppressed]
    assert len(hidden) > 50
    totals = {one.id for one in hidden if one.id.endswith(("|ytd", "|month", "|forecast.median"))}
    secrets = {str(internal[one].value) for one in totals}
    assert len(secrets) > 5
    text = encode_paper(public).decode()
    assert not [one for one in secrets if one in text]


def table(found: Paper, id_: str) -> Table:
    return next(one for one in found.tables() if one.id == id_)
