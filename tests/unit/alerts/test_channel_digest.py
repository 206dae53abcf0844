"""Messages about several alerts: groups and digests."""

import json
import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from services.alerts.adapters.channels.mail import compose
from services.alerts.adapters.channels.webhook import webhook_body
from services.alerts.adapters.message_context import Links
from services.alerts.adapters.rendering import TemplateRenderer
from services.alerts.domain.alert import Audience, Kind, Labels, State, Transition
from services.alerts.domain.delivery import Delivery
from services.alerts.domain.directory import Directory
from services.alerts.domain.figures import figures_of
from services.alerts.domain.subscription import (
    ChannelTarget,
    ChannelType,
    Filter,
    Subscription,
)
from shared.events.status import Colour
from shared.plans import Catalogue
from shared.testing.statuses import status_of

GOLDEN = Path(__file__).parents[2] / "data" / "alerts"
NOW = datetime(2026, 6, 15, 1, tzinfo=UTC)
COLOURS = (Colour.YELLOW, Colour.RED, Colour.ORANGE, Colour.BLUE)


def delivery(number: int, language: Any, **changes: Any) -> Delivery:
    ended = number % 5 == 4
    confidential = bool(changes.pop("confidential", False))
    status = status_of("2026-05", "orange", confidential=confidential)
    step = Transition(
        labels=Labels("trajectory", "suzhou-2027", f"unit-{number}", "suzhou-ah", "gross_output"),
        episode=1,
        sequence=2,
        kind=Kind.RESOLVED if ended else Kind.FIRING,
        state=State.RESOLVED if ended else State.FIRING,
        previous_state=State.PENDING,
        colour=COLOURS[number % 4],
        previous_colour=None,
        period="2026-05",
        since="2026-04",
        reason="on_track" if ended else "consecutive_periods",
        audience=Audience.MATCHING,
        audience_reason="newest_period",
        starts_at=NOW,
        at=NOW,
        figures=replace(figures_of(status, ""), name=f"第{number}号集群"),
    )
    subscription = Subscription("sub-1", "轴承专班", Filter(), (), language=language)
    channel = ChannelTarget(ChannelType.WECOM, "https://robot.test/?key=1")
    return Delivery(number, step, subscription, channel, 1, False, NOW, "lease")  # noqa: FBT003 - not a possible repeat


def renderer(catalogue: Catalogue) -> TemplateRenderer:
    links = Links("https://wall.test/wall", "https://alerts.test")
    return TemplateRenderer(Directory(catalogue), links, "模拟数据")


def compare(name: str, found: str) -> None:
    path = GOLDEN / name
    if os.environ.get("CLUSTERWATCH_UPDATE_GOLDEN"):
        path.write_text(found, encoding="utf-8")
    assert found == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("number", [3, 12])
def test_the_text_of_a_digest_is_the_golden_one(
    catalogue: Catalogue, language: str, number: int
) -> None:
    due = [delivery(n, language) for n in range(number)]
    message, held = renderer(catalogue).render_many(due, NOW, None)
    assert len(held) == number
    compare(f"{language}-digest-{number}.txt", f"{message.subject}\n\n{message.text}")


def test_what_does_not_fit_is_left_to_the_next_digest(catalogue: Catalogue) -> None:
    due = [delivery(n, "zh") for n in range(60)]
    message, held = renderer(catalogue).render_many(due, NOW, 2_000)
    assert 0 < len(held) < 60
    assert len(message.text.encode()) < 3_300
    assert message.members[0].annotations["colour"] == "red"
    assert {one.id for one in held} == {
        int(member.labels["unit"].removeprefix("unit-")) for member in message.members
    }


def test_what_may_be_a_repeat_is_marked_in_a_digest(catalogue: Catalogue) -> None:
    due = [replace(delivery(n, "zh"), possible_repeat=n == 3) for n in range(8)]
    message, _ = renderer(catalogue).render_many(due, NOW, None)
    marked = [line for line in message.text.splitlines() if "可能重复" in line]
    assert len(marked) == 1
    assert "第3号" in marked[0]


def test_one_alert_is_told_whatever_the_room(catalogue: Catalogue) -> None:
    _, held = renderer(catalogue).render_many([delivery(n, "zh") for n in range(9)], NOW, 1)
    assert len(held) == 1


def test_a_webhook_gets_every_member_and_what_they_have_in_common(catalogue: Catalogue) -> None:
    message, _ = renderer(catalogue).render_many([delivery(n, "zh") for n in range(5)], NOW, None)
    body = json.loads(json.dumps(webhook_body(message)))
    assert body["status"] == "firing"
    assert [alert["status"] for alert in body["alerts"]] == ["firing"] * 4 + ["resolved"]
    assert "unit" not in body["commonLabels"]
    assert body["commonLabels"]["plan"] == "suzhou-2027"
    assert body["commonAnnotations"]["data_label"] == "模拟数据"


def test_the_same_members_make_the_same_message_again(catalogue: Catalogue) -> None:
    due = [delivery(n, "zh") for n in range(7)]
    first, _ = renderer(catalogue).render_many(due, NOW, None)
    second, _ = renderer(catalogue).render_many(due[::-1], NOW, None)
    assert first.id == second.id
    mail = compose(first, "cw@office.test", "a@office.test")
    assert mail["Message-ID"] == f"<{first.id}@office.test>"


def test_a_digest_of_masked_alerts_tells_no_colour(catalogue: Catalogue) -> None:
    due = [delivery(n, "zh", confidential=True) for n in range(4)]
    message, _ = renderer(catalogue).render_many(due, NOW, None)
    words = f"{message.subject}{message.text}{message.html}{message.annotations}"
    assert not any(colour in words for colour in ("红色", "橙色", "黄色", "蓝色", "red", "orange"))
