"""What a rule has found beside the status: figures it compared, and the things it lists."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that an alert lists: a project, a held report, a silent source."""

    subject: str
    """Opaque token of an enterprise or project, or the name of a source; never a person's word."""
    reason: str
    since: str | None = None
    """Day or reporting period since when it has been so."""
    stage: str | None = None
    due: str | None = None
    """Day of completion that was reported."""
    period: str | None = None
    """Reporting period of a held report; the newest period that a silent source reported."""
    indicator: str | None = None
    factor: int | None = None
    """Slip of unit that a held report looks like, such as 10000."""
    share: float | None = None
    """By how much the unit's figure would move with a held report, as a ratio."""


@dataclass(frozen=True, slots=True)
class Detail:
    """Findings of one rule; null is unknown. Amounts in base units."""

    items: tuple[Item, ...] = ()
    subject: str | None = None
    """Token of the contributor that explains most of a fall."""
    share: float | None = None
    """Its share of the fall, or the share of last year's figure that was restated."""
    growth: float | None = None
    """Growth that was compared, where it is not the status's own."""
    wanted_growth: float | None = None
    """Growth that it was compared with: the parent's, the plan's."""
    ytd: int | None = None
    """Investment of the year to date."""
    ytd_last_year: int | None = None
    wanted_ytd: int | None = None
    """Investment that the projects' plans ask for by now."""

    def adds_to(self, before: "Detail") -> bool:
        """Whether it lists something that was not listed before."""
        known = {(item.subject, item.indicator) for item in before.items}
        return any((item.subject, item.indicator) not in known for item in self.items)

    def of_many(self) -> "Detail":
        """Without what tells of one contributor: its share of a fall, a report that is held."""
        alone = self.subject is not None
        return replace(
            self,
            items=self.masked().items,
            subject=None,
            share=None if alone else self.share,
        )

    def masked(self) -> "Detail":
        """What readers without the right may see: what is listed, without any figure."""
        return Detail(
            items=tuple(
                Item(one.subject, one.reason, one.since, one.stage, one.due, one.period)
                for one in self.items
            )
        )
