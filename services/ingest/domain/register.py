"""The register (名录库): dated entries of enterprises, and which of them holds in a month."""

from collections.abc import Collection, Mapping, Sequence
from itertools import groupby

import msgspec

from services.ingest.domain import subjects
from services.ingest.domain.lines import Origin, check_cluster, check_region
from services.ingest.domain.subjects import Subject
from services.ingest.domain.versions import Version, check_not_in_future, digest
from shared.events.inputs import EnterpriseEvent
from shared.events.period import Month
from shared.events.reasons import Reason, Refused

WHOLE = 10_000
"""A weight of one, in ten-thousandths."""

_RANK = {"entry": 0, "change": 1, "reattribution": 2, "exit": 3}
"""Which of several actions of the same month is applied last."""


class ClusterShare(msgspec.Struct, frozen=True, cache_hash=True, gc=False):
    """Share of an enterprise in a cluster."""

    cluster: str
    weight: int
    """Ten-thousandths."""


class Entry(msgspec.Struct, frozen=True, cache_hash=True, gc=False):
    """What the register says about an enterprise from `effective` on."""

    effective: Month
    action: str
    region: str
    park: str | None
    industry: str
    above_scale: bool
    memberships: tuple[ClusterShare, ...] | None
    """Complete list; None leaves it to the plan's rules."""

    @property
    def active(self) -> bool:
        """Whether reports are expected of it."""
        return self.above_scale and self.action != "exit"


class Registration(msgspec.Struct, frozen=True, gc=False):
    """One version of one register event: (subject, effective, action)."""

    subject: Subject
    name: str
    entry: Entry
    version: Version
    source: str
    broker_ms: int


def read_enterprise(
    event: EnterpriseEvent,
    origin: Origin,
    regions: Collection[str],
    levels: Mapping[str, str],
) -> Registration:
    """Validate a register event. Raises `Refused`.

    `regions` are the known region codes; `levels` gives the level of each known unit.
    """
    subject = subjects.enterprise(event.uscc)
    effective = Month.parse(event.effective, "effective")
    reported_at_us = check_not_in_future(event.reported_at, origin.broker_ms)
    check_region(event.region, regions)
    entry = Entry(
        effective=effective,
        action=event.action,
        region=event.region,
        park=event.park,
        industry=event.industry,
        above_scale=event.above_scale,
        memberships=_memberships(event, levels),
    )
    version = Version(
        revision=event.revision,
        reported_at_us=reported_at_us,
        event_id=origin.event_id,
        digest=digest((str(effective), event.name, event.size, _content(entry))),
    )
    return Registration(subject, event.name, entry, version, origin.source, origin.broker_ms)


def _content(entry: Entry) -> tuple[object, ...]:
    return (
        entry.action,
        entry.region,
        entry.park,
        entry.industry,
        entry.above_scale,
        entry.memberships,
    )


def _memberships(
    event: EnterpriseEvent, levels: Mapping[str, str]
) -> tuple[ClusterShare, ...] | None:
    if event.memberships is None:
        return None
    shares: dict[str, int] = {}
    for index, membership in enumerate(event.memberships):
        check_cluster(membership.cluster, levels, f"memberships[{index}].cluster")
        shares[membership.cluster] = shares.get(membership.cluster, 0) + membership.weight
    ordered = sorted(shares.items(), key=lambda item: (levels[item[0]], item[0]))
    for level, members in groupby(ordered, key=lambda item: levels[item[0]]):
        total = sum(weight for _, weight in members)
        if total > WHOLE:
            raise Refused(
                Reason.WEIGHTS_ABOVE_ONE,
                "memberships",
                f"the weights at the level {level} sum to {total}, at most {WHOLE}",
            )
    return tuple(ClusterShare(cluster, weight) for cluster, weight in ordered if weight)


def timeline(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """Entries in the order in which they come to hold."""
    return tuple(sorted(entries, key=lambda entry: (entry.effective, _RANK[entry.action])))


def holding(ordered: Sequence[Entry], month: Month) -> Entry | None:
    """The entry that holds in a month.

    A report from before the first entry is attributed like the first. None without any entry.
    """
    held: Entry | None = None
    for entry in ordered:
        if held is not None and entry.effective > month:
            break
        held = entry
    return held
