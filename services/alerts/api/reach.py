"""What a reader's scope covers among alerts, subscriptions and silences."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated

from fastapi import Depends

from services.alerts.domain.directory import Directory
from services.alerts.domain.figures import INTERNAL_ROLE
from services.alerts.domain.silence import Silence
from services.alerts.domain.subscription import Subscription
from shared.access.gate import reader_of
from shared.access.readers import LOCAL, Reader
from shared.http import Problem
from shared.plans import Catalogue

Asker = Annotated[Reader, Depends(reader_of)]
"""Whoever makes the request."""

ALERTS_FEED = "alerts"
"""Feed that a token must have to send alerts of others, where its feeds are limited."""


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
        return reader.covers(wanted.plan, self._around(wanted.plan, named))

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


def check_sender(reader: Reader) -> None:
    """Raises `Problem` (403) for a feed that may not send alerts."""
    if not reader.scope.sends_for(ALERTS_FEED):
        raise Problem(HTTPStatus.FORBIDDEN, f"your token's feeds do not include {ALERTS_FEED!r}")
