"""Roles, scopes, and whoever makes a request."""

from collections.abc import Collection
from dataclasses import dataclass, field
from enum import StrEnum


class Role(StrEnum):
    """What a token is for."""

    ADMINISTRATOR = "administrator"
    TASK_FORCE = "task_force"
    """专班: reads, and acts on what its scope covers."""
    VIEWER = "viewer"
    """Reads."""
    FEED = "feed"
    """A statistics system, or a Prometheus: sends, and reads nothing."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What a token reaches; null is no limit."""

    plans: frozenset[str] | None = None
    units: frozenset[str] | None = None
    """Clusters and other units; a region covers what lies in it."""
    feeds: frozenset[str] | None = None
    """Sources that may be sent for."""

    @property
    def is_limited(self) -> bool:
        """Whether it leaves anything out that is read."""
        return self.plans is not None or self.units is not None

    def covers(self, plan: str | None, around: Collection[str]) -> bool:
        """Whether it reaches a unit of a plan, given by its id and the ids it lies in.

        What has no plan (no unit) lies outside a scope that is limited to plans (units).
        """
        in_plan = self.plans is None or plan in self.plans
        return in_plan and (self.units is None or not self.units.isdisjoint(around))

    def sends_for(self, source: str) -> bool:
        """Whether events of this source may be sent."""
        return self.feeds is None or source in self.feeds


@dataclass(frozen=True, slots=True)
class Reader:
    """Whoever makes a request, as far as it matters for what is shown and done."""

    name: str
    """For the audit log."""
    role: Role
    scope: Scope = field(default_factory=Scope)
    complete: bool = False
    """A right of its own: figures that are masked for others are shown within the scope."""

    def covers(self, plan: str | None, around: Collection[str]) -> bool:
        """Whether a unit may be read (`around`: its id and the ids of what it lies in)."""
        return self.scope.covers(plan, around)

    def sees_complete(self, plan: str | None, around: Collection[str]) -> bool:
        """Whether confidential figures of a unit are shown as they are."""
        return self.complete and self.covers(plan, around)


LOCAL = Reader("local", Role.ADMINISTRATOR)
"""Everybody while access control is off: may do everything, and sees figures masked."""
NOBODY = Reader("anonymous", Role.VIEWER, Scope(frozenset(), frozenset(), frozenset()))
"""Whoever reads a public route without signing in."""
