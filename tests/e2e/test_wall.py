"""The wall in a real browser, over the real read API and a real store."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from services.metrics.testing import NOW, Service
from shared.events.facts import INVESTMENT, PROJECT, Fact, ProjectState, funds_indicator
from shared.plans import load_catalogue
from shared.settings import CommonSettings
from shared.storage import open_engine
from shared.storage.migrations import migrate
from shared.testing.browsing import BROWSER_FLAGS, FAULTS_OF_TEXT
from shared.testing.clock import RunningClock
from shared.testing.facts import fact, membership
from shared.testing.serving import served
from shared.testing.suites import browser_program
from shared.testing.waiting import wait_until

pytestmark = pytest.mark.browser

BEARINGS, MATERIALS, FOOD = "szah-lb-bearings", "szah-xx-functional-materials", "szah-ds-green-food"
MASKED = "szah-sx-auto-parts"
LABEL = "模拟数据"
YI = 100_000_000
SIZES = [(1366, 768), (1920, 1080), (3840, 2160)]
VIEWS = ["#/", f"#/cluster/{MATERIALS}", f"#/cluster/{MASKED}", "#/ranking", "#/projects"]


def months(unit: str, firm: str, yearly: int, growth: float) -> Iterator[Fact]:
    """Monthly reports from 2023 to October 2026; `yearly` is the year's total of 2023 in yuan."""
    totals = {year: yearly * (1 + growth) ** (year - 2023) for year in range(2022, 2027)}
    for year in range(2023, 2027):
        for month in range(2, 13 if year < 2026 else 11):
            now, before = (round(totals[y] * month / 12) for y in (year, year - 1))
            yield fact(
                unit, firm, f"{year}-{month:02}", ytd=now, ytd_last_year=before,
                month=round(totals[year] / 12), as_of="2026-11-15T07:20:00Z",
            )  # fmt: skip


def facts() -> Iterator[Fact]:
    for unit, firms, yearly, growth in (
        (BEARINGS, "abcde", 4 * YI, 0.1),
        (MATERIALS, "fghij", 22 * YI, 0.22),
        (FOOD, "klmno", 14 * YI, 0.2),
        (MASKED, "p", 20 * YI, 0.05),
    ):
        for firm in firms:
            yield membership(unit, firm, "2023-01", as_of="2026-11-15T07:20:00Z")
            yield from months(unit, firm, yearly, growth)


def project_facts() -> Iterator[Fact]:
    """Twelve projects of a cluster: stages, investment, and funds from three provinces."""
    for number in range(12):
        project, size = f"p{number:02}", (number + 5) * 10_000_000
        origin = funds_indicator("CNY", ("32", "33", "31")[number % 3])
        month = f"2026-{2 + number % 7:02}"
        signed = ProjectState(
            "signed", occurred_on=f"{month}-20", contracted_total=size * 10, currency="CNY"
        )
        spent = {"ytd": size, "ytd_last_year": size // 2, "as_of": "2026-11-15T07:20:00Z"}
        for unit in (MATERIALS, "suzhou-ah"):
            yield fact(unit, project, month, indicator=PROJECT, project=signed)
            for indicator in (INVESTMENT, origin):
                yield fact(unit, project, "2026-10", indicator=indicator, **spent)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    settings = CommonSettings(data_dir=tmp_path_factory.mktemp("wall"))
    engine = open_engine(settings, "metrics")
    migrate(engine, "metrics")
    made = Service(engine, load_catalogue(), RunningClock(NOW)).freezing_at_once()
    made.feed([*facts(), *project_facts()])
    made.make_forecasts()
    yield made
    engine.dispose()


class Alerts:
    """`AlertSource` with one firing alert."""

    async def firing(self, plan: str) -> list[dict[str, Any]]:
        labels = {"plan": plan, "unit": BEARINGS, "region": "suzhou-ah-lingbi"}
        return [
            {
                "labels": {**labels, "alertname": "fell_back"},
                "name": "轴承制造主导产业", "state": "firing", "colour": "red", "period": "2026-10",
                "starts_at": "2026-11-10T01:00:00+00:00", "reason": "lost_again",
                "acknowledgement": {"by": "灵璧县专班"}, "suppressed": False,
            }
        ]  # fmt: skip


@pytest.fixture(scope="module")
def address(service: Service) -> Iterator[str]:
    with served(service.app(data_label=LABEL, alerts=Alerts())) as found:
        yield found


@pytest.fixture(scope="module")
def browser(
    service: Service,
) -> Iterator[Browser]:  # whose forecasts need a loop of their own first
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=browser_program(), args=BROWSER_FLAGS)
        yield found
        found.close()


