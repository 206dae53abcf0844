"""Draws the charts of a paper with matplotlib's objects. A gap stays a gap, never zero."""

from collections.abc import Callable, Mapping
from math import nan

import msgspec
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas

from services.alerts.adapters.papers.colours import HUES
from services.alerts.adapters.papers.labels import Labels
from services.alerts.domain.papers import display
from services.alerts.domain.papers.figure import Figure, Form
from services.alerts.domain.papers.model import Chart, ChartKind, Role, Series

WIDTH = 160
"""Millimetres: the width of the text on an A4 page."""

_HEIGHT = 78
_HIGHEST = 215
_BAR, _AROUND_BARS = 6.5, 26
_MM_PER_INCH = 25.4
_CUT_FROM = 4
"""Totals so many times greater than all changes together would make these invisible."""

_LABELS_AT_MOST = 13
_NAME_WIDTH = 11

_SERIES = ("#1f5fa6", "#c0652b", "#3c8a5f", "#7a5aa6", "#8a7a2a", "#4a8fa8")
_REFERENCE = "#5e6c79"
_BAND = "#cfdced"
_RISE, _FALL, _TOTAL = "#3c8a5f", "#c0652b", "#1f5fa6"
_GRID = "#d9dfe5"


def draw(chart: Chart, labels: Labels) -> Canvas:
    """The chart, ready to be saved."""
    canvas = Canvas(
        figsize=(WIDTH / _MM_PER_INCH, _height(chart) / _MM_PER_INCH), layout="constrained"
    )
    axes = canvas.add_subplot()
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_axisbelow(True)
    _DRAW[chart.kind](axes, chart, labels)
    return canvas


def values(series: Series, unit: str) -> list[float]:
    """Points in the unit of the axis; nan where there is no value."""
    found = (display.drawn(point, unit) for point in series.points)
    return [nan if value is None else value for value in found]


def _height(chart: Chart) -> float:
    if chart.kind is not ChartKind.BAR:
        return _HEIGHT
    bars = len(chart.categories) * max(1, len(_drawn_series(chart)) * 0.8)
    return min(_HIGHEST, max(_HEIGHT / 2, _AROUND_BARS + _BAR * bars))


def _drawn_series(chart: Chart) -> list[Series]:
    return [each for each in chart.series if each.role in (Role.VALUE, Role.REFERENCE)]


