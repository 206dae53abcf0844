"""A paper as one HTML file: nothing is fetched, nothing runs, and a strict policy lets it pass."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from services.alerts.adapters.papers import outline, pictures
from services.alerts.adapters.papers.chart_data import data_table
from services.alerts.adapters.papers.outline import Gaps
from services.alerts.adapters.papers.policy import CSS
from services.alerts.adapters.papers.widths import fit
from services.alerts.domain.papers import display, words
from services.alerts.domain.papers.figure import Figure
from services.alerts.domain.papers.model import (
    Block,
    Chart,
    Column,
    Paper,
    Paragraph,
    Row,
    Run,
    Section,
    Table,
)

_FEWEST_CONTENTS = 3

Piece = Mapping[str, str]
"""A run for the template: its text and, of a figure, id, exact value, reason and colour."""


def html(paper: Paper) -> bytes:
    """The file in UTF-8; the same paper gives the same bytes on the same machine."""
    captions = outline.captions(paper)
    sections = [
        _section(section, number, captions) for number, section in enumerate(paper.sections, 1)
    ]
    text = _template().render(
        css=Markup(CSS),  # noqa: S704 - a file of this folder
        head=_head(paper),
        contents=sections if len(sections) >= _FEWEST_CONTENTS else [],
        sections=sections,
        closing=[_pieces(note) for note in paper.notes],
    )
    return text.encode()


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader(__package__ or "", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("paper.html.j2")


def _head(paper: Paper) -> Mapping[str, Any]:
    return {
        "title": paper.title,
        "subtitle": paper.subtitle,
        "issue": outline.issue(paper),
        "issuer": paper.issuer,
        "day": display.day(paper.issued_at),
        "marks": outline.marks(paper),
        "data": outline.state_of_data(paper),
        "simulated": paper.simulated,
    }


def _section(section: Section, number: int, captions: Mapping[str, str]) -> Mapping[str, Any]:
    blocks = list(_blocks(section.blocks, captions))
    return {
        "title": section.title,
        "level": section.level,
        "anchor": f"section-{number}",
        "blocks": blocks,
        # It must not stay behind when the table turns the page.
        "wide": bool(blocks) and blocks[0].get("wide", False),
    }


def _blocks(blocks: Sequence[Block], captions: Mapping[str, str]) -> Iterator[Mapping[str, Any]]:
    items: list[list[Piece]] = []
    for block in blocks:
        if isinstance(block, Paragraph) and block.bullet:
            items.append(_pieces(block))
            continue
        if items:
            yield {"kind": "list", "entries": items}
            items = []
        match block:
            case Paragraph():
                yield {"kind": "paragraph", "runs": _pieces(block)}
            case Table():
                yield _table(block, f"{captions[block.id]}　{block.title}")
            case Chart():
                yield _chart(block, f"{captions[block.id]}　{block.title}")
    if items:
        yield {"kind": "list", "entries": items}


def _chart(chart: Chart, caption: str) -> Mapping[str, Any]:
    picture = pictures.svg(chart)
    data = _table(data_table(chart), f"{caption}（数据）")
    return {
        "kind": "chart",
        "anchor": chart.id,
        "caption": caption,
        "alt": chart.alt,
        "key": picture.key,
        "svg": Markup(picture.content.decode()),  # noqa: S704 - drawn and escaped by matplotlib
        "notes": data["notes"],
        "data": {**data, "anchor": f"{chart.id}-data"},
    }


def _table(table: Table, caption: str) -> Mapping[str, Any]:
    gaps = Gaps.of(table)
    below = [*(_pieces(note) for note in table.notes), *([_words(said)] for said in gaps.notes)]
    return {
        "kind": "table",
        "anchor": table.id,
        "caption": caption,
        "wide": fit(table).landscape,
        "head": _head_rows(table.columns),
        "rows": [_row(table.columns, row, gaps) for row in table.rows],
        "notes": below,
    }


def _head_rows(columns: Sequence[Column]) -> list[list[Mapping[str, Any]]]:
    """One row of headings, or two where columns are grouped."""
    grouped = any(column.group for column in columns)
    ends = {start: (end, group) for start, end, group in outline.groups(columns)}
    first: list[Mapping[str, Any]] = []
    second: list[Mapping[str, Any]] = []
    for place, column in enumerate(columns, start=1):
        cell = {"title": column.title, "unit": column.unit, "scope": "col", "across": 1, "down": 1}
        if place in ends:
            end, group = ends[place]
            over = {"title": group, "unit": "", "scope": "colgroup", "down": 1}
            first.append({**over, "across": end - place + 1})
        if column.group:
            second.append(cell)
        else:
            first.append({**cell, "down": 2 if grouped else 1})
    return [first, second] if grouped else [first]


def _row(columns: Sequence[Column], row: Row, gaps: Gaps) -> Mapping[str, Any]:
    cells = [
        {
            **_piece(run, gaps.text(run, column.unit)),
            "side": outline.alignment(column, run),
        }
        for column, run in zip(columns, row.cells, strict=True)
    ]
    return {"total": row.total, "cells": cells}


def _pieces(paragraph: Paragraph) -> list[Piece]:
    return [
        _piece(run, display.sentence(run) if isinstance(run, Figure) else run)
        for run in paragraph.runs
    ]


def _piece(run: Run, text: str) -> Piece:
    if not isinstance(run, Figure):
        return _words(text)
    null = run.value is None and not run.suppressed
    return {
        "text": text,
        "figure": run.id,
        "value": "" if run.value is None else str(run.value),
        "why": words.missing(run.reason) if null else "",
        "colour": "" if run.colour is None else str(run.colour),
    }


def _words(text: str) -> Piece:
    return {"text": text, "figure": ""}
