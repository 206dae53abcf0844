"""The console in a browser, as a task force uses it; the alerts service is real, Kafka is away."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect, sync_playwright

from clusterwatch.launcher.ports import free_ports
from shared.access.readers import Reader, Role, Scope
from shared.access.store import DATABASE, AccessStore
from shared.clock import SystemClock
from shared.testing.robots import WeComRobot, serving
from shared.testing.stores import migrated_store
from shared.testing.suites import browser_program
from shared.testing.waiting import wait_until

pytestmark = pytest.mark.browser

# As root, and without Chromium's own calls to the outside.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
NASTY = "<script>alert(1)</script>\"'&"
DISK_FULL = {
    "labels": {"alertname": "DiskFull", "severity": "critical", "instance": "db-1"},
    "annotations": {"summary": f"db-1 的磁盘已满 {NASTY}"},
}


@dataclass
class Console:
    """The service with access control, tokens for it, and a robot."""

    url: str
    tokens: dict[Role, str]
    robot: WeComRobot
    log: Path
    said: list[str] = field(default_factory=list)
    """What the browser's console said: nothing, if all is well."""

    def call(self, role: Role, method: str, path: str, body: object = None) -> httpx.Response:
        headers = {"authorization": f"Bearer {self.tokens[role]}"}
        answer = httpx.request(method, self.url + path, json=body, headers=headers, timeout=30)
        answer.raise_for_status()
        return answer


def make_tokens(folder: Path) -> dict[Role, str]:
    now = SystemClock().now()
    with migrated_store(DATABASE, folder) as engine:
        store = AccessStore(engine)
        return {
            role: store.create(Reader(f"{role}-1", role, Scope()), timedelta(days=1), now, "test")[
                1
            ]
            for role in Role
        }


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    folder = tmp_path_factory.mktemp("console")
    (port,) = free_ports(1)
    url = f"http://127.0.0.1:{port}"
    robot = WeComRobot(SystemClock())
    environment = {
        **{k: v for k, v in os.environ.items() if not k.startswith("CLUSTERWATCH_")},
        "CLUSTERWATCH_KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:9",
        "CLUSTERWATCH_DATA_DIR": str(folder),
        "CLUSTERWATCH_ACCESS": "on",
        "CLUSTERWATCH_DATA_LABEL": "模拟数据",
        "CLUSTERWATCH_ALERTS_PORT": str(port),
        "CLUSTERWATCH_ALERTS_PUBLIC_URL": url,
        "CLUSTERWATCH_ALERTS_INGEST_URL": "http://127.0.0.1:9",
        "CLUSTERWATCH_ALERTS_METRICS_URL": "http://127.0.0.1:9",
        "CLUSTERWATCH_ALERTS_PRIVATE_TARGETS": "127.0.0.0/8",
        "CLUSTERWATCH_ALERTS_DELIVERY_SECONDS": "0.2",
    }
    tokens, log = make_tokens(folder), folder / "alerts.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "clusterwatch", "alerts"],
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        with serving(robot):
            wait_until(lambda: answers(url), seconds=90, what=f"the service answers, see {log}")
            yield Console(url, tokens, robot, log)
    finally:
        process.terminate()
        process.wait(30)


def answers(url: str) -> bool:
    with suppress(httpx.HTTPError):
        return httpx.get(f"{url}/-/healthy", timeout=5).status_code == 200
    return False


@pytest.fixture
def page(console: Console) -> Iterator[Page]:
    """A page in the system's Chromium; the test fails when the browser complains."""
    console.said.clear()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_program(), args=FLAGS)
        opened = browser.new_page(viewport={"width": 1366, "height": 900})
        opened.on("console", lambda message: console.said.append(message.text))
        opened.on("pageerror", lambda error: console.said.append(str(error)))
        yield opened
        browser.close()
    assert console.said == []


def keep(page: Page, name: str) -> None:
    """Keep a picture where somebody wants to look at it."""
    folder = os.environ.get("CLUSTERWATCH_TEST_SCREENSHOTS")
    if folder:
        page.screenshot(path=Path(folder) / f"console-{name}.png", full_page=True)


def sign_in(page: Page, console: Console, role: Role, place: str = "/console") -> None:
    page.goto(console.url + place)
    page.get_by_label("访问令牌").fill(console.tokens[role])
    keep(page, "sign-in")
    page.get_by_role("button", name="登录").click()
    page.get_by_role("navigation", name="主导航").wait_for()


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def test_a_wrong_token_is_refused_in_words(console: Console, page: Page) -> None:
    page.goto(f"{console.url}/console")
    page.get_by_label("访问令牌").fill("cwt_wrong")
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("alert")).to_contain_text("令牌无效")
    # Chromium notes every answer of 401 as an error of loading.
    assert console.said
    assert all("401" in line for line in console.said)
    console.said.clear()


