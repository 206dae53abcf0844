"""Bodies of requests and answers."""

from datetime import datetime, time
from typing import Annotated, Literal

from pydantic import AliasChoices, BaseModel, ConfigDict, Field

from services.alerts.domain.alert import Rule
from services.alerts.domain.cadence import Cadence
from services.alerts.domain.papers.model import PaperKind
from services.alerts.domain.papers.schedule import (
    FORMATS,
    FRIDAY,
    MOST_WORKING_DAYS,
    PaperOrder,
)
from services.alerts.domain.quiet import QuietHours
from services.alerts.domain.subscription import (
    ChannelTarget,
    ChannelType,
    Filter,
    Subscription,
)
from services.alerts.domain.target import masked_target, with_secret
from shared.events.status import Colour

Word = Annotated[str, Field(min_length=1, max_length=128)]


class ChannelBody(BaseModel):
    """One channel; `url` and `address` are other names of `target`."""

    model_config = ConfigDict(extra="forbid")

    type: ChannelType
    target: str = Field(
        min_length=3,
        max_length=2000,
        validation_alias=AliasChoices("target", "url", "address"),
    )
    """Answers show scheme and host of a URL only; sent back like that it stays what it was."""
    secret: str | None = Field(default=None, min_length=1, max_length=200, exclude=True)
    """Signing secret of a DingTalk or Feishu robot; never shown again."""

    def wanted(self) -> ChannelTarget:
        """The domain's channel."""
        return ChannelTarget(self.type, with_secret(self.target, self.secret))


class FilterBody(BaseModel):
    """What a subscription is about; absent means any."""

    model_config = ConfigDict(extra="forbid")

    plan: Word | None = None
    region: Word | None = None
    unit: Word | None = Field(default=None, validation_alias=AliasChoices("unit", "cluster"))
    rule: Rule | None = None
    minimum_colour: Literal["blue", "yellow", "orange", "red"] = "blue"


class QuietBody(BaseModel):
    """When to be left alone, in China's time; messages wait until then."""

    model_config = ConfigDict(extra="forbid")

    starts: time = time(0)
    ends: time = time(0)
    working_days_only: bool = False

    def wanted(self) -> QuietHours:
        """The domain's quiet hours."""
        return QuietHours(self.starts, self.ends, self.working_days_only)


class PaperBody(BaseModel):
    """A paper to get by the calendar, in China's time."""

    model_config = ConfigDict(extra="forbid")

    kind: PaperKind
    plan: Word
    unit: Word | None = None
    """A unit of the plan; absent means its whole area."""
    formats: list[Literal["docx", "xlsx", "html"]] = Field(
        default=["docx"], min_length=1, max_length=len(FORMATS)
    )
    """Files that go along by e-mail; robots get the key figures and a link."""
    weekday: int = Field(default=FRIDAY, ge=1, le=7)
    """Of a weekly paper, 1 is Monday; where that is a holiday, the working day before it."""
    working_day: int = Field(default=1, ge=1, le=MOST_WORKING_DAYS)
    """Of the others: how many working days after the reporting deadline."""
    at: time = time(9)

    def wanted(self) -> PaperOrder:
        """The domain's order; a unit that is left out is filled in where the plan is known."""
        return PaperOrder(
            kind=self.kind,
            plan=self.plan,
            unit=self.unit or "",
            formats=tuple(dict.fromkeys(self.formats)),
            weekday=self.weekday,
            working_day=self.working_day,
            at=self.at.replace(tzinfo=None),
        )


def paper_body(order: PaperOrder) -> PaperBody:
    """The API's view of an order."""
    fields = ("kind", "plan", "unit", "formats", "weekday", "working_day", "at")
    return PaperBody.model_validate({name: getattr(order, name) for name in fields})


class SubscriptionBody(BaseModel):
    """A subscription as it is asked for."""

    model_config = ConfigDict(extra="forbid")

    owner: Word
    filter: FilterBody = FilterBody()
    channels: list[ChannelBody] = Field(min_length=1, max_length=10)
    language: Literal["zh", "en"] = "zh"
    role: Word = "task_force"
    cadence: Cadence = Cadence.AT_ONCE
    quiet: QuietBody | None = None
    repeat_hours: float | None = Field(default=None, gt=0, le=24 * 366)
    alerts: bool = True
    """False for one that only gets papers."""
    papers: list[PaperBody] = Field(default=[], max_length=20)

    def wanted(self) -> Subscription:
        """The domain's subscription, without an id yet."""
        return Subscription(
            id="",
            owner=self.owner,
            filter=Filter(
                plan=self.filter.plan,
                region=self.filter.region,
                unit=self.filter.unit,
                rule=self.filter.rule,
                minimum_colour=Colour(self.filter.minimum_colour),
            ),
            channels=tuple(item.wanted() for item in self.channels),
            language=self.language,
            role=self.role,
            cadence=self.cadence,
            quiet=None if self.quiet is None else self.quiet.wanted(),
            repeat_hours=self.repeat_hours,
            alerts=self.alerts,
            papers=tuple(one.wanted() for one in self.papers),
        )


class SubscriptionAnswer(SubscriptionBody):
    """A subscription in force."""

    id: str
    created_at: datetime | None
    updated_at: datetime | None


def answer(subscription: Subscription) -> SubscriptionAnswer:
    """The API's view of a subscription."""
    wanted = subscription.filter
    return SubscriptionAnswer(
        id=subscription.id,
        owner=subscription.owner,
        filter=FilterBody(
            plan=wanted.plan,
            region=wanted.region,
            unit=wanted.unit,
            rule=None if wanted.rule is None else Rule(wanted.rule),
            minimum_colour=wanted.minimum_colour.value,
        ),
        channels=[
            ChannelBody(type=item.type, target=masked_target(item.target))
            for item in subscription.channels
        ],
        language=subscription.language,
        role=subscription.role,
        cadence=subscription.cadence,
        quiet=_quiet(subscription.quiet),
        repeat_hours=subscription.repeat_hours,
        alerts=subscription.alerts,
        papers=[paper_body(one) for one in subscription.papers],
        created_at=subscription.created_at,
        updated_at=subscription.updated_at,
    )


def _quiet(quiet: QuietHours | None) -> QuietBody | None:
    if quiet is None:
        return None
    return QuietBody(
        starts=quiet.starts, ends=quiet.ends, working_days_only=quiet.working_days_only
    )
