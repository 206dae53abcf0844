"""The message of every rule in both languages, compared with golden files.

CLUSTERWATCH_UPDATE_GOLDEN=1 writes them anew.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.alerts.adapters.message_context import Links
from services.alerts.adapters.rendering import TemplateRenderer
from services.alerts.adapters.wording import WordingError, Words
from services.alerts.domain.alert import (
    Audience,
    External,
    Kind,
    Labels,
    Rule,
    SilenceNote,
    State,
    Transition,
)
from services.alerts.domain.delivery import Delivery
from services.alerts.domain.detail import Detail, Item
from services.alerts.domain.directory import Directory
from services.alerts.domain.figures import Figures, figures_of
from services.alerts.domain.subscription import ChannelTarget, ChannelType, Filter, Subscription
from services.alerts.ports import Message, NameBook
from shared.events.status import Colour
from shared.plans import Catalogue
from shared.testing.statuses import status_of

GOLDEN = Path(__file__).parents[2] / "data" / "alerts" / "rules"
NOW = datetime(2026, 6, 15, 1, tzinfo=UTC)
STARTED = datetime(2026, 6, 12, 1, tzinfo=UTC)
BEARINGS = ("suzhou-2027", "szah-lb-bearings", "suzhou-ah-lingbi")
STATUS = status_of("2026-05", "yellow", ytd_growth=-0.042, gap=-450_000_000, catch_up_rate=0.71)
FIGURES = figures_of(STATUS, STATUS.name)
PLAIN = Figures("灵璧县轴承产业集群")
CITY = Figures("宿州市")

PROJECTS = Detail(
    items=(
        Item("p1a2b3c4d5", "not_started", since="2026-02-01", stage="signed"),
        Item("p9z8y7x6w5", "past_due", "2024-03-01", "building", "2026-05-31", "2026-01"),
    )
)
HELD = Detail(
    items=(
        Item(
            "e1a2b3c4d5",
            "unit_slip",
            since="2026-06-10",
            period="2026-05",
            indicator="gross_output",
            factor=10_000,
            share=3.5,
        ),
    )
)
SILENT = Detail(items=(Item("stats-bureau", "silent", since="2026-05", period="2026-04"),))
SLOW = Detail(growth=-0.2, ytd=800_000_000, ytd_last_year=1_000_000_000, wanted_ytd=1_250_000_000)

Case = tuple[Rule, str, str, Figures, dict[str, Any]]
"""Rule, reason of firing, reason of its end, figures, further fields."""

CASES: list[Case] = [
    (Rule.TRAJECTORY, "consecutive_periods", "on_track", FIGURES, {}),
    (Rule.INDICATOR_BEHIND, "consecutive_periods", "on_track", FIGURES, {"indicator": "revenue"}),
    (Rule.FELL_BACK, "lost_again", "on_track", FIGURES, {}),
    (Rule.GROWTH_NEGATIVE, "growth_negative", "growth_not_negative", FIGURES, {}),
    (
        Rule.BELOW_PARENT,
        "below_parent",
        "not_below_parent",
        replace(FIGURES, detail=Detail(wanted_growth=0.081)),
        {},
    ),
    (
        Rule.CONTRIBUTION,
        "one_explains_the_fall",
        "no_fall",
        replace(FIGURES, detail=Detail(subject="e1a2b3c4d5", share=0.62)),
        {},
    ),
    (
        Rule.RESTATEMENT,
        "base_restated",
        "base_stands",
        replace(FIGURES, detail=Detail(share=0.12)),
        {},
    ),
    (
        Rule.FUNDS_GROWTH,
        "funds_below_plan",
        "funds_as_planned",
        Figures("灵璧县", detail=Detail(growth=0.06, wanted_growth=0.15), coverage=None),
        {"unit": "suzhou-ah-lingbi", "indicator": "funds"},
    ),
    (
        Rule.INVESTMENT_PACE,
        "investment_behind",
        "investment_in_pace",
        replace(FIGURES, detail=SLOW),
        {},
    ),
    (
        Rule.REPORT_LATE,
        "nobody_reported",
        "reported_in_part",
        replace(PLAIN, working_days_late=3, coverage=0.0, expected=20, reporting=0),
        {},
    ),
    (
        Rule.COVERAGE_LOW,
        "coverage_below_gate",
        "reported",
        replace(
            PLAIN,
            working_days_late=3,
            coverage=0.9,
            expected=20,
            reporting=18,
            warnings=("calendar_weekends_only",),
        ),
        {},
    ),
    (
        Rule.FEED_SILENT,
        "feed_silent",
        "feed_reported",
        replace(CITY, working_days_late=1, detail=SILENT),
        {"unit": "suzhou-ah", "indicator": "stats.output.v1", "period": None},
    ),
    (
        Rule.PROJECT_STALLED,
        "projects_stalled",
        "projects_move",
        replace(PLAIN, detail=PROJECTS),
        {},
    ),
    (
        Rule.SUSPICIOUS_REPORT,
        "waits_for_confirmation",
        "none_waits",
        replace(PLAIN, working_days_late=2, detail=HELD),
        {"period": None},
    ),
    (Rule.EXTERNAL, "posted", "ended_by_sender", Figures("磁盘将满"), {}),
]


@dataclass
class KnownNames(NameBook):
    """Two names, and who asked for them."""

    asked: list[tuple[tuple[str, ...], str]] = field(default_factory=list)

    def names(self, subjects: Sequence[str], reader: str) -> Mapping[str, str]:
        self.asked.append((tuple(subjects), reader))
        return {"e1a2b3c4d5": "灵璧某轴承公司", "p1a2b3c4d5": "某轴承项目"}


def step(case: Case, kind: Kind) -> Transition:
    rule, fires, ends, figures, changes = case
    plan, unit, region = BEARINGS
    indicator = changes.get("indicator", "gross_output")
    labels = Labels(rule, plan, changes.get("unit", unit), region, indicator)
    external = None
    if rule is Rule.EXTERNAL:
        labels = Labels("DiskFull", "", "", "", "", {"severity": "error"}, external=True)
        external = External({"summary": "磁盘将满"}, "https://prometheus.test/graph", NOW)
    ended = kind is Kind.RESOLVED
    return Transition(
        labels=labels,
        episode=1,
        sequence=2,
        kind=kind,
        state=State.RESOLVED if ended else State.FIRING,
        previous_state=State.PENDING,
        colour=Colour.YELLOW,
        previous_colour=None,
        period=changes.get("period", "2026-05"),
        since="2026-04",
        reason=ends if ended else fires,
        audience=Audience.MATCHING,
        audience_reason="newest_period",
        starts_at=STARTED,
        at=STARTED,
        figures=figures,
        external=external,
    )


def render(
    catalogue: Catalogue, transition: Transition, language: Any, role: str, **options: Any
) -> Message:
    subscription = Subscription("sub-1", "轴承专班", Filter(), (), language=language, role=role)
    channel = ChannelTarget(ChannelType.WEBHOOK, "http://robot.test/1")
    delivery = Delivery(
        1, transition, subscription, channel, 1, possible_repeat=False, due_at=STARTED, lease=""
    )
    links = Links("https://wall.test/wall", "https://alerts.test")
    return TemplateRenderer(Directory(catalogue), links, **options).render(delivery, NOW)


def compare(name: str, message: Message) -> None:
    found = f"{message.subject}\n\n{message.text}"
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("CLUSTERWATCH_UPDATE_GOLDEN"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(found, encoding="utf-8")
    assert found == path.read_text(encoding="utf-8")


def test_every_rule_has_its_messages_here() -> None:
    assert [case[0] for case in CASES if case[0] is not Rule.EXTERNAL] == [
        case[0] for case in CASES[:-1]
    ]
    assert {case[0] for case in CASES} == set(Rule)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case[0]))
def test_the_message_of_a_rule_is_the_golden_one(
    catalogue: Catalogue, case: Case, language: str
) -> None:
    for kind in (Kind.FIRING, Kind.RESOLVED):
        message = render(catalogue, step(case, kind), language, "task_force")
        compare(f"{language}-{case[0]}-{kind}", message)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(
    "case",
    [case for case in CASES if case[0] in {"fell_back", "indicator_behind", "project_stalled"}],
    ids=lambda case: str(case[0]),
)
def test_the_masked_message_of_a_rule_is_the_golden_one(
    catalogue: Catalogue, case: Case, language: str
) -> None:
    transition = step(case, Kind.FIRING)
    hidden = replace(transition, figures=replace(transition.figures, confidential=True))
    message = render(catalogue, hidden, language, "task_force")
    compare(f"{language}-{case[0]}-masked", message)
    for figure in ("20.00", "2.000", "48.00", "-4.2", "0.80", "黄", "yellow"):
        assert figure not in message.subject + message.text + message.html


@pytest.mark.parametrize("language", ["zh", "en"])
def test_names_are_told_to_those_who_may_see_them_and_every_asking_says_for_whom(
    catalogue: Catalogue, language: str
) -> None:
    book = KnownNames()
    for rule in (Rule.CONTRIBUTION, Rule.PROJECT_STALLED, Rule.SUSPICIOUS_REPORT):
        transition = step(next(case for case in CASES if case[0] is rule), Kind.FIRING)
        inside = render(catalogue, transition, language, "internal", names=book)
        outside = render(catalogue, transition, language, "task_force", names=book)
        compare(f"{language}-{rule}-internal", inside)
        assert "某轴承" in inside.text
        assert "某轴承" not in outside.text
    assert len(book.asked) == 3
    assert {reader for _, reader in book.asked} == {"alerts:轴承专班"}


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(
    "kind", [Kind.SILENCE_STARTED, Kind.SILENCE_ENDING, Kind.SILENCE_ENDED], ids=str
)
def test_the_message_about_a_silence_is_the_golden_one(
    catalogue: Catalogue, kind: Kind, language: str
) -> None:
    note = SilenceNote(
        "值班员",
        "系统检修",
        ('unit="szah-lb-bearings"',),
        STARTED,
        STARTED + timedelta(days=2),
        ("灵璧县轴承产业集群",),
    )
    transition = replace(
        step(CASES[0], kind),
        labels=Labels("silence", "", "", "", "", {"silence": "s-1"}),
        figures=PLAIN,
        reason=str(kind),
        silence=note,
    )
    compare(f"{language}-{kind}", render(catalogue, transition, language, "task_force"))


def test_no_word_is_missing_in_either_language(catalogue: Catalogue) -> None:
    tables = {language: Words.load(language).tables for language in ("zh", "en")}
    for table in ("reasons", "rules", "kinds", "items", "stages", "indicators"):
        assert tables["zh"][table].keys() == tables["en"][table].keys()
    assert tables["zh"]["rules"].keys() >= set(Rule)
    assert tables["zh"]["kinds"].keys() >= set(Kind)


def test_own_templates_and_words_go_before_the_shipped_ones(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    (tmp_path / "zh.words.yaml").write_text("colours: {yellow: 黄灯}\n", encoding="utf-8")
    (tmp_path / "zh.fell_back.j2").write_text(
        "{% block subject %}{{ colour }} {{ kind }}{% endblock %}"
        "{% block fact %}{{ f.name }}{% endblock %}{% block details %}{% endblock %}",
        encoding="utf-8",
    )
    own = render(catalogue, step(CASES[2], Kind.FIRING), "zh", "task_force", own=tmp_path)
    assert (own.subject, own.text.strip()) == ("黄灯 告警", "灵璧县轴承产业集群")
    other = render(catalogue, step(CASES[0], Kind.FIRING), "zh", "task_force", own=tmp_path)
    assert "黄灯" in other.subject


@pytest.mark.parametrize(
    ("name", "text"),
    [("zh.trajectory.j2", "{% block subject %}"), ("zh.words.yaml", "colours: {")],
)
def test_an_own_file_that_cannot_be_read_is_named(
    catalogue: Catalogue, tmp_path: Path, name: str, text: str
) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(WordingError, match=name.replace(".", r"\.")):
        render(catalogue, step(CASES[0], Kind.FIRING), "zh", "task_force", own=tmp_path)
