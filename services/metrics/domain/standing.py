"""Which version of a fact stands: a total order, so the result never depends on arrival."""

from enum import StrEnum
from typing import NamedTuple

from shared.events.facts import Fact


class Outcome(StrEnum):
    """What became of a consumed fact."""

    APPLIED = "applied"
    DUPLICATE = "duplicate"
    STALE = "stale"


class Standing(NamedTuple):
    """A fact as it is stored, a row: amounts in base units; `None` is absent, never zero."""

    key: int
    """Packed: see `domain.keys`."""
    version: int
    revision: int
    deleted: int
    """1 for a retraction, 0 for any other."""
    month: int | None
    ytd: int | None
    month_last_year: int | None
    ytd_last_year: int | None
    detail: str | None
    """Expected indicators of a membership (blank separated), or a project's state as JSON."""
    as_of: int = 0
    """Broker time of the newest input behind it, milliseconds since 1970."""

    @property
    def amounts(self) -> tuple[int | None, int | None, int | None, int | None]:
        """From the month to last year's year-to-date."""
        return self[4:8]


_NOTHING = -(1 << 63)


def _order(fact: Standing) -> tuple[int | str, ...]:
    return (
        fact.version,
        fact.revision,
        fact.deleted,
        *(_NOTHING if amount is None else amount for amount in fact.amounts),
        fact.detail or "",
        fact.as_of,
    )


def compare(standing: Standing | None, arriving: Standing) -> Outcome:
    """Whether the arriving content replaces what stands.

    Versions decide; should two contents ever carry one version, the rest of the content does.
    """
    if standing is None or arriving.version > standing.version:
        return Outcome.APPLIED
    if arriving.version < standing.version:
        return Outcome.STALE
    if arriving == standing:
        return Outcome.DUPLICATE
    return Outcome.APPLIED if _order(arriving) > _order(standing) else Outcome.STALE


def standing_of(key: int, fact: Fact, detail: str | None, as_of: int) -> Standing:
    """Row of a fact known since `as_of` (ms); a retraction keeps no amounts."""
    if fact.deleted:
        return Standing(key, fact.version, fact.revision, 1, None, None, None, None, None, as_of)
    return Standing(
        key,
        fact.version,
        fact.revision,
        0,
        fact.month,
        fact.ytd,
        fact.month_last_year,
        fact.ytd_last_year,
        detail,
        as_of,
    )
