"""A status as figures of a paper, as far as the reader may see them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from services.alerts.domain.calendar import today_in_china
from services.alerts.domain.papers.figure import Figure, Form, Kind, figure_id
from services.alerts.domain.papers.snapshot import Snapshot
from services.alerts.domain.papers.view import ReaderView
from shared.confidentiality import Shown
from shared.events.period import Month
from shared.events.status import Colour, Decomposition, ForecastFigure, Status, Verdict

_FEBRUARY = 2
_UNJUDGED = frozenset({Verdict.NO_TARGET, Verdict.NO_BASE, Verdict.TOO_EARLY})
"""Verdicts that say by themselves why nothing is required."""

Read = Callable[[Status], int | float | str | None]


@dataclass(frozen=True, slots=True)
class UnitFigures:
    """Figures of one unit's indicator and period; without a status all are null."""

    unit: str
    indicator: str
    period: str
    complete: Status | None
    """As it was frozen: tells what is hidden from what is not known."""
    shown: Shown | None
    snapshot: Snapshot

    @property
    def status(self) -> Status | None:
        """The status with what the reader may see of it."""
        return None if self.shown is None else self.shown.status

    @property
    def is_suppressed(self) -> bool:
        """Whether the reader sees the direction alone."""
        return self.shown is not None and self.shown.suppressed

    @property
    def measure(self) -> str:
        """Base unit of the amounts."""
        return "CNY" if self.complete is None else self.complete.measure

    @property
    def colour(self) -> Colour | None:
        """Colour of the verdict as the reader may see it."""
        return None if self.shown is None else Colour(self.shown.colour)

    def figure(
        self,
        kind: Kind,
        field: str,
        read: Read,
        reason: str = "not_reported",
        *,
        measure: str = "",
        form: Form | None = None,
        colour: Colour | None = None,
    ) -> Figure:
        """A figure of the status; suppressed where the reader may not see what there is."""
        known = None if self.complete is None else read(self.complete)
        seen = None if self.status is None else read(self.status)
        hidden = seen is None and (known is not None or self.is_suppressed)
        why = "not_reported" if self.complete is None else reason
        return Figure(
            figure_id(self.unit, self.indicator, self.period, field),
            kind,
            seen,
            measure or self.measure,
            why if seen is None and not hidden else "",
            suppressed=hidden,
            form=form,
            colour=colour,
        )

    def amount(
        self, field: str, reason: str = "not_reported", *, form: Form | None = None
    ) -> Figure:
        """An amount that is a field of the status."""
        return self.figure(
            Kind.AMOUNT, field, lambda status: getattr(status, field), reason, form=form
        )

    def month(self) -> Figure:
        """This month; January and February are reported as one."""
        february = self.period.endswith(f"-{_FEBRUARY:02}")
        return self.amount("month", "not_collected" if february else "not_reported")

    def ytd(self) -> Figure:
        """Year to date."""
        return self.amount("ytd")

    def growth(self, form: Form | None = None, colour: Colour | None = None) -> Figure:
        """Comparable growth of the year to date."""
        reason = "series_break" if self._says("series_break") else "no_last_year"
        return self.figure(
            Kind.CHANGE,
            "ytd_growth",
            lambda status: status.ytd_growth,
            reason,
            form=form,
            colour=colour,
        )

    def required(self) -> Figure:
        """What the path asks of the year to date."""
        return self.amount("required_ytd", self._unjudged())

    def gap(self, form: Form | None = Form.SIGNED, colour: Colour | None = None) -> Figure:
        """Year to date less what was asked of the reports that came; negative is behind."""
        return self.figure(
            Kind.AMOUNT, "gap", lambda one: one.gap, self._unjudged(), form=form, colour=colour
        )

    def verdict(self) -> Figure:
        """The verdict's word with its colour."""
        shown = self.shown
        value = None if shown is None else shown.verdict
        return Figure(
            figure_id(self.unit, self.indicator, self.period, "verdict"),
            Kind.VERDICT,
            value,
            reason="" if value else "not_reported",
            colour=self.colour,
        )

    def forecast(self, field: str = "median") -> Figure:
        """A quantile of the forecast of the year's total."""

        def read(status: Status) -> int | None:
            found: ForecastFigure | None = status.forecast
            return None if found is None else getattr(found, field)

        known = self.status is not None and self.status.forecast is not None
        return self.figure(
            Kind.AMOUNT, f"forecast.{field}", read, "no_history" if known else "no_forecast"
        )

    def probability(self) -> Figure:
        """Of meeting the target in its year."""
        reason = self._unjudged("no_forecast")
        return self.figure(
            Kind.PROBABILITY, "probability", lambda status: status.probability, reason
        )

    def coverage(self) -> Figure:
        """Last year's value of those that reported over that of all expected."""
        return self.figure(
            Kind.COVERAGE, "coverage", lambda status: status.coverage, "no_last_year"
        )

    def enterprises(self, field: str) -> Figure:
        """How many reports were `expected`, came (`reporting`) or are `missing`; never hidden."""
        status = self.complete
        numbers = (
            None
            if status is None
            else {
                "expected": status.enterprises.expected,
                "reporting": status.enterprises.reporting,
                "missing": status.enterprises.expected - status.enterprises.reporting,
            }[field]
        )
        return Figure(
            figure_id(self.unit, self.indicator, self.period, f"enterprises.{field}"),
            Kind.COUNT,
            numbers,
            "家",
            "" if numbers is not None else "not_reported",
        )

    def as_of(self) -> Figure:
        """Moment of the newest report behind it; never hidden."""
        value = self.complete.as_of if self.complete is not None else ""
        return Figure(
            figure_id(self.unit, self.indicator, self.period, "as_of"),
            Kind.MOMENT,
            value or None,
            reason="" if value else "not_reported",
        )

    def age(self) -> Figure:
        """Days from the newest report to the day of the snapshot; never hidden."""
        value = self.complete.as_of if self.complete is not None else ""
        days = None
        if value:
            day = today_in_china(datetime.fromisoformat(value))
            days = max(0, (self.snapshot.calendar.today - day).days)
        return Figure(
            figure_id(self.unit, self.indicator, self.period, "age"),
            Kind.COUNT,
            days,
            "天",
            "" if days is not None else "not_reported",
        )

    def change_of(self, part: str, form: Form | None = Form.SIGNED) -> Figure:
        """A part of the change against last year's stored figure, or its sum `change`."""
        return self.figure(
            Kind.AMOUNT,
            f"decomposition.{part}",
            lambda status: change_part(status.decomposition, part),
            "no_last_year",
            form=form,
        )

    def stored_last_year(self) -> Figure:
        """Last year's year-to-date as it was stored then: what the change is told against."""
        return self.figure(
            Kind.AMOUNT, "decomposition.last_year", _stored_last_year, "no_last_year"
        )

    def _unjudged(self, reason: str = "no_history") -> str:
        verdict = None if self.complete is None else self.complete.verdict
        return str(verdict) if verdict in _UNJUDGED else reason

    def _says(self, word: str) -> bool:
        return self.complete is not None and word in self.complete.reasons


