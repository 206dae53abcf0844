"""Facts: what a subject's standing lines and register entries contribute to every unit."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property

import msgspec

from services.ingest.domain.attribution import Attribution, Attributor
from services.ingest.domain.lines import Figures, Line, ProjectDetails
from services.ingest.domain.register import WHOLE, ClusterShare, Entry, holding
from services.ingest.domain.versions import digest
from shared.events.facts import MEMBERSHIP, Fact, ProjectState
from shared.events.measures import expected_indicators
from shared.events.period import Month

_NO_ACTION = "project"
_NO_MONTH = Month(1, 1)
_NOTHING = Figures()


class Content(msgspec.Struct, frozen=True, dict=True):
    """What a fact says, without its version and times: it is sent again only when this changes."""

    revision: int = 0
    figures: Figures = _NOTHING
    weight: int = 0
    expected: tuple[str, ...] | None = None
    project: ProjectState | None = None

    @cached_property
    def fingerprint(self) -> bytes:
        """Sixteen bytes that differ where the content does."""
        return digest(self)[:16]


class FactKey(msgspec.Struct, frozen=True, cache_hash=True, gc=False):
    """Identity of a fact of one subject."""

    unit: str
    indicator: str
    period: Month


def line_facts(
    line: Line, entries: Sequence[Entry], attributor: Attributor
) -> dict[FactKey, Content]:
    """Facts of one standing line; none while its enterprise is not registered (parked)."""
    if line.project is not None:
        entry: Entry | None = project_entry(line.project, attributor)
    else:
        entry = holding(entries, line.period)
    if entry is None:
        return {}
    facts: dict[FactKey, Content] = {}
    for attribution in attributor.of(entry, line.period):
        facts |= _contributions(line, attribution)
    return facts


def project_entry(details: ProjectDetails, attributor: Attributor) -> Entry:
    """A project counts at its own place, in the cluster it names.

    One that names none counts in the cluster that the plan's rules give, if its industry is known.
    """
    shares: tuple[ClusterShare, ...] | None = None
    if details.cluster is not None:
        shares = (ClusterShare(details.cluster, WHOLE),)
    elif not details.industry:
        shares = ()
    return Entry(
        effective=_NO_MONTH,
        action=_NO_ACTION,
        region=details.region,
        park=details.park or attributor.park_of(details.cluster),
        industry=details.industry,
        above_scale=True,
        memberships=shares,
    )


def _contributions(line: Line, attribution: Attribution) -> dict[FactKey, Content]:
    figures = line.figures
    if attribution.undivided:
        # One content for all units: it is fingerprinted and encoded once.
        content = Content(line.version.revision, figures, WHOLE, project=_whole_state(line.project))
        return {FactKey(unit, line.indicator, line.period): content for unit in attribution.weights}
    month = attribution.amounts(figures.month)
    ytd = attribution.amounts(figures.ytd)
    month_last_year = attribution.amounts(figures.month_last_year)
    ytd_last_year = attribution.amounts(figures.ytd_last_year)
    projects = _project_states(line, attribution)
    return {
        FactKey(unit, line.indicator, line.period): Content(
            revision=line.version.revision,
            figures=Figures(month[unit], ytd[unit], month_last_year[unit], ytd_last_year[unit]),
            weight=weight,
            project=projects.get(unit),
        )
        for unit, weight in attribution.weights.items()
    }


def _project_states(line: Line, attribution: Attribution) -> dict[str, ProjectState]:
    details = line.project
    if details is None or not details.stage:
        return {}
    planned = attribution.amounts(details.planned_total)
    since_start = attribution.amounts(details.since_start)
    return {
        unit: _project_state(details, planned[unit], since_start[unit])
        for unit in attribution.weights
    }


def _whole_state(details: ProjectDetails | None) -> ProjectState | None:
    if details is None or not details.stage:
        return None
    return _project_state(details, details.planned_total, details.since_start)


def _project_state(
    details: ProjectDetails, planned_total: int | None, since_start: int | None
) -> ProjectState:
    return ProjectState(
        stage=details.stage,
        planned_total=planned_total,
        since_start=since_start,
        started_on=details.started_on,
        completed_on=details.completed_on,
    )


def membership_months(entries: Sequence[Entry], attributor: Attributor) -> tuple[Month, ...]:
    """Months in which membership facts may begin: of register entries, and of the plans' turns."""
    if not entries:
        return ()
    effective = {entry.effective for entry in entries}
    first = min(effective)
    return tuple(sorted(effective | {month for month in attributor.turns if month > first}))


