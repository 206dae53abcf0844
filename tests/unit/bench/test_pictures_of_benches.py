"""The pictures of docs/performance.md are those of the results, and say what is missing."""

import importlib
import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pytest

from shared.testing.load import build_load

ROOT = Path(__file__).parents[3]
BENCH, IMAGES = ROOT / "bench", ROOT / "docs" / "img"
RESULTS = BENCH / "results"
_DESCRIPTION = "{http://purl.org/dc/elements/1.1/}description"
_SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Any]:
    for folder in (BENCH / "peers", BENCH):
        monkeypatch.syspath_prepend(str(folder))
    return importlib.import_module


def described(svg: bytes) -> str:
    (found,) = ET.fromstring(svg).iter(_DESCRIPTION)  # noqa: S314 - our own
    return found.text or ""


def written(folder: Path, name: str, report: dict[str, Any]) -> Path:
    (folder / f"{name}.json").write_text(json.dumps(report), encoding="utf-8")
    return folder


def series(panel: Any) -> list[tuple[str, list[tuple[str, float]]]]:
    return [(group.name, [(bar.series, bar.value) for bar in group.bars]) for group in panel.groups]


def test_the_committed_pictures_are_those_of_the_committed_results(bench: Any) -> None:
    pictures = bench("chart_rows").pictures_of(RESULTS)
    page = (ROOT / "docs" / "performance.md").read_text(encoding="utf-8")

    for picture in pictures:
        committed = (IMAGES / f"{picture.name}.svg").read_bytes()
        assert described(committed) == picture.words, "python bench/chart.py draws it anew"
        assert f"](img/{picture.name}.svg)" in page
    assert {path.stem for path in IMAGES.glob("bench-*")} == {each.name for each in pictures}


def test_bars_are_as_long_as_the_values_and_goals_stand_where_they_are(
    bench: Any, tmp_path: Path
) -> None:
    rows = [
        {"figure": f"CPU time a fact, {size} facts", "value": value, "goal": goal}
        for size, value, goal in (("10", 1.0, None), ("20", 1.4, "at most 1.5"), ("40", 9.25, None))
    ]
    folder = written(tmp_path, "growth", {"summary": rows})
    picture = bench("chart_rows").pictures_of(folder)[-1]

    figure = bench("chart").draw(picture)

    axes = figure.axes[0]
    assert [bar.get_width() for bar in axes.patches] == [1.0, 1.4, 9.25]
    assert [text.get_text() for text in axes.texts] == ["1.00", "1.40", "9.25"]
    assert [tick.get_text() for tick in axes.get_yticklabels()] == [
        *("10 facts", "20 facts", "40 facts")
    ]
    (mark,) = axes.collections
    assert {float(x) for x, _ in mark.get_paths()[0].vertices} == {1.5}
    assert axes.get_xlim()[0] == 0
    assert [text.get_text() for text in figure.legends[0].get_texts()] == [
        *("newer version of a known fact", "goal: at most 1.5")
    ]


def test_a_number_that_the_goal_would_strike_out_stands_inside_its_bar(
    bench: Any, tmp_path: Path
) -> None:
    rows = [
        {"figure": f"CPU time a fact, {size} facts", "value": value, "goal": "at most 1.5"}
        for size, value in (("10", 1.45), ("20", 1.0), ("40", 1.6))
    ]
    picture = bench("chart_rows").pictures_of(written(tmp_path, "growth", {"summary": rows}))[-1]

    axes = bench("chart").draw(picture).axes[0]

    assert [text.get_ha() for text in axes.texts] == ["right", "left", "left"]


def test_a_picture_is_the_same_whenever_and_with_whatever_settings_it_is_drawn(
    bench: Any,
) -> None:
    chart = bench("chart")
    picture = bench("chart_rows").pictures_of(RESULTS)[0]
    first = chart.svg(picture)

    with mpl.rc_context({"font.size": 30, "figure.facecolor": "black"}):
        again = chart.svg(picture)

    assert again == first
    root = ET.fromstring(first)  # noqa: S314 - our own
    assert "date" not in first.decode().casefold().replace(picture.words.casefold(), "")
    assert next(root.iter(f"{_SVG}text"), None) is None
    (background,) = (each for each in root.iter(f"{_SVG}g") if each.get("id") == "patch_1")
    assert "fill: #ffffff" in background[0].get("style", "")


def test_without_any_results_the_pictures_say_so(bench: Any, tmp_path: Path) -> None:
    bench("chart").write_pictures(tmp_path, tmp_path)

    found = sorted(tmp_path.glob("*.svg"))
    assert [path.stem for path in found] == ["bench-delay", "bench-growth", "bench-rate"]
    for path in found:
        words = described(path.read_bytes())
        assert words.count("there is no committed run yet") == len(words.splitlines()) - 1


