"""Decide again which lines are held, wherever a batch may have changed the answer."""

from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache

from msgspec.structs import replace

from services.ingest.domain.attribution import Attributor
from services.ingest.domain.facts import line_facts
from services.ingest.domain.holds import (
    Limits,
    LineState,
    Suspicion,
    state_of,
    suspect,
)
from services.ingest.domain.lines import REMEMBERED_LINES, Line
from services.ingest.domain.plausibility import (
    Doubt,
    Past,
    closing_amount,
    doubts,
    is_judged,
    tells,
)
from services.ingest.ports import Closing, HoldStore, LineKey, StoredLine
from services.ingest.use_cases.batch import Batch
from shared.events.decisions import DecisionVerdict
from shared.events.period import Month

_DECEMBER = 12
_NO_PAST = Past()


class ReviewLines:
    """Brings the states of lines up to date with everything they depend on.

    A line depends on earlier periods only, so reviewing by period ends, and its result is the same
    whatever came first.
    """

    def __init__(self, attributor: Attributor, limits: Limits | None) -> None:
        self._attributor = attributor
        self._limits = limits

    def __call__(self, batch: Batch, keys: Iterable[LineKey]) -> set[LineKey]:
        """Review lines and all that follow from them; returns those whose state has changed."""
        review = _Review(batch, self._attributor, self._limits)
        return review.run({key for key in keys if is_judged(key.indicator)})


class _Review:
    """One run over one batch."""

    def __init__(self, batch: Batch, attributor: Attributor, limits: Limits | None) -> None:
        self._batch = batch
        self._holds: HoldStore = batch.holds
        self._attributor = attributor
        self._limits = limits
        self._pending: dict[Month, set[LineKey]] = {}
        self._known: dict[LineKey, Suspicion | None] = {}
        self._changed: set[LineKey] = set()

    def run(self, keys: set[LineKey]) -> set[LineKey]:
        self._add(keys)
        around = {other for key in keys for other in _around(key)}
        self._batch.load_lines(keys | around)
        self._load_suspicions(keys)
        while self._pending:
            period = min(self._pending)
            lines = self._batch.lines
            group = {key for key in self._pending.pop(period) if key in lines}
            self._review(group)
        return self._changed

    def _add(self, keys: Iterable[LineKey]) -> None:
        for key in keys:
            self._pending.setdefault(key.period, set()).add(key)

    def _review(self, group: set[LineKey]) -> None:
        """Lines of one period: none of them depends on another."""
        suspicions = self._suspicions(group)
        self._keep(group, suspicions)
        lines = self._batch.lines
        for key in group:
            state = self._state(key, suspicions.get(key))
            if lines[key].state is not state:
                self._batch.set_state(key, state)
                self._changed.add(key)
        changed, ruled = self._batch.changed_lines, self._batch.newly_ruled
        self._add(self._later([key for key in group if key in changed or key in ruled]))
        if group and next(iter(group)).period.month == _DECEMBER:
            self._close(group)

    def _state(self, key: LineKey, suspicion: Suspicion | None) -> LineState:
        if self._batch.waits_for_register(key.subject):
            return LineState.PARKED
        rulings = self._batch.rulings(key)
        if not rulings and suspicion is None:
            return LineState.APPLIED
        return state_of(self._line(key).version, rulings, suspicion, self._limits)

    def _suspicions(self, group: set[LineKey]) -> dict[LineKey, Suspicion]:
        if self._limits is None:
            return {}
        found = self._doubts(group, self._limits.factor)
        result: dict[LineKey, Suspicion] = {}
        for closing, keys in _by_closing(found).items():
            self._holds.fix_totals(closing, reading=True)
            weights = {key: self._weights(key) for key in keys}
            totals = self._holds.unit_totals(closing, {u for w in weights.values() for u in w})
            for key in keys:
                suspicion = suspect(found[key], weights[key], totals)
                if suspicion is not None:
                    result[key] = suspicion
        return result

    def _doubts(self, group: set[LineKey], factor: float) -> dict[LineKey, tuple[Doubt, ...]]:
        """Judged by the same period first; last December is asked for where that does not do.

        It must not matter whether December came with the batch, so it is asked for wherever it
        could change the answer.
        """
        lines = self._batch.lines
        self._batch.load_lines({_year_before(key) for key in group})  # of those that came by others
        result: dict[LineKey, tuple[Doubt, ...]] = {}
        unsure: dict[LineKey, tuple[Doubt, ...]] = {}
        for key in group:
            found = doubts(lines[key].line, self._past(key), factor)
            same_period = self._reference(_year_before(key))
            if found or same_period is None or not tells(same_period):
                unsure[key] = found
        self._batch.load_lines({_december_before(key) for key in unsure})
        for key, first in unsure.items():
            known = _december_before(key) in lines
            found = doubts(lines[key].line, self._past(key), factor) if known else first
            if found:
                result[key] = found
        return result

    def _past(self, key: LineKey) -> Past:
        same_period = self._reference(_year_before(key))
        in_december = key.period.month == _DECEMBER
        december = same_period if in_december else self._reference(_december_before(key))
        confirmed = self._confirmed(key)
        if same_period is december is confirmed is None:
            return _NO_PAST
        return Past(confirmed, same_period, december)

    def _confirmed(self, key: LineKey) -> Line | None:
        """The newest earlier period of the year that somebody has confirmed."""
        if not self._batch.ruled:
            return None
        for period in sorted(self._batch.ruled_periods(key), reverse=True):
            if period.year != key.period.year or period >= key.period:
                continue
            earlier = replace(key, period=period)
            self._batch.load_lines({earlier})
            line = self._reference(earlier)
            if line is not None and self._batch.verdict(earlier) is DecisionVerdict.CONFIRMED:
                return line
        return None

    def _reference(self, key: LineKey) -> Line | None:
        stored = self._batch.lines.get(key)
        return stored.line if stored is not None and stored.state is LineState.APPLIED else None

    def _weights(self, key: LineKey) -> dict[str, int]:
        facts = line_facts(self._line(key), self._batch.timeline(key.subject), self._attributor)
        return {unit: content.weight for unit, content in facts.items()}

    def _keep(self, group: set[LineKey], found: Mapping[LineKey, Suspicion]) -> None:
        """Store suspicions that differ from those before."""
        self._load_suspicions(group)
        known = self._known
        before = {key: was for key in group if (was := known[key]) is not None}
        if not before and not found:
            return
        changes = {
            key: found.get(key)
            for key in before.keys() | found.keys()
            if before.get(key) != found.get(key)
        }
        self._holds.save_suspicions(changes)
        self._known |= changes
        for key in before.keys() | found.keys():
            first, _ = self._batch.suspected.get(key, (before.get(key), None))
            self._batch.suspected[key] = (first, found.get(key))

    def _load_suspicions(self, keys: set[LineKey]) -> None:
        """Read what was suspicious about lines before, as far as it is not at hand."""
        new = keys - self._known.keys()
        self._known |= dict.fromkeys(new)
        self._known |= self._holds.suspicions(new)

    def _later(self, group: Collection[LineKey]) -> set[LineKey]:
        """Lines of the same subjects that these ones are a reference for."""
        later = {after for key in group for after in _year_after(key)}
        if self._batch.ruled:
            later |= {
                replace(key, period=Month(key.period.year, month))
                for key in group
                if key.period in self._batch.ruled_periods(key)
                for month in range(key.period.month + 1, _DECEMBER + 1)
            }
        self._batch.load_lines(later)
        lines = self._batch.lines
        return {key for key in later if key in lines}

    def _close(self, group: set[LineKey]) -> None:
        """Bring the units' totals of the year up to date, and review whom they weigh."""
        before = self._holds.year_parts(group)
        wanted = {key: self._parts(key) for key in group}
        changes = {key: parts for key, parts in wanted.items() if parts != before[key]}
        closings = {Closing(key.indicator, key.period) for key in changes}
        for closing in sorted(closings, key=lambda each: each.indicator):
            self._holds.fix_totals(closing, reading=False)
        self._holds.save_year_parts(changes)
        weighed = self._holds.weighed_by(closings)
        if weighed:
            self._batch.load_subjects({key.subject for key in weighed})
            self._batch.load_lines(weighed)
            self._add(key for key in weighed if self._batch.line(key))

    def _parts(self, key: LineKey) -> dict[str, int]:
        stored = self._stored(key)
        if not stored.state.counts:
            return {}
        entries = self._batch.timeline(key.subject)
        parts: dict[str, int] = {}
        for unit, content in line_facts(stored.line, entries, self._attributor).items():
            amount = closing_amount(replace(stored.line, figures=content.figures))
            if amount is not None:
                parts[unit] = amount
        return parts

    def _stored(self, key: LineKey) -> StoredLine:
        stored = self._batch.line(key)
        if stored is None:
            raise KeyError(key)
        return stored

    def _line(self, key: LineKey) -> Line:
        return self._stored(key).line


