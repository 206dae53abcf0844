"""What a template is given: figures, words, places to go, as far as the reader may see them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.alerts.adapters.listing import called, first_of, lines_of, names_for
from services.alerts.adapters.wording import UNKNOWN, Words
from services.alerts.domain.alert import Kind, Labels, Rule, Transition
from services.alerts.domain.calendar import today_in_china
from services.alerts.domain.delivery import Delivery
from services.alerts.domain.detail import Detail
from services.alerts.domain.directory import Directory
from services.alerts.domain.figures import coarse, seen_by
from services.alerts.domain.subscription import Subscription
from services.alerts.ports import NameBook

ENDED = frozenset({Kind.RESOLVED, Kind.WITHDRAWN, Kind.SILENCE_ENDED})

Sign = Callable[[Transition, datetime], str | None]
"""Where whoever gets a message can take the alert on without signing in; null for nowhere."""


@dataclass(frozen=True, slots=True)
class Links:
    """Addresses that messages point to, without a slash at the end."""

    wall: str
    alerts: str
    signed: Sign = lambda _transition, _now: None

    def alert(self, fingerprint: str) -> str:
        """All that is known of an alert."""
        return f"{self.alerts}/console/alerts/{fingerprint}"

    def acknowledgement(self, transition: Transition, now: datetime) -> str:
        """Page on which an alert is taken on; a signed link needs no signing in."""
        return self.signed(transition, now) or self.alert(transition.fingerprint)


@dataclass(frozen=True, slots=True)
class MessageContext:
    """Makes the variables of templates."""

    directory: Directory
    links: Links
    names: NameBook | None = None

    def of(
        self, delivery: Delivery, words: Words, now: datetime, *, hidden: bool
    ) -> dict[str, Any]:
        """Variables of a template, with nothing in them that the reader may not see."""
        transition = delivery.transition
        figures = seen_by(transition.figures, delivery.subscription.role)
        labels = transition.labels
        as_of = (
            None if figures.as_of is None else today_in_china(datetime.fromisoformat(figures.as_of))
        )
        verdict = words.of("verdicts", str(figures.verdict) if figures.verdict else None)
        return {
            "t": transition,
            "f": figures,
            "masked": hidden,
            "ended": transition.kind in ENDED,
            "kind": words.of("kinds", transition.kind),
            "colour": _colour(words, transition, hidden=hidden),
            "previous_colour": words.of("colours", transition.previous_colour),
            "period": words.period(transition.period),
            "since": words.period(transition.since),
            "indicator": self._indicator(labels, words),
            "verdict": words.tables["masked_verdict"] if hidden else verdict,
            "comparator": words.of("comparators", figures.target_comparator),
            "path": words.of("paths", figures.path),
            "rule": words.of("rules", labels.rule),
            "reason": _reason(words, transition, hidden=hidden),
            "warnings": [words.of("reasons", warning) for warning in figures.warnings],
            "as_of": UNKNOWN if as_of is None else as_of.isoformat(),
            "age": None if as_of is None else (today_in_china(now) - as_of).days,
            "possible_repeat": delivery.possible_repeat,
            **self._places(transition, words, now),
            **self._listed(transition, figures.detail, delivery.subscription, words),
        }

    def _places(self, transition: Transition, words: Words, now: datetime) -> dict[str, Any]:
        """Who is responsible, and where to go on."""
        labels = transition.labels
        return {
            "accountable": self.directory.accountable_body(labels.plan, labels.unit),
            "responsible": _joined(
                self.directory.responsible_units(labels.plan, labels.unit), words
            ),
            "plan_title": self.directory.plan_title(labels.plan),
            "wall_url": self.links.wall,
            "alert_url": self.links.alert(transition.fingerprint),
            "acknowledge_url": self.links.acknowledgement(transition, now),
        }

    def _listed(
        self, transition: Transition, detail: Detail, reader: Subscription, words: Words
    ) -> dict[str, Any]:
        """What the alert lists; a name only where the reader may see it."""
        rule = transition.labels.rule
        names = names_for(rule, detail, reader, self.names)
        items, more = lines_of(rule, detail, words, names)
        first = first_of(detail.items)
        return {
            "d": detail,
            "items": items,
            "more": more,
            "oldest": first or UNKNOWN,
            "missing": words.period(first) if rule == Rule.FEED_SILENT else UNKNOWN,
            "subject_name": UNKNOWN
            if detail.subject is None
            else called(detail.subject, "enterprise", words, names),
        }

    def _indicator(self, labels: Labels, words: Words) -> str:
        """The language's word; where there is none, what the plan calls it."""
        known = words.tables["indicators"]
        if labels.indicator in known:
            return str(known[labels.indicator])
        named = self.directory.indicator_name(labels.plan, labels.unit, labels.indicator)
        return named or labels.indicator


def _colour(words: Words, transition: Transition, *, hidden: bool) -> str:
    colour = coarse(transition.colour) if hidden else str(transition.colour)
    return words.of("colours", colour)


def _reason(words: Words, transition: Transition, *, hidden: bool) -> str:
    """The reason's wording; masked readers are not told how far off the figure is."""
    figures = transition.figures
    of_time = figures.working_days_late is not None or bool(figures.detail.items)
    if hidden and transition.kind not in ENDED and not of_time:
        return str(words.tables["colours"]["off_track"])
    return words.of("reasons", transition.reason)


def _joined(names: tuple[str, ...], words: Words) -> str:
    return ("、" if words.language == "zh" else ", ").join(names)
