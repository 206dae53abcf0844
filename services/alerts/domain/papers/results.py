"""One assessed target as figures and words of a paper."""

from dataclasses import dataclass
from fractions import Fraction

from services.alerts.domain.papers.assessment import Assessed, Result
from services.alerts.domain.papers.desk import Desk
from services.alerts.domain.papers.figure import Figure, Form, Kind, figure_id
from services.alerts.domain.papers.model import Run
from services.alerts.domain.papers.unit_figures import UnitFigures
from shared.plans import TargetKind
from shared.plans.measures import status_measure

_MILLION = 1_000_000
"""Growth is kept in millionths."""


@dataclass(frozen=True, slots=True)
class ResultFigures:
    """What the tables of a yearly assessment say of a target."""

    desk: Desk
    assessed: Assessed

    @property
    def unit(self) -> str:
        """Display name of the unit."""
        return self.desk.name(self.assessed.indicator.unit)

    @property
    def name(self) -> str:
        """What the plan calls the indicator."""
        return self.assessed.indicator.name

    @property
    def label(self) -> str:
        """The unit alone where it is judged by this indicator, else with the indicator."""
        indicator = self.assessed.indicator
        facts = self.desk.snapshot.plan.by_id[indicator.unit]
        is_value = indicator.indicator == facts.value_indicator
        return facts.name if is_value else f"{facts.name}{indicator.name}"

    @property
    def result(self) -> str:
        """The result's word."""
        return self.desk.wording.word("results", str(self.assessed.result))

    @property
    def reason(self) -> str:
        """Why it is not judged or not assessable."""
        return self.desk.wording.word("result_reasons", self.assessed.reason)

    @property
    def comparator(self) -> str:
        """How the plan wants the figure to be compared."""
        target = self.assessed.target
        if target is None:
            return ""
        word = self.desk.wording.word("comparators", target.comparator)
        return f"{word}（{self.desk.wording.text('approximate')}）" if target.approximate else word

    @property
    def status(self) -> UnitFigures:
        """Figures of December's status."""
        indicator = self.assessed.indicator
        return self.desk.of(indicator.unit, indicator.indicator)

    def required(self) -> Figure:
        """What the year asked for."""
        return self._amount("required", self.assessed.required)

    def level(self) -> Figure:
        """What was achieved."""
        return self._amount("level", self.assessed.level)

    def surplus(self) -> Figure:
        """Achieved above required in the wanted direction."""
        return self._amount("surplus", self.assessed.surplus, Form.SIGNED)

    def ratio(self) -> Figure:
        """Achieved over required; where less is wanted required over achieved.

        A growth is no share of a growth: there the surplus says all.
        """
        level, required = self.assessed.level, self.assessed.required
        if self.assessed.is_growth:
            return self._figure("ratio", Kind.SHARE, None, missing="not_applicable")
        value: float | None = None
        if level is not None and required is not None and min(level, required) > 0:
            wanted_more = self.assessed.indicator.direction > 0
            share = Fraction(level, required) if wanted_more else Fraction(required, level)
            value = float(share)
        return self._figure("ratio", Kind.SHARE, value)

    def target(self) -> Run:
        """The plan's own figure with its year behind it; why it has none."""
        target = self.assessed.target
        if target is None or self.assessed.indicator.kind == TargetKind.TEXT:
            return ""
        missing = self.desk.wording.word("result_reasons", target.missing or "no_target")
        return self._amount("target", target.value, missing=missing, public=True)

    def target_year(self) -> Run:
        """Year of the target; empty where the plan gives none."""
        target = self.assessed.target
        if target is None or target.year is None:
            return ""
        return Figure(self._id("target_year"), Kind.PERIOD, str(target.year))

    def version(self) -> Figure:
        """Version of December's status: grows with every correction."""
        status = self.status.complete
        return Figure(
            self._id("version"),
            Kind.TEXT,
            None if status is None else str(status.version),
            reason="" if status is not None else "not_reported",
        )

    def plan_version(self) -> Figure:
        """Edition of the plan that decided."""
        return Figure(self._id("plan_version"), Kind.TEXT, self.desk.snapshot.plan.version)

    def locator(self) -> Run:
        """Where the plan's document says it."""
        indicator, target = self.assessed.indicator, self.assessed.target
        lines = (target.lines if target else ()) or indicator.lines
        if not lines:
            return indicator.section or ""
        text = self.desk.wording.text(
            "lines", section=f"{indicator.section or ''} ", lines="、".join(map(str, lines))
        )
        return Figure(self._id("locator"), Kind.TEXT, text.strip())

    def _amount(
        self,
        field: str,
        value: int | None,
        form: Form | None = None,
        *,
        missing: str = "",
        public: bool = False,
    ) -> Figure:
        """An amount in the status' measure; growth as a ratio."""
        if self.assessed.is_growth:
            kind = Kind.POINTS if field == "surplus" else Kind.CHANGE
            ratio = None if value is None else value / _MILLION
            return self._figure(field, kind, ratio, form, missing=missing, public=public)
        return self._figure(field, Kind.AMOUNT, value, form, missing=missing, public=public)

    def _figure(
        self,
        field: str,
        kind: Kind,
        value: float | None,
        form: Form | None = None,
        *,
        missing: str = "",
        public: bool = False,
    ) -> Figure:
        hidden = not public and self.assessed.result is Result.SUPPRESSED
        known = value is not None and not hidden
        return Figure(
            self._id(field),
            kind,
            value if known else None,
            self._measure(),
            "" if known or hidden else missing or self.reason or "no_figure",
            suppressed=hidden,
            form=form,
        )

    def _measure(self) -> str:
        status = self.status.complete
        if status is not None:
            return status.measure
        return status_measure(self.assessed.indicator.measure)

    def _id(self, field: str) -> str:
        one = self.assessed.indicator
        return figure_id(one.unit, one.id, self.desk.snapshot.period, f"year.{field}")
