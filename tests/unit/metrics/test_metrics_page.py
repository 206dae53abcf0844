"""The /metrics page over a real store."""

import re
from datetime import timedelta

import pytest
from prometheus_client.openmetrics.parser import (
    text_string_to_metric_families as parse_openmetrics,
)
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import CollectorRegistry
from prometheus_client.samples import Sample

from services.metrics.adapters.page import MetricsPage
from services.metrics.adapters.status_store import SqlStatusStore
from services.metrics.domain.exported import Snapshot
from services.metrics.testing import NOW, Service
from services.metrics.use_cases.export import Snapshots
from services.metrics.use_cases.read_clusters import ReadClusters
from shared.events.facts import Fact
from shared.testing.facts import fact, membership

BEARINGS, PARTS = "szah-lb-bearings", "szah-sx-auto-parts"


def facts() -> list[Fact]:
    members = [membership(BEARINGS, firm, "2023-01") for firm in "abcd"]
    output = [
        fact(unit, firm, "2025-12", ytd=840_000_000, ytd_last_year=600_000_000)
        for unit, firms in ((BEARINGS, "abcd"), ("szah-equipment", "abcdefg"), (PARTS, "e"))
        for firm in firms
    ]
    power = [fact(BEARINGS, firm, "2025-12", indicator="electricity", ytd=1000) for firm in "abcd"]
    staff = [fact(BEARINGS, firm, "2025-12", indicator="employees", month=50) for firm in "abcd"]
    return [*members, *output, *power, *staff]


@pytest.fixture
def page(service: Service) -> MetricsPage:
    service.feed(facts())
    store = SqlStatusStore(service.engine)
    read = ReadClusters(store, service.catalogue, service.rules.limits, service.clock)
    page = MetricsPage(CollectorRegistry())
    page.replace(Snapshots(read, store, lambda _partition: True).take(NOW))
    return page


def samples(page: MetricsPage) -> dict[str, list[Sample]]:
    found: dict[str, list[Sample]] = {}
    text = page.render("").body.decode()
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name.removeprefix("clusterwatch_cluster_"), []).append(sample)
    return found


def test_amounts_carry_their_base_unit_in_the_name(page: MetricsPage) -> None:
    found = samples(page)

    output = next(s for s in found["year_to_date_yuan"] if s.labels["unit"] == BEARINGS)
    assert output.value == 3_360_000_000
    assert output.labels["name"] == "轴承制造主导产业"
    assert {s.labels["indicator"] for s in found["year_to_date_yuan"]} == {"gross_output"}
    assert found["year_to_date_joules"][0].value == 4000 * 3_600_000
    assert found["month_persons"][0].value == 200


def test_a_null_has_no_sample(page: MetricsPage) -> None:
    assert "required_year_to_date_yuan" not in samples(page)


def test_a_suppressed_unit_shows_only_that_and_its_track(page: MetricsPage) -> None:
    of_parts = {
        name: [s for s in group if s.labels.get("unit") == PARTS]
        for name, group in samples(page).items()
    }

    assert of_parts["suppressed"][0].value == 1
    hidden = [name for name, group in of_parts.items() if group and "ytd" in name]
    assert not hidden
    allowed = (
        "suppressed",
        "on_track",
        "verdict",
        "enterprises_",
        "_timestamp_",
        "target_yuan",
        "colour",
        "info",
    )
    for name, group in of_parts.items():
        assert not group or any(word in name for word in allowed), name


def test_exactly_one_verdict_holds_for_each_unit(page: MetricsPage) -> None:
    held: dict[tuple[str, str], float] = {}
    for sample in samples(page)["verdict"]:
        key = (sample.labels["unit"], sample.labels["indicator"])
        held[key] = held.get(key, 0) + sample.value

    assert set(held.values()) == {1}


def test_both_formats_are_complete_and_end_once(page: MetricsPage) -> None:
    shown = page.render("application/openmetrics-text; version=1.0.0")
    text = shown.body.decode()

    assert shown.content_type.startswith("application/openmetrics-text")
    assert text.endswith("# EOF\n")
    assert text.count("# EOF") == 1
    assert list(parse_openmetrics(text))  # type: ignore[no-untyped-call]


def test_a_new_snapshot_replaces_the_rendered_bytes(page: MetricsPage) -> None:
    before = page.render("").body

    page.replace(Snapshot(NOW + timedelta(minutes=1)))

    after = page.render("").body
    assert len(after) < len(before)


def test_names_and_help_texts_follow_the_rules_of_prometheus(page: MetricsPage) -> None:
    text = page.render("").body.decode()
    names = re.findall(r"^# TYPE (\S+) (\S+)$", text, re.MULTILINE)
    helps = dict(re.findall(r"^# HELP (\S+) (.+)$", text, re.MULTILINE))

    for name, kind in names:
        assert re.fullmatch(r"[a-z][a-z0-9_]*", name)
        assert helps[name].endswith((".", ")"))
        assert name.endswith("_total") == (kind == "counter")
        assert not re.search(r"_(gauge|counter|ms|kwh|percent)(_|$)", name)
    assert not re.search(r"^\S+(\{.*\})? \S+ \d+$", text, re.MULTILINE)  # no sample timestamps
