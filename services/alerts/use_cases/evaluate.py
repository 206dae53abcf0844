"""Evaluates the rules over the stored statuses and records what changed, with every decision."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache

from services.alerts.domain.acknowledgement import Attention
from services.alerts.domain.alert import (
    Alert,
    Labels,
    Rule,
    SeriesKey,
    State,
    Transition,
)
from services.alerts.domain.calendar import WorkingDays, today_in_china
from services.alerts.domain.directory import Directory
from services.alerts.domain.figures import figures_of
from services.alerts.domain.lifecycle import Step, advance
from services.alerts.domain.notice_rules import indicator_of
from services.alerts.domain.rulebook import Rulebook
from services.alerts.ports import Ledger
from services.alerts.use_cases.outcomes import Judge, Known
from services.alerts.use_cases.tell import Tell
from shared.confidentiality import ChangedStatuses, Mask
from shared.events.notices import Notice
from shared.events.status import Status

_AT_A_TIME = 200
"""Series evaluated together: statements do not grow with them, and memory stays small."""


@dataclass(slots=True)
class Evaluated:
    """What an evaluation came to, for metrics and for waking the sender."""

    transitions: list[Transition] = field(default_factory=list)
    deliveries: int = 0
    after: str | None = None
    """Where the next piece of a look begins; null when all was looked at."""

    def add(self, earlier: "Evaluated") -> None:
        """Count what came before."""
        self.transitions[:0] = earlier.transitions
        self.deliveries += earlier.deliveries


@dataclass(frozen=True, slots=True)
class Evaluate:
    """Rules → life cycle → decisions → ledger, inside the caller's transaction."""

    rulebook: Rulebook
    directory: Directory
    working_days: WorkingDays
    mask_of: Callable[[ChangedStatuses], Mask]
    """What is hidden from the public now; shows everything only by the audited setting."""

    @property
    def tell(self) -> Tell:
        """Who is told of transitions."""
        return Tell(self.directory, self.working_days, self.rulebook.inhibitions)

    def __call__(
        self,
        ledger: Ledger,
        keys: Iterable[SeriesKey],
        now: datetime,
        *,
        first_load: bool = False,
    ) -> Evaluated:
        """Evaluate some series; on a first load everything is recorded and nothing sent."""
        ledger.lock_evaluation()
        result = Evaluated()
        wanted = tuple(keys)
        mask = self.mask_of(ledger)
        for start in range(0, len(wanted), _AT_A_TIME):
            some = wanted[start : start + _AT_A_TIME]
            self._evaluate(ledger, some, mask, now, result, first_load)
        return result

    def _evaluate(
        self,
        ledger: Ledger,
        keys: Sequence[SeriesKey],
        mask: Mask,
        now: datetime,
        result: Evaluated,
        first_load: bool,  # noqa: FBT001 - passed on as it came
    ) -> None:
        judge = Judge(self.rulebook, self.directory, self.working_days)
        asked = ledger.series_of(need for key in keys for need in judge.needs(key))

        @cache
        def series(key: SeriesKey) -> tuple[Status, ...]:
            return tuple(mask.marked(status) for status in asked[key])

        units = {key.unit for key in keys}
        stored = {alert.fingerprint: alert for alert in ledger.alerts_of(units)}
        noticed = _by_series(ledger.notices(units))
        for key in keys:
            about = noticed.get((key.unit, key.indicator), ())
            known = Known(key, series(key), about, today_in_china(now))
            for rule, outcome in judge(series, known):
                labels, name = self._labels(rule, known)
                before = stored.get(labels.fingerprint)
                figures = figures_of(outcome.status, name, outcome)
                step = advance(before, outcome, labels, figures, now)
                self._record(ledger, step, before, now, result, first_load)

    def everything(self, ledger: Ledger, now: datetime, *, first_load: bool = False) -> Evaluated:
        """Evaluate all series that have a status or a notice."""
        keys = {*ledger.series_keys(), *self.noticed(ledger.noticed())}
        ordered = sorted(keys, key=lambda key: (key.plan, key.unit, key.indicator))
        return self(ledger, ordered, now, first_load=first_load)

    def noticed(self, about: Iterable[tuple[str, str]]) -> Iterator[SeriesKey]:
        """Series of (unit, indicator) in every plan that has the unit."""
        for unit, indicator in about:
            for plan in self.directory.plans_with(unit):
                yield SeriesKey(plan, unit, indicator)

    def _record(
        self,
        ledger: Ledger,
        step: Step,
        stored: Alert | None,
        now: datetime,
        result: Evaluated,
        first_load: bool,  # noqa: FBT001 - passed on as it came
    ) -> None:
        if step.alert is None:
            return
        alert = step.alert
        if first_load and alert.state is State.FIRING:
            # Known from the start: no news later on, and nobody was told who could acknowledge.
            alert = replace(alert, announced=True, attention=Attention())
        if alert != stored:
            ledger.save_alert(alert)
        for transition in step.transitions:
            told = self.tell(ledger, transition, alert, now, first_load=first_load)
            result.deliveries += told
            result.transitions.append(transition)

    def _labels(self, rule: Rule, known: Known) -> tuple[Labels, str]:
        """Identity of the alert and display name of its unit."""
        key = known.key
        if known.statuses:
            region, name = known.statuses[-1].region, known.statuses[-1].name
        else:
            region = self.directory.region_of(key.plan, key.unit)
            name = self.directory.name_of(key.plan, key.unit)
        return Labels(rule, key.plan, key.unit, region, key.indicator), name


def _by_series(notices: Iterable[Notice]) -> dict[tuple[str, str], list[Notice]]:
    found: dict[tuple[str, str], list[Notice]] = defaultdict(list)
    for notice in notices:
        found[notice.unit, indicator_of(notice)].append(notice)
    return found
