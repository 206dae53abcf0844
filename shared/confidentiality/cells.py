"""The cells of a status: every amount in it that adds up over the hierarchy."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from shared.events.measures import INDICATORS
from shared.events.period import Month
from shared.events.status import Funds, Investment, Projects, Status

INVESTMENT_CONFIDENTIAL = "investment_confidential"
"""Reason word of a status with too few or too dominant projects behind its investment."""

FUNDS_CONFIDENTIAL = "funds_confidential"
"""Reason word of a status with too few or too dominant projects behind its funds received."""

FUNDS_ORIGINS_CONFIDENTIAL = "funds_origins_confidential"
"""Reason word of a status whose funds by origin, but not their sum, are of too few projects."""

CONTRACTS_CONFIDENTIAL = "contracts_confidential"
"""Reason word of a status with too few or too dominant projects behind the contracted totals."""

CHANGES_CONFIDENTIAL = "changes_confidential"
"""Reason word of a status in which few enterprises came, went or restated: the split of the
change tells their figures."""

GROWTH_CONFIDENTIAL = "growth_confidential"
"""Reason word of a status in which few enterprises state no figure of last year: theirs is what
the growth leaves out of the year-to-date."""

INVESTMENT = "investment"
FUNDS = "funds"
CONTRACTS = "contracts"
_BLOCKS = frozenset({INVESTMENT, FUNDS, CONTRACTS})
_TERMINATED = "terminated"

Amounts = tuple[int | None, ...]
"""Amounts of a cell that belong together, such as year-to-date and month; null is unknown."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One unit's amounts in one table and period."""

    unit: str
    table: str
    """Indicator, or the block of a status with the currency behind a colon."""
    period: Month
    amounts: Amounts
    contributors: int
    sensitive: bool
    """Primary: by itself it would give a contributor away."""
    complete: bool = True
    """False while reports are still expected."""
    largest: tuple[str, int] | None = None
    """Token and size of the largest contributor."""
    base_year: int | None = None
    """Of the path it is held against."""


def table_name(block: str, part: str) -> str:
    """Name of the table of a block's amounts in one currency, or of one origin."""
    return f"{block}:{part}"


def cells_of(status: Status) -> Iterable[Cell]:
    """The cells of a status; amounts are in the order ytd, month, planned total, since start."""
    yield Cell(
        unit=status.unit,
        table=status.indicator,
        period=Month.parse(status.period),
        amounts=(status.ytd, status.month, None, None),
        contributors=status.contributors,
        sensitive=status.confidential,
        complete=status.enterprises.reporting >= status.enterprises.expected,
        largest=_largest(status),
        base_year=status.base.year if status.base else None,
    )
    if status.investment is not None:
        yield _investment(status, status.investment)
    for funds in status.funds:
        yield from _funds(status, funds)
    if status.projects is not None:
        yield from _contracts(status, status.projects)


def merged(one: Cell, other: Cell) -> Cell:
    """One cell from two statements of it: several statuses carry the same block."""
    return replace(
        one,
        amounts=tuple(
            b if a is None else a for a, b in zip(one.amounts, other.amounts, strict=True)
        ),
        contributors=max(one.contributors, other.contributors),
        sensitive=one.sensitive or other.sensitive,
        complete=one.complete and other.complete,
        largest=one.largest or other.largest,
    )


def adds_up(table: str) -> bool:
    """Whether amounts of a table are sums over enterprises or projects; shares and rates never."""
    if table.partition(":")[0] in _BLOCKS:
        return True
    known = INDICATORS.get(table)
    return known is not None and known.base_unit != "1"


def _largest(status: Status) -> tuple[str, int] | None:
    found = status.largest_contribution
    amount = status.ytd if status.ytd is not None else status.month
    if found is None or amount is None:
        return None
    return found.subject, abs(round(found.share * amount))


def _investment(status: Status, block: Investment) -> Cell:
    return Cell(
        unit=status.unit,
        table=INVESTMENT,
        period=Month.parse(block.period),
        amounts=(block.ytd, None, block.planned_total, block.since_start),
        contributors=sum(block.projects.values()),
        sensitive=INVESTMENT_CONFIDENTIAL in status.reasons,
    )


def _funds(status: Status, block: Funds) -> Iterable[Cell]:
    """The sum over all origins, the one over those that the plan names, and each origin's."""
    secret = FUNDS_CONFIDENTIAL in status.reasons
    of_origin = secret or FUNDS_ORIGINS_CONFIDENTIAL in status.reasons
    cell = Cell(
        unit=status.unit,
        table=table_name(FUNDS, block.currency),
        period=Month.parse(block.period),
        amounts=(block.total.ytd, None, None, None),
        contributors=block.projects,
        sensitive=secret,
    )
    yield cell
    if block.planned is not None:
        yield replace(
            cell,
            table=FUNDS,
            amounts=(block.planned.ytd, None, None, None),
            sensitive=of_origin,
        )
    for origin, figure in block.by_origin.items():
        yield replace(
            cell,
            table=table_name(cell.table, origin),
            amounts=(figure.ytd, None, None, None),
            contributors=0,  # not known by origin
            sensitive=of_origin,
        )


def _contracts(status: Status, block: Projects) -> Iterable[Cell]:
    standing = sum(n for stage, n in block.by_stage.items() if stage != _TERMINATED)
    for currency, total in block.contracted_total.items():
        yield Cell(
            unit=status.unit,
            table=table_name(CONTRACTS, currency),
            period=Month.parse(block.period),
            amounts=(total, None, None, None),
            contributors=standing,
            sensitive=CONTRACTS_CONFIDENTIAL in status.reasons,
        )
