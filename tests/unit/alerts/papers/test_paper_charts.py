"""Charts draw the figures of the model: gaps stay gaps, and nothing needs a Chinese font."""

import gc
import math
import re
import weakref
import xml.etree.ElementTree as ET
from concurrent.futures import ThreadPoolExecutor

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from services.alerts.adapters.papers import pictures
from services.alerts.adapters.papers.drawing import draw
from services.alerts.adapters.papers.fonts import chinese_font
from services.alerts.adapters.papers.labels import Labels
from services.alerts.domain.papers.figure import Figure, Kind
from services.alerts.domain.papers.model import Chart, ChartKind, Paper, Series


def chart_of(paper: Paper, name: str) -> Chart:
    return next(chart for chart in paper.charts() if chart.id == name)


def drawn(chart: Chart) -> Axes:
    with mpl.rc_context({"font.family": [chinese_font() or "DejaVu Sans", "DejaVu Sans"]}):
        return draw(chart, Labels(chinese=chinese_font() is not None)).axes[0]


def heights(line: Line2D) -> list[float]:
    return [float(value) for value in np.asarray(line.get_ydata())]


def bars(axes: Axes) -> list[Rectangle]:
    return [patch for patch in axes.patches if isinstance(patch, Rectangle)]


def test_lines_go_through_the_values_and_break_where_there_is_none(rich_paper: Paper) -> None:
    lines = drawn(chart_of(rich_paper, "path")).get_lines()
    values = heights(lines[0])
    assert values[:2] == [91.0, 99.5]
    assert math.isnan(values[2])
    assert values[3:] == [24.1, 33.8, 44.2]
    required = heights(lines[1])
    assert required == [90.0, 100.0, 15.0, 25.0, 35.0, 46.0]


def test_bars_are_as_long_as_the_values_and_a_suppressed_one_is_a_star(rich_paper: Paper) -> None:
    axes = drawn(chart_of(rich_paper, "growth"))
    lengths = [bar.get_width() for bar in bars(axes)]
    assert lengths == pytest.approx([12.0, 8.9, math.nan, 2.7, -0.4, -3.5, -6.6], nan_ok=True)
    assert [text.get_text() for text in axes.texts] == [
        *("+12.0", "+8.9", "*", "+2.7", "-0.4", "-3.5", "-6.6")
    ]


def test_steps_of_a_waterfall_lead_from_one_total_to_the_other(rich_paper: Paper) -> None:
    axes = drawn(chart_of(rich_paper, "change"))
    tops = [(bar.get_y(), bar.get_y() + bar.get_height()) for bar in bars(axes)]
    assert [pytest.approx(pair) for pair in tops] == [
        *((0, 41.0), (41.0, 44.1), (44.1, 45.3), (45.3, 44.4), (44.4, 44.2), (0, 44.2))
    ]


def test_an_axis_that_does_not_start_at_zero_says_so(rich_paper: Paper) -> None:
    axes = drawn(chart_of(rich_paper, "change"))
    assert axes.get_ylim()[0] > 0
    assert axes.get_title(loc="right")


def test_an_svg_has_no_styles_and_its_ids_are_its_own(rich_paper: Paper) -> None:
    found = pictures.svg(chart_of(rich_paper, "path")).content
    ids: list[str] = []
    for element in ET.fromstring(found).iter():  # noqa: S314 - our own
        assert "style" not in element.attrib
        assert not element.tag.endswith("}style")
        ids += [element.attrib["id"]] if "id" in element.attrib else []
    assert ids
    assert all(each.startswith("path-") for each in ids)
    for target in re.findall(rb"url\(#([^)]*)\)|href=\"#([^\"]*)\"", found):
        assert (target[0] or target[1]).decode() in ids


def test_without_a_chinese_font_letters_stand_in_the_chart_and_words_below(
    rich_paper: Paper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "chinese_font", lambda: None)
    picture = pictures.svg(chart_of(rich_paper, "growth"))
    shown = "".join(ET.fromstring(picture.content).itertext())  # noqa: S314 - our own
    assert not re.search(r"[\u4e00-\u9fff]", shown)
    assert picture.key.startswith("图中：A ")
    assert "埇桥区" in picture.key
    assert pictures.png(chart_of(rich_paper, "path")).key


def test_a_chart_of_gaps_alone_is_drawn() -> None:
    gap = Figure("x", Kind.AMOUNT, None, reason="no_figure")
    for kind in ChartKind:
        chart = Chart("c", "图", kind, ("一", "二"), (Series("甲", (gap, gap)),), "亿元", "空。")
        assert pictures.png(chart).content.startswith(b"\x89PNG")


def test_many_long_names_fit_on_a_page() -> None:
    points = tuple(Figure(f"x{n}", Kind.CHANGE, n / 100) for n in range(45))
    names = tuple(f"半导体显示与智能终端上下游一体化产业集群第{n}号" for n in range(45))
    chart = Chart("c", "图", ChartKind.BAR, names, (Series("甲", points),), "%", "长名。")
    assert pictures.png(chart).height <= 215


def test_several_threads_get_the_same_picture_of_the_same_chart(rich_paper: Paper) -> None:
    chart = chart_of(rich_paper, "growth")
    with ThreadPoolExecutor(3) as pool:
        assert len({each.content for each in pool.map(pictures.png, [chart] * 3)}) == 1


def test_a_drawn_chart_is_let_go(rich_paper: Paper, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[weakref.ref[object]] = []

    def drawing(chart: Chart, labels: Labels) -> object:
        canvas = draw(chart, labels)
        kept.append(weakref.ref(canvas))
        return canvas

    monkeypatch.setattr(pictures, "draw", drawing)
    pictures.svg(chart_of(rich_paper, "growth"))
    gc.collect()
    assert [reference() for reference in kept] == [None]
