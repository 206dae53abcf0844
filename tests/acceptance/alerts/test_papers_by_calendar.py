"""Papers by the calendar, in virtual time: when, to whom, as what, and never twice."""

import socket
from collections.abc import Callable, Iterator
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from io import BytesIO
from typing import Any

import docx
import openpyxl
import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import select

from services.alerts import main
from services.alerts.adapters.tables import DeliveryRow, PaperRow
from services.alerts.domain.bundles import Room
from services.alerts.use_cases.deliver import LEASE
from shared.storage import reading
from shared.storage.tables import table_of

World = Any
PLAN, LINGBI, BEARINGS = "suzhou-2027", "suzhou-ah-lingbi", "szah-lb-bearings"
HISTORY = [f"2025-{month:02d}" for month in range(4, 13)] + ["2026-02", "2026-03"]
ON_SQLITE = pytest.mark.parametrize("store", ["sqlite"], indirect=True)
"""For tests in which the store plays no part: those about replicas and crashes run on both."""
MONTHLY = {"kind": "monthly", "plan": PLAN, "unit": BEARINGS}
YTD = 2_123_000_000
SAID = "21.23 亿元"


def living(make_world: Callable[..., World], **more: Any) -> World:
    world = make_world(**more)
    world.statuses(*({"period": period} for period in HISTORY))
    world.go_live()
    world.run_jobs()
    return world


def papers_only(*papers: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"alerts": False, "papers": list(papers), **more}


def with_a_paper_due(make_world: Callable[..., World]) -> World:
    """April's bulletin is due to one subscription, and nobody has looked yet."""
    world = living(make_world)
    world.subscribe("专班", papers_only(MONTHLY))
    world.statuses({"period": "2026-04"})
    world.until("2026-05-13 09:01")
    return world


def brought(world: World) -> list[tuple[str, str, str]]:
    """Who was sent which paper of which period since the last look."""
    return [
        (name, alert["labels"]["paper"], alert["annotations"]["period"])
        for name, body in world.messages()
        for alert in body["alerts"]
    ]


def deliveries(world: World) -> list[Any]:
    rows = table_of(DeliveryRow)
    with reading(world.alerts.engine) as connection:
        query = select(rows).where(rows.c.kind == "paper").order_by(rows.c.id)
        return list(connection.execute(query).all())


def issued(world: World) -> list[tuple[str, str, str]]:
    rows = table_of(PaperRow)
    with reading(world.alerts.engine) as connection:
        query = select(rows.c.rhythm, rows.c.period, rows.c.issued_by).order_by(rows.c.id)
        return [tuple(row) for row in connection.execute(query)]


def at(world: World, moment: str) -> list[tuple[str, str, str]]:
    """What has been brought by a moment."""
    world.until(moment)
    world.run_jobs()
    return brought(world)


@ON_SQLITE
def test_months_come_on_working_days_after_their_deadline_and_holidays_are_none(
    make_world: Callable[..., World],
) -> None:
    """19 June 2026 is the Dragon Boat Festival: the fifth working day is Monday the 22nd."""
    world = living(make_world)
    world.subscribe("专班", papers_only(MONTHLY))
    world.subscribe("主任", papers_only({**MONTHLY, "working_day": 5, "at": "15:30"}))
    world.statuses({"period": "2026-04"})
    assert at(world, "2026-05-13 08:59") == []
    assert at(world, "2026-05-13 09:00") == [("专班", "monthly", "2026-04")]
    assert at(world, "2026-05-19 15:29") == []
    assert at(world, "2026-05-19 15:30") == [("主任", "monthly", "2026-04")]
    world.statuses({"period": "2026-05"})
    assert at(world, "2026-06-15 08:59") == []
    assert at(world, "2026-06-15 09:00") == [("专班", "monthly", "2026-05")]
    assert at(world, "2026-06-22 15:29") == []
    assert at(world, "2026-06-22 15:30") == [("主任", "monthly", "2026-05")]
    assert issued(world) == [
        ("monthly", "2026-04", "schedule"),
        ("monthly", "2026-05", "schedule"),
    ]


