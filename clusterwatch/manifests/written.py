"""Which file of deploy/k8s holds which of the written objects."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from clusterwatch.manifests.kafka import topics, users
from clusterwatch.manifests.prometheus import prometheus_rules

FOLDER = Path(__file__).parents[2] / "deploy"
_HEAD = "# Written by `python -m clusterwatch.manifests write`: change the program instead.\n"


def rendered() -> dict[str, str]:
    """Text of each file, by its path below `deploy`. Raises OSError when a source is missing."""
    return {
        "k8s/components/kafka/topics.yaml": _text(topics()),
        "k8s/components/kafka/users.yaml": _text(users(FOLDER / "kafka" / "acls.yaml")),
        "k8s/components/monitoring/prometheus-rules.yaml": _text(
            prometheus_rules(sorted((FOLDER / "prometheus" / "rules").glob("*.yml")))
        ),
    }


def _text(objects: Iterable[Mapping[str, Any]]) -> str:
    body = yaml.safe_dump_all(objects, sort_keys=False, allow_unicode=True, width=110)
    return _HEAD + body
