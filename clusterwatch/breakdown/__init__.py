"""The yearly and monthly break-down of a plan's targets (年度分解), as tables and files."""

from clusterwatch.breakdown.known import KnownBase, KnownFigures
from clusterwatch.breakdown.requirements import TargetBreakdown, break_down

__all__ = ["KnownBase", "KnownFigures", "TargetBreakdown", "break_down"]