Open = Callable[..., Page]


@pytest.fixture
def open_wall(browser: Browser, address: str) -> Iterator[Open]:
    """Opens the wall; at the end no page may have complained or called another host."""
    pages, said, asked = [], list[str](), list[str]()

    def look(view: str = "#/", query: str = "rotate=0", size: tuple[int, int] = SIZES[0]) -> Page:
        page = browser.new_page(viewport={"width": size[0], "height": size[1]})
        pages.append(page)
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{address}/wall?{query}{view}")
        page.wait_for_selector("#stage[data-page], body[data-ready]")
        return page

    yield look
    for page in pages:
        page.close()
    assert said == []
    assert [url for url in asked if not url.startswith((address, "data:"))] == []


def api(address: str, path: str) -> Any:
    answer = httpx.get(f"{address}/api/v1/{path}", timeout=30)
    answer.raise_for_status()
    return answer.json()


def yi(value: int) -> str:
    """An amount as the wall writes it."""
    scaled = abs(value) / YI
    text = f"{scaled:,.2f}" if scaled < 99.995 else f"{scaled:,.1f}"
    return f"−{text}" if value < 0 and float(text.replace(",", "")) else text


def test_the_overview_shows_every_cluster_with_the_figures_of_the_api(
    open_wall: Open, address: str
) -> None:
    page = open_wall()
    views = [v for v in api(address, "clusters?limit=1000")["items"] if v["kind"] == "cluster"]
    assert page.locator(".rows a.row").count() == len(views) == 15

    reported = [view for view in views if view["ytd"] is not None]
    assert {view["cluster"] for view in reported} == {BEARINGS, MATERIALS, FOOD}
    for view in reported:
        row = page.locator(f'.rows [data-unit="{view["cluster"]}"]').inner_text()
        assert yi(view["ytd"]) in row
        assert yi(view["gap"]) in row
        assert yi(view["required_ytd"]) in row
        assert yi(view["forecast"]["median"]) in row
        assert f"{view['enterprises']['reporting']}/{view['enterprises']['expected']}" in row
        assert f"{abs(view['ytd_growth']) * 100:.1f}%" in row


def test_counts_by_colour_are_those_of_the_api(open_wall: Open, address: str) -> None:
    page = open_wall()
    views = [v for v in api(address, "clusters?limit=1000")["items"] if v["kind"] == "cluster"]
    for colour in ("green", "blue", "yellow", "orange", "red", "grey"):
        shown = page.locator(f"#summary li.{colour} b").inner_text()
        assert int(shown) == sum(view["colour"] == colour for view in views)


def test_a_colour_never_stands_alone(open_wall: Open) -> None:
    page = open_wall()
    rows = page.locator(".rows a.row").all()
    assert all(row.locator(".status b").inner_text() for row in rows)
    shapes = {row.locator(".mark").first.inner_html() for row in rows}
    colours = {row.get_attribute("class") for row in rows}
    assert len(shapes) == len(colours) > 2


def test_a_clusters_page_shows_figures_decomposition_and_charts(
    open_wall: Open, address: str
) -> None:
    page = open_wall(f"#/cluster/{BEARINGS}")
    view = api(address, f"clusters/{BEARINGS}")
    text = page.locator("article.cluster").inner_text()
    for value in (view["ytd"], view["gap"], view["required_ytd"], view["forecast"]["median"]):
        assert yi(value) in text
    assert yi(view["decomposition"]["continuing"]) in text
    assert "灵璧县人民政府" in text
    assert page.locator(".chart canvas").count() == 2
    assert all(box["width"] > 200 for box in _boxes(page, ".chart canvas"))


def _boxes(page: Page, selector: str) -> list[Any]:
    return [found.bounding_box() for found in page.locator(selector).all()]


