"""What the read API says of a unit's projects: funds, stages, and what has stalled by today."""

from datetime import datetime

import msgspec

from shared.clock import CHINA
from shared.events.status import Funds, Projects
from shared.stalling import StalledProject, stalled_projects

JsonObject = dict[str, object]


def funds_view(blocks: tuple[Funds, ...]) -> list[JsonObject]:
    """One object a currency; amounts in its whole units, growth as a ratio."""
    return [msgspec.to_builtins(block) for block in blocks]


def projects_view(block: Projects | None, now: datetime) -> JsonObject | None:
    """The block, and which of its open projects have stalled by today in China, with reasons."""
    if block is None:
        return None
    stalled = stalled_projects(block, now.astimezone(CHINA).date())
    found: JsonObject = msgspec.to_builtins(block)
    return {**found, "stalled": [_stalled(each) for each in stalled]}


def _stalled(each: StalledProject) -> JsonObject:
    project: JsonObject = msgspec.to_builtins(each.project)
    return {**project, "stalled": [str(reason) for reason in each.reasons], "days": each.days}