def membership_facts(entries: Sequence[Entry], attributor: Attributor) -> dict[FactKey, Content]:
    """Which reports every unit may expect of an enterprise, from each change on.

    `entries` in the order of `timeline`; of several in one month the last one decides. Where a
    plan's version or dated rule turns between them, only what differs is said anew.
    """
    registered = {entry.effective for entry in entries}
    said: dict[str, Content] = {}
    facts: dict[FactKey, Content] = {}
    for month in membership_months(entries, attributor):
        entry = holding(entries, month)
        if entry is None:
            continue
        for unit, content in _membership(entry, month, attributor, said.keys()).items():
            if month in registered or content != said.get(unit):
                facts[FactKey(unit, MEMBERSHIP, month)] = content
            said[unit] = content
    return facts


def _membership(
    entry: Entry, month: Month, attributor: Attributor, ever: Iterable[str]
) -> dict[str, Content]:
    """What each unit may expect in a month; of units it was `ever` in, nothing once it has left."""
    weights: dict[str, int] = {}
    for attribution in attributor.of(entry, month):
        weights |= attribution.weights
    expected = expected_indicators(entry.industry) if entry.active else ()
    return {
        unit: Content(weight=weights.get(unit, 0), expected=expected if unit in weights else ())
        for unit in sorted({*ever, *weights})
    }


class Sent(msgspec.Struct, frozen=True, gc=False):
    """What was last put into the outbox under a key."""

    version: int
    fingerprint: bytes | None
    """Of its content; None for a retraction."""


class Change(msgspec.Struct, frozen=True, gc=False):
    """A fact to send."""

    key: FactKey
    version: int
    content: Content | None
    """None for a retraction."""

    @property
    def sent(self) -> Sent:
        """What is remembered of it."""
        return Sent(self.version, None if self.content is None else self.content.fingerprint)


def changes(
    wanted: Mapping[FactKey, Content], sent: Mapping[FactKey, Sent], now_us: int
) -> Iterable[Change]:
    """What must be sent so that what was sent says what is wanted; retractions for the rest.

    Versions grow with every change of a key, and start from the clock (`now_us`, microseconds
    since 1970), so that facts sent again after a rebuild win over those sent before it.
    """
    for key, content in wanted.items():
        before = sent.get(key)
        if before is None or before.fingerprint != content.fingerprint:
            yield Change(key, _next_version(before, now_us), content)
    for key, before in sent.items():
        if key not in wanted and before.fingerprint is not None:
            yield Change(key, _next_version(before, now_us), None)


def _next_version(before: Sent | None, now_us: int) -> int:
    return now_us if before is None else max(before.version + 1, now_us)


def encoded(
    found: Iterable[Change], *, subject: str, as_of: str
) -> Iterator[tuple[str, bytes, bytes]]:
    """Unit, record key and value of facts of one subject.

    What several units are told alike is encoded once: only the unit, the first field, differs.
    """
    like: tuple[object, ...] = ()
    rest = b""
    for change in found:
        key = change.key
        start = b'{"unit":' + msgspec.json.encode(key.unit)
        # The same object, not merely an equal one: that is quicker to see.
        same = (id(change.content), change.version, key.indicator, key.period)
        if same != like:
            value = msgspec.json.encode(message(change, subject=subject, as_of=as_of))
            like, rest = same, value[len(start) :]
        name = f"{key.unit}|{subject}|{key.indicator}|{key.period}"
        yield key.unit, name.encode(), start + rest


def message(change: Change, *, subject: str, as_of: str) -> Fact:
    """The wire form of a fact; `subject` is the opaque token."""
    key, content = change.key, change.content
    if content is None:
        return Fact(
            unit=key.unit,
            subject=subject,
            indicator=key.indicator,
            period=str(key.period),
            version=change.version,
            as_of=as_of,
            deleted=True,
        )
    return Fact(
        unit=key.unit,
        subject=subject,
        indicator=key.indicator,
        period=str(key.period),
        version=change.version,
        as_of=as_of,
        revision=content.revision,
        month=content.figures.month,
        ytd=content.figures.ytd,
        month_last_year=content.figures.month_last_year,
        ytd_last_year=content.figures.ytd_last_year,
        weight=content.weight,
        expected=content.expected,
        project=content.project,
    )
