"""Charts as pictures: PNG for text processors, SVG for pages.

matplotlib is not made for several threads, so one picture is drawn at a time; nothing here may run
on an event loop (`press` sees to that). No figure is kept by pyplot, so nothing has to be closed.
"""

import io
from contextlib import AbstractContextManager
from dataclasses import dataclass
from threading import Lock

import matplotlib as mpl
from matplotlib.figure import Figure as Canvas

from services.alerts.adapters.papers.drawing import draw
from services.alerts.adapters.papers.fonts import LATIN_DRAWN, chinese_font
from services.alerts.adapters.papers.labels import Labels
from services.alerts.adapters.papers.vectors import clean
from services.alerts.domain.papers import display
from services.alerts.domain.papers.figure import Figure
from services.alerts.domain.papers.model import Chart

_DOTS_PER_INCH = 200
_MM_PER_INCH = 25.4
_one_at_a_time = Lock()


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawn chart."""

    content: bytes
    width: float
    height: float
    """Millimetres."""
    legend: tuple[tuple[str, str], ...]
    """Letters in it that stand for Chinese words, where this machine has no Chinese font."""

    @property
    def key(self) -> str:
        """The legend in words; empty where the chart itself is in Chinese."""
        if not self.legend:
            return ""
        return "图中：" + "；".join(f"{letter} {word}" for letter, word in self.legend) + "。"


def png(chart: Chart) -> Picture:
    """The chart as a PNG; the same chart gives the same bytes on the same machine."""
    return _picture(chart, "png")


def svg(chart: Chart) -> Picture:
    """The chart as an SVG element without styles, its ids made unique by the chart's."""
    drawn = _picture(chart, "svg")
    return Picture(clean(drawn.content, chart.id), drawn.width, drawn.height, drawn.legend)


def in_words(chart: Chart) -> str:
    """What the chart shows, with every point of it."""
    names = [display.cell(one) if isinstance(one, Figure) else one for one in chart.categories]
    series = (
        f"{each.name}："
        + "，".join(
            f"{name} {display.cell(point, chart.unit)}"
            for name, point in zip(names, each.points, strict=True)
        )
        for each in chart.series
    )
    return f"{chart.alt}单位：{chart.unit}。" + "；".join(series) + "。"


def _picture(chart: Chart, kind: str) -> Picture:
    with _one_at_a_time:
        font = chinese_font()
        labels = Labels(chinese=font is not None)
        with _settings(font):
            canvas = draw(chart, labels)
            content = _saved(canvas, kind)
        width, height = (float(inches) * _MM_PER_INCH for inches in canvas.get_size_inches())
    return Picture(content, width, height, labels.legend)


def _settings(font: str | None) -> AbstractContextManager[None]:
    families = [LATIN_DRAWN] if font is None else [font, LATIN_DRAWN]
    return mpl.rc_context(
        {
            "font.family": families,
            "font.size": 8.5,
            "axes.unicode_minus": False,
            "axes.edgecolor": "#5e6c79",
            "svg.fonttype": "none",
            "svg.hashsalt": "clusterwatch",
        }
    )


def _saved(canvas: Canvas, kind: str) -> bytes:
    """Without a date or a program's name, so that the same chart gives the same bytes."""
    unsaid = {"png": {"Software": None}, "svg": {"Date": None, "Creator": None}}[kind]
    file = io.BytesIO()
    canvas.savefig(file, format=kind, dpi=_DOTS_PER_INCH, metadata=unsaid)
    return file.getvalue()
