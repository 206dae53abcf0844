"""An alert and its transitions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from services.alerts.domain.acknowledgement import Acknowledgement, Attention
from services.alerts.domain.figures import Figures
from services.alerts.domain.fingerprint import fingerprint
from services.alerts.domain.papers.model import PaperKind
from shared.events.status import Colour


class Rule(StrEnum):
    """Names of the rules; also the label `alertname`."""

    TRAJECTORY = "trajectory"
    REPORT_LATE = "report_late"
    FELL_BACK = "fell_back"
    GROWTH_NEGATIVE = "growth_negative"
    BELOW_PARENT = "below_parent"
    COVERAGE_LOW = "coverage_low"
    RESTATEMENT = "restatement"
    CONTRIBUTION = "contribution"
    FUNDS_GROWTH = "funds_growth"
    FEED_SILENT = "feed_silent"
    PROJECT_STALLED = "project_stalled"
    INVESTMENT_PACE = "investment_pace"
    SUSPICIOUS_REPORT = "suspicious_report"
    INDICATOR_BEHIND = "indicator_behind"
    EXTERNAL = "external"
    """Whatever others post; the label `alertname` is theirs."""


class State(StrEnum):
    """States of an alert; acknowledged and muted are attributes, not states."""

    PENDING = "pending"
    FIRING = "firing"
    RESOLVED = "resolved"
    WITHDRAWN = "withdrawn"


class Kind(StrEnum):
    """Kinds of transition, and of the message about it."""

    PENDING = "pending"
    FIRING = "firing"
    UPDATED = "updated"
    """The colour changed with a newer period (or another day late)."""
    CORRECTED = "corrected"
    """更正: a restated figure changed the colour of a period already told."""
    RESOLVED = "resolved"
    WITHDRAWN = "withdrawn"
    """A restated figure took the cause away."""
    REPEATED = "repeated"
    """It still stands: the repeat interval is over, or what muted it is."""
    ACKNOWLEDGED = "acknowledged"
    LAPSED = "lapsed"
    """The time that an acknowledgement asked for is over."""
    ESCALATED = "escalated"
    """Nobody acknowledged in time: the next rung of the ladder is told."""
    TEST = "test"
    PAPER = "paper"
    """A paper is due."""
    SILENCE_STARTED = "silence_started"
    SILENCE_ENDING = "silence_ending"
    SILENCE_ENDED = "silence_ended"


class Audience(StrEnum):
    """Who is told of a transition, before any subscription's filter is asked."""

    MATCHING = "matching"
    """Every subscription that matches, and everyone told before."""
    TOLD = "told"
    """Only those who were told that the alert fires."""
    DUE = "due"
    """Those whose repeat is due, and those who were muted and are no longer."""
    RUNG = "rung"
    """Those whose role stands on the transition's rung of the ladder."""
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class SeriesKey:
    """One judged series."""

    plan: str
    unit: str
    indicator: str


@dataclass(frozen=True, slots=True)
class Labels:
    """What identifies an alert; colour and period are annotations."""

    alertname: str
    plan: str
    unit: str
    region: str
    indicator: str
    extra: Mapping[str, str] = field(default_factory=dict)
    """Further labels of external alerts."""
    external: bool = False

    @property
    def rule(self) -> str:
        """Name of the rule that raises it."""
        return str(Rule.EXTERNAL) if self.external else self.alertname

    def as_dict(self) -> dict[str, str]:
        """Labels by name, as Alertmanager wants them; empty ones are dropped."""
        pairs = {
            "alertname": self.alertname,
            "plan": self.plan,
            "unit": self.unit,
            "region": self.region,
            "indicator": self.indicator,
        }
        return {name: value for name, value in {**self.extra, **pairs}.items() if value}

    @property
    def fingerprint(self) -> str:
        """FNV-1a 64 of the labels."""
        return fingerprint(self.as_dict())


OWN_LABELS = ("alertname", "plan", "unit", "region", "indicator")


@dataclass(frozen=True, slots=True)
class External:
    """What the sender of an external alert says beside its labels."""

    annotations: Mapping[str, str]
    generator_url: str
    ends_at: datetime
    """Ends then unless it is posted again."""


@dataclass(frozen=True, slots=True)
class SilenceNote:
    """What those are told of a silence whose alerts it mutes."""

    owner: str
    comment: str
    matchers: tuple[str, ...]
    starts_at: datetime
    ends_at: datetime
    units: tuple[str, ...]
    """Display names of the units whose alerts it mutes now."""
    ended_because: str = ""


@dataclass(frozen=True, slots=True)
class PaperNote:
    """Which paper a delivery brings."""

    kind: PaperKind
    period: str


@dataclass(frozen=True, slots=True)
class Alert:
    """Present state of one alert; it keeps its identity over episodes of firing."""

    labels: Labels
    state: State
    episode: int
    """Grows with each new firing."""
    sequence: int
    """Grows with each transition; 0 has none yet."""
    colour: Colour
    period: str | None
    since: str | None
    fired: str | None
    starts_at: datetime
    ends_at: datetime | None
    updated_at: datetime
    reason: str
    announced: bool
    """Whether its firing was handed to the subscriptions (or kept silent on a first load)."""
    figures: Figures
    evidence: Mapping[str, Colour] = field(default_factory=dict)
    """Colours by period as they stood, from `since` on: a change is a correction."""
    attention: Attention = field(default_factory=Attention)
    """Whether it is acknowledged, and how far it has been escalated."""
    external: External | None = None

    @property
    def fingerprint(self) -> str:
        """Identity of the alert."""
        return self.labels.fingerprint


@dataclass(frozen=True, slots=True)
class Transition:
    """One step of an alert's life, with the figures known then."""

    labels: Labels
    episode: int
    sequence: int
    kind: Kind
    state: State
    previous_state: State | None
    colour: Colour
    previous_colour: Colour | None
    period: str | None
    since: str | None
    reason: str
    audience: Audience
    audience_reason: str
    starts_at: datetime
    at: datetime
    figures: Figures
    acknowledgement: Acknowledgement | None = None
    role: str | None = None
    """Role that an escalation goes to."""
    external: External | None = None
    silence: SilenceNote | None = None
    paper: PaperNote | None = None

    @property
    def fingerprint(self) -> str:
        """Identity of the alert."""
        return self.labels.fingerprint

    @property
    def group_key(self) -> str:
        """Alertmanager's form of a group's key: what is told of one unit and period together.

        External alerts, papers, and what belongs to no plan are groups of their own.
        """
        if self._stands_alone:
            pairs = {"period": self.period or ""} if self.paper else {}
            pairs |= self.labels.as_dict()
        else:
            pairs = {
                "period": self.period or "",
                "plan": self.labels.plan,
                "unit": self.labels.unit,
            }
        words = ", ".join(f'{name}="{value}"' for name, value in pairs.items() if value)
        return f"{{}}:{{{words}}}"

    @property
    def thread(self) -> str:
        """Same for all that is told of alerts of one unit that began together, to their end."""
        if self._stands_alone:
            return f"{self.fingerprint}.{self.episode}"
        begun = int(self.starts_at.timestamp() * 1000)
        return f"{fingerprint({'plan': self.labels.plan, 'unit': self.labels.unit})}.{begun}"

    @property
    def _stands_alone(self) -> bool:
        return self.labels.external or not self.labels.plan or self.paper is not None
