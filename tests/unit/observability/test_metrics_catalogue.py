"""The catalogue of metrics is complete, committed, and keeps Prometheus' rules."""

import re
import subprocess
from pathlib import Path

import pytest
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import CollectorRegistry

from clusterwatch.observability.catalogue import PAGE, SECTIONS, page
from shared.families import Distribution, Family, empty

ROOT = Path(__file__).parents[3]
FAMILIES = [family for _, families in SECTIONS for family in families]


def test_the_committed_catalogue_is_what_the_services_declare() -> None:
    committed = (ROOT / PAGE).read_text(encoding="utf-8")

    assert committed == page(), "run `python -m clusterwatch.observability.catalogue`"


def test_every_metric_is_declared_once() -> None:
    assert len({family.name for family in FAMILIES}) == len(FAMILIES)


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_names_and_help_texts_follow_the_rules_of_prometheus(family: Family) -> None:
    assert re.fullmatch(r"clusterwatch_[a-z][a-z0-9_]*", family.name)
    assert family.help.endswith((".", ")"))
    assert family.name.endswith("_total") == (family.kind == "counter")
    assert family.name.endswith("_info") == (family.kind == "info")
    assert not re.search(r"_(gauge|counter|ms|kwh|percent)(_|$)", family.name)
    assert not {"instance", "job", "pod", "service", "le", "quantile"} & set(family.labels)


def test_no_label_can_hold_an_enterprise() -> None:
    labels = {label for family in FAMILIES for label in family.labels}

    assert not {"enterprise", "uscc", "subject", "project", "token"} & labels


class _All:
    def collect(self) -> object:
        return empty(FAMILIES)


@pytest.mark.prometheus
def test_promtool_accepts_all_families() -> None:
    text = generate_latest(_All()).decode()  # type: ignore[arg-type]
    done = subprocess.run(
        ["promtool", "check", "metrics"], input=text, text=True, capture_output=True, check=False
    )

    assert done.returncode == 0, f"{done.stdout}{done.stderr}"
    assert text.count("# TYPE") == len(FAMILIES)


def test_bounds_of_a_distribution_are_inclusive_and_its_buckets_cumulative() -> None:
    family = Family("clusterwatch_x_seconds", "histogram", "A test.", ("topic",))
    delays = Distribution((1, 5))
    for value in (0.5, 1, 3, 60):
        delays.observe(value)
    registry = CollectorRegistry()
    registry.register(_Only(family, delays))  # type: ignore[arg-type]

    lines = generate_latest(registry).decode().splitlines()[2:]

    assert lines == [
        'clusterwatch_x_seconds_bucket{le="1.0",topic="t"} 2.0',
        'clusterwatch_x_seconds_bucket{le="5.0",topic="t"} 3.0',
        'clusterwatch_x_seconds_bucket{le="+Inf",topic="t"} 4.0',
        'clusterwatch_x_seconds_count{topic="t"} 4.0',
        'clusterwatch_x_seconds_sum{topic="t"} 64.5',
    ]


class _Only:
    def __init__(self, family: Family, delays: Distribution) -> None:
        self._family, self._delays = family, delays

    def collect(self) -> object:
        return [self._family.histogram([(("t",), self._delays)])]
