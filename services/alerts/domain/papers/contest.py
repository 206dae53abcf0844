"""The ranking of a snapshot for one reader, and its numbers as figures of a paper."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from services.alerts.domain.papers.desk import Desk
from services.alerts.domain.papers.figure import Figure, Form, Kind, figure_id
from services.alerts.domain.papers.quarter import Quarter
from services.alerts.domain.papers.ranking import Part, Ranked, ranking
from services.alerts.domain.papers.ranking_figures import entry_of
from services.alerts.domain.papers.ranking_rules import Criterion, RankingRules, rules_from
from shared.confidentiality import EVERYTHING
from shared.plans import UnitKind

_SUPPRESSED = "suppressed"
_RANKING = "ranking"

RAW_KINDS: Mapping[Criterion, Kind] = {
    Criterion.LEVEL: Kind.SHARE,
    Criterion.GROWTH: Kind.CHANGE,
    Criterion.GAP_CLOSED: Kind.SHARE,
    Criterion.FUNDS: Kind.SHARE,
    Criterion.PROJECTS: Kind.SHARE,
    Criterion.DATA_DISCIPLINE: Kind.SHARE,
}
"""How the raw values are written."""


@dataclass(frozen=True)
class Contest:
    """All regions with their places. The same for every reader of one edition."""

    desk: Desk
    rules: RankingRules
    ranked: tuple[Ranked, ...]
    """Best first."""
    is_public: bool
    """Made from public figures alone: what is hidden takes no part, so that it can be computed
    from no total, score or place."""

    @cached_property
    def hidden(self) -> int:
        """Scores that are missing because their figures are hidden."""
        return sum(
            part.raw.value is None and part.raw.reason == _SUPPRESSED
            for one in self.ranked
            for part in one.parts
        )

    def of(self, region: str) -> Ranked | None:
        """A region's result."""
        return next((one for one in self.ranked if one.unit == region), None)

    def rank(self, one: Ranked) -> Figure:
        """Place; null where too little can be assessed."""
        id_ = self._id(one.unit, "rank")
        return Figure(id_, Kind.COUNT, one.rank, "名", "" if one.rank else "not_assessable")

    def total(self, one: Ranked) -> Figure:
        """Total of points."""
        return self._points(one.unit, "total", one.total, "not_assessable")

    def assessable(self, one: Ranked) -> Figure:
        """Share of the weight that could be assessed."""
        return Figure(self._id(one.unit, "assessable"), Kind.SHARE, float(one.assessable))

    def raw(self, one: Ranked, part: Part) -> Figure:
        """The raw value that was scored."""
        id_ = self._id(one.unit, f"{part.criterion}.raw")
        kind, value = RAW_KINDS[part.criterion], part.raw.value
        if value is None and part.raw.reason == _SUPPRESSED:
            return Figure(id_, kind, None, suppressed=True)
        number = None if value is None else float(value)
        return Figure(id_, kind, number, reason="" if value is not None else self.reason(part))

    def score(self, one: Ranked, part: Part) -> Figure:
        """Points of a criterion, 0 to 100."""
        return self._scored(one, part, "score", part.score)

    def contribution(self, one: Ranked, part: Part) -> Figure:
        """Points of the total."""
        return self._scored(one, part, "contribution", part.contribution)

    def effective_weight(self, one: Ranked, part: Part) -> Figure:
        """Weight with its share of what could not be assessed."""
        weight = part.effective_weight
        return Figure(
            self._id(one.unit, f"{part.criterion}.effective_weight"),
            Kind.SHARE,
            None if weight is None else float(weight),
            reason="" if weight is not None else "not_assessable",
        )

    def rule(self, field: str, value: Decimal, form: Form | None = None) -> Figure:
        """A number of the rules."""
        return Figure(self._id("", f"rules.{field}"), Kind.SHARE, float(value), form=form)

    def reason(self, part: Part) -> str:
        """Why a criterion cannot be assessed, in words."""
        return self.desk.wording.word("rank_reasons", part.raw.reason)

    def _scored(self, one: Ranked, part: Part, field: str, value: Decimal | None) -> Figure:
        id_ = self._id(one.unit, f"{part.criterion}.{field}")
        if part.raw.value is None and part.raw.reason == _SUPPRESSED:
            return Figure(id_, Kind.SCORE, None, suppressed=True)
        missing = self.reason(part) if part.raw.value is None else "not_assessable"
        return self._points(one.unit, f"{part.criterion}.{field}", value, missing)

    def _points(self, unit: str, field: str, value: Decimal | None, reason: str) -> Figure:
        return Figure(
            self._id(unit, field),
            Kind.SCORE,
            None if value is None else float(value),
            reason="" if value is not None else reason,
        )

    def _id(self, unit: str, field: str) -> str:
        return figure_id(unit, _RANKING, self.desk.snapshot.period, field)


def contest_of(desk: Desk) -> Contest:
    """Ranks all regions: by complete figures for who may see those of all, else by public ones.

    One view for all regions, so that a reader with the right to one of them gets no third ranking.
    """
    snapshot, view = desk.snapshot, desk.view
    city = snapshot.plan.by_id[snapshot.plan.city]
    regions = snapshot.plan.inside(city.id, UnitKind.REGION)
    units = [unit.id for unit in snapshot.plan.units]
    is_public = view.mask.suppression is not None and not all(map(view.complete, units))
    quarter = Quarter(snapshot, view.mask if is_public else EVERYTHING, snapshot.paper_period.month)
    rules = rules_from(snapshot.extra)
    entries = [entry_of(quarter, one, rules) for one in regions]
    return Contest(desk, rules, ranking(entries, rules), is_public)
