"""`cluster.facts.v1`: what one report contributes to one unit."""

import msgspec

FACTS_TOPIC = "cluster.facts.v1"

MEMBERSHIP = "membership"
"""Indicator of the facts that say which reports a unit may expect of a subject from when on."""

INVESTMENT = "investment"
"""Indicator of the facts that come from `stats.investment.v1`."""


class ProjectState(msgspec.Struct, frozen=True, omit_defaults=True):
    """State of an investment project, with its share of the unit's amounts in yuan."""

    stage: str
    planned_total: int | None = None
    since_start: int | None = None
    completed_on: str | None = None


class Fact(msgspec.Struct, frozen=True, omit_defaults=True):
    """Contribution of one subject to one unit, for one indicator and period.

    The key is (unit, subject, indicator, period); the greatest `version` stands. Amounts are
    integers in the indicator's base unit (yuan, persons, kWh), already weighted for this unit.
    """

    unit: str
    subject: str
    """Opaque token of the enterprise or project; names never leave ingest."""
    indicator: str
    period: str
    """Reporting month `YYYY-MM`; for `membership` the calendar month it starts in."""
    version: int
    """Grows with every change of this key, over rebuilds too (microseconds since 1970 or more)."""
    as_of: str
    """Broker time of the newest input behind this fact, RFC 3339."""
    revision: int = 0
    month: int | None = None
    ytd: int | None = None
    month_last_year: int | None = None
    ytd_last_year: int | None = None
    weight: int = 10_000
    """Share of the subject that counts here, in ten-thousandths."""
    expected: tuple[str, ...] | None = None
    """Only in membership facts: indicators expected from `period` on; empty after an exit."""
    project: ProjectState | None = None
    deleted: bool = False
    """True retracts this key: it no longer contributes to the unit."""

    @property
    def key(self) -> str:
        """Record key: the full identity, because Kafka compacts by key."""
        return f"{self.unit}|{self.subject}|{self.indicator}|{self.period}"
