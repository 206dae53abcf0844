"""Plan catalogue: policy documents as data, with their targets, bases and open questions."""

from shared.plans.catalogue import Catalogue, load_catalogue
from shared.plans.model import Plan, PlanIndicator
from shared.plans.problems import PlanError, Problem
from shared.plans.targets import Base, Comparator, Missing, PathKind, Target, TargetKind
from shared.plans.units import MembershipRule, Unit, UnitKind

__all__ = [
    "Base",
    "Catalogue",
    "Comparator",
    "MembershipRule",
    "Missing",
    "PathKind",
    "Plan",
    "PlanError",
    "PlanIndicator",
    "Problem",
    "Target",
    "TargetKind",
    "Unit",
    "UnitKind",
    "load_catalogue",
]
