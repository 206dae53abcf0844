"""Register events of the simulated enterprises: entries, changes and exits."""

import random
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from demo.messages import (
    CHINA,
    ENTERPRISE,
    STATISTICS,
    Binding,
    Message,
    Note,
    message,
    timestamp,
    without_empty,
)
from demo.population import FIRST_YEAR, Enterprise
from demo.profiles import HTZ_PARK
from shared.events.period import Month

OPENING = datetime(FIRST_YEAR, 1, 5, 9, 0, tzinfo=CHINA)
"""When the whole register is handed over, before the first reports."""

_LATE_REGISTER = 12
"""So many days after the first reports come the few register events that were forgotten."""


def binding_of(enterprise: Enterprise) -> Binding:
    """The high-tech zone sends CloudEvents in binary mode, the economic zone structured ones."""
    if enterprise.profile.park == HTZ_PARK:
        return "binary"
    return "structured" if enterprise.profile.region == "341372" else "plain"


def register_events(seed: int, enterprises: Sequence[Enterprise]) -> Iterator[Message]:
    """All register events, each enterprise's in order; some come after its first reports."""
    for index, enterprise in enumerate(enterprises):
        rng = random.Random(f"{seed}:register:{enterprise.uscc}")
        forgotten = index % 90 == 17  # noqa: PLR2004 - seven or eight of them, spread over clusters
        entered_at = _entry_time(enterprise, index, forgotten=forgotten)
        yield _event(enterprise, "entry", enterprise.entered, entered_at)
        stays = enterprise.left is None
        if stays and rng.random() < 0.04:  # noqa: PLR2004 - a few change their name
            yield _renamed(enterprise, rng)
        if enterprise.left is not None:
            yield _event(enterprise, "exit", enterprise.left, _first_day(enterprise.left, 10))


def _entry_time(enterprise: Enterprise, index: int, *, forgotten: bool) -> datetime:
    if enterprise.entered.year < FIRST_YEAR:
        if forgotten:
            return datetime(FIRST_YEAR, 3, 8 + _LATE_REGISTER, 15, 0, tzinfo=CHINA)
        return OPENING + timedelta(seconds=2 * index)
    # Plants opened during the year, and the year's entrants, are registered within the month.
    return _first_day(enterprise.entered, 20)


def _renamed(enterprise: Enterprise, rng: random.Random) -> Message:
    later = Month(rng.choice((FIRST_YEAR, FIRST_YEAR + 1)), rng.randint(3, 12))
    effective = max(later, enterprise.entered)
    name = enterprise.name.replace("有限公司", "科技有限公司")
    return _event(enterprise, "change", effective, _first_day(effective, 25), name=name)


def _event(
    enterprise: Enterprise, action: str, effective: Month, at: datetime, name: str | None = None
) -> Message:
    body: dict[str, Any] = without_empty(
        {
            "event_id": f"register:{enterprise.uscc}:{effective}:{action}:1",
            "source": STATISTICS,
            "uscc": enterprise.uscc,
            "name": name or enterprise.name,
            "region": enterprise.profile.region,
            "park": enterprise.profile.park,
            "industry": enterprise.industry,
            "above_scale": action != "exit",
            "size": _size_class(enterprise),
            "memberships": _memberships(enterprise),
            "action": action,
            "effective": str(effective),
            "revision": 1,
            "reported_at": timestamp(at),
        }
    )
    binding = binding_of(enterprise)
    return message(at, ENTERPRISE, enterprise.uscc, body, binding, Note.CLEAN)


def _memberships(enterprise: Enterprise) -> list[dict[str, Any]] | None:
    if not enterprise.memberships:
        return None
    return [
        {"cluster": m.cluster, "weight": m.weight, "primary": m.primary}
        for m in enterprise.memberships
    ]


def _size_class(enterprise: Enterprise) -> str:
    bounds = ((6.0, "large"), (1.2, "medium"), (0.3, "small"))
    return next((name for bound, name in bounds if enterprise.size >= bound), "micro")


def _first_day(month: Month, day: int) -> datetime:
    return datetime(month.year, month.month, day, 10, 0, tzinfo=CHINA)
