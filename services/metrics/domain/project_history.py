"""The history of each project of a unit, laid out once so that every period is a quick look-up."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from services.metrics.domain.comparison import Contribution
from shared.events.facts import ProjectState
from shared.events.period import Month


@dataclass(frozen=True, slots=True)
class ProjectLine:
    """What one fact of a project says: amounts, and how far it has come."""

    contribution: Contribution
    state: ProjectState | None


ProjectLines = Mapping[Month, Mapping[int, ProjectLine]]
"""Lines of a unit's projects by period and subject."""


@dataclass(frozen=True)
class Track:
    """Lines of one project in one feed that say its stage, oldest first."""

    months: tuple[Month, ...]
    states: tuple[ProjectState, ...]
    ytds: tuple[int | None, ...]

    def newest(self, after: Month | None, until: Month) -> int | None:
        """Index of the newest line after one month (exclusive) up to another; None for none."""
        index = bisect_right(self.months, until) - 1
        if index < 0 or (after is not None and self.months[index] <= after):
            return None
        return index

    def same_stage_since(self, index: int, after: Month) -> Month:
        """First month, after `after`, from which on every line up to `index` says its stage."""
        first = max(self._runs[index], bisect_right(self.months, after))
        return self.months[first]

    def last_progress(self, after: Month, until: Month) -> Month | None:
        """Newest month in the range whose year-to-date is above that of the report before it."""
        index = bisect_right(self._progress, until) - 1
        found = self._progress[index] if index >= 0 else None
        return found if found is not None and found > after else None

    @cached_property
    def _runs(self) -> tuple[int, ...]:
        """Of each line the index of the first one in a row that says the same stage."""
        runs: list[int] = []
        for index, state in enumerate(self.states):
            same = index > 0 and self.states[index - 1].stage == state.stage
            runs.append(runs[index - 1] if same else index)
        return tuple(runs)

    @cached_property
    def _progress(self) -> tuple[Month, ...]:
        found: list[Month] = []
        year, before = 0, 0
        for month, ytd in zip(self.months, self.ytds, strict=True):
            if ytd is None:
                continue
            if month.year != year:
                year, before = month.year, 0
            if ytd > before:
                found.append(month)
            before = ytd
        return tuple(found)


NO_TRACK = Track((), (), ())


def tracks_of(lines: ProjectLines) -> dict[int, Track]:
    """Tracks by subject; lines without a stage are passed over."""
    found: dict[int, list[tuple[Month, ProjectLine, ProjectState]]] = {}
    for month in sorted(lines):
        for subject, line in lines[month].items():
            if line.state is not None:
                found.setdefault(subject, []).append((month, line, line.state))
    return {subject: _track(entries) for subject, entries in found.items()}


def _track(entries: Iterable[tuple[Month, ProjectLine, ProjectState]]) -> Track:
    months, lines, states = zip(*entries, strict=True)
    return Track(months, states, tuple(line.contribution.ytd for line in lines))
