"""Prometheus rules as objects of the Prometheus operator."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml


def prometheus_rules(files: Iterable[Path]) -> Iterator[dict[str, Any]]:
    """One PrometheusRule per file of rules, with the same groups."""
    for file in files:
        groups = yaml.safe_load(file.read_text(encoding="utf-8"))["groups"]
        yield {
            "apiVersion": "monitoring.coreos.com/v1",
            "kind": "PrometheusRule",
            "metadata": {"name": f"clusterwatch-{file.stem}"},
            "spec": {"groups": groups},
        }