def test_a_store_that_was_not_measured_and_a_peer_that_failed_are_named(
    bench: Any, tmp_path: Path
) -> None:
    rows = bench("chart_rows")
    rate = {"figure": "SQLite, first load: of the bare read's rate", "value": 0.1, "goal": None}
    delay = {
        "figure": "SQLite, 50% of capacity: /metrics, p99, s",
        "value": 1.5,
        "goal": "at most 2",
    }

    assert rows.rates({"summary": [rate]}).note == "PostgreSQL: not measured in this run"
    assert rows.delays({"summary": [delay]}, "SQLite").note == ""
    assert rows.delays({"summary": [delay]}, "PostgreSQL").note == "not measured in this run"
    failed = rows.peers({"summary": [], "failed": {"faust": "did not start"}})
    assert [(group.name, group.note) for group in failed.groups] == [("faust", "did not start")]
    written(tmp_path, "delay", {"summary": [delay]})
    words = rows.pictures_of(tmp_path)[1].words
    assert "- at 50 % of capacity: 99th percentile (p99) 1.5 s (goal: at most 2 s)\n" in words


def test_the_names_that_throughput_gives_its_figures_are_understood(bench: Any) -> None:
    rows, throughput, readers = bench("chart_rows"), bench("throughput"), bench("readers")
    reading = readers.Reading(1000, 10.0, 10.0, 1.0, 1.0)
    jobs = (throughput.FIRST, throughput.AGAIN, throughput.REVISED)
    names = [f"{store}, {job}" for job in jobs for store in throughput.ENGINES]
    others = (throughput.BARE, throughput.NAIVE, throughput.STATEMENTS)
    found = {name: [reading] for name in (*others, *names)}
    load = build_load(7, events=10, places=throughput.PLACES, periods=throughput.PERIODS)

    panel = rows.rates(throughput.report_of(found, load, 1, 1.0))

    both = [("SQLite", 1.0), ("PostgreSQL", 1.0)]
    assert series(panel) == [
        (throughput.FIRST, [*both, (rows.STATEMENTS, 0.5)]),
        (throughput.AGAIN, both),
        (throughput.REVISED, both),
    ]
    assert panel.groups[0].bars[0].limit is not None
    assert panel.note == ""


def test_the_names_that_peers_gives_its_figures_are_understood(bench: Any) -> None:
    rows, peers, readers = bench("chart_rows"), bench("peers"), bench("readers")
    labels = (peers.BARE, peers.OURS, *(peer.label for peer in peers.PEERS))
    found = {
        label: [readers.Reading(1000, seconds, 10.0, 1.0, 1.0)]
        for seconds, label in enumerate(labels, 1)
    }
    load = build_load(7, events=10, places=peers.PLACES, periods=peers.PERIODS)

    panel = rows.peers(peers.report_of(found, {}, load, 1.0))

    assert [group.name for group in panel.groups] == list(labels[1:])
    assert [group.bars[0].series for group in panel.groups] == [
        *("SQLite", *[rows.OTHER] * len(peers.PEERS))
    ]


def test_the_names_that_delay_gives_its_figures_are_understood(bench: Any) -> None:
    rows, delay, run = bench("chart_rows"), bench("delay"), bench("delay_run")
    values = [number / 100 for number in range(101)]
    told = run.Delays(values, values, values).quantiles()
    found = delay.Found([delay.Round(1000.0, dict.fromkeys(delay.SHARES, told))], [0.5])

    panel = rows.delays({"summary": delay.rows_of("SQLite", found, 1)}, "SQLite")

    shares = [f"at {share:.0%} of capacity".replace("%", " %") for share in delay.SHARES]
    assert series(panel) == [(share, [(rows.MEDIAN, 0.5), (rows.LATE, 0.99)]) for share in shares]
    limits = [bar.limit for group in panel.groups for bar in group.bars]
    assert limits == [None, None, None, 2.0, None, None]


def test_the_names_that_growth_gives_its_figures_are_understood(bench: Any) -> None:
    rows, growth = bench("chart_rows"), bench("growth")
    costs = [
        growth.Cost(facts, units, 1.0, 1.0, 1.0, 1, 1, 1.0, 1.0)
        for facts, units in ((10_000, 20), (100_000, 20), (1_000_000, 5_000))
    ]

    panel = rows.growth(growth.report_of(costs, 1, 1.0))

    both = [(rows.KNOWN, 1.0), (rows.NEW, 1.0)]
    assert series(panel) == [
        ("10,000 facts", both),
        ("100,000 facts", both[:1]),
        ("1,000,000 facts of 5,000 clusters", both),
    ]
    assert panel.groups[-1].bars[-1].limit is not None


def test_the_writer_of_the_page_draws_the_pictures(
    bench: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = bench("page")
    text = tmp_path / "page.md"
    text.write_text("words\n", encoding="utf-8")
    old = tmp_path / "bench-rate.svg"
    old.write_bytes(b"old")
    for name, value in (("PAGE", text), ("IMAGES", tmp_path)):
        monkeypatch.setattr(page, name, value)

    page.main()

    assert text.read_text(encoding="utf-8") == "words\n"
    assert len(list(tmp_path.glob("*.svg"))) == 3
    assert re.search(r"SQLite [\d.]+", described(old.read_bytes()))