def _lines(axes: Axes, chart: Chart, labels: Labels) -> None:
    places = list(range(len(chart.categories)))
    _band(axes, chart, labels, places)
    hues = iter(_SERIES * (1 + len(chart.series) // len(_SERIES)))
    for series in _drawn_series(chart):
        reference = series.role is Role.REFERENCE
        axes.plot(
            places,
            values(series, chart.unit),
            label=labels.of(series.name),
            color=_REFERENCE if reference else next(hues),
            linestyle="--" if reference else "-",
            marker="" if reference else "o",
            markersize=3.5,
            linewidth=1.6,
        )
        if not reference:
            _name_last(axes, series, chart.unit, labels)
    texts = labels.axis(chart.categories, 6)
    step = -(-len(places) // _LABELS_AT_MOST)
    axes.set_xticks(places[::step], texts[::step])
    axes.set_xlim(-0.4, max(0, len(places) - 1) + 0.6)
    axes.set_ylabel(labels.of(chart.unit))
    axes.set_xlabel(labels.of(chart.category_title))
    axes.grid(axis="y", color=_GRID)
    _legend(axes)


def _band(axes: Axes, chart: Chart, labels: Labels, places: list[int]) -> None:
    lower = [each for each in chart.series if each.role is Role.LOWER]
    upper = [each for each in chart.series if each.role is Role.UPPER]
    for low, high in zip(lower, upper, strict=False):
        axes.fill_between(
            places,
            values(low, chart.unit),
            values(high, chart.unit),
            color=_BAND,
            linewidth=0,
            label=f"{labels.of(low.name)} – {labels.of(high.name)}",
        )


def _name_last(axes: Axes, series: Series, unit: str, labels: Labels) -> None:
    known = [place for place, point in enumerate(series.points) if point.value is not None]
    if known:
        place = known[-1]
        axes.annotate(
            labels.of(display.cell(series.points[place], unit)),
            (place, values(series, unit)[place]),
            xytext=(0, 5),
            textcoords="offset points",
            ha="center",
        )


def _bars(axes: Axes, chart: Chart, labels: Labels) -> None:
    shown = _drawn_series(chart)
    thick = 0.78 / max(1, len(shown))
    for number, series in enumerate(shown):
        places = [place + (number + 0.5) * thick - 0.39 for place in range(len(chart.categories))]
        lengths = values(series, chart.unit)
        hue = _REFERENCE if series.role is Role.REFERENCE else _SERIES[number % len(_SERIES)]
        name = labels.of(series.name)
        bars = axes.barh(places, lengths, thick * 0.92, color=hue, label=name)
        for bar, point, length, place in zip(bars, series.points, lengths, places, strict=True):
            if point.colour is not None:
                bar.set_color(HUES[point.colour])
            _name_bar(axes, labels.of(display.cell(point, chart.unit)), length, place)
    axes.set_yticks(range(len(chart.categories)), labels.axis(chart.categories, _NAME_WIDTH))
    axes.set_ylim(len(chart.categories) - 0.4, -0.6)
    axes.margins(x=0.14)
    axes.axvline(0, color=_REFERENCE, linewidth=0.8)
    axes.set_xlabel(labels.of(chart.unit))
    axes.set_ylabel(labels.of(chart.category_title))
    axes.grid(axis="x", color=_GRID)
    if len(shown) > 1:
        _legend(axes)


def _name_bar(axes: Axes, text: str, length: float, place: float) -> None:
    """A value, a dash or a star at the end of its bar; the two last at zero."""
    there = length == length  # noqa: PLR0124 - nan is unlike itself
    left = there and length < 0
    axes.annotate(
        text,
        (length if there else 0, place),
        xytext=(-3 if left else 3, 0),
        textcoords="offset points",
        ha="right" if left else "left",
        va="center",
        fontsize=7.5,
    )


def _waterfall(axes: Axes, chart: Chart, labels: Labels) -> None:
    points = chart.series[0].points
    last = len(points) - 1
    level = 0.0
    for place, (point, value) in enumerate(
        zip(points, values(chart.series[0], chart.unit), strict=True)
    ):
        total = place in (0, last)
        there = value == value  # noqa: PLR0124 - nan is unlike itself
        start = 0.0 if total else level
        end = start + value if there else level
        hue = _TOTAL if total else _RISE if end >= start else _FALL
        if there:
            axes.bar(place, end - start, 0.62, bottom=start, color=hue)
        if there and place < last:
            axes.plot((place, place + 1), (end, end), color=_REFERENCE, linewidth=0.7)
        shown = point if total else _signed(point)
        _name_step(axes, labels.of(display.cell(shown, chart.unit)), place, max(start, end))
        level = end
    axes.set_xticks(range(len(points)), labels.axis(chart.categories, 7))
    axes.set_ylabel(labels.of(chart.unit))
    axes.axhline(0, color=_REFERENCE, linewidth=0.8)
    axes.margins(y=0.14)
    axes.grid(axis="y", color=_GRID)
    _cut_axis(axes, values(chart.series[0], chart.unit), labels)


def _cut_axis(axes: Axes, heights: list[float], labels: Labels) -> None:
    """Start high above zero, and say so, where the changes are slight against the totals."""
    totals, changes = (heights[0], heights[-1]), heights[1:-1]
    known = [each for each in changes if each == each]  # noqa: PLR0124 - nan is unlike itself
    span = sum(abs(each) for each in known) + abs(totals[1] - totals[0])
    if min(totals) > _CUT_FROM * span > 0:
        axes.set_ylim(min(totals) - 1.5 * span, max(totals) + span)
        axes.set_title(labels.of("纵轴未从零起"), loc="right", fontsize=7.5, color=_REFERENCE)


def _name_step(axes: Axes, text: str, place: int, height: float) -> None:
    axes.annotate(text, (place, height), xytext=(0, 3), textcoords="offset points", ha="center")


def _signed(point: Figure) -> Figure:
    return msgspec.structs.replace(point, form=point.form or Form.SIGNED)


def _legend(axes: Axes) -> None:
    axes.legend(
        loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=4, frameon=False, borderaxespad=0.2
    )


_DRAW: Mapping[ChartKind, Callable[[Axes, Chart, Labels], None]] = {
    ChartKind.LINE: _lines,
    ChartKind.FAN: _lines,
    ChartKind.BAR: _bars,
    ChartKind.WATERFALL: _waterfall,
}
