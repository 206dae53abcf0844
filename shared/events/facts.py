"""`cluster.facts.v1`: what one report contributes to one unit."""

import msgspec

FACTS_TOPIC = "cluster.facts.v1"

MEMBERSHIP = "membership"
"""Indicator of the facts that say which reports a unit may expect of a subject from when on."""

INVESTMENT = "investment"
"""Indicator of the facts that come from `stats.investment.v1`."""

FUNDS = "funds"
"""Feed of a plan's indicators that rest on `stats.funds.v1`."""

PROJECT = "project"
"""Indicator of the facts that say which stage a project had reached by the end of a month."""


def funds_indicator(currency: str, origin: str) -> str:
    """Indicator of funds received in one currency from one origin: `funds.CNY.31`.

    Currencies and origins are kept apart, because currencies are never added.
    """
    return f"{FUNDS}.{currency}.{origin}"


class ProjectState(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """State of a project, with its share of the unit's amounts.

    Investment facts carry stage, planned_total, since_start (yuan) and the dates; facts of
    `PROJECT` the stage of `stats.project.v1`, when it was reached, and what was contracted.
    """

    stage: str
    planned_total: int | None = None
    since_start: int | None = None
    started_on: str | None = None
    completed_on: str | None = None
    occurred_on: str | None = None
    """Day on which the stage was reached."""
    contracted_total: int | None = None
    """In whole units of `currency`."""
    currency: str | None = None
    manufacturing: bool | None = None
    origin: str | None = None
    """Province code of the investor, or `foreign`."""
    top500: bool | None = None


class Fact(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
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
