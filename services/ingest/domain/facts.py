"""Facts: what a subject's standing lines and register entries contribute to every unit."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache

import msgspec

from services.ingest.domain.attribution import Attribution, Attributor
from services.ingest.domain.lines import Figures, Line, ProjectDetails
from services.ingest.domain.register import WHOLE, ClusterShare, Entry, holding
from services.ingest.domain.versions import digest
from shared.events.facts import Fact, ProjectState
from shared.events.measures import expected_indicators
from shared.events.period import Month

_NO_ACTION = "project"
_NO_MONTH = Month(1, 1)
_NOTHING = Figures()
_encode = msgspec.json.Encoder().encode


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


Told = Mapping[str, Content]
"""What each unit is told about one indicator and period of a subject. Units that are told alike
share one content, which is fingerprinted and encoded once."""


def line_facts(line: Line, entries: Sequence[Entry], attributor: Attributor) -> Told:
    """Facts of one standing line; none while its enterprise is not registered (parked)."""
    if line.project is not None:
        entry: Entry | None = project_entry(line.project, attributor)
    else:
        entry = holding(entries, line.period)
    if entry is None:
        return {}
    facts: dict[str, Content] = {}
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


def _contributions(line: Line, attribution: Attribution) -> dict[str, Content]:
    figures = line.figures
    if attribution.undivided:
        state = None if line.project is None else _whole_state(line.project)
        content = Content(line.version.revision, figures, WHOLE, None, state)
        return dict.fromkeys(attribution.weights, content)
    month = attribution.amounts(figures.month)
    ytd = attribution.amounts(figures.ytd)
    month_last_year = attribution.amounts(figures.month_last_year)
    ytd_last_year = attribution.amounts(figures.ytd_last_year)
    projects = _project_states(line, attribution)
    return {
        unit: Content(
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


def _whole_state(details: ProjectDetails) -> ProjectState | None:
    if not details.stage:
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


def membership_facts(entries: Sequence[Entry], attributor: Attributor) -> dict[Month, Told]:
    """Which reports every unit may expect of an enterprise, by the months in which that changes.

    `entries` in the order of `timeline`; of several in one month the last one decides. Where a
    plan's version or dated rule turns between them, only what differs is said anew.
    """
    registered = {entry.effective for entry in entries}
    said: dict[str, Content] = {}
    facts: dict[Month, Told] = {}
    for month in membership_months(entries, attributor):
        entry = holding(entries, month)
        if entry is None:
            continue
        now = _membership(entry, month, attributor, said.keys())
        if month in registered:
            facts[month] = now
        else:
            facts[month] = {unit: told for unit, told in now.items() if told != said.get(unit)}
        said |= now
    return facts


def _membership(
    entry: Entry, month: Month, attributor: Attributor, ever: Iterable[str]
) -> dict[str, Content]:
    """What each unit may expect in a month; of units it was `ever` in, nothing once it has left."""
    weights: dict[str, int] = {}
    for attribution in attributor.of(entry, month):
        weights |= attribution.weights
    expected = expected_indicators(entry.industry) if entry.active else ()
    made: dict[int | None, Content] = {}
    for weight in {*weights.values()}:
        made[weight] = Content(weight=weight, expected=expected)
    made[None] = Content(expected=())
    return {unit: made[weights.get(unit)] for unit in sorted({*ever, *weights})}


class Sent(msgspec.Struct, frozen=True, gc=False):
    """What a unit was told last."""

    version: int
    fingerprint: bytes | None
    """Of its content; None for a retraction."""


class Change(msgspec.Struct, frozen=True, gc=False):
    """What some units must be told alike."""

    units: list[str]
    version: int
    content: Content | None
    """None for a retraction."""

    @property
    def sent(self) -> Sent:
        """What is remembered of it, for each of the units."""
        return Sent(self.version, None if self.content is None else self.content.fingerprint)


def changes(wanted: Told, sent: Mapping[str, Sent], now_us: int) -> list[Change]:
    """What must be sent so that what was sent says what is wanted; retractions for the rest.

    Versions grow with every change of a unit's fact, and start from the clock (`now_us`,
    microseconds since 1970), so that facts sent again after a rebuild win over those before it.
    """
    found: list[Change] = []
    last: Change | None = None
    for unit, content in wanted.items():
        before = sent.get(unit)
        if before is None:
            version = now_us
        elif before.fingerprint == content.fingerprint:
            continue
        else:
            version = max(before.version + 1, now_us)
        if last is not None and last.content is content and last.version == version:
            last.units.append(unit)
        else:
            last = Change([unit], version, content)
            found.append(last)
    for unit, before in sent.items():
        if unit not in wanted and before.fingerprint is not None:
            found.append(Change([unit], max(before.version + 1, now_us), None))
    return found


def encoded(
    change: Change, subject: str, indicator: str, period: str, as_of: str
) -> Iterator[tuple[str, bytes, bytes]]:
    """Unit, record key and value of the facts of a change; `subject` is the opaque token.

    What several units are told alike is encoded once: only the unit, the first field, differs.
    """
    first = change.units[0]
    value = _encode(message(change, first, subject, indicator, period, as_of))
    value = value[len(_start(first)) :]
    key = f"|{subject}|{indicator}|{period}".encode()
    for unit in change.units:
        yield unit, unit.encode() + key, _start(unit) + value


@lru_cache(maxsize=100_000)
def _start(unit: str) -> bytes:
    """With what the fact of a unit begins."""
    return b'{"unit":' + _encode(unit)


def message(
    change: Change, unit: str, subject: str, indicator: str, period: str, as_of: str
) -> Fact:
    """The wire form of a fact; `subject` is the opaque token."""
    content = change.content
    if content is None:
        return Fact(unit, subject, indicator, period, change.version, as_of, deleted=True)
    figures = content.figures
    return Fact(
        unit,
        subject,
        indicator,
        period,
        change.version,
        as_of,
        content.revision,
        figures.month,
        figures.ytd,
        figures.month_last_year,
        figures.ytd_last_year,
        content.weight,
        content.expected,
        content.project,
    )
