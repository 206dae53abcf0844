"""Subscriptions, and the decision whether one is told of a transition."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

from services.alerts.domain.alert import Audience, Kind, Transition
from services.alerts.domain.cadence import Cadence
from services.alerts.domain.figures import is_masked_for
from services.alerts.domain.papers.schedule import PaperOrder
from services.alerts.domain.quiet import QuietHours
from services.alerts.domain.severity import is_off_track, rank
from shared.events.status import Colour


class ChannelType(StrEnum):
    """Ways to reach a subscriber."""

    WEBHOOK = "webhook"
    EMAIL = "email"
    WECOM = "wecom"
    DINGTALK = "dingtalk"
    FEISHU = "feishu"
    ALERTMANAGER = "alertmanager"


@dataclass(frozen=True, slots=True)
class ChannelTarget:
    """One channel of a subscription: a URL or an address."""

    type: ChannelType
    target: str


@dataclass(frozen=True, slots=True)
class Filter:
    """What a subscription is about; null means any."""

    plan: str | None = None
    region: str | None = None
    """Unit id of a region; covers the regions inside it."""
    unit: str | None = None
    rule: str | None = None
    minimum_colour: Colour = Colour.BLUE


@dataclass(frozen=True, slots=True)
class Subscription:
    """Who wants to be told what, where and how."""

    id: str
    owner: str
    filter: Filter
    channels: tuple[ChannelTarget, ...]
    language: Literal["zh", "en"] = "zh"
    role: str = "task_force"
    cadence: Cadence = Cadence.AT_ONCE
    quiet: QuietHours | None = None
    repeat_hours: float | None = None
    """Hours after which a standing alert is told again; null never."""
    alerts: bool = True
    """Whether it is told of alerts; false for one that only gets papers."""
    papers: tuple[PaperOrder, ...] = ()
    """Papers that it gets by the calendar."""
    created_at: datetime | None = None
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a subscription is told of one transition, and why (not)."""

    subscription_id: str
    send: bool
    reason: str
    channels: tuple[ChannelTarget, ...] = ()
    not_before: datetime | None = None
    """When its digest is due or its quiet hours end; null when it may go out at once."""
    waits_for: str = ""
    """What it waits for: `quiet_hours`, `daily_digest` or `weekly_digest`."""
    digest: str | None = None
    """Key of the digest that it waits for: all that waits for one is one message."""


def mismatch(
    subscription: Subscription, transition: Transition, regions: AbstractSet[str]
) -> str | None:
    """Which part of the filter excludes the transition; null when all of it matches.

    `regions` are the alert's region and all regions around it. Where figures are masked for the
    reader the colour is coarse, so every off-track colour passes: a finer filter would tell it.
    """
    wanted, labels = subscription.filter, transition.labels
    if not subscription.alerts:
        return "papers_only"
    if wanted.plan is not None and wanted.plan != labels.plan:
        return "other_plan"
    if wanted.region is not None and wanted.region not in regions:
        return "other_region"
    if wanted.unit is not None and wanted.unit != labels.unit:
        return "other_unit"
    if wanted.rule is not None and wanted.rule != labels.rule:
        return "other_rule"
    if is_masked_for(transition.figures, subscription.role) and is_off_track(transition.colour):
        return None
    if rank(transition.colour) < rank(wanted.minimum_colour):
        return "below_minimum_colour"
    return None


@dataclass(frozen=True, slots=True)
class History:
    """What one subscription has been told of the present episode."""

    channels: tuple[ChannelTarget, ...] = ()
    """Where it was told."""
    told_at: datetime | None = None
    """When it was told last."""
    owed: bool = False
    """News was kept from it because the alert was muted."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a decision depends on beside the subscription and the transition."""

    regions: AbstractSet[str]
    """The alert's region and all regions around it."""
    history: History = History()
    first_load: bool = False
    muted: str | None = None
    """Reason word of what mutes the alert."""
    acknowledged: bool = False


def decide(subscription: Subscription, transition: Transition, around: Circumstances) -> Decision:
    """Decide for one subscription. The end of what was told is never muted."""

    def no(reason: str) -> Decision:
        return Decision(subscription.id, send=False, reason=reason)

    if around.first_load:
        return no("first_load")
    if transition.audience is Audience.NOBODY:
        return no(transition.audience_reason)
    told = around.history.channels
    if transition.audience is Audience.TOLD:
        if not told:
            return no("never_told")
        return Decision(subscription.id, send=True, reason="follows_firing", channels=told)
    excluded = mismatch(subscription, transition, around.regions) or around.muted
    if excluded is not None:
        return no(excluded)
    send, reason = _BY_AUDIENCE[transition.audience](subscription, transition, around)
    channels = subscription.channels if send else ()
    return Decision(subscription.id, send=send, reason=reason, channels=channels)


_CHANGES = frozenset({Kind.UPDATED, Kind.CORRECTED})
"""Kinds that tell of another colour, while the alert stands."""


def _as_news(
    subscription: Subscription, transition: Transition, around: Circumstances
) -> tuple[bool, str]:
    told = bool(around.history.channels)
    if told and transition.kind in _CHANGES and _looks_the_same(subscription, transition):
        return False, "no_change_in_masked_view"
    return True, "matched"


def _as_due(
    subscription: Subscription, transition: Transition, around: Circumstances
) -> tuple[bool, str]:
    history = around.history
    if history.owed:
        return True, "mute_ended"
    if not history.channels or history.told_at is None:
        return False, "never_told"
    if subscription.repeat_hours is None:
        return False, "no_repeat_wanted"
    if around.acknowledged:
        return False, "acknowledged"
    due = transition.at - history.told_at >= timedelta(hours=subscription.repeat_hours)
    return (True, "repeat_due") if due else (False, "repeat_not_due")


def _as_rung(
    subscription: Subscription, transition: Transition, _around: Circumstances
) -> tuple[bool, str]:
    on_rung = subscription.role == transition.role
    return on_rung, "not_acknowledged_in_time" if on_rung else "other_rung"


_BY_AUDIENCE = {Audience.MATCHING: _as_news, Audience.DUE: _as_due, Audience.RUNG: _as_rung}


def _looks_the_same(subscription: Subscription, transition: Transition) -> bool:
    """A masked reader sees off track before and after; only lateness is not confidential."""
    masked = is_masked_for(transition.figures, subscription.role)
    return masked and transition.figures.working_days_late is None


def unsubscribed(subscription_id: str) -> Decision:
    """Decision for someone who was told of the firing and has left since."""
    return Decision(subscription_id, send=False, reason="unsubscribed")