def test_a_task_force_subscribes_and_tests_the_way(console: Console, page: Page) -> None:
    sign_in(page, console, Role.TASK_FORCE)
    page.get_by_role("link", name="订阅", exact=True).click()
    page.get_by_role("button", name="新建订阅").click()
    page.get_by_label("订阅人（专班、部门或个人）").fill(f"轴承专班 {NASTY}")
    page.get_by_label("地址 1").fill(console.robot.url)
    page.get_by_role("button", name="看看过去 24 个月").click()
    expect(page.get_by_role("heading", name="预览")).to_be_visible()
    keep(page, "subscription")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("status")).to_have_text("已保存。")
    row = page.get_by_role("row").filter(has_text="轴承专班")
    assert console.robot.key not in page.content()
    keep(page, "subscriptions")

    row.get_by_role("button", name="发测试").click()
    expect(page.get_by_role("heading", name="发送记录")).to_be_visible()
    wait_until(lambda: console.robot.texts, seconds=30, what="the test reaches the robot")
    page.reload()
    expect(page.locator(".status.sent")).to_have_text("已送达")
    keep(page, "deliveries")


def test_it_takes_an_alert_on_and_silences_it(console: Console, page: Page) -> None:
    console.call(Role.FEED, "POST", "/api/v2/alerts", [DISK_FULL])
    wait_until(lambda: len(console.robot.texts) == 2, seconds=30, what="the alert is told")
    sign_in(page, console, Role.TASK_FORCE)
    keep(page, "alerts")
    page.get_by_role("link", name="db-1 的磁盘已满").click()
    assert "<script>alert" not in page.content()
    page.locator("#acknowledge").get_by_label("认领人").fill("王工")
    page.get_by_label("将采取的措施").fill("今晚扩容")
    keep(page, "alert")
    page.get_by_role("button", name="认领", exact=True).click()
    expect(page.get_by_role("status")).to_have_text("已认领。")
    expect(page.get_by_text("现由 王工 认领")).to_be_visible()

    page.locator("#silence").get_by_label("原因").fill("正在扩容")
    page.get_by_role("button", name="静默此告警").click()
    expect(page.get_by_role("status")).to_have_text("静默已生效。")
    keep(page, "silences")
    page.get_by_role("button", name="结束").click()
    expect(page.get_by_role("heading", name="最近结束")).to_be_visible()
    assert fits(page)


def test_the_link_in_a_message_takes_its_alert_on_without_signing_in(
    console: Console, page: Page
) -> None:
    if not console.robot.texts:
        pytest.skip("nothing was told before")
    link = re.search(r"/console/a/[\w-]+", console.robot.texts[-1])
    assert link is not None
    page.goto(console.url + link[0])
    page.get_by_label("认领人").fill("李工")
    page.get_by_label("将采取的措施").fill("换盘")
    keep(page, "link")
    page.get_by_role("button", name="认领").click()
    expect(page.get_by_role("status")).to_have_text("已认领。")
    alerts = console.call(Role.VIEWER, "GET", "/api/v1/alerts").json()["items"]
    assert alerts[0]["acknowledgement"]["by"] == "李工"


def test_a_viewer_reads_and_finds_nothing_to_press(console: Console, page: Page) -> None:
    sign_in(page, console, Role.VIEWER)
    expect(page.get_by_role("link", name="审计")).to_have_count(0)
    for place in ("alerts", "subscriptions", "silences", "deliveries"):
        page.goto(f"{console.url}/console/{place}")
        buttons = page.get_by_role("main").get_by_role("button").all_inner_texts()
        assert set(buttons) <= {"筛选"}, place
        assert fits(page)
    page.get_by_role("button", name="退出").click()
    expect(page.get_by_role("heading", name="登录")).to_be_visible()


def test_an_administrator_reads_the_audit_log_and_what_comes_in(
    console: Console, page: Page
) -> None:
    sign_in(page, console, Role.ADMINISTRATOR, "/console/audit")
    expect(page.get_by_text("发放令牌").first).to_be_visible()
    expect(page.get_by_text("administrator-1").first).to_be_visible()
    keep(page, "audit")
    page.get_by_role("link", name="收数").click()
    expect(page.get_by_text("没有应答").first).to_be_visible()
    keep(page, "intake")
    assert fits(page)


def test_on_a_telephone_nothing_is_cut_off(console: Console, page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    sign_in(page, console, Role.TASK_FORCE)
    for place in ("alerts", "subscriptions/new", "silences", "deliveries"):
        page.goto(f"{console.url}/console/{place}")
        keep(page, f"phone-{place.replace('/', '-')}")
        assert fits(page), place
