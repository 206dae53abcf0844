"""A figure of a paper: an exact value, its kind, and where it comes from."""

from enum import StrEnum

import msgspec

from shared.events.status import Colour


class Kind(StrEnum):
    """What a figure is; its value's type follows from it."""

    AMOUNT = "amount"
    """int in base units of `measure`: CNY (whole yuan), USD, kWh, person, … as statuses have."""
    COUNT = "count"
    """int of what `measure` names: 家, 个, 项, 个工作日, 位 …"""
    RATIO = "ratio"
    """number, two decimals: progress 1.05."""
    SCORE = "score"
    """number, two decimals: points of a ranking."""
    SHARE = "share"
    """number as a ratio, shown in per cent: 0.25 is 25.0 %."""
    COVERAGE = "coverage"
    """A share that is never rounded up to 100 %."""
    CHANGE = "change"
    """number as a ratio, shown in per cent with a sign: growth."""
    POINTS = "points"
    """number as a difference of ratios, shown in percentage points: 0.032 is 3.2."""
    PROBABILITY = "probability"
    """number from 0 to 1."""
    PERIOD = "period"
    """str `YYYY-MM`, `YYYY-Www`, `YYYY-Qn` or `YYYY`; February stands for January–February."""
    DATE = "date"
    """str `YYYY-MM-DD`."""
    MOMENT = "moment"
    """str, ISO 8601 with offset; shown in China's time."""
    VERDICT = "verdict"
    """str of `shared.events.status.Verdict`, or on_track / off_track for a masked reader."""
    STAGE = "stage"
    """str of a project's stage."""
    TEXT = "text"
    """str as it is, such as a code or a comparator with its own number."""


class Form(StrEnum):
    """How a number's sign is written."""

    PLAIN = "plain"
    """Only a minus."""
    SIGNED = "signed"
    """Plus or minus. Changes and points are so unless said otherwise."""
    WORDED = "worded"
    """By 增长/下降, 提高/回落 or 增加/减少; 持平 for what is shown as zero."""
    MAGNITUDE = "magnitude"
    """Not at all: the sentence around it says which way."""


_WHOLE = frozenset({Kind.AMOUNT, Kind.COUNT})
_WORDS = frozenset({Kind.PERIOD, Kind.DATE, Kind.MOMENT, Kind.VERDICT, Kind.STAGE, Kind.TEXT})


class Figure(msgspec.Struct, frozen=True, omit_defaults=True):
    """One figure; null needs a reason, unless it is suppressed."""

    id: str
    """Where it comes from: `unit|indicator|period|field`. The same id is the same value."""
    kind: Kind
    value: int | float | str | None
    measure: str = "CNY"
    """Base unit of an amount, or the word for what is counted."""
    reason: str = ""
    """Why the value is null: a word of `Verdict`, of `words.MISSING`, or Chinese words."""
    suppressed: bool = False
    """Kept from this reader; never zero, never absent."""
    colour: Colour | None = None
    """Colour of the verdict behind it, for a cell or a bar."""
    form: Form | None = None

    def __post_init__(self) -> None:
        """Raise `ValueError` for a value that its kind does not have, or a null without reason."""
        if self.suppressed and self.value is not None:
            raise ValueError(f"{self.id} is suppressed but has a value")
        if self.value is None:
            if not self.suppressed and not self.reason:
                raise ValueError(f"{self.id} is null without a reason")
        elif not self._fits():
            raise ValueError(f"{self.id}: {self.value!r} is no {self.kind}")

    @property
    def content(self) -> tuple[object, ...]:
        """What must be the same wherever the figure stands; its form may differ."""
        return (self.kind, self.value, self.measure, self.reason, self.suppressed)

    def _fits(self) -> bool:
        value = self.value
        if self.kind in _WORDS:
            return isinstance(value, str)
        if self.kind in _WHOLE:
            return isinstance(value, int)
        # Neither NaN nor infinity has a place in a paper or in JSON.
        return isinstance(value, int | float) and abs(value) < float("inf")


def figure_id(unit: str, indicator: str, period: str, field: str) -> str:
    """Id of a figure; parts that do not apply are empty."""
    return f"{unit}|{indicator}|{period}|{field}"