@ON_SQLITE
def test_a_paper_without_figures_waits_for_them(make_world: Callable[..., World]) -> None:
    world = living(make_world)
    world.subscribe("专班", papers_only(MONTHLY))
    assert at(world, "2026-05-20 12:00") == []
    world.statuses({"period": "2026-04"})
    assert at(world, "2026-05-20 12:01") == [("专班", "monthly", "2026-04")]


@ON_SQLITE
def test_who_subscribes_later_gets_nothing_that_was_due_before(
    make_world: Callable[..., World],
) -> None:
    world = living(make_world)
    world.statuses({"period": "2026-04"})
    world.until("2026-05-20 12:00")
    world.subscribe("专班", papers_only(MONTHLY, {"kind": "weekly", "plan": PLAN, "unit": LINGBI}))
    assert at(world, "2026-05-22 08:59") == []
    assert at(world, "2026-05-22 09:00") == [("专班", "weekly", "2026-W21")]


@ON_SQLITE
def test_each_rhythm_comes_by_its_own_calendar(make_world: Callable[..., World]) -> None:
    world = living(make_world)
    kinds = [
        {"kind": "weekly", "plan": PLAN, "unit": LINGBI, "weekday": 1, "at": "08:30"},
        {"kind": "quarterly", "plan": PLAN, "working_day": 3},
        {"kind": "tour", "plan": PLAN, "unit": LINGBI, "working_day": 4},
    ]
    world.subscribe("双推办", papers_only(*kinds))
    for period in ("2026-04", "2026-05", "2026-06"):
        world.statuses({"period": period})
    found = at(world, "2026-07-17 12:00")
    weekly = [one for one in found if one[1] == "weekly"]
    assert [one for one in found if one[1] != "weekly"] == [
        ("双推办", "quarterly", "2026-Q2"),
        ("双推办", "tour", "2026-Q2"),
    ]
    assert [period for *_, period in weekly] == [f"2026-W{week}" for week in range(21, 30)]


def test_two_replicas_and_a_restart_send_each_paper_once(
    make_world: Callable[..., World],
) -> None:
    world = with_a_paper_due(make_world)
    other = main.create_app(world.settings, world.clock).state.alerts
    replica = other.jobs()
    assert [replica.queue_papers(), world.jobs.queue_papers(), replica.queue_papers()] == [1, 0, 0]
    other.papers.press.close()
    other.engine.dispose()
    world.restart()
    world.run_jobs()
    world.run_jobs()
    assert brought(world) == [("专班", "monthly", "2026-04")]
    assert len(deliveries(world)) == 1


def test_a_process_that_dies_between_issue_and_sending_leaves_the_paper_to_the_next(
    make_world: Callable[..., World],
) -> None:
    world = with_a_paper_due(make_world)
    assert world.jobs.queue_papers() == 1
    world.restart()
    assert len(issued(world)) == 1
    world.run_jobs()
    assert brought(world) == [("专班", "monthly", "2026-04")]
    assert [(row.status, row.possible_repeat) for row in deliveries(world)] == [("sent", False)]


