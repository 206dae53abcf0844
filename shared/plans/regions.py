"""Turns names of regions in membership rules into region codes and parks."""

from collections.abc import Iterable
from dataclasses import dataclass

from shared.plans.units import MembershipRule


@dataclass(frozen=True, slots=True)
class Area:
    """What the file says about one region: its own codes and parks, and what it lies in."""

    id: str
    within: str | None
    codes: tuple[str, ...]
    parks: tuple[str, ...]


class RegionTable:
    """All regions of a plan. A park that is a region of its own wins over the county around it."""

    def __init__(self, areas: Iterable[Area]) -> None:
        self._areas = {area.id: area for area in areas}

    def __contains__(self, region: str) -> bool:
        return region in self._areas

    def rules(self, regions: Iterable[str], template: MembershipRule) -> tuple[MembershipRule, ...]:
        """`template` for each way an enterprise can lie in one of `regions` or inside them.

        One rule selects by region code, without parks that belong to other regions; another one
        selects by park, whatever the region code says.
        """
        inside = [area for area in self._areas.values() if self._lies_in(area, set(regions))]
        codes = tuple(sorted({code for area in inside for code in area.codes}))
        parks = tuple(sorted({park for area in inside for park in area.parks}))
        others = {park for area in self._areas.values() for park in area.parks} - set(parks)
        found = []
        if codes:
            found.append(_at(template, regions=codes, not_parks=tuple(sorted(others))))
        if parks:
            found.append(_at(template, parks=parks))
        return tuple(found)

    def _lies_in(self, area: Area, wanted: set[str]) -> bool:
        seen: set[str] = set()
        current: Area | None = area
        while current is not None and current.id not in seen:
            if current.id in wanted:
                return True
            seen.add(current.id)  # a circle is reported by the checks
            current = self._areas.get(current.within) if current.within else None
        return False


def _at(
    template: MembershipRule,
    regions: tuple[str, ...] = (),
    parks: tuple[str, ...] = (),
    not_parks: tuple[str, ...] = (),
) -> MembershipRule:
    return MembershipRule(
        regions=regions,
        parks=parks,
        not_parks=not_parks,
        industries=template.industries,
        valid_from=template.valid_from,
        valid_to=template.valid_to,
    )
