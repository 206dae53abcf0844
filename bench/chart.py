"""Draws the pictures of docs/performance.md from bench/results/*.json.

    python bench/chart.py

Each picture is an SVG on white that holds its letters as outlines, so that it looks the same
everywhere. Its description repeats all that is drawn: that is what a test compares with the
results, because another processor may round a coordinate differently.
"""

import io
from collections.abc import Iterable
from contextlib import AbstractContextManager
from pathlib import Path

import matplotlib as mpl
from chart_rows import (
    KNOWN,
    LATE,
    MEDIAN,
    NEW,
    OTHER,
    STATEMENTS,
    STORES,
    Bar,
    Panel,
    Picture,
    pictures_of,
)
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.patheffects import withStroke
from results_file import RESULTS

IMAGES = Path(__file__).parents[1] / "docs" / "img"

_BLUE, _SKY, _ORANGE, _GREY = "#0072b2", "#8ccbee", "#e69f00", "#9aa5b1"
"""After Okabe and Ito: told apart with any colour vision, and by their lightness in print."""
_COLOURS = {
    **dict(zip(STORES, (_BLUE, _ORANGE), strict=True)),
    STATEMENTS: _SKY,
    OTHER: _GREY,
    MEDIAN: _SKY,
    LATE: _BLUE,
    KNOWN: _BLUE,
    NEW: _ORANGE,
}
_INK, _FAINT, _GRID = "#1f2933", "#5e6c79", "#d9dfe5"
_WIDTH = 8.6
"""Inches: as wide as a page on a git host."""
_LINE, _HEADING, _AROUND, _MARGIN = 0.19, 0.3, 1.0, 0.08
"""Inches: a bar, a panel's title, title with legend and axis, and the edge."""
_THICK, _BETWEEN, _MARK = 0.86, 0.9, 0.52
"""A bar, the gap between groups, and half of a goal's mark, in lines."""
_NAME_WIDTH = 33
"""Letters of a name that stand in one line."""
_ROOM_RIGHT, _ROOM_FOR_VALUE = 1.12, 0.1
"""Of the longest bar."""


def draw(picture: Picture) -> Figure:
    """The picture as matplotlib's object; pyplot keeps nothing of it."""
    heights = [_height(panel) for panel in picture.panels]
    figure = Figure(
        figsize=(_WIDTH, sum(heights) + _AROUND),
        layout=ConstrainedLayoutEngine(w_pad=_MARGIN, h_pad=_MARGIN),
    )
    every = figure.subplots(
        len(heights), 1, sharex=True, squeeze=False, gridspec_kw={"height_ratios": heights}
    )[:, 0]
    reach = _reach(picture.bars)
    every[0].set_xlim(0, reach * _ROOM_RIGHT)
    for axes, panel in zip(every, picture.panels, strict=True):
        _draw_panel(axes, panel, picture, reach * _ROOM_FOR_VALUE)
    every[-1].set_xlabel(picture.axis)
    figure.legend(
        handles=_legend(picture),
        title=picture.title,
        title_fontproperties={"weight": "bold", "size": 11},
        alignment="left",
        loc="outside upper left",
        ncols=5,
        columnspacing=1.6,
        handlelength=1.8,
        frameon=False,
    )
    return figure


def svg(picture: Picture) -> bytes:
    """The picture's file; the same picture gives the same bytes on the same machine."""
    file = io.BytesIO()
    said = {"Title": picture.title, "Description": picture.words, "Date": None, "Creator": None}
    with mpl.rc_context():
        mpl.rcdefaults()  # what a user's own settings say is not for this page
        with _style():
            draw(picture).savefig(file, format="svg", metadata=said)
    return file.getvalue()


def write_pictures(results: Path, folder: Path) -> None:
    """Write the pictures of the results where they are not there already."""
    for picture in pictures_of(results):
        path, content = folder / f"{picture.name}.svg", svg(picture)
        if not path.exists() or path.read_bytes() != content:
            path.write_bytes(content)


