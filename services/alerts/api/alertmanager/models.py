"""Bodies of Alertmanager's API v2, as far as its tools and Prometheus use it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import AliasGenerator, AwareDatetime, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from services.alerts.domain.external import Posted
from services.alerts.domain.silence import Matcher, Silence

RESOLVE_TIMEOUT = timedelta(minutes=5)
"""An alert posted without an end ends then, unless it is posted again."""
WEBHOOK_TIMEOUT = timedelta(days=1)
"""Webhooks repeat an alert only every few hours."""

_UNSET_YEAR = 1
"""Go's zero time stands for no time."""

Text = Annotated[str, Field(max_length=10_000)]


class _Body(BaseModel):
    model_config = ConfigDict(alias_generator=AliasGenerator(validation_alias=to_camel))


class PostedAlert(_Body):
    """An alert as Prometheus posts it, or as it stands in a webhook of version 4."""

    labels: dict[Text, Text]
    annotations: dict[Text, Text] = {}
    starts_at: AwareDatetime | None = None
    ends_at: AwareDatetime | None = None
    generator_url: Text = Field(default="", validation_alias="generatorURL")

    def posted(self, now: datetime, timeout: timedelta) -> Posted:
        """With defaults filled in; empty labels and annotations are dropped."""
        starts, ends = _set(self.starts_at), _set(self.ends_at)
        starts_at = starts or (min(ends, now) if ends else now)
        return Posted(
            labels={name: value for name, value in self.labels.items() if value},
            starts_at=starts_at,
            ends_at=ends or now + timeout,
            annotations={name: value for name, value in self.annotations.items() if value},
            generator_url=self.generator_url,
        )


class WebhookBody(BaseModel):
    """Alertmanager's webhook body of version 4; fields that are not needed are ignored."""

    version: str = "4"
    alerts: list[PostedAlert] = Field(max_length=10_000)


class MatcherBody(_Body):
    """One matcher of a silence."""

    name: Text
    value: Text
    is_regex: bool = False
    is_equal: bool = True


class SilencePost(_Body):
    """A silence as it is posted."""

    id: str | None = None
    matchers: list[MatcherBody]
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    created_by: Text
    comment: Text

    def wanted(self, now: datetime) -> Silence:
        """The domain's silence."""
        return Silence(
            id=self.id or "",
            matchers=tuple(
                Matcher(item.name, item.value, item.is_regex, item.is_equal)
                for item in self.matchers
            ),
            owner=self.created_by,
            comment=self.comment,
            starts_at=self.starts_at,
            ends_at=self.ends_at,
            updated_at=now,
        )


def silence_answer(silence: Silence, now: datetime) -> dict[str, Any]:
    """A silence in Alertmanager's words."""
    return {
        "id": silence.id,
        "status": {"state": str(silence.state(now))},
        "updatedAt": timestamp(silence.updated_at),
        "comment": silence.comment,
        "createdBy": silence.owner,
        "startsAt": timestamp(silence.starts_at),
        "endsAt": timestamp(silence.ends_at),
        "matchers": [
            {
                "name": item.name,
                "value": item.value,
                "isRegex": item.is_regex,
                "isEqual": item.is_equal,
            }
            for item in silence.matchers
        ],
    }


def timestamp(moment: datetime) -> str:
    """RFC 3339 as Go writes it."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def status_answer(started: datetime, version: str, names: Mapping[str, str]) -> dict[str, Any]:
    """What `amtool config show` and `cluster show` ask for."""
    receivers = "\n".join(f"- name: {name!r}" for name in sorted(names.values()))
    return {
        "cluster": {"name": "", "status": "disabled", "peers": []},
        "versionInfo": {
            "version": version,
            "revision": "",
            "branch": "",
            "buildUser": "",
            "buildDate": "",
            "goVersion": "",
        },
        "config": {"original": f"# subscriptions of clusterwatch\nreceivers:\n{receivers}\n"},
        "uptime": timestamp(started),
    }


def _set(moment: datetime | None) -> datetime | None:
    return None if moment is None or moment.year == _UNSET_YEAR else moment