def test_the_race_shows_the_scores_of_the_api_and_like_runs_with_like(
    open_wall: Open, address: str
) -> None:
    page = open_wall("#/ranking")
    _, *regions = api(address, "scores")["items"]
    for score in regions:
        lane = page.locator(f'.lane[data-unit="{score["unit"]}"]').inner_text()
        assert score["name"] in lane
        assert ("—" if score["score"] is None else f"{score['score']:.1f}") in lane
        assert f"已评{score['judged']}/{score['of']}" in lane
    assert page.locator(".group h3").all_inner_texts() == ["县区", "市管园区"]
    places = page.locator(".group").first.locator(".lane .place").all_inner_texts()
    ranked = [int(place) for place in places if place != "—"]
    assert ranked == sorted(ranked)


def test_projects_stages_and_stalled_ones_are_those_of_the_api(
    open_wall: Open, address: str
) -> None:
    page = open_wall("#/projects")
    view = api(address, f"clusters/{MATERIALS}")
    row = page.locator(f'.board [data-unit="{MATERIALS}"]').inner_text()
    assert str(view["projects"]["by_stage"]["signed"]) in row
    stalled = view["projects"]["stalled"]
    assert page.locator(".stalled li:not(.more)").count() == min(5, len(stalled)) > 2
    longest = max(stalled, key=lambda project: project["days"])
    assert f"{longest['days']}天" in page.locator(".stalled li").first.inner_text()


def test_investment_and_funds_are_shown_apart_by_origin(open_wall: Open, address: str) -> None:
    view = api(address, f"clusters/{MATERIALS}")
    page = open_wall(f"#/cluster/{MATERIALS}")
    assert yi(view["investment"]["ytd"]) in page.locator(".panel.investment").inner_text()
    (block,) = view["funds"]
    funds = page.locator(".panel.funds").inner_text()
    assert yi(block["total"]["ytd"]) in funds
    assert {"江苏", "浙江", "上海"} <= set(re.findall(r"[\u4e00-\u9fff]{2}", funds))
    assert page.locator(".origins li").count() == len(block["by_origin"]) == 3


def test_a_confidential_cluster_shows_the_mark_and_no_figure(open_wall: Open, address: str) -> None:
    assert api(address, f"clusters/{MASKED}")["suppressed"] is True
    for view in ("#/", "#/ranking", "#/projects"):
        line = open_wall(view).locator(f'[data-unit="{MASKED}"]').first.inner_text()
        assert "不公开" in line
        assert not re.search(r"\d\.\d|%", line)
    own = open_wall(f"#/cluster/{MASKED}")
    text = own.locator("article.cluster").inner_text()
    assert "不公开" in text
    assert not re.search(r"\d\.\d|%", text)
    assert own.locator("canvas").count() == 0


def test_a_new_report_changes_the_wall_within_five_seconds_without_reload(
    open_wall: Open, address: str, service: Service
) -> None:
    page, detail = open_wall(), open_wall(f"#/cluster/{FOOD}")
    for each in (page, detail):
        each.evaluate("window.notReloaded = true")
    before = api(address, f"clusters/{FOOD}")["ytd"]
    newer = fact(
        FOOD, "k", "2026-10", version=2, ytd=30 * YI, ytd_last_year=12 * YI,
        as_of="2026-11-15T07:59:00Z",
    )  # fmt: skip
    service.feed([newer])
    after = api(address, f"clusters/{FOOD}")["ytd"]
    assert yi(after) != yi(before)

    def changed() -> bool:
        row = page.locator(f'.rows [data-unit="{FOOD}"]').inner_text()
        return yi(after) in row and yi(after) in detail.locator(".figures").first.inner_text()

    wait_until(changed, seconds=5, what="both pages show the new year-to-date")
    assert page.evaluate("window.notReloaded") is True
    assert detail.evaluate("window.notReloaded") is True


def test_a_lost_connection_is_said_and_mends_itself(browser: Browser, service: Service) -> None:
    page = browser.new_page(viewport={"width": 1366, "height": 768})
    with served(service.app()) as address:
        page.goto(f"{address}/wall?rotate=0")
        page.wait_for_selector("#stage[data-page]")
        assert "实时" in page.inner_text("#health")
    wait_until(
        lambda: "连接中断" in page.inner_text("#health"), seconds=30, what="the wall says so"
    )
    assert page.locator(".rows a.row").count() == 15
    with served(service.app(), port=int(address.rsplit(":", 1)[1])):
        wait_until(lambda: "实时" in page.inner_text("#health"), seconds=30, what="it is back")
    page.close()


