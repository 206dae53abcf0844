"""Which fonts papers are set in, and the font that charts are drawn in."""

from functools import cache

SERIF = "宋体"
BODY = "仿宋"
BLACK = "黑体"
KAI = "楷体"
LATIN = "Times New Roman"

ALTERNATIVES = {
    SERIF: ("SimSun", "Songti SC", "Noto Serif CJK SC"),
    BODY: ("FangSong", "STFangsong", "Noto Serif CJK SC"),
    BLACK: ("SimHei", "Heiti SC", "Noto Sans CJK SC"),
    KAI: ("KaiTi", "Kaiti SC", "Noto Serif CJK SC"),
}
"""What a machine without a font may take instead, best first."""

_DRAWN = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "Microsoft YaHei",
    "PingFang SC",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "SimHei",
    "SimSun",
    "Noto Sans CJK JP",
    "Droid Sans Fallback",
)
"""Fonts with Chinese characters, the most legible in charts first."""

LATIN_DRAWN = "DejaVu Sans"
"""Comes with matplotlib."""


@cache
def chinese_font() -> str | None:
    """A font of this machine that charts can be drawn in; None where there is none.

    Looks through all fonts on the first call, which takes seconds: never on the event loop.
    """
    from matplotlib import font_manager  # noqa: PLC0415 - reads every font when it is imported

    there = {entry.name for entry in font_manager.fontManager.ttflist}
    return next((name for name in _DRAWN if name in there), None)
