"""What leaves the service for readers without the right: the one place that masks.

A confidential figure is replaced by on or off track; a second one is suppressed where the first
could be computed by subtraction (county + rest = city). Masked is neither zero nor absent: it
says so by `suppressed`.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import msgspec

from services.metrics.domain.confidentiality import ConfidentialityLimits
from shared.events.status import Colour, Status
from shared.plans import Plan, UnitKind

INVESTMENT_CONFIDENTIAL = "investment_confidential"
"""Reason word of a status whose investment block must be masked for itself."""

Track = Literal["on_track", "off_track"]

_ON = frozenset({Colour.GREEN, Colour.BLUE})
_OFF = frozenset({Colour.YELLOW, Colour.ORANGE, Colour.RED})


@dataclass(frozen=True, slots=True)
class Shown:
    """A status as a reader may see it."""

    status: Status
    """With figures blanked where suppressed."""
    suppressed: bool
    verdict: str
    """A verdict's word; coarsened to `on_track` or `off_track` where suppressed."""
    colour: str
    track: Track | None
    """Null where nothing is judged (grey)."""


Nesting = Sequence[tuple[str, Collection[str]]]
"""Parents, each with children of one kind: regions of the city, clusters of an industry."""


def show(
    statuses: Iterable[Status],
    nesting: Nesting,
    limits: ConfidentialityLimits | None,
) -> dict[str, Shown]:
    """Views by unit of statuses that share plan, indicator and period.

    `limits` None means that masking is off (an audited setting): everything is shown.
    """
    by_unit = {status.unit: status for status in statuses}
    hidden = frozenset[str]() if limits is None else suppressed_units(by_unit, nesting, limits)
    masking = limits is not None
    return {
        unit: _masked(status) if unit in hidden else _open(status, masking=masking)
        for unit, status in by_unit.items()
    }


def suppressed_units(
    by_unit: Mapping[str, Status], nesting: Nesting, limits: ConfidentialityLimits
) -> frozenset[str]:
    """Confidential units, and those that would give them away by subtraction."""
    hidden = {unit for unit, status in by_unit.items() if status.confidential}
    while True:
        found = {
            victim
            for parent, children in nesting
            if parent in by_unit and parent not in hidden
            for victim in _victims(by_unit, parent, children, hidden, limits)
        }
        if not found:
            return frozenset(hidden)
        hidden |= found


def _victims(
    by_unit: Mapping[str, Status],
    parent: str,
    children: Iterable[str],
    hidden: set[str],
    limits: ConfidentialityLimits,
) -> list[str]:
    present = [by_unit[child] for child in children if child in by_unit]
    public = [child for child in present if child.unit not in hidden]
    secret = [child for child in present if child.unit in hidden]
    if not public and not secret:
        return []
    if not _gives_away(by_unit[parent], public, secret, limits):
        return []
    return [min(public, key=lambda s: (s.contributors, s.unit)).unit] if public else [parent]


def _gives_away(
    parent: Status, public: list[Status], secret: list[Status], limits: ConfidentialityLimits
) -> bool:
    """Whether parent minus its public children is a cell that may not be shown."""
    count = parent.contributors - sum(child.contributors for child in public)
    if count <= 0:  # nothing is left, or members overlap and cannot be told apart
        return False
    if count < limits.min_contributors:
        return True
    rest = (parent.ytd or 0) - sum(child.ytd or 0 for child in public)
    largest = max((_largest_amount(child) for child in secret), default=0.0)
    return largest > limits.max_largest * abs(rest)


def _largest_amount(status: Status) -> float:
    if status.largest_contribution is None or status.ytd is None:
        return 0.0
    return abs(status.largest_contribution.share * status.ytd)


def _track(colour: Colour) -> Track | None:
    if colour in _ON:
        return "on_track"
    return "off_track" if colour in _OFF else None


def _open(status: Status, *, masking: bool) -> Shown:
    if masking and INVESTMENT_CONFIDENTIAL in status.reasons:
        status = msgspec.structs.replace(status, investment=None)
    return Shown(
        status=status,
        suppressed=False,
        verdict=str(status.verdict),
        colour=str(status.colour),
        track=_track(status.colour),
    )


def _masked(status: Status) -> Shown:
    track = _track(status.colour)
    colour = {"on_track": Colour.GREEN, "off_track": Colour.YELLOW, None: Colour.GREY}[track]
    return Shown(
        status=_blank(status),
        suppressed=True,
        verdict=track or str(status.verdict),
        colour=str(colour),
        track=track,
    )


def _blank(status: Status) -> Status:
    """All that could give a value back is taken out; the plan's own target is public."""
    base = status.base and msgspec.structs.replace(status.base, value=None)
    return msgspec.structs.replace(
        status,
        month=None,
        ytd=None,
        month_last_year=None,
        ytd_last_year=None,
        rolling_year=None,
        ytd_growth=None,
        required_ytd=None,
        required_year=None,
        base=base,
        ratio=None,
        gap=None,
        catch_up_rate=None,
        forecast=None,
        probability=None,
        coverage=None,
        decomposition=None,
        largest_contribution=None,
        investment=None,
        reasons=(),
    )


def nesting_of(plan: Plan) -> Nesting:
    """What adds up to what in a plan: the sums by which a masked figure could be computed."""
    groups: dict[tuple[str, UnitKind], list[str]] = {}
    for unit in plan.units:
        parents = {*unit.parents}
        if unit.kind is UnitKind.CLUSTER:
            parents.add(unit.region)
        elif unit.kind is UnitKind.INDUSTRY:
            parents.add(plan.city)
        for parent in sorted(parents - {unit.id}):
            groups.setdefault((parent, unit.kind), []).append(unit.id)
    return [(parent, children) for (parent, _), children in groups.items()]