def test_old_data_are_called_old(
    browser: Browser, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = browser.new_page(viewport={"width": 1366, "height": 768})
    later = RunningClock(NOW.replace(year=2027, month=2))
    monkeypatch.setattr(service, "clock", later)
    with served(service.app()) as address:
        page.goto(f"{address}/wall?rotate=0")
        page.wait_for_selector("#stage[data-page]")
        wait_until(
            lambda: "数据已92天未更新" in page.inner_text("#health"), seconds=10, what="it says so"
        )
    page.close()


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}px")
@pytest.mark.parametrize("view", VIEWS)
def test_no_text_is_cut_or_lies_on_another(
    open_wall: Open, view: str, size: tuple[int, int]
) -> None:
    page = open_wall(view, size=size)

    assert page.evaluate(FAULTS_OF_TEXT) == []
    for dimension, wanted in zip(("Width", "Height"), size, strict=True):
        assert page.evaluate(f"document.documentElement.scroll{dimension}") == wanted


def test_text_is_large_enough_for_five_metres(open_wall: Open) -> None:
    page = open_wall(size=(1920, 1080))
    sizes = page.evaluate(
        "[...document.querySelectorAll('.number b, .status b, .name b')]"
        ".map((each) => parseFloat(getComputedStyle(each).fontSize))"
    )
    assert min(sizes) >= 20


def test_the_ticker_shows_firing_alerts_and_who_has_taken_them_on(open_wall: Open) -> None:
    ticker = open_wall().locator("#ticker")
    wait_until(lambda: "预警 1/1" in ticker.inner_text(), seconds=10, what="the ticker is filled")
    text = ticker.inner_text()
    assert "灵璧县 轴承制造主导产业：进度回落，曾达到进度要求，现又落后" in text
    assert "已认领：灵璧县专班" in text


def test_it_says_that_the_figures_are_simulated(open_wall: Open) -> None:
    page = open_wall()
    assert page.inner_text("#label") == LABEL
    assert LABEL in page.title()


def test_keys_turn_pages_pause_and_help(open_wall: Open) -> None:
    page = open_wall(query="rotate=600")

    def shows(view: str) -> None:
        page.wait_for_selector(f'#stage[data-page="{view}"]')

    page.keyboard.press("3")
    shows("#/ranking")
    page.keyboard.press("ArrowRight")
    shows("#/projects")
    page.keyboard.press("ArrowRight")
    shows("#/")
    page.keyboard.press("ArrowLeft")
    shows("#/projects")
    page.keyboard.press(" ")
    wait_until(lambda: "已暂停" in page.inner_text("#turn"), seconds=5, what="it is paused")
    page.keyboard.press("?")
    assert "按键" in page.locator("#help").inner_text()
    page.keyboard.press("?")
    assert not page.locator("#help").is_visible()


def test_pages_turn_by_themselves(open_wall: Open) -> None:
    page = open_wall(query="rotate=3")
    page.wait_for_selector('#stage[data-page^="#/cluster/"]', timeout=15_000)


def test_a_county_can_show_its_own_clusters_only(open_wall: Open, address: str) -> None:
    page = open_wall(query="rotate=0&region=灵璧县")
    rows = page.locator(".rows a.row").all()
    assert [row.get_attribute("data-unit") for row in rows] == [BEARINGS]
    assert page.locator(".tile.chosen h3").inner_text() == "灵璧县"


def test_the_print_view_is_light_and_has_every_page(open_wall: Open, tmp_path: Path) -> None:
    page = open_wall(view="", query="print=1", size=(1600, 900))
    page.wait_for_selector("body[data-ready]", timeout=60_000)

    assert page.locator(".sheet").count() == 1 + 1 + 1 + 15 + 1
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    printed = page.pdf(prefer_css_page_size=True, print_background=True)
    assert len(re.findall(rb"/Type /Page\b", printed)) == 1 + 1 + 1 + 15 + 1


def test_printing_the_wall_itself_makes_it_light(open_wall: Open) -> None:
    page = open_wall(f"#/cluster/{MATERIALS}")

    def ground() -> Any:
        return page.evaluate("getComputedStyle(document.body).backgroundColor")

    dark = ground()
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert ground() == "rgb(255, 255, 255)"
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert ground() == dark
