"""Exposition lines of one unit, as prometheus_client would write them.

They are the same in the text format and in OpenMetrics; only the heads of the families differ.
"""

from collections.abc import Sequence
from functools import cache

from prometheus_client.exposition import generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

from services.metrics.domain.exported import LABELS
from services.metrics.telemetry import READINGS, Exported
from shared.families import Family

Heads = Sequence[bytes]
"""HELP, TYPE and UNIT of each family, in the order of `READINGS`."""


class _One(Collector):
    def __init__(self, metric: Metric) -> None:
        self._metric = metric

    def collect(self) -> list[Metric]:
        return [self._metric]


@cache
def heads(*, openmetrics: bool) -> Heads:
    """Heads of all families in a format."""
    encode = generate_openmetrics if openmetrics else generate_latest
    metrics = [_One(reading.family.metric()) for reading in READINGS]
    return [bytes(encode(one)).removesuffix(b"# EOF\n") for one in metrics]


def _template(family: Family) -> str:
    """A sample line with a place for each label; labels are sorted, as everywhere."""
    places = sorted((name, place) for place, name in enumerate(family.label_names))
    labels = ",".join(f'{name}="{{{place}}}"' for name, place in places)
    return f"{family.name}{{{{{labels}}}}} "


_TEMPLATES = [_template(reading.family) for reading in READINGS]


def lines_of(unit: Exported) -> tuple[bytes, ...]:
    """Lines of a unit for each family; empty where it has no sample."""
    common = [_escaped(value) for value in unit.labels]
    if len(common) != len(LABELS):
        raise ValueError("a unit has another number of labels than its families")
    lines = []
    for reading, template in zip(READINGS, _TEMPLATES, strict=True):
        samples = [
            f"{template.format(*common, *map(_escaped, extra))}{_number(value)}\n"
            for extra, value in reading.of(unit)
        ]
        lines.append("".join(samples).encode())
    return tuple(lines)


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")


def _number(value: float) -> str:
    return str(floatToGoString(value))  # type: ignore[no-untyped-call]
