"""Papers as HTML: one file that fetches nothing and that a strict policy lets pass."""

import base64
import hashlib
import re
from html.parser import HTMLParser

import msgspec

from services.alerts.adapters.papers.policy import POLICY
from services.alerts.adapters.papers.press import render
from services.alerts.domain.papers.formats import Format
from services.alerts.domain.papers.model import Paper


class Tags(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))

    def of(self, name: str) -> list[dict[str, str]]:
        return [attributes for tag, attributes in self.found if tag == name]


def test_nothing_is_fetched_and_nothing_runs(rich_html: bytes) -> None:
    tags = Tags(rich_html.decode())
    assert not {tag for tag, _ in tags.found} & {"script", "link", "iframe", "img", "object"}
    for _, attributes in tags.found:
        assert "style" not in attributes
        assert not [name for name in attributes if name.startswith("on")]
        assert attributes.get("href", "#").startswith("#")
        assert "src" not in attributes


def test_the_policy_allows_the_page_its_one_style_and_no_more(rich_html: bytes) -> None:
    styles = re.findall(r"<style>(.*?)</style>", rich_html.decode(), re.DOTALL)
    hashed = base64.b64encode(hashlib.sha256(styles[0].encode()).digest()).decode()
    assert len(styles) == 1
    assert f"style-src 'sha256-{hashed}';" in POLICY
    assert POLICY.startswith("default-src 'none';")


def test_tables_and_charts_can_be_read_aloud(rich_html: bytes) -> None:
    tags = Tags(rich_html.decode())
    assert tags.of("html") == [{"lang": "zh-CN"}]
    assert len(tags.of("caption")) == len(tags.of("table")) == 5
    assert all(head.get("scope") for head in tags.of("th"))
    pictures = [each for each in tags.of("div") if each.get("role") == "img"]
    assert len(pictures) == 3
    assert all(each["aria-label"] for each in pictures)


def test_ids_are_unique_and_the_contents_lead_to_headings(rich_html: bytes) -> None:
    tags = Tags(rich_html.decode())
    ids = [attributes["id"] for _, attributes in tags.found if "id" in attributes]
    assert len(ids) == len(set(ids))
    targets = [link["href"].removeprefix("#") for link in tags.of("a")]
    assert len(targets) == 6
    assert set(targets) <= set(ids)


def test_names_from_outside_cannot_become_markup(rich_html: bytes) -> None:
    text = rich_html.decode()
    assert "<b>" not in text
    assert "+轴承精密加工&lt;b&gt;二期&lt;/b&gt;" in text


def test_a_null_says_why_and_a_suppressed_figure_has_no_value(rich_html: bytes) -> None:
    text = rich_html.decode()
    assert re.search(
        r'<data value="" data-figure="city[^"]*forecast" title="无预测">—\u00a0②</data>', text
    )
    assert re.search(r'<data value="" data-figure="cluster-4[^"]*ytd">\*</data>', text)
    assert "“—\u00a0①”未设目标；“—\u00a0②”无预测。" in text


def test_simulated_data_says_so_on_screen_and_on_every_printed_page(rich_paper: Paper) -> None:
    real = msgspec.structs.replace(rich_paper, simulated=False, sections=())
    simulated = msgspec.structs.replace(real, simulated=True)
    assert '<body class="simulated">' in render(simulated, Format.HTML).decode()
    assert "<span>模拟数据</span>" in render(simulated, Format.HTML).decode()
    assert "<body>" in render(real, Format.HTML).decode()


def test_the_same_paper_gives_the_same_page(rich_paper: Paper, rich_html: bytes) -> None:
    assert render(rich_paper, Format.HTML) == rich_html