def _by_closing(keys: Collection[LineKey]) -> dict[Closing, list[LineKey]]:
    """Lines by the closed year that they are weighed by, in one order for all replicas."""
    result: dict[Closing, list[LineKey]] = {}
    for key in sorted(keys, key=lambda each: (each.indicator, each.period, each.subject)):
        closing = Closing(key.indicator, key.period.last_year.december)
        result.setdefault(closing, []).append(key)
    return result


# Remembered, as the lines themselves come again and again.
@lru_cache(maxsize=REMEMBERED_LINES)
def _year_before(key: LineKey) -> LineKey:
    return LineKey(key.subject, key.indicator, key.period.last_year)


@lru_cache(maxsize=REMEMBERED_LINES)
def _december_before(key: LineKey) -> LineKey:
    return LineKey(key.subject, key.indicator, key.period.last_year.december)


def _around(key: LineKey) -> tuple[LineKey, ...]:
    """Lines that one may be compared with."""
    return (_year_before(key), *_year_after(key))


@lru_cache(maxsize=REMEMBERED_LINES)
def _year_after(key: LineKey) -> tuple[LineKey, ...]:
    """Lines of the next year that a line is a reference for: a December's are all of them."""
    year, month = key.period.year + 1, key.period.month
    months = range(2, _DECEMBER + 1) if month == _DECEMBER else (month,)
    return tuple(LineKey(key.subject, key.indicator, Month(year, each)) for each in months)