def _style() -> AbstractContextManager[None]:
    return mpl.rc_context(
        {
            "font.family": ["DejaVu Sans"],  # comes with matplotlib
            "font.size": 9,
            "text.color": _INK,
            "axes.labelcolor": _INK,
            "axes.edgecolor": _FAINT,
            "xtick.color": _INK,
            "ytick.color": _INK,
            "svg.fonttype": "path",
            "svg.hashsalt": "clusterwatch",
        }
    )


def _height(panel: Panel) -> float:
    lines = sum(max(1, len(group.bars)) for group in panel.groups)
    return _HEADING + (max(1, lines) + len(panel.groups) * _BETWEEN) * _LINE


def _reach(bars: Iterable[Bar]) -> float:
    """The greatest value or goal; 1 where there is none."""
    return max((max(bar.value, bar.limit or 0.0) for bar in bars), default=1.0)


def _draw_panel(axes: Axes, panel: Panel, picture: Picture, room: float) -> None:
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.set_axisbelow(True)
    axes.grid(axis="x", color=_GRID)
    axes.tick_params(axis="y", length=0)
    note = f" ({panel.note})" if panel.note else ""
    axes.set_title(panel.title + note, loc="left", fontsize=9.5)
    top, ticks = 0.0, []
    for group in panel.groups:
        lines = max(1, len(group.bars))
        ticks.append(top + lines / 2)
        if group.note:
            _name(axes, f"– {group.note}", 0, top + 0.5)
        for number, bar in enumerate(group.bars):
            _draw_bar(axes, bar, top + number + 0.5, picture, room)
        top += lines + _BETWEEN
    axes.set_yticks(ticks, [_label(group.name) for group in panel.groups])
    axes.set_ylim(max(1.0, top - _BETWEEN / 2), -_BETWEEN / 2)


def _draw_bar(axes: Axes, bar: Bar, place: float, picture: Picture, room: float) -> None:
    colour = _COLOURS[bar.series]
    axes.barh(place, bar.value, _THICK, color=colour)
    text = f"{bar.value:.{picture.digits}f}{picture.unit}"
    if bar.limit is not None:
        mark = axes.vlines(bar.limit, place - _MARK, place + _MARK, color=_INK, linewidth=2)
        mark.set_path_effects([withStroke(linewidth=3.5, foreground="white")])
    if bar.limit is not None and room < bar.value <= bar.limit < bar.value + room:
        # The goal's mark would go through a number behind the bar.
        _name(axes, text, bar.value, place, inside=_INK if colour != _BLUE else "white")
    else:
        _name(axes, text, bar.value, place)


def _name(axes: Axes, text: str, end: float, place: float, inside: str | None = None) -> None:
    """A value or a word behind the end of its bar, or inside it in a colour."""
    axes.annotate(
        text,
        (end, place),
        xytext=(-3 if inside else 3, 0),
        textcoords="offset points",
        ha="right" if inside else "left",
        va="center",
        color=inside or _INK,
        fontsize=8.5,
    )


def _label(name: str) -> str:
    """The name of a group, on two lines where it is long."""
    return ",\n".join(name.rsplit(", ", 1)) if len(name) > _NAME_WIDTH else name


def _legend(picture: Picture) -> list[Patch | Line2D]:
    there = {bar.series for bar in picture.bars}
    handles: list[Patch | Line2D] = [
        Patch(color=colour, label=series) for series, colour in _COLOURS.items() if series in there
    ]
    goals = sorted({f"{bar.goal}{picture.unit}" for bar in picture.bars if bar.goal})
    if goals:
        mark = Line2D([], [], color=_INK, marker="|", markersize=11, markeredgewidth=2)
        mark.set(linestyle="", label=f"goal: {' or '.join(goals)}")
        handles.append(mark)
    return handles


def main() -> None:
    """Write the pictures that are not those of the results."""
    write_pictures(RESULTS, IMAGES)


if __name__ == "__main__":
    main()
