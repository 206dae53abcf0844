"""Messages compared with golden files; CLUSTERWATCH_UPDATE_GOLDEN=1 writes them anew."""

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
from services.alerts.domain.figures import Figures, figures_of
from services.alerts.domain.subscription import (
    ChannelTarget,
    ChannelType,
    Filter,
    Subscription,
)
from services.alerts.ports import Message
from shared.events.status import Colour
from shared.plans import Catalogue
from shared.testing.statuses import status_of

GOLDEN = Path(__file__).parents[2] / "data" / "alerts"
NOW = datetime(2026, 6, 15, 1, tzinfo=UTC)
STARTED = datetime(2026, 6, 12, 1, tzinfo=UTC)
BEHIND = status_of(
    "2026-05",
    "orange",
    rolling_year=3_400_000_000,
    gap=-450_000_000,
    ytd=1_500_000_000,
    ytd_growth=0.1538,
    probability=0.07,
    catch_up_rate=0.7149,
)


def transition(kind: Kind = Kind.FIRING, **changes: Any) -> Transition:
    ended = kind in {Kind.RESOLVED, Kind.WITHDRAWN}
    plain = Transition(
        labels=Labels(
            "trajectory", "suzhou-2027", "szah-lb-bearings", "suzhou-ah-lingbi", "gross_output"
        ),
        episode=1,
        sequence=2,
        kind=kind,
        state=State(kind) if ended else State.FIRING,
        previous_state=State.PENDING,
        colour=Colour.ORANGE,
        previous_colour=Colour.YELLOW,
        period="2026-05",
        since="2026-04",
        reason="consecutive_periods",
        audience=Audience.MATCHING,
        audience_reason="newest_period",
        starts_at=STARTED,
        at=STARTED,
        figures=figures_of(BEHIND, BEHIND.name),
    )
    return replace(plain, **changes)


def late(kind: Kind = Kind.FIRING, **changes: Any) -> Transition:
    figures = Figures(
        "灵璧县轴承产业集群", working_days_late=3, warnings=("calendar_weekends_only",)
    )
    plain = transition(kind, reason="no_status_for_due_period", since="2026-05", figures=figures)
    labels = replace(plain.labels, alertname="report_late")
    return replace(plain, labels=labels, colour=Colour.YELLOW, **changes)


RECOVERED = figures_of(status_of("2026-07"), BEHIND.name)
MASKED = figures_of(status_of("2026-05", "orange", confidential=True), BEHIND.name)
CASES: dict[str, Transition] = {
    "trajectory-firing": transition(),
    "trajectory-updated": transition(Kind.UPDATED),
    "trajectory-corrected": transition(Kind.CORRECTED),
    "trajectory-resolved": transition(
        Kind.RESOLVED, reason="on_track", period="2026-07", figures=RECOVERED
    ),
    "trajectory-withdrawn": transition(Kind.WITHDRAWN, reason="cause_restated"),
    "trajectory-masked": transition(figures=MASKED),
    "trajectory-masked-resolved": transition(Kind.RESOLVED, reason="on_track", figures=MASKED),
    "trajectory-january-february": transition(period="2026-02", since="2025-12"),
    "report-late-firing": late(),
    "report-late-resolved": late(Kind.RESOLVED, reason="reported"),
}


def render(
    catalogue: Catalogue,
    step: Transition,
    language: Any,
    *,
    repeat: bool = False,
    data_label: str = "",
) -> Message:
    subscription = Subscription("sub-1", "轴承专班", Filter(), (), language=language)
    channel = ChannelTarget(ChannelType.WEBHOOK, "http://robot.test/1")
    delivery = Delivery(1, step, subscription, channel, 1, repeat, STARTED, "lease")
    links = Links("https://wall.test/wall", "https://alerts.test")
    return TemplateRenderer(Directory(catalogue), links, data_label).render(delivery, NOW)


def compare(name: str, found: str) -> None:
    path = GOLDEN / name
    if os.environ.get("CLUSTERWATCH_UPDATE_GOLDEN"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(found, encoding="utf-8")
    assert found == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("case", CASES)
def test_the_text_is_the_golden_one(catalogue: Catalogue, case: str, language: str) -> None:
    message = render(catalogue, CASES[case], language)
    compare(f"{language}-{case}.txt", f"{message.subject}\n\n{message.text}")


def test_the_html_is_the_golden_one(catalogue: Catalogue) -> None:
    compare("zh-trajectory-firing.html", render(catalogue, CASES["trajectory-firing"], "zh").html)


@pytest.mark.parametrize("case", ["trajectory-firing", "trajectory-resolved"])
def test_the_webhook_body_is_alertmanagers_version_4(catalogue: Catalogue, case: str) -> None:
    body = webhook_body(render(catalogue, CASES[case], "en"))
    compare(f"webhook-{case}.json", json.dumps(body, ensure_ascii=False, indent=1) + "\n")


def test_a_masked_message_has_no_figure(catalogue: Catalogue) -> None:
    for case in ("trajectory-masked", "trajectory-masked-resolved"):
        for language in ("zh", "en"):
            message = render(catalogue, CASES[case], language)
            words = f"{message.subject}{message.text}{message.html}{message.annotations}"
            for hidden in (
                "0.35",
                "48.00",
                "4.800",
                "20.00",
                "0.5385",
                "58",
                "橙",
                "orange",
                "far",
            ):
                assert hidden not in words


def test_a_possible_repeat_says_so(catalogue: Catalogue) -> None:
    message = render(catalogue, CASES["trajectory-firing"], "zh", repeat=True)
    assert "可能重复" in message.text


@pytest.mark.parametrize("case", CASES)
def test_the_data_label_comes_first_in_title_and_text(catalogue: Catalogue, case: str) -> None:
    for language, label in (("zh", "【模拟数据】"), ("en", "[模拟数据] ")):
        message = render(catalogue, CASES[case], language, data_label="模拟数据")
        assert message.subject.startswith(label)
        assert message.text.startswith(label)
        assert "模拟数据" in message.html
        assert message.annotations["data_label"] == "模拟数据"


def test_names_cannot_put_markup_into_the_html(catalogue: Catalogue) -> None:
    figures = replace(figures_of(BEHIND, ""), name="<script>alert(1)</script>")
    html = render(catalogue, transition(figures=figures), "zh").html
    assert "<script>" not in html


def test_resolved_threads_under_firing(catalogue: Catalogue) -> None:
    firing = compose(render(catalogue, transition(), "zh"), "cw@office.test", "a@office.test")
    resolved = compose(
        render(catalogue, transition(Kind.RESOLVED, sequence=3), "zh"),
        "cw@office.test",
        "a@office.test",
    )
    assert resolved["References"] == firing["Message-ID"]
    assert resolved["Message-ID"] != firing["Message-ID"]
