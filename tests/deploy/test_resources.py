"""What pods ask for follows from what the services were measured to use."""

import json
from math import ceil
from pathlib import Path
from typing import Any

import pytest
import yaml

from clusterwatch.services import SERVICES
from shared.testing.manifests import DEPLOY, OVERLAYS, bytes_of, container_of, pods

pytestmark = pytest.mark.kubectl

MIB = 2**20
MEASURED: dict[str, Any] = yaml.safe_load(
    (DEPLOY / "k8s" / "resources.yaml").read_text(encoding="utf-8")
)
RULES = MEASURED["rules"]
BENCH: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "bench" / "results" / "capacity.json").read_text(encoding="utf-8")
)


def rounded_up(value: float, step: int) -> int:
    return ceil(value / step) * step


def memory_request(peak_mi: int) -> int:
    """Bytes."""
    rule = RULES["memory_request"]
    return rounded_up(peak_mi * rule["times"], rule["round_up_to_mi"]) * MIB


def thousandths(cpu: str) -> int:
    return int(cpu[:-1]) if cpu.endswith("m") else int(cpu) * 1000


@pytest.mark.parametrize("overlay", OVERLAYS)
@pytest.mark.parametrize("service", SERVICES)
def test_a_service_asks_for_what_it_was_measured_to_use_and_a_margin(
    overlay: str, service: str
) -> None:
    resources, used = container_of(overlay, service)["resources"], MEASURED["services"][service]
    wanted = memory_request(used["peak_mi"])
    assert bytes_of(resources["requests"]["memory"]) == wanted
    assert (
        bytes_of(resources["limits"]["memory"]) == RULES["memory_limit"]["times_request"] * wanted
    )
    rule = RULES["cpu_request"]
    asked = max(rule["at_least_m"], used["idle_cpu_m"] * rule["times_idle"])
    assert thousandths(resources["requests"]["cpu"]) == rounded_up(asked, rule["round_up_to_m"])
    assert resources["limits"]["cpu"] == RULES["cpu_limit"]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_a_job_asks_for_no_less_than_its_command_uses(overlay: str) -> None:
    jobs = [pod for pod in pods(overlay) if pod.app in MEASURED["jobs"]]
    assert {pod.app for pod in jobs} == set(MEASURED["jobs"])
    for pod in jobs:
        peak = MEASURED["jobs"][pod.app]["peak_mi"]
        for container in pod.containers():
            asked = bytes_of(container["resources"]["requests"]["memory"])
            assert asked >= memory_request(peak), pod.name


@pytest.mark.parametrize("service", SERVICES)
def test_the_committed_measurement_stays_below_what_a_pod_asks_for(service: str) -> None:
    peak = BENCH["resident_bytes"]["peak"][service]
    assert peak <= memory_request(MEASURED["services"][service]["peak_mi"])
