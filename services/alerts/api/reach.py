"""What a reader's scope covers among alerts, subscriptions and silences."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Annotated

from fastapi import Depends

from services.alerts.domain.directory import Directory
from services.alerts.domain.figures import INTERNAL_ROLE
from services.alerts.domain.papers.model import PaperKind
from services.alerts.domain.papers.schedule import PaperOrder
from services.alerts.domain.silence import Silence
from services.alerts.domain.subscription import Subscription
from shared.access.gate import reader_of
from shared.access.readers import LOCAL, Reader
from shared.http import Problem
from shared.plans import Catalogue, UnitKind

Asker = Annotated[Reader, Depends(reader_of)]
"""Whoever makes the request."""

ALERTS_FEED = "alerts"
"""Feed that a token must have to send alerts of others, where its feeds are limited."""


_OF_REGIONS = frozenset({PaperKind.QUARTERLY, PaperKind.TOUR})


@dataclass(frozen=True, slots=True)
class Reach:
    """Asks the plans what lies in what."""

    catalogue: Catalogue
    directory: Directory

    def units(self, reader: Reader) -> frozenset[tuple[str, str]] | None:
        """Plan and unit of everything that a reader may see; null for everything there is."""
        if not reader.scope.is_limited:
            return None
        return frozenset(
            (plan.id, unit.id)
            for plan in self.catalogue.plans
            for unit in plan.units
            if reader.covers(plan.id, self._around(plan.id, (unit.id,)))
        )

    def labels(self, reader: Reader, labels: Mapping[str, str]) -> bool:
        """Whether an alert with these labels may be seen."""
        if not reader.scope.is_limited:
            return True
        plan = labels.get("plan")
        named = [labels[name] for name in ("unit", "region") if labels.get(name)]
        return reader.covers(plan, self._around(plan, named))

    def silence(self, reader: Reader, silence: Silence) -> bool:
        """Whether a silence mutes only what may be seen: its matchers must name plan and unit."""
        pinned = {
            one.name: one.value
            for one in silence.matchers
            if one.is_equal and not one.is_regex and one.value
        }
        return self.labels(reader, pinned)

    def subscription(self, reader: Reader, subscription: Subscription) -> bool:
        """Whether a subscription is only about what may be seen."""
        if not reader.scope.is_limited:
            return True
        wanted = subscription.filter
        named = [one for one in (wanted.unit, wanted.region) if one]
        return reader.covers(wanted.plan, self._around(wanted.plan, named)) and all(
            reader.covers(one.plan, self._around(one.plan, (one.unit,)))
            for one in subscription.papers
        )

    def with_papers(self, wanted: Subscription) -> Subscription:
        """With the plan's whole area where an order names no unit.

        Raises `Problem` (422) for an order that no paper can be made of, or twice the same.
        """
        orders = [self._order(place, order) for place, order in enumerate(wanted.papers)]
        known = [one.identity for one in orders]
        twice = next((n for n, one in enumerate(known) if one in known[:n]), None)
        if twice is not None:
            raise _bad_order(twice, "the same paper is ordered twice")
        return replace(wanted, papers=tuple(orders))

    def _order(self, place: int, order: PaperOrder) -> PaperOrder:
        plan = next((one for one in self.catalogue.plans if one.id == order.plan), None)
        if plan is None:
            raise _bad_order(place, f"no plan {order.plan!r}")
        found = replace(order, unit=order.unit or plan.city)
        if not plan.has_unit(found.unit):
            raise _bad_order(place, f"{plan.id} has no unit {found.unit!r}")
        kind = plan.unit(found.unit).kind
        if found.kind in _OF_REGIONS and kind not in {UnitKind.REGION, UnitKind.CITY}:
            raise _bad_order(place, f"{found.kind} papers are about counties, parks or the city")
        return found

    def check_subscription(self, reader: Reader, wanted: Subscription) -> None:
        """Raises `Problem` (403) for one that would tell more than the reader may see."""
        if not self.subscription(reader, wanted):
            raise Problem(
                HTTPStatus.FORBIDDEN,
                "the filter reaches beyond your token's scope: name a plan and unit inside it",
            )
        if wanted.role == INTERNAL_ROLE and reader != LOCAL and not reader.complete:
            raise Problem(
                HTTPStatus.FORBIDDEN, "the role internal needs a token for complete figures"
            )

    def _around(self, plan: str | None, named: Iterable[str]) -> frozenset[str]:
        """Ids of units and of all that they lie in."""
        plans = [plan] if plan else [one.id for one in self.catalogue.plans]
        return frozenset(self._climb(plans, named))

    def _climb(self, plans: list[str], named: Iterable[str]) -> Iterator[str]:
        for unit in named:
            for plan in plans:
                yield from self.directory.regions_around(plan, unit)


def _bad_order(place: int, reason: str) -> Problem:
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, f"papers.{place}: {reason}")


def check_sender(reader: Reader) -> None:
    """Raises `Problem` (403) for a feed that may not send alerts."""
    if not reader.scope.sends_for(ALERTS_FEED):
        raise Problem(HTTPStatus.FORBIDDEN, f"your token's feeds do not include {ALERTS_FEED!r}")
