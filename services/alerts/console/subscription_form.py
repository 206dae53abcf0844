"""The form of a subscription: from what is stored, from what was typed, and into a body."""

from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from services.alerts.api.models import SubscriptionAnswer, SubscriptionBody
from services.alerts.console.pages import Pages
from services.alerts.console.paper_rows import (
    FILES,
    Rows,
    bodies,
    filled_rows,
    typed_rows,
    with_room,
)
from services.alerts.domain.alert import Rule
from services.alerts.domain.cadence import Cadence
from services.alerts.domain.figures import INTERNAL_ROLE
from services.alerts.domain.papers.model import PaperKind
from services.alerts.domain.subscription import ChannelType
from shared.access.readers import LOCAL, Reader

_ROWS = 4
"""Channels that the form has room for; the API takes more."""
_ROLES = ("task_force", "accountable_body", "coordination_office", INTERNAL_ROLE)
_COLOURS = ("blue", "yellow", "orange", "red")
_FIELDS = {
    "owner": "订阅人",
    "role": "角色",
    "channels": "发到哪里",
    "repeat_hours": "重复提醒",
    "quiet": "免打扰",
    "filter": "关注什么",
    "papers": "定期材料",
}


class BadForm(Exception):  # noqa: N818 - a refusal is a normal answer
    """Something is missing or wrong; the text says what."""


@dataclass(slots=True)
class Form:
    """What stands in the fields, as text."""

    owner: str = ""
    role: str = "task_force"
    plan: str = ""
    region: str = ""
    unit: str = ""
    rule: str = ""
    minimum_colour: str = "yellow"
    cadence: str = "at_once"
    language: str = "zh"
    repeat_hours: str = ""
    quiet_starts: str = ""
    quiet_ends: str = ""
    working_days_only: bool = False
    alerts: bool = True
    channels: list[dict[str, str]] = field(default_factory=list)
    papers: Rows = field(default_factory=list)

    def __post_init__(self) -> None:
        """Room for further channels and papers."""
        self.papers = with_room(self.papers)
        missing = max(_ROWS - len(self.channels), 1)
        self.channels += [{"type": "wecom", "target": ""} for _ in range(missing)]

    @classmethod
    def of(cls, posted: dict[str, str]) -> "Form":
        """What was typed."""
        texts = {
            name: posted.get(name, "")
            for name in cls.__dataclass_fields__
            if name not in {"channels", "working_days_only", "alerts", "papers"}
        }
        channels = [
            {"type": one["type"], "target": one["target"]} for one in _posted_channels(posted)
        ]
        return cls(
            **texts,
            working_days_only="working_days_only" in posted,
            alerts="papers_only" not in posted,
            channels=channels,
            papers=typed_rows(posted),
        )


def blank(reader: Reader) -> Form:
    """A new subscription, with what is known of whoever asks."""
    return Form(owner="" if reader == LOCAL else reader.name)


def filled(stored: SubscriptionAnswer) -> Form:
    """A stored subscription."""
    wanted, quiet = stored.filter, stored.quiet
    return Form(
        owner=stored.owner,
        role=stored.role,
        plan=wanted.plan or "",
        region=wanted.region or "",
        unit=wanted.unit or "",
        rule=wanted.rule or "",
        minimum_colour=wanted.minimum_colour,
        cadence=str(stored.cadence),
        language=stored.language,
        repeat_hours=f"{stored.repeat_hours:g}" if stored.repeat_hours else "",
        quiet_starts=f"{quiet.starts:%H:%M}" if quiet else "",
        quiet_ends=f"{quiet.ends:%H:%M}" if quiet else "",
        working_days_only=quiet.working_days_only if quiet else False,
        alerts=stored.alerts,
        channels=[{"type": str(one.type), "target": one.target} for one in stored.channels],
        papers=filled_rows(stored.papers),
    )


def body_of(posted: dict[str, str]) -> SubscriptionBody:
    """What the API would take; raises `BadForm`."""
    wanted: dict[str, Any] = {
        "owner": posted.get("owner", ""),
        "role": posted.get("role", ""),
        "language": posted.get("language", ""),
        "cadence": posted.get("cadence", ""),
        "repeat_hours": posted.get("repeat_hours") or None,
        "filter": {
            "minimum_colour": posted.get("minimum_colour", ""),
            **{name: posted.get(name) or None for name in ("plan", "region", "unit", "rule")},
        },
        "channels": _posted_channels(posted),
        "quiet": _quiet(posted),
        "alerts": "papers_only" not in posted,
        "papers": bodies(posted),
    }
    try:
        return SubscriptionBody.model_validate(wanted)
    except ValidationError as error:
        first = error.errors()[0]
        place = _FIELDS.get(str(first["loc"][0]), str(first["loc"][0]))
        raise BadForm(f"{place}：{_reason(first['type'], first['msg'])}") from error


def _posted_channels(posted: dict[str, str]) -> list[dict[str, Any]]:
    channels = []
    number = 0
    while f"type{number}" in posted:
        target = posted.get(f"target{number}", "")
        if target:
            secret = posted.get(f"secret{number}") or None
            channels.append({"type": posted[f"type{number}"], "target": target, "secret": secret})
        number += 1
    return channels


def _quiet(posted: dict[str, str]) -> dict[str, Any] | None:
    starts, ends = posted.get("quiet_starts"), posted.get("quiet_ends")
    working = "working_days_only" in posted
    if not (starts and ends) and not working:
        return None
    hours = {"starts": starts, "ends": ends} if starts and ends else {}
    return {**hours, "working_days_only": working}


def _reason(kind: str, message: str) -> str:
    known = {"too_short": "至少要有一个", "string_too_short": "不能为空", "missing": "不能为空"}
    return known.get(kind, message)


def form_choices(pages: Pages, form: Form) -> dict[str, list[tuple[str, str]]]:
    """What the lists of the form offer."""
    return {
        "roles": pages.words("roles", dict.fromkeys([*_ROLES, form.role])),
        "rules": pages.words("rules", [str(rule) for rule in Rule]),
        "colours": pages.words("colours", _COLOURS),
        "channels": pages.words("channels", [str(one) for one in ChannelType]),
        "cadences": pages.words("cadences", [str(one) for one in Cadence]),
        "languages": pages.words("languages", ("zh", "en")),
        "paper_kinds": pages.words("paper_kinds", [str(one) for one in PaperKind]),
        "paper_files": pages.words(
            "paper_files", dict.fromkeys([*FILES, *(one["formats"] for one in form.papers)])
        ),
    }
