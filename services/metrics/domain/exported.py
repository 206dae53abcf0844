"""What one snapshot of the units holds."""

from dataclasses import dataclass
from datetime import datetime

from shared.confidentiality import Shown
from shared.plans import Plan

LABELS = ("plan", "unit", "name", "kind", "region", "indicator", "main")
"""Labels of every metric of a unit; names are today's of the plan, whatever a status was told."""


@dataclass(frozen=True, slots=True)
class Exported:
    """A shown status with what the plan says of its unit today."""

    shown: Shown
    name: str
    kind: str
    region: str
    region_name: str
    plan_version: str
    main: bool
    """Whether this is the indicator that the unit is judged by first."""
    partition: int
    """Of the facts topic; whoever owns it exports the unit."""
    stalled: int | None = None
    """Open projects without progress, by today's date; null where there are no projects."""

    @property
    def labels(self) -> tuple[str, ...]:
        """Values of `LABELS`."""
        status = self.shown.status
        return (
            status.plan,
            status.unit,
            self.name,
            self.kind,
            self.region,
            status.indicator,
            "true" if self.main else "false",
        )


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Newest shown status of every unit and indicator, and when it was taken."""

    taken_at: datetime
    units: tuple[Exported, ...] = ()


def exported(plan: Plan, shown: Shown, partition: int, stalled: int | None = None) -> Exported:
    """A shown status under the names that the plan gives its unit today."""
    unit = plan.unit(shown.status.unit)
    region = plan.unit(unit.region).name if plan.has_unit(unit.region) else unit.region
    return Exported(
        shown=shown,
        name=unit.name,
        kind=str(unit.kind),
        region=unit.region,
        region_name=region,
        plan_version=plan.version,
        main=shown.status.indicator == unit.value_indicator,
        partition=partition,
        stalled=stalled,
    )