def test_a_process_that_dies_while_it_issues_has_issued_nothing(
    make_world: Callable[..., World], monkeypatch: pytest.MonkeyPatch
) -> None:
    world = with_a_paper_due(make_world)

    def die(*_args: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("services.alerts.adapters.store.SqlLedger.record_once", die)
        with pytest.raises(KeyboardInterrupt):
            world.jobs.queue_papers()
    assert (issued(world), deliveries(world)) == ([], [])
    world.restart()
    world.run_jobs()
    assert brought(world) == [("专班", "monthly", "2026-04")]


def test_a_sender_that_dies_before_it_records_makes_the_paper_a_possible_repeat(
    make_world: Callable[..., World],
) -> None:
    world = with_a_paper_due(make_world)
    world.jobs.queue_papers()
    assert len(world.jobs.deliver.queue.claim(world.clock.now(), LEASE, Room())) == 1
    world.restart()
    world.clock.advance(LEASE + timedelta(seconds=1))
    world.run_jobs()
    ((_, body),) = world.messages()
    assert body["alerts"][0]["annotations"]["possible_repeat"] == "true"
    assert "可能重复" in body["alerts"][0]["annotations"]["description"]
    assert [(row.status, row.possible_repeat) for row in deliveries(world)] == [("sent", True)]


@ON_SQLITE
def test_the_ledger_explains_a_paper_and_a_failing_robot_is_tried_again(
    make_world: Callable[..., World],
) -> None:
    world = living(make_world)
    world.subscribe("专班", papers_only(MONTHLY))
    world.statuses({"period": "2026-04"})
    world.robot.down = True
    assert at(world, "2026-05-13 09:01") == []
    (row,) = deliveries(world)
    assert (row.status, row.attempts) == ("pending", 1)
    world.robot.down = False
    assert at(world, "2026-05-13 09:03") == [("专班", "monthly", "2026-04")]
    (explained,) = world.explain("专班", row.fingerprint)
    assert (explained["told"], explained["reason"], explained["kind"]) == (
        True,
        "paper_due",
        "paper",
    )
    assert [one["status"] for one in explained["deliveries"]] == ["sent"]


@ON_SQLITE
def test_what_is_confidential_is_told_to_the_internal_role_alone(
    make_world: Callable[..., World],
) -> None:
    world = living(make_world)
    world.subscribe("专班", papers_only(MONTHLY))
    world.subscribe("内部", papers_only(MONTHLY, role="internal"))
    world.statuses({"period": "2026-04", "ytd": YTD, "confidential": True})
    world.until("2026-05-13 09:01")
    world.run_jobs()
    texts = {
        name: body["alerts"][0]["annotations"]["description"] for name, body in world.messages()
    }
    assert SAID in texts["内部"]
    assert SAID not in texts["专班"]
    assert "不予公布" in texts["专班"]


class Mailbox:
    """An SMTP server's handler that keeps mails."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"


@pytest.fixture
def post_office() -> Iterator[tuple[Mailbox, int]]:
    box = Mailbox()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    yield box, port
    controller.stop()


@ON_SQLITE
def test_a_mail_brings_the_paper_as_word_and_excel_files(
    make_world: Callable[..., World], post_office: tuple[Mailbox, int]
) -> None:
    """Over a real SMTP server; what is attached is the paper that was issued."""
    box, port = post_office
    mail = {"alerts_smtp_host": "127.0.0.1", "alerts_smtp_port": port}
    world = living(make_world, **mail, alerts_smtp_security="none", data_label="模拟数据")
    world.call(
        "POST",
        "/api/v1/subscriptions",
        {
            "owner": "专班",
            "channels": [{"type": "email", "target": "zhuanban@office.test"}],
            **papers_only({**MONTHLY, "formats": ["docx", "xlsx"]}, role="internal"),
        },
    )
    world.statuses({"period": "2026-04", "ytd": YTD})
    world.until("2026-05-13 09:01")
    world.run_jobs()
    (received,) = box.mails
    assert str(received["Subject"]).startswith("【模拟数据】产业集群月通报（2026年4月")
    files = {part.get_filename(): part.get_content() for part in received.iter_attachments()}
    name = f"{PLAN}.{BEARINGS}.monthly.2026-04"
    assert set(files) == {f"{name}.docx", f"{name}.xlsx"}
    written = docx.Document(BytesIO(files[f"{name}.docx"])).paragraphs
    words = "\n".join(one.text for one in written).replace("\u00a0", " ")
    assert SAID in words
    assert SAID in received.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    sheets = openpyxl.load_workbook(BytesIO(files[f"{name}.xlsx"]))
    cells = {cell.value for sheet in sheets for row in sheet.iter_rows() for cell in row}
    assert YTD in cells