def figures_at(
    snapshot: Snapshot, view: ReaderView, unit: str, period: Month | None, indicator: str = ""
) -> UnitFigures:
    """Figures of a unit's indicator (default: the one it is judged by) in a period, else newest."""
    facts = snapshot.plan.by_id[unit]
    wanted = indicator or facts.value_indicator
    series = snapshot.by_series.get((unit, wanted), {})
    status = snapshot.newest(unit, wanted) if period is None else series.get(period)
    of = str(period) if period is not None else "" if status is None else status.period
    return figures_of(snapshot, view, (unit, wanted, of), status)


def figures_of(
    snapshot: Snapshot, view: ReaderView, place: tuple[str, str, str], status: Status | None
) -> UnitFigures:
    """Figures of a status at hand; `place` is unit, indicator and period."""
    shown = None if status is None else view.show(status)
    return UnitFigures(*place, status, shown, snapshot)


def change_part(split: Decomposition | None, part: str) -> int | None:
    """One part of the split with the sign it moves the figure by; `change` is their sum."""
    if split is None:
        return None
    parts = {
        "continuing": split.continuing,
        "entries": split.entries,
        "exits": -split.exits,
        "restatement": split.restatement,
    }
    return sum(parts.values()) if part == "change" else parts[part]


def _stored_last_year(status: Status) -> int | None:
    change = change_part(status.decomposition, "change")
    return None if change is None or status.ytd is None else status.ytd - change
