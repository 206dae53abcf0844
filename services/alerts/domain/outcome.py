"""What a rule says: a signal per period, and the outcome of a whole series."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from services.alerts.domain.detail import Detail
from shared.events.period import Month
from shared.events.status import Colour, Status


class SignalKind(StrEnum):
    """What one period says about an alert."""

    FIRE = "fire"
    CLEAR = "clear"
    HOLD = "hold"


@dataclass(frozen=True, slots=True)
class Signal:
    """One period's say, with its reason word."""

    kind: SignalKind
    reason: str


class Phase(StrEnum):
    """Where a rule stands after the newest period it could judge."""

    INACTIVE = "inactive"
    PENDING = "pending"
    FIRING = "firing"


@dataclass(frozen=True, slots=True)
class Episode:
    """One stretch of firing that has ended: from the first bad period to the clearing one."""

    since: Month
    fired: Month
    cleared: Month

    def covers(self, period: Month) -> bool:
        """True when the alert stood in `period`."""
        return self.since <= period < self.cleared


@dataclass(frozen=True, slots=True)
class Outcome:
    """Where a rule stands for one series, derived from the stored table alone.

    The same table gives the same outcome whatever the order of arrival.
    """

    phase: Phase
    reason: str
    period: Month | None = None
    """Newest period that could be judged (or that is due, for rules about time)."""
    colour: Colour = Colour.GREY
    since: Month | None = None
    """First period of the run."""
    fired: Month | None = None
    """Period in which the run became long enough."""
    announces: bool = False
    """True when the newest period itself fires; older periods only correct."""
    status: Status | None = None
    """Status of `period`, when there is one."""
    colours: Mapping[Month, Colour] = field(default_factory=dict)
    """Colour of each judged period: a change in a stored one is a correction."""
    ended: tuple[Episode, ...] = ()
    withdrawable: bool = True
    """False for rules about time: what was late stays true after the report came."""
    standing: bool = False
    """True for rules about what is so now, of several things: one episode while any of it is."""
    working_days_late: int | None = None
    warnings: tuple[str, ...] = ()
    detail: Detail = field(default_factory=Detail)
