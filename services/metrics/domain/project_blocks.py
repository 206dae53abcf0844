"""What a status says of a unit's projects: investment, funds received, stages."""

from typing import NamedTuple

from services.metrics.domain.funds import funds_blocks
from services.metrics.domain.inputs import UnitInputs
from services.metrics.domain.investment import investment_block
from services.metrics.domain.projects import projects_block
from shared.confidentiality import CONTRACTS_CONFIDENTIAL
from shared.events.period import Month
from shared.events.status import Funds, Investment, Projects


class ProjectBlocks(NamedTuple):
    """The blocks, each with the newest that was known by the end of the period."""

    investment: Investment | None
    funds: tuple[Funds, ...]
    projects: Projects | None
    reasons: tuple[str, ...]
    as_of: str
    """Broker time of the newest investment report behind them; empty without any."""


def blocks_of(inputs: UnitInputs, period: Month) -> ProjectBlocks:
    """The blocks that the status of this indicator carries; empty ones where it carries none."""
    investment, of_investment = investment_block(inputs, period)
    funds, of_funds = funds_blocks(inputs, period)
    projects, of_projects = _projects(inputs, period)
    as_of = ""
    if investment is not None:
        as_of = inputs.projects.investment_cells[Month.parse(investment.period)].as_of
    return ProjectBlocks(
        investment, funds, projects, (*of_investment, *of_funds, *of_projects), as_of
    )


def _projects(inputs: UnitInputs, period: Month) -> tuple[Projects | None, tuple[str, ...]]:
    """The block of the newest period with news up to this one, made or as it was told."""
    newest = max((each for each in inputs.projects.news if each <= period), default=None)
    if newest is None:
        return None, ()
    told = inputs.projects.told.get(newest)
    if told is None:
        return projects_block(inputs, newest)
    return told.projects, tuple(word for word in told.reasons if word == CONTRACTS_CONFIDENTIAL)
