"""A paper in the digest of a robot that takes no more messages."""

from dataclasses import replace
from datetime import UTC, datetime

from services.alerts.adapters.digest import digest_of
from services.alerts.adapters.wording import Words
from services.alerts.ports import Message

NOW = datetime(2026, 6, 15, 1, tzinfo=UTC)
PAPER = Message(
    subject="产业集群月通报（2026年5月 · 灵璧县）",
    text="累计20.43 亿元。\n\n全文：http://alerts.test/api/v1/reports/monthly\n",
    html="",
    status="firing",
    labels={"alertname": "paper", "paper": "monthly"},
    annotations={"kind": "paper", "period": "2026-05"},
    starts_at=NOW,
    ends_at=None,
    at=NOW,
    generator_url="http://alerts.test/api/v1/reports/monthly",
    fingerprint="p",
    group_key="{}:{paper}",
    thread="p.1",
    opens_thread=True,
    id="p.1",
    receiver="专班",
    notification_reason="paper",
    external_url="http://alerts.test",
)
ALERT = replace(
    PAPER,
    subject="轴承产业集群 橙色",
    annotations={"kind": "firing", "colour": "orange", "period": "2026-05"},
    fingerprint="a",
    group_key="{}:{alert}",
    id="a.1",
)


def test_a_paper_stands_behind_the_alerts_of_a_digest_and_has_no_colour() -> None:
    digest = digest_of([PAPER, ALERT], Words.load("zh", None), "", None)
    assert [one.fingerprint for one in digest.members] == ["a", "p"]
    assert digest.lines[0] == "共 2 条：橙色 1、定期材料 1。"
    assert any("月通报" in line for line in digest.lines)
